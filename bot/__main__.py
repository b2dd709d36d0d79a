"""The command line: `gala run | demo | paint | recipe | replay | models | gallery | check`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

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
        case "recipe":
            from bot.recipe_command import recipe

            return await recipe(options)
        case "replay":
            from bot.replay import replay

            return await replay(options)
        case "models":
            from bot.models_command import models

            return await models(options)
        case "gallery":
            from bot.gallery_command import gallery

            return await gallery(options)
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
    demo.add_argument("--prompt", default="a penguin on the beach", help="what the first member asks for")
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
    target: dict[str, Any] = {"action": "append", "default": [], "type": Path, "metavar": "FILE"}
    paint.add_argument("--target", help="a picture to resemble (weighed by --tw in the prompt)", **target)
    paint.add_argument("--mask", type=Path, metavar="FILE", help="white where that picture is painted anew")
    paint.add_argument("--out", type=Path, metavar="FILE", default=Path("gala.png"))
    paint.add_argument(
        "--film", type=Path, metavar="FILE", help="a film of the making, too: .mp4, .webm, .webp or .gif"
    )
    paint.add_argument("--json", action="store_true", help="print one line of JSON for each picture")

    recipe = commands.add_parser("recipe", help="how a picture was painted, from its file")
    recipe.add_argument("file", type=Path, metavar="FILE", help="a PNG or WebP that Gala has made")

    replay = commands.add_parser("replay", parents=[config], help="paint a picture again: is it the same?")
    replay.add_argument("picture", metavar="CODE|FILE", help="a picture's code, or a file with its recipe")
    replay.add_argument("--init", type=Path, metavar="FILE", help="what that file's picture started from")
    replay.add_argument("--target", help="what that file's picture was drawn to", **target)
    replay.add_argument("--out", type=Path, metavar="FILE", help="keep what is painted")

    models_parser(commands, config)
    gallery_parser(commands, config)

    check = commands.add_parser(
        "check", parents=[config], help="the doctor: what is wrong here, and what to do"
    )
    check.add_argument("--alive", action="store_true", help="only: has the running bot shown a pulse lately?")
    return gala


def models_parser(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], config: argparse.ArgumentParser
) -> None:
    """`gala models ...`."""
    folder = argparse.ArgumentParser(add_help=False, parents=[config])
    folder.add_argument("--models-dir", type=Path, metavar="DIR", help="instead of generation.models_dir")
    made = argparse.ArgumentParser(add_help=False)
    made.add_argument(
        "--clip", action="append", metavar="NAME", help="the CLIP that guides it; may be repeated"
    )
    made.add_argument("--half", action="store_true", help="keep weights in half precision, half as large")
    models = commands.add_parser("models", help="list, fetch, check and convert models")
    actions = models.add_subparsers(dest="action", required=True, metavar="ACTION")

    actions.add_parser("list", parents=[folder], help="what is here, and what can be fetched")

    fetch = actions.add_parser("fetch", parents=[folder, made], help="download a published model, convert it")
    fetch.add_argument("name", metavar="NAME", help="as `gala models list` has it, such as ViT-B-32")
    fetch.add_argument("--keep", action="store_true", help="keep the downloaded files, too")

    verify = actions.add_parser("verify", parents=[folder], help="read every file, compare with its SHA-256")
    verify.add_argument("names", nargs="*", metavar="NAME")

    convert = actions.add_parser(
        "convert", parents=[folder, made], help="make a model of files that you have"
    )
    convert.add_argument("targets", nargs="+", metavar="NAME|FILE", help="a checkpoint, or a kept download")
    convert.add_argument("--name", help="of the model (default: the file's)")
    convert.add_argument("--yaml", type=Path, metavar="FILE", help="of a VQGAN (default: beside the file)")
    convert.add_argument("--clip-config", type=Path, metavar="FILE", help="open_clip_config.json of a CLIP")
    convert.add_argument(
        "--vocabulary", type=Path, metavar="FILE", help="of a CLIP, or bpe.model of a ruDALL-E"
    )
    convert.add_argument("--activation", choices=("gelu", "quick-gelu"), help="of a CLIP")
    convert.add_argument(
        "--languages", metavar="en,ru", help="that a CLIP or a transformer reads (default: any, or as usual)"
    )
    convert.add_argument("--vae", metavar="NAME", help="the VAE that a ruDALL-E or DALL-E mini paints with")
    convert.add_argument(
        "--matte", metavar="NAME", help="what cuts a ruDALL-E's pictures out, if it is there"
    )
    convert.add_argument("--heads", type=int, help="of a transformer of unknown width")
    convert.add_argument("--dalle-version", choices=("2", "3"), help="of a ruDALL-E without masks")
    convert.add_argument(
        "--second-stage", action="store_true", help="take a checkpoint's transformer, not its VQGAN alone"
    )
    convert.add_argument("--replace", action="store_true", help="instead of a model of that name")

    remove = actions.add_parser("remove", parents=[folder], help="delete a model's files")
    remove.add_argument("name", metavar="NAME")
    remove.add_argument("--force", action="store_true", help="even if other models use it")


def gallery_parser(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], config: argparse.ArgumentParser
) -> None:
    """`gala gallery ...`."""
    gallery = commands.add_parser("gallery", help="check, prune, export, import and back up what was painted")
    actions = gallery.add_subparsers(dest="action", required=True, metavar="ACTION")

    verify = actions.add_parser("verify", parents=[config], help="read the database and every file")
    verify.add_argument("--quick", action="store_true", help="only look whether the files are there")

    backup = actions.add_parser("backup", parents=[config], help="copy all, while the bot may run")
    backup.add_argument("folder", type=Path, metavar="DIR", help="an empty folder, or an earlier backup")

    actions.add_parser("prune", parents=[config], help="what the bot does daily: free the disk, now")

    take_out = actions.add_parser("export", parents=[config], help="pictures and recipes, as plain files")
    take_out.add_argument("folder", type=Path, metavar="DIR", help="an empty folder")
    take_out.add_argument("--guild", type=int, default=0, metavar="ID", help="of one server alone")

    take_in = actions.add_parser("import", parents=[config], help="add what was exported elsewhere")
    take_in.add_argument("folder", type=Path, metavar="DIR", help="a folder that `export` has written")


if __name__ == "__main__":
    sys.exit(main())
