"""`gala gallery verify | prune | export | import | backup`: what the host does with all that was painted."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from rich.console import Console

from bot.config import Config, load_config
from storage.backup import back_up
from storage.inspection import Report, inspect

EXIT_FAILED = 1
SHOWN = 20  #: lines of a kind, before the rest is only counted

Action = Callable[[argparse.Namespace, Config, Console], int]


async def gallery(options: argparse.Namespace) -> int:
    """Run one of the actions; 0 if all went well. Raises `StorageError` and `ConfigError`."""
    console = Console(highlight=False, soft_wrap=True)
    return await asyncio.to_thread(ACTIONS[options.action], options, load_config(options.config), console)


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


ACTIONS: Mapping[str, Action] = MappingProxyType({"verify": verify, "backup": backup})


def size(count: int) -> str:
    """Bytes, for people."""
    for unit, bytes_ in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= bytes_:
            return f"{count / bytes_:.1f} {unit}"
    return f"{count} bytes"


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
