"""`gala run` with the tests' toy engine: python -m tests.bot.toy_gala CONFIG."""

from __future__ import annotations

import asyncio
import logging
import sys
from dataclasses import replace
from pathlib import Path

from bot import app
from bot.config import Config, worker_settings
from generation.protocol import Settings
from tests.bot.stage import TOY


def toy_settings(config: Config) -> Settings:
    """The configured settings, with the toy in place of the engines that ship."""
    engines = (("toy", "tests.generation.toy_engine"),)
    return replace(worker_settings(config), engines=engines, checkpoint_interval_s=0.1)


def main() -> int:
    """Run until told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    vars(app).update(worker_settings=toy_settings, catalogue=lambda models_dir: {TOY.name: TOY})
    return asyncio.run(app.run(Path(sys.argv[1])))


if __name__ == "__main__":
    sys.exit(main())
