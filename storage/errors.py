"""What can go wrong with the disk and the database, in words for the host.

StorageError
├── DatabaseLocked     somebody else has it
├── DatabaseReadOnly   it cannot be written, or not be opened
├── DatabaseTooNew     a later Gala has written it
├── DatabaseDamaged    it is not a database, or no longer one
├── StorageFull        no room for a row or a picture
├── ImageMissing       no such picture file
└── ImageDamaged       a picture file is not what its name says
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class StorageError(Exception):
    """The root; its text is one sentence for the host."""


class DatabaseLocked(StorageError):
    """Somebody else has it."""


class DatabaseReadOnly(StorageError):
    """It cannot be written, or not be opened."""


class DatabaseTooNew(StorageError):
    """A later Gala has written it."""


class DatabaseDamaged(StorageError):
    """It is not a database, or no longer one."""


class StorageFull(StorageError):
    """No room for a row or a picture."""


class ImageMissing(StorageError):
    """No such picture file."""


class ImageDamaged(StorageError):
    """A picture file is not what its name says."""


_KINDS: dict[int, tuple[type[StorageError], str]] = {
    sqlite3.SQLITE_BUSY: (DatabaseLocked, "is locked by another process"),
    sqlite3.SQLITE_LOCKED: (DatabaseLocked, "is locked by another process"),
    sqlite3.SQLITE_READONLY: (DatabaseReadOnly, "is read-only; give Gala's user the right to write it"),
    sqlite3.SQLITE_PERM: (DatabaseReadOnly, "may not be opened; give Gala's user the right to write it"),
    sqlite3.SQLITE_CANTOPEN: (
        DatabaseReadOnly,
        "cannot be opened; is its folder there, and writable?",
    ),
    sqlite3.SQLITE_FULL: (StorageFull, "cannot grow; the disk is full"),
    sqlite3.SQLITE_NOTADB: (DatabaseDamaged, "is not a database; move it away or bring back a copy"),
    sqlite3.SQLITE_CORRUPT: (DatabaseDamaged, "is damaged; bring back a copy"),
}


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn sqlite3's errors, raised inside, into ours."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without the extension
        kind, words = _KINDS.get(code, (StorageError, f"failed: {error}"))
        raise kind(f"the database {path} {words}") from error
