"""The life of a job where there is no room, the database is locked, or what was kept cannot be used."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import UserError
from generation.protocol import Reason
from storage.database import Database
from storage.errors import StorageError
from storage.jobs import Jobs, Status
from tests.bot.dispatching import a_house, assert_posted, assert_told, order
from tests.storage.examples import a_job
from tests.storage.test_images import largest_file


async def test_no_room_for_the_picture_is_told_and_the_next_may_fit(tmp_path: Path):
    async with a_house(tmp_path) as house:
        await house.jobs._database.all("PRAGMA wal_checkpoint(TRUNCATE)")  # or the log is the largest file
        with largest_file(770_000):  # enough for the database, not for 512 x 512 of noise
            job = await house.dispatcher.submit(order("noisy", width=512, height=512))
            (job,) = await house.wait(job.id)
        assert_told(house.channel, job, Status.FAILED, "storage-full")
        again = await house.dispatcher.submit(order("noisy", width=512, height=512))
        (again,) = await house.wait(again.id)
        assert_posted(house.channel, again)


async def test_no_room_for_an_init_image_refuses_the_order(tmp_path: Path):
    async with a_house(tmp_path) as house:
        with largest_file(500_000), pytest.raises(UserError, match="failed-storage-full"):
            await house.dispatcher.submit(order(init=bytes(600_000)))
        assert await house.jobs.unfinished() == []


async def test_no_room_for_a_checkpoint_costs_nothing_while_all_goes_well(tmp_path: Path):
    async with a_house(tmp_path) as house:
        job = await house.dispatcher.submit(order("slow@20", steps=20))
        (tmp_path / "pictures").write_text("in the way of the folder")
        await house.until_running(job.id)
        await asyncio.sleep(0.2)
        (tmp_path / "pictures").unlink()
        (job,) = await house.wait(job.id)
        assert_posted(house.channel, job)


async def test_no_checkpoint_is_left_behind(tmp_path: Path):
    async with a_house(tmp_path) as house:
        orders = [order("slow@20", steps=15), order("slow@20", "diverge@10", steps=15)]
        jobs = [await house.dispatcher.submit(each) for each in orders]
        cancelled = await house.dispatcher.submit(order("slow@20", steps=1000, seed=2))
        await house.until_running(cancelled.id)
        await asyncio.sleep(0.3)
        await house.dispatcher.cancel(cancelled.id)
        done, failed, _ = await house.wait(jobs[0].id, jobs[1].id, cancelled.id)
        assert failed.failure == Reason.DIVERGED
        assert done.picture_sha256 is not None
        files = [path for path in (tmp_path / "pictures").rglob("*") if path.is_file()]
        assert files == [house.images.path(done.picture_sha256)]


async def test_a_database_that_is_locked_for_a_while_delays_and_loses_nothing(tmp_path: Path):
    async with a_house(tmp_path) as house:
        job = await house.dispatcher.submit(order("slow@20", steps=20))
        await house.until_running(job.id)
        await house.jobs._database.all("PRAGMA busy_timeout = 10")
        with closing(sqlite3.connect(tmp_path / "gala.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StorageError, match="locked"):
                await house.dispatcher.submit(order())
            await asyncio.sleep(1.0)
            assert job.id not in house.channel.pictures
            other.execute("ROLLBACK")
        (job,) = await house.wait(job.id)
        assert_posted(house.channel, job)


async def test_a_prompt_that_an_earlier_version_wrote_and_this_one_cannot_read_fails_in_words(
    tmp_path: Path,
):
    strange = a_job(prompt="a {red, blue", told=False)
    async with Database.open(tmp_path / "gala.db") as database:
        await Jobs(database).add(strange)
    async with a_house(tmp_path) as house:
        (job,) = await house.wait(strange.id)
        assert_told(house.channel, job, Status.FAILED, Reason.BAD_REQUEST)


async def test_a_lost_init_image_fails_the_job_in_words(tmp_path: Path):
    lost = a_job(init_sha256="0" * 64)
    async with Database.open(tmp_path / "gala.db") as database:
        await Jobs(database).add(lost)
    async with a_house(tmp_path) as house:
        (job,) = await house.wait(lost.id)
        assert_told(house.channel, job, Status.FAILED, Reason.BAD_INIT)
