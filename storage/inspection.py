"""Whether what a bot's folder holds is whole: the database, every file its rows point to, and no others."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from storage.backup import DATABASE, PICTURES, reading, referenced
from storage.errors import DatabaseDamaged
from storage.images import Images

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

YOUNG_S = 3600.0  #: a file may lie there so long before the row that points to it is written
THUMBNAILS = "thumbnails"  #: named by the pictures that they show
READ_BYTES = 2**20


@dataclass(slots=True)
class Report:
    """What was found. All is well where the four lists are empty."""

    files: int = 0  #: that are there, with or without a row
    size_bytes: int = 0
    faults: list[str] = field(default_factory=list)  #: of the database, in SQLite's words
    missing: list[str] = field(default_factory=list)  #: hashes
    damaged: list[str] = field(default_factory=list)  #: hashes
    orphans: list[str] = field(default_factory=list)  #: names of files to which nothing points
    orphan_bytes: int = 0

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong; an orphan only takes room."""
        return not (self.faults or self.missing or self.damaged)


def inspect(folder: Path, *, quick: bool = False, now: float | None = None) -> Report:
    """Look at everything; `quick`: files are not read, only looked for. Blocks. Raises `StorageError`."""
    report = Report()
    try:
        with reading(folder / DATABASE) as connection:
            report.faults += _faults(connection, quick=quick)
            there = {path.name: path for path in files(folder / PICTURES)}
            small = list(files(folder / THUMBNAILS))
            wanted = set(referenced(connection))
    except DatabaseDamaged as error:
        report.faults.append(str(error))
        return report
    images = Images(folder / PICTURES)
    report.missing += sorted(sha256 for sha256 in wanted if not images.path(sha256).is_file())
    if not quick:
        report.damaged += sorted(name for name in wanted & there.keys() if sha256_of(there[name]) != name)
    _count(report, [*sorted(there.values()), *small], wanted, time.time() if now is None else now)
    return report


def _count(report: Report, there: list[Path], wanted: set[str], now: float) -> None:
    for path in there:
        try:
            stat = path.stat()
        except FileNotFoundError:  # a running bot has removed it meanwhile
            continue
        report.files += 1
        report.size_bytes += stat.st_size
        if path.name not in wanted and now - stat.st_mtime > YOUNG_S:
            report.orphans.append(path.name)
            report.orphan_bytes += stat.st_size


def _faults(connection: sqlite3.Connection, *, quick: bool) -> Iterator[str]:
    pragma = "PRAGMA quick_check" if quick else "PRAGMA integrity_check"
    yield from (str(row[0]) for row in connection.execute(pragma) if row[0] != "ok")
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        yield f"row {row} of {table} points to a row of {parent} that is not there"


def files(pictures: Path) -> Iterator[Path]:
    """All files below a folder of pictures."""
    return (path for path in pictures.glob("*/*") if path.is_file())


def sha256_of(path: Path) -> str:
    """The hash of a file's bytes; empty where it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while part := file.read(READ_BYTES):
                digest.update(part)
    except OSError:
        return ""
    return digest.hexdigest()
