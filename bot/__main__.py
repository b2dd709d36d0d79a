"""The command line: `gala run | demo | paint | recipe | replay | models | gallery | check`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence

from bot.command_line import parser
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


if __name__ == "__main__":
    sys.exit(main())
