"""`gala run` with the tests' toy engine: python -m tests.bot.toy_gala CONFIG.

The generation process imports this module, too, which is why it loads the bot only where it becomes one.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.assembly import Means
    from bot.config import Config


def toy_means(config: Config) -> Means:
    """The configured settings, with the toy in place of the engines and models that ship."""
    from bot.assembly import Means
    from bot.config import worker_settings
    from tests.bot.stage import TOY

    engines = (("toy", "tests.generation.toy_engine"),)
    settings = replace(worker_settings(config), engines=engines, checkpoint_interval_s=0.1)
    return Means(settings, {TOY.name: TOY}, {})


def main() -> int:
    """Run until told to stop."""
    from bot.app import run

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    return asyncio.run(run(Path(sys.argv[1]), toy_means))


if __name__ == "__main__":
    sys.exit(main())
