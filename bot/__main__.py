"""The command line: `gala run | demo | paint | check`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from bot.errors import ConfigError, GalaError, UserError
from bot.locales import texts_for
from generation.models import ModelError
from storage.errors import StorageError

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    2 is for mistakes in the call or the configuration, 1 for what is wrong with the machine.
    """
    options = parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO if options.command == "run" else logging.ERROR,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    try:
        return asyncio.run(dispatch(options))
    except ConfigError as error:
        print(f"gala: {error}", file=sys.stderr)
    except UserError as error:
        print(f"gala: {texts_for('en-US').get(error.message_id, **error.arguments)}", file=sys.stderr)
    except (GalaError, ModelError, StorageError) as error:
        print(f"gala: {error}", file=sys.stderr)
        return EXIT_FAILED
    except (KeyboardInterrupt, asyncio.CancelledError):
        return EXIT_INTERRUPTED
    return EXIT_USAGE


async def dispatch(options: argparse.Namespace) -> int:
    """Import only what the command needs: `paint` needs no discord.py, `run` no local Discord."""
    match options.command:
        case "run":
            from bot.app import run

            return await run(options.config)
        case "demo":
            from bot.demo import Demo

            return await Demo(options.data, options.port, options.record).run(options.once, options.prompt)
        case "paint":
            from bot.paint import paint

            return await paint(options)
        case _:
            from bot.check import check

            return await check(options.config, alive=options.alive)


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    gala = argparse.ArgumentParser(prog="gala", description="A Discord bot that paints.")
    gala.add_argument("--version", action="version", version=f"gala {version('gala')}")
    commands = gala.add_subparsers(dest="command", required=True, metavar="COMMAND")
    config = argparse.ArgumentParser(add_help=False)
    config.add_argument(
        "--config", type=Path, metavar="FILE", help="config.toml; without it the defaults hold"
    )

    commands.add_parser("run", parents=[config], help="the bot on Discord (token in GALA_TOKEN or a file)")

    demo = commands.add_parser("demo", help="the bot on a local Discord with a chat page; no account needed")
    demo.add_argument("--once", metavar="PROMPT", help="paint one picture, say where it lies, and end")
    demo.add_argument("--prompt", default="a red car under a rainbow", help="what the first member asks for")
    demo.add_argument(
        "--port", type=int, default=0, metavar="N", help="the page's port (default: a free one)"
    )
    demo.add_argument("--data", type=Path, metavar="DIR", help="keep the database and the pictures here")
    demo.add_argument(
        "--record", type=Path, metavar="FILE", help="write each request and answer as JSON lines"
    )

    paint = commands.add_parser("paint", parents=[config], help="one picture, without Discord")
    paint.add_argument("prompt", metavar="PROMPT", help="as in /imagine: 'desert:50 | in snow:25 --seed 7'")
    paint.add_argument("--engine", help="a way to make pictures")
    paint.add_argument("--model", help="the weights")
    paint.add_argument("--size", metavar="WxH", help="in pixels, such as 256x256")
    paint.add_argument("--steps", type=int)
    paint.add_argument("--seed", type=int)
    paint.add_argument("--init", type=Path, metavar="FILE", help="a picture to start from")
    paint.add_argument("--out", type=Path, metavar="FILE", default=Path("gala.png"))
    paint.add_argument("--json", action="store_true", help="print one line of JSON for each picture")

    check = commands.add_parser(
        "check", parents=[config], help="the doctor: what is wrong here, and what to do"
    )
    check.add_argument("--alive", action="store_true", help="only: has the running bot shown a pulse lately?")
    return gala


if __name__ == "__main__":
    sys.exit(main())
