"""A copy of the database and of all files that its rows point to, made while the bot runs.

The copy has the form of the bot's own folder, so that bringing it back is copying it there. Made again into
the same folder, it takes what is new and drops what has been deleted since. Frames for films are not in it.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from storage.errors import DatabaseReadOnly, StorageError, translated
from storage.images import Images
from storage.references import COLUMNS, referenced_sql

if TYPE_CHECKING:
    from collections.abc import Iterator

DATABASE = "gala.db"
PICTURES = "pictures"
PAGES_AT_ONCE = 2048  #: 8 MB; between them the bot may write


@dataclass(frozen=True, slots=True)
class Copied:
    """What a backup has done."""

    files: int  #: that it holds now
    new: int
    dropped: int
    missing: tuple[str, ...]  #: to which rows point, and which are not there


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that only reads, whether or not a bot has the database open. Raises `StorageError`."""
    if not path.is_file():
        raise DatabaseReadOnly(f"there is no database {path}; has the bot been started on that folder?")
    with (
        translated(path),
        closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as source,
    ):
        yield source


def referenced(connection: sqlite3.Connection) -> list[str]:
    """All files to which the rows point."""
    columns = [(str(table), str(column)) for table, column in connection.execute(COLUMNS)]
    return [str(row[0]) for row in connection.execute(referenced_sql(columns))] if columns else []


def back_up(folder: Path, target: Path) -> Copied:
    """Copy the bot's folder to another one. Blocks. Raises `StorageError`."""
    if target.exists() and any(target.iterdir()) and not (target / DATABASE).is_file():
        raise StorageError(f"{target} holds something else; name an empty folder, or an earlier backup")
    try:
        target.mkdir(parents=True, exist_ok=True)
        _copy_database(folder / DATABASE, target / DATABASE)
        return _copy_files(folder, target)
    except OSError as error:
        raise StorageError(
            f"the backup {error.filename or target} cannot be written ({error.strerror})"
        ) from error


def _copy_database(source: Path, target: Path) -> None:
    unfinished = target.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    with reading(source) as ours, translated(unfinished), closing(sqlite3.connect(unfinished)) as theirs:
        ours.backup(theirs, pages=PAGES_AT_ONCE, sleep=0.01)
        theirs.execute("PRAGMA journal_mode = DELETE")  # one file, whole by itself
    for left in ("-wal", "-shm"):  # of an earlier copy that was looked into
        target.with_name(target.name + left).unlink(missing_ok=True)
    unfinished.replace(target)


def _copy_files(folder: Path, target: Path) -> Copied:
    ours, theirs = Images(folder / PICTURES), Images(target / PICTURES)
    with reading(target / DATABASE) as connection:
        wanted = referenced(connection)
    new, missing = 0, []
    for sha256 in wanted:
        source, place = ours.path(sha256), theirs.path(sha256)
        if not place.exists():
            try:
                _copy(source, place)
                new += 1
            except FileNotFoundError:
                missing.append(sha256)
    dropped = _drop_others(target / PICTURES, set(wanted))
    return Copied(len(wanted) - len(missing), new, dropped, tuple(missing))


def _copy(source: Path, place: Path) -> None:
    size = source.stat().st_size  # a missing one leaves no folder behind
    place.parent.mkdir(parents=True, exist_ok=True)
    unfinished = place.with_suffix(".new")
    shutil.copyfile(source, unfinished)
    if unfinished.stat().st_size != size:
        raise StorageError(f"the file {source} changed while it was copied; try again")
    unfinished.replace(place)


def _drop_others(pictures: Path, wanted: set[str]) -> int:
    dropped = 0
    for path in pictures.glob("*/*"):
        if path.name not in wanted:
            with suppress(FileNotFoundError):
                path.unlink()
                dropped += 1
    return dropped
