from __future__ import annotations

import multiprocessing
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import storage.database
from storage.database import (
    Database,
    DatabaseDamaged,
    DatabaseLocked,
    DatabaseReadOnly,
    DatabaseTooNew,
    StorageFull,
)
from storage.jobs import Jobs
from tests.storage.examples import a_job, as_nobody

if TYPE_CHECKING:
    from multiprocessing.synchronize import Event

MIGRATIONS = Path(storage.database.__file__).parent / "migrations"


async def pragma(database: Database, name: str) -> object:
    return (await database.all(f"PRAGMA {name}"))[0][0]


async def test_a_new_database_is_durable_and_has_the_newest_version(database: Database):
    assert await pragma(database, "journal_mode") == "wal"
    assert await pragma(database, "synchronous") == 2  # FULL
    assert await pragma(database, "foreign_keys") == 1
    assert await pragma(database, "user_version") == len(list(MIGRATIONS.glob("*.sql")))


async def test_opening_again_keeps_the_rows(tmp_path: Path):
    async with Database.open(tmp_path / "gala.db") as database:
        job = await Jobs(database).add(a_job())
    async with Database.open(tmp_path / "gala.db") as database:
        assert await Jobs(database).get(job.id) == job


async def test_a_failed_migration_leaves_nothing_behind(tmp_path: Path):
    path = tmp_path / "gala.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE jobs_finished (x)")  # in the way of the first migration's last index
    with pytest.raises(Exception, match="jobs_finished"):
        async with Database.open(path):
            pass
    with closing(sqlite3.connect(path)) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        assert tables == ["jobs_finished"]
        assert connection.execute("PRAGMA user_version").fetchone() == (0,)


async def test_a_database_of_a_later_gala_is_refused_and_left_alone(tmp_path: Path):
    path = tmp_path / "gala.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(DatabaseTooNew, match=r"version 99.*later Gala"):
        async with Database.open(path):
            pass
    assert path.read_bytes() == before


async def test_a_second_bot_on_the_same_folder_is_refused(database: Database):
    with pytest.raises(DatabaseLocked, match="another Gala"):
        async with Database.open(database.path):
            pass


def hold(path: str, held: Event, enough: Event) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        held.set()
        enough.wait(30)
        connection.execute("ROLLBACK")


async def test_a_database_that_another_program_holds_is_refused_in_words(tmp_path: Path):
    context = multiprocessing.get_context("spawn")
    held, enough = context.Event(), context.Event()
    holder = context.Process(target=hold, args=(str(tmp_path / "gala.db"), held, enough))
    holder.start()
    assert held.wait(30)
    with pytest.raises(DatabaseLocked, match="locked by another process"):
        async with Database.open(tmp_path / "gala.db", busy_s=0.1):
            pass
    enough.set()
    holder.join()
    async with Database.open(tmp_path / "gala.db"):
        pass  # and it was not left locked by us


async def test_a_read_only_database_is_refused_in_words(open_folder: Path):
    async with Database.open(open_folder / "gala.db") as database:
        await Jobs(database).add(a_job())
    for path in open_folder.iterdir():
        path.chmod(0o666 if path.name == "gala.lock" else 0o444)
    with as_nobody(), pytest.raises(DatabaseReadOnly, match=r"read-only|cannot be opened"):
        async with Database.open(open_folder / "gala.db"):
            pass


async def test_a_folder_that_cannot_be_written_is_refused_in_words(open_folder: Path):
    with as_nobody(), pytest.raises(DatabaseReadOnly, match="cannot be written"):
        async with Database.open(open_folder / "new" / "gala.db"):
            pass


async def test_what_is_no_database_is_refused_in_words(tmp_path: Path):
    path = tmp_path / "gala.db"
    path.write_bytes(b"not a database " * 100)
    with pytest.raises(DatabaseDamaged, match="is not a database"):
        async with Database.open(path):
            pass
    assert path.read_bytes() == b"not a database " * 100


async def test_a_full_disk_is_told_from_other_faults(database: Database):
    await database.all("PRAGMA max_page_count = 1")
    jobs = Jobs(database)
    with pytest.raises(StorageFull, match="disk is full"):
        for _ in range(1000):
            await jobs.add(a_job(prompt="x" * 6000))


def test_migrations_are_numbered_without_a_gap():
    """A database's version is how many it has seen: one that came in between would be skipped by some."""
    numbers = [int(path.name[:4]) for path in sorted(MIGRATIONS.glob("*.sql"))]
    assert numbers == list(range(1, len(numbers) + 1))
