"""`gala gallery verify | prune | export | import | backup`: what the host does with all that was painted."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from rich.console import Console

from bot.config import Config, load_config
from bot.past import Past
from bot.upkeep import Upkeep
from storage.backup import DATABASE, PICTURES, back_up
from storage.database import Database
from storage.errors import StorageError
from storage.frames import Frames
from storage.generations import Generation, Generations
from storage.images import Images
from storage.inspection import THUMBNAILS, Report, inspect
from storage.transfer import Moved, bring_in, export

EXIT_FAILED = 1
SHOWN = 20  #: lines of a kind, before the rest is only counted

Action = Callable[[argparse.Namespace, Config, Console], int]


async def gallery(options: argparse.Namespace) -> int:
    """Run one of the actions; 0 if all went well. Raises `StorageError` and `ConfigError`."""
    console, config = Console(highlight=False, soft_wrap=True), load_config(options.config)
    match options.action:
        case "prune":
            return await prune(config, console)
        case "import":
            return await take_in(options.folder, config, console)
        case _:
            return await asyncio.to_thread(ACTIONS[options.action], options, config, console)


def verify(options: argparse.Namespace, config: Config, console: Console) -> int:
    """Look at the database and at every file."""
    report = inspect(config.directory, quick=options.quick)
    tell(report, console)
    return 0 if report.is_well else EXIT_FAILED


def tell(report: Report, console: Console) -> None:
    """Say what was found, and what to do about it."""
    console.print(f"{report.files:,} files, {size(report.size_bytes)}", markup=False)
    for lines, what, advice in (
        (report.faults, "the database", "bring back a backup (docs/hosts.md)"),
        (report.missing, "missing", "bring them back from a backup, or paint them anew: gala replay CODE"),
        (report.damaged, "damaged", "bring them back from a backup; Gala does not post damaged pictures"),
        (report.orphans, f"to which nothing points, {size(report.orphan_bytes)}", "run: gala gallery prune"),
    ):
        for line in lines[:SHOWN]:
            console.print(f"  {line}", markup=False)
        if lines:
            console.print(f"{len(lines):,} {what} → {advice}", markup=False)
    if report.is_well and not report.orphans:
        console.print("all as it should be")


def backup(options: argparse.Namespace, config: Config, console: Console) -> int:
    """Copy the database and the pictures to a folder."""
    copied = back_up(config.directory, options.folder)
    console.print(
        f"{options.folder}: the database and {copied.files:,} files, of them {copied.new:,} new; "
        f"{copied.dropped:,} dropped that are deleted by now",
        markup=False,
    )
    for sha256 in copied.missing[:SHOWN]:
        console.print(f"  missing: {sha256}", markup=False)
    if copied.missing:
        console.print(f"{len(copied.missing):,} files are missing → see: gala gallery verify", markup=False)
    return EXIT_FAILED if copied.missing else 0


def take_out(options: argparse.Namespace, config: Config, console: Console) -> int:
    """Write pictures and recipes to a folder."""
    moved = export(config.directory, options.folder, options.guild)
    console.print(f"{options.folder}: {moved.pictures:,} pictures with their recipes", markup=False)
    return pass_over(moved, "whose files are missing", console)


ACTIONS: Mapping[str, Action] = MappingProxyType({"verify": verify, "backup": backup, "export": take_out})


async def take_in(folder: Path, config: Config, console: Console) -> int:
    """Add an export's pictures to the bot's, while the bot does not run."""
    async with Database.open(config.directory / DATABASE):  # locked, and of this version
        moved = await asyncio.to_thread(bring_in, folder, config.directory)
    console.print(f"{moved.pictures:,} pictures brought in", markup=False)
    pass_over(moved, "that were here already, or whose files are not what they should be", console)
    return 0


def pass_over(moved: Moved, why: str, console: Console) -> int:
    """Say what was passed over."""
    if not moved.passed_over:
        return 0
    codes = ", ".join(moved.passed_over[:SHOWN]) + (", …" if len(moved.passed_over) > SHOWN else "")
    console.print(f"{len(moved.passed_over):,} passed over {why}: {codes}", markup=False)
    return EXIT_FAILED


async def prune(config: Config, console: Console) -> int:
    """What the running bot does once a day, now; while the bot does not run."""
    if not (config.directory / DATABASE).is_file():
        raise StorageError(f"there is no database in {config.directory}; there is nothing to prune")
    async with Database.open(config.directory / DATABASE) as database:
        past = past_of(config, database)
        pruned = await Upkeep.of(config, database, past, forget_nothing).prune(time.time())
    console.print(
        f"{size(pruned.freed_bytes)} freed, {size(pruned.left_bytes)} left. "
        f"Gone are {pruned.orphans:,} files to which nothing pointed, frames and films of {pruned.films:,} "
        f"pictures, {pruned.unloved:,} pictures and {pruned.loved:,} favourites.",
        markup=False,
    )
    return 0


def past_of(config: Config, database: Database) -> Past:
    """What deletes pictures with all that hangs on them."""
    images, frames = Images(config.directory / PICTURES), Frames(config.directory / "frames")
    return Past(Generations(database), images, frames, Images(config.directory / THUMBNAILS))


async def forget_nothing(generation: Generation) -> None:
    """No vectors are in memory here."""


def size(count: int) -> str:
    """Bytes, for people."""
    for unit, bytes_ in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= bytes_:
            return f"{count / bytes_:.1f} {unit}"
    return f"{count} bytes"
