"""Opens the database: one connection, write-ahead log, every commit on the disk before it is answered.

The connection is in autocommit: a statement is a transaction, and `Database.transaction` makes one of several
statements. Both take turns, so that no statement gets into another's transaction.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import sqlite3
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import aiosqlite

from storage.errors import (
    DatabaseDamaged,
    DatabaseLocked,
    DatabaseReadOnly,
    DatabaseTooNew,
    StorageError,
    StorageFull,
    translated,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

__all__ = [
    "Database",
    "DatabaseDamaged",
    "DatabaseLocked",
    "DatabaseReadOnly",
    "DatabaseTooNew",
    "StorageError",
    "StorageFull",
]

BUSY_S = 5.0
LOCK_NAME = "gala.lock"


class Database:
    """An open database. `connection` is for the modules of this package."""

    def __init__(self, path: Path, connection: aiosqlite.Connection) -> None:
        self.path = path
        self.connection = connection
        self._turn = asyncio.Lock()

    @classmethod
    @asynccontextmanager
    async def open(cls, path: str | Path, *, busy_s: float = BUSY_S) -> AsyncIterator[Database]:
        """Lock the folder for this process, open the file in it (made if absent), and migrate.

        Raises a `StorageError` that says what to do.
        """
        path = Path(path)
        with _folder_lock(path.parent):
            database = await _connect(path, busy_s)
            try:
                with translated(path):
                    await _prepare(database)
                yield database
            finally:
                await database.connection.close()

    async def all(
        self, sql: str, values: tuple[object, ...] | Mapping[str, object] = ()
    ) -> list[sqlite3.Row]:
        """Run one statement, as one transaction, and return its rows. Raises `StorageError`."""
        async with self._turn:
            with translated(self.path):
                return list(await self.connection.execute_fetchall(sql, values))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        """Run statements on the connection as one transaction: all are on the disk when this ends, or none.

        Nothing else uses the database meanwhile, so nothing slow belongs inside. Raises `StorageError`.
        """
        async with self._turn:
            with translated(self.path):
                try:
                    await self.connection.execute_fetchall("BEGIN IMMEDIATE")
                    yield self.connection
                    await self.connection.commit()
                except BaseException:
                    await asyncio.shield(self.connection.rollback())
                    raise


async def _connect(path: Path, busy_s: float) -> Database:
    with translated(path):
        connection = await aiosqlite.connect(path, timeout=busy_s, isolation_level=None)
    connection.row_factory = sqlite3.Row
    return Database(path, connection)


async def _prepare(database: Database) -> None:
    connection = database.connection
    migrations = await asyncio.to_thread(_migrations)
    version = await _version(connection)
    if version > len(migrations):
        raise DatabaseTooNew(
            f"the database {database.path} has version {version}, and this Gala knows {len(migrations)}: "
            "it was written by a later Gala; install that one, or use another folder"
        )
    await connection.execute_fetchall("PRAGMA journal_mode = WAL")
    await connection.execute_fetchall("PRAGMA synchronous = FULL")
    await connection.execute_fetchall("PRAGMA foreign_keys = ON")
    await connection.executescript("BEGIN IMMEDIATE; COMMIT;")  # may we write at all?
    for number, script in enumerate(migrations[version:], start=version + 1):
        await _migrate(connection, number, script)


async def _migrate(connection: aiosqlite.Connection, number: int, script: str) -> None:
    try:
        await connection.executescript(
            f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {number};\nCOMMIT;"
        )
    except sqlite3.Error:
        if connection.in_transaction:
            await connection.rollback()
        raise


async def _version(connection: aiosqlite.Connection) -> int:
    rows = list(await connection.execute_fetchall("PRAGMA user_version"))
    return int(rows[0][0])


def _migrations() -> list[str]:
    """The scripts in order; a script's number is its place, counted from one."""
    scripts = sorted((Path(__file__).parent / "migrations").glob("[0-9][0-9][0-9][0-9]_*.sql"))
    return [script.read_text(encoding="utf-8") for script in scripts]


@contextmanager
def _folder_lock(folder: Path) -> Iterator[None]:
    """Hold the folder against a second bot, until the process ends at the latest."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise _unusable(folder, error) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DatabaseLocked(f"another Gala is running on the folder {folder}; stop it first") from error
        yield
    finally:
        os.close(handle)


def _unusable(folder: Path, error: OSError) -> StorageError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageFull(f"the disk of the folder {folder} is full")
    return DatabaseReadOnly(f"the folder {folder} cannot be written ({error.strerror}); choose another one")
