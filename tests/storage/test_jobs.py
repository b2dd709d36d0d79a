from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from storage.jobs import Jobs, Status, new_id
from tests.storage.examples import a_job

if TYPE_CHECKING:
    from storage.database import Database

OPEN = (Status.QUEUED, Status.RUNNING, Status.POSTING)


@pytest.fixture
def jobs(database: Database) -> Jobs:
    return Jobs(database)


async def test_a_job_comes_back_as_it_went_in(jobs: Jobs):
    job = a_job(
        init_sha256="a" * 64,
        status=Status.FINISHED,
        started_at=1001.0,
        ended_at=1002.0,
        card_id=2**62,
        result_id=2**62 + 1,
        crashes=2,
        checkpoint_sha256="b" * 64,
        picture_sha256="c" * 64,
        score=0.5,
        seconds=3.0,
        failure="parked",
        detail="signal 9",
        told=True,
    )
    job = await jobs.add(job)
    assert await jobs.get(job.id) == job


async def test_an_unknown_job_is_none(jobs: Jobs):
    assert await jobs.get("00000000") is None
    assert await jobs.change("00000000", OPEN, seed=1) is None


async def test_a_change_happens_only_in_an_expected_status(jobs: Jobs):
    job = a_job()
    job = await jobs.add(job)
    assert await jobs.change(job.id, {Status.RUNNING}, status=Status.FINISHED) is None
    assert await jobs.get(job.id) == job
    running = await jobs.change(job.id, {Status.QUEUED}, status=Status.RUNNING, started_at=7.0)
    assert running == replace(job, status=Status.RUNNING, started_at=7.0)
    assert await jobs.get(job.id) == running


async def test_of_two_changes_at_once_one_wins(jobs: Jobs):
    job = a_job()
    job = await jobs.add(job)
    changes = [jobs.change(job.id, {Status.QUEUED}, status=status) for status in list(Status)[1:]]
    results = await asyncio.gather(*changes)
    assert len([result for result in results if result is not None]) == 1


async def test_a_field_that_does_not_exist_is_refused(jobs: Jobs):
    with pytest.raises(ValueError, match="colour"):
        await jobs.change("00000000", OPEN, colour="red")


async def test_unfinished_jobs_come_oldest_first(jobs: Jobs):
    made = [a_job(status=status, created_at=float(-number)) for number, status in enumerate(Status)]
    made = [await jobs.add(job) for job in made]
    assert await jobs.unfinished() == [made[2], made[1], made[0]]


async def test_untold_jobs_are_those_that_ended_without_a_word(jobs: Jobs):
    silent = await jobs.add(a_job(status=Status.FAILED))
    for job in (
        a_job(status=Status.FAILED, told=True),
        a_job(status=Status.FINISHED, told=True),
        a_job(),
    ):
        await jobs.add(job)
    assert await jobs.untold() == [silent]


async def test_waiting_jobs_are_counted_in_all_and_by_guild_and_member(jobs: Jobs):
    for job in (
        a_job(guild_id=1, member_id=1),
        a_job(guild_id=1, member_id=2),
        a_job(guild_id=2, member_id=2),
        a_job(guild_id=1, member_id=1, status=Status.RUNNING),
    ):
        await jobs.add(job)
    assert await jobs.count_waiting() == 3
    assert await jobs.count_waiting(guild_id=1) == 2
    assert await jobs.count_waiting(member_id=2) == 2
    assert await jobs.count_waiting(guild_id=2, member_id=1) == 0


async def test_speeds_are_of_the_latest_finished_jobs_of_each_model(jobs: Jobs):
    for ended_at in range(5):
        await jobs.add(
            a_job(status=Status.FINISHED, seconds=10.0 * (1 + ended_at), ended_at=float(ended_at), told=True)
        )
    await jobs.add(a_job(status=Status.FINISHED, model="other", seconds=1.0, ended_at=9.0, told=True))
    await jobs.add(a_job(status=Status.FAILED, seconds=1.0, ended_at=9.0))
    pixel_steps = 64 * 48 * 10
    speeds = await jobs.speeds(recent=2)
    assert speeds == {
        "toy": pytest.approx((50 / pixel_steps, 40 / pixel_steps)),
        "other": pytest.approx((1 / pixel_steps,)),
    }


async def test_speeds_count_the_steps_that_were_done(jobs: Jobs):
    await jobs.add(a_job(status=Status.FINISHED, seconds=2.0, stop_step=4, ended_at=1.0, told=True))
    await jobs.add(a_job(status=Status.FINISHED, seconds=2.0, stop_step=0, ended_at=2.0, told=True))
    assert await jobs.speeds() == {"toy": pytest.approx((2.0 / (64 * 48 * 4),))}


def test_ids_are_eight_characters_that_nobody_confuses():
    ids = {new_id() for _ in range(500)}
    assert len(ids) == 500
    assert all(re.fullmatch("[0-9A-HJKMNP-TV-Z]{8}", job_id) for job_id in ids)
