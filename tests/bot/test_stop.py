"""Stop and keep: a job that its author ends early, and what may come in between."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import UserError
from storage.jobs import Status
from tests.bot.dispatching import Channel, House, a_house, assert_posted, order
from tests.generation.pipe import TOY

LONG = 10_000


async def until_step(house: House, job_id: str, step: int) -> int:
    """Until a frame of this step or a later one has come; its step."""

    def latest() -> int:
        return max((frame.step for job, frame, _ in house.channel.frames if job.id == job_id), default=0)

    await house.until(lambda: latest() >= step)
    return latest()


async def test_a_stopped_job_is_posted_as_it_stands_and_frees_its_lane(tmp_path: Path):
    async with a_house(tmp_path) as house:
        busy = [await house.dispatcher.submit(order("slow@20", steps=LONG, seed=seed)) for seed in (1, 2)]
        after = await house.dispatcher.submit(order())
        seen = await until_step(house, busy[0].id, 3)
        await house.dispatcher.stop(busy[0].id)
        job, done = await house.wait(busy[0].id, after.id)
        assert_posted(house.channel, job)
        assert job.steps == LONG
        assert job.stop_step is not None and seen <= job.stop_step < seen + 20
        assert_posted(house.channel, done)
        assert done.stop_step is None
        assert await house.dispatcher.stop(job.id) is None


async def test_the_speed_is_learned_from_the_steps_really_done(tmp_path: Path):
    async with a_house(tmp_path) as house:
        stopped = await house.dispatcher.submit(order("slow@20", steps=LONG))
        await until_step(house, stopped.id, 10)
        await house.dispatcher.stop(stopped.id)
        await house.wait(stopped.id)
        (speed,) = (await house.jobs.speeds())["toy"]
        assert 0.015 < speed * 64 * 48 < 1  # by the steps asked for it would be next to none


async def test_a_job_that_waits_or_is_over_cannot_be_stopped(tmp_path: Path):
    async with a_house(tmp_path) as house:
        busy = [await house.dispatcher.submit(order("slow@20", steps=LONG, seed=seed)) for seed in (1, 2)]
        waiting = await house.dispatcher.submit(order())
        with pytest.raises(UserError, match="stop-too-early"):
            await house.dispatcher.stop(waiting.id)
        assert await house.dispatcher.stop("unknown0") is None
        await until_step(house, busy[0].id, 1)
        await house.dispatcher.cancel(busy[0].id)
        assert await house.dispatcher.stop(busy[0].id) is None
        (cancelled,) = await house.wait(busy[0].id)
        assert cancelled.status is Status.CANCELLED


async def test_a_stop_at_any_moment_ends_in_exactly_one_picture(tmp_path: Path):
    async with a_house(tmp_path) as house:
        jobs = []
        for number in range(30):
            job = await house.dispatcher.submit(order("slow@2", seed=number))
            jobs.append(job.id)
            await asyncio.sleep(number * 0.002)
            try:
                await house.dispatcher.stop(job.id)
            except UserError as error:
                assert error.message_id == "stop-too-early"
        for job in await house.wait(*jobs):
            assert_posted(house.channel, job)
        assert house.channel.calls.total() == 30


async def test_cancel_and_stop_at_once_end_in_one_word_or_one_picture(tmp_path: Path):
    async with a_house(tmp_path) as house:
        jobs = [await house.dispatcher.submit(order("slow@10", steps=LONG, seed=n)) for n in range(6)]
        for number, job in enumerate(jobs):
            await until_step(house, job.id, 1)
            calls = [house.dispatcher.stop(job.id), house.dispatcher.cancel(job.id)]
            await asyncio.gather(*(reversed(calls) if number % 2 else calls))
        for job in await house.wait(*(job.id for job in jobs)):
            if job.status is Status.FINISHED:
                assert_posted(house.channel, job)
            else:
                assert job.status is Status.CANCELLED
        assert house.channel.calls.total() == 6


async def test_a_stop_survives_the_generation_process(tmp_path: Path):
    """The process is killed with the stop unread; the next one paints as far as the author had seen."""
    settings = replace(TOY, checkpoint_interval_s=0.2)
    async with a_house(tmp_path, settings=settings) as house:
        job = await house.dispatcher.submit(order("slow@20", steps=LONG))
        seen = await until_step(house, job.id, 25)
        assert house.worker.pid is not None
        os.kill(house.worker.pid, signal.SIGSTOP)
        seen = await until_step(house, job.id, seen)
        await house.dispatcher.stop(job.id)
        os.kill(house.worker.pid, signal.SIGKILL)
        (job,) = await house.wait(job.id)
        assert_posted(house.channel, job)
        assert job.crashes == 1
        assert job.stop_step is not None and seen <= job.stop_step <= seen + 1


async def test_a_stop_survives_the_bot(tmp_path: Path):
    channel = Channel()
    async with a_house(tmp_path, channel, abrupt=True) as house:
        job = await house.dispatcher.submit(order("slow@20", steps=LONG))
        seen = await until_step(house, job.id, 10)
        await house.jobs.change(job.id, {Status.RUNNING}, stop_step=seen)  # dies before it could say so
    async with a_house(tmp_path, channel) as house:
        (job,) = await house.wait(job.id)
        assert_posted(channel, job)
        assert job.stop_step == seen


async def test_a_job_in_line_after_a_crash_is_stopped_at_its_checkpoint(tmp_path: Path):
    async with a_house(tmp_path, abrupt=True) as house:
        job = await house.dispatcher.submit(order("slow@20", steps=LONG))
        await until_step(house, job.id, 10)
    async with a_house(tmp_path, settings=replace(TOY, lanes=1)) as house:
        await house.dispatcher.opened.wait()
        assert (await house.job(job.id)).checkpoint_sha256 is not None
        await house.dispatcher.stop(job.id)
        (job,) = await house.wait(job.id)
        assert_posted(house.channel, job)
        assert job.stop_step is not None and 1 <= job.stop_step < LONG
