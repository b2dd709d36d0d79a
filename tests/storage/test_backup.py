"""Backups made beside a running bot, brought back, and made again; and what `inspect` finds."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage.backup import back_up
from storage.database import Database
from storage.errors import DatabaseReadOnly, ImageMissing, StorageError
from storage.images import Images
from storage.inspection import YOUNG_S, Report, inspect
from storage.jobs import Job, Jobs
from storage.references import References
from tests.storage.examples import a_job


async def add(database: Database, picture: bytes, **changes: object) -> Job:
    """A job with a picture of its own, on the disk."""
    sha256 = await Images(database.path.parent / "pictures").put(picture)
    job = a_job(picture_sha256=sha256, **changes)
    return await Jobs(database).add(job)


def age(folder: Path) -> None:
    """Make every file old enough for its row to have been written."""
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 2 * YOUNG_S))


# --- backups


async def test_what_is_brought_back_is_all_there(database: Database, tmp_path: Path):
    jobs = [await add(database, bytes([number]) * 1000) for number in range(20)]
    copied = await asyncio.to_thread(back_up, tmp_path, tmp_path / "backup")
    assert (copied.files, copied.new, copied.dropped, copied.missing) == (20, 20, 0, ())
    restored = tmp_path / "elsewhere"
    shutil.copytree(tmp_path / "backup", restored)
    report = inspect(restored)
    assert report == Report(files=20, size_bytes=20_000)
    async with Database.open(restored / "gala.db") as other:
        for number, job in enumerate(jobs):
            assert await Jobs(other).get(job.id) == job
            assert await Images(restored / "pictures").get(job.picture_sha256 or "") == bytes([number]) * 1000


async def test_rows_written_while_it_is_made_are_whole_or_absent(database: Database, tmp_path: Path):
    """The bot goes on; what the backup has is consistent in itself."""
    await add(database, b"first")
    making = asyncio.create_task(asyncio.to_thread(back_up, tmp_path, tmp_path / "backup"))
    number = 0
    while not making.done():
        await add(database, f"picture {number}".encode())
        number += 1
    await making
    report = inspect(tmp_path / "backup")
    assert (report.faults, report.missing, report.damaged, report.orphans) == ([], [], [], [])
    assert report.files >= 1


async def test_the_second_time_only_what_is_new_is_copied_and_what_is_deleted_goes(
    database: Database, tmp_path: Path
):
    kept, gone = await add(database, b"kept"), await add(database, b"gone")
    back_up(tmp_path, tmp_path / "backup")
    await database.all("DELETE FROM jobs WHERE id = ?", (gone.id,))
    await add(database, b"new")
    copied = back_up(tmp_path, tmp_path / "backup")
    assert (copied.files, copied.new, copied.dropped) == (2, 1, 1)
    images = Images(tmp_path / "backup" / "pictures")
    assert await images.get(kept.picture_sha256 or "") == b"kept"
    with pytest.raises(ImageMissing):
        await images.get(gone.picture_sha256 or "")


async def test_a_missing_file_is_named_and_stops_nothing(database: Database, tmp_path: Path):
    job = await add(database, b"lost")
    await add(database, b"there")
    Images(tmp_path / "pictures").path(job.picture_sha256 or "").unlink()
    copied = back_up(tmp_path, tmp_path / "backup")
    assert copied.missing == (job.picture_sha256,)
    assert copied.files == 1


def test_what_is_not_there_and_what_is_in_the_way_is_told_in_words(tmp_path: Path):
    with pytest.raises(DatabaseReadOnly, match="there is no database"):
        back_up(tmp_path / "nothing", tmp_path / "backup")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("dear diary")
    with pytest.raises(StorageError, match="holds something else"):
        back_up(tmp_path, tmp_path / "full")
    assert (tmp_path / "full" / "letter.txt").exists()


# --- inspection


async def test_every_fault_of_the_files_is_found(database: Database, tmp_path: Path):
    images = Images(tmp_path / "pictures")
    missing, damaged = await add(database, b"missing"), await add(database, b"damaged")
    orphan = await images.put(b"nobody's")
    images.path(missing.picture_sha256 or "").unlink()
    images.path(damaged.picture_sha256 or "").write_bytes(b"damages")
    (tmp_path / "pictures" / "ab").mkdir(exist_ok=True)
    (tmp_path / "pictures" / "ab" / ".new-x").write_bytes(b"half")
    age(tmp_path / "pictures")
    await images.put(b"about to get its row")
    report = inspect(tmp_path)
    assert report.missing == [missing.picture_sha256]
    assert report.damaged == [damaged.picture_sha256]
    assert sorted(report.orphans) == sorted([".new-x", orphan])
    assert report.orphan_bytes == len(b"nobody's") + len(b"half")
    assert not report.is_well
    assert inspect(tmp_path, quick=True).damaged == []


async def test_a_damaged_database_is_found(tmp_path: Path):
    async with Database.open(tmp_path / "gala.db") as database:
        for number in range(300):
            await Jobs(database).add(a_job(prompt=f"{number} " * 50))
    assert inspect(tmp_path).is_well
    with closing(sqlite3.connect(tmp_path / "gala.db")) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET rootpage = 3 WHERE name = 'jobs_of_member'")
        connection.commit()
    report = inspect(tmp_path)
    assert report.faults
    assert not report.is_well


# --- references


async def test_a_file_stays_while_anything_points_to_it(database: Database, tmp_path: Path):
    images = Images(tmp_path / "pictures")
    first = await add(database, b"shared")
    second = await add(database, b"other", init_sha256=first.picture_sha256)
    references = References(database, images)
    await database.all("DELETE FROM jobs WHERE id = ?", (first.id,))
    assert await references.release(first.picture_sha256, None) == 0
    await database.all("DELETE FROM jobs WHERE id = ?", (second.id,))
    assert await references.release(first.picture_sha256, second.picture_sha256) == 2
    assert not list((tmp_path / "pictures").glob("*/*"))


async def test_every_reference_to_a_file_is_found_by_an_index(database: Database, tmp_path: Path):
    """So that counting them takes no time, however many rows there are."""
    references = References(database, Images(tmp_path))
    await references.unreferenced([])
    rows = await database.all(f"EXPLAIN QUERY PLAN {references.sql}", ("[]",))
    plan = [row["detail"] for row in rows]
    assert len([line for line in plan if line.startswith("SEARCH")]) >= 3
    assert [line for line in plan if line.startswith("SCAN") and "hashes" not in line] == []
