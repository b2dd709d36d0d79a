"""The life of a job, over the real database, files and generation process."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import Undeliverable
from bot.worker import WorkerError
from generation.protocol import Reason
from storage.jobs import Job, Status
from tests.bot.dispatching import Channel, a_house, assert_posted, assert_told, order
from tests.generation.pipe import TOY


async def test_an_order_becomes_a_picture_in_the_channel(tmp_path: Path):
    async with a_house(tmp_path) as house:
        job = await house.dispatcher.submit(order("slow@10"))
        assert job.status is Status.QUEUED
        assert await house.jobs.get(job.id) is not None
        (job,) = await house.wait(job.id)
        assert_posted(house.channel, job)
        assert job.result_id == 1000
        assert job.picture_sha256 is not None
        assert await house.images.get(job.picture_sha256) == house.channel.pictures[job.id]
        assert job.score is not None
        assert job.seconds is not None and job.seconds > 0.1
        assert job.started_at is not None and job.ended_at is not None
        assert job.created_at <= job.started_at <= job.ended_at
        frames = [progress.step for of, progress, _ in house.channel.frames if of.id == job.id]
        assert frames == sorted(frames)
        assert len(frames) >= 2


async def test_an_init_image_is_kept_for_later(tmp_path: Path):
    async with a_house(tmp_path) as house:
        job = await house.dispatcher.submit(order(init=b"init", init_weight=0.5))
        (job,) = await house.wait(job.id)
        assert job.init_sha256 is not None
        assert await house.images.get(job.init_sha256) == b"init"


async def test_a_failure_is_told_with_its_reason(tmp_path: Path):
    async with a_house(tmp_path) as house:
        jobs = [await house.dispatcher.submit(order(text)) for text in ("diverge@2", "oom@2", "raise@2")]
        diverged, out_of_memory, internal = await house.wait(*(job.id for job in jobs))
        assert_told(house.channel, diverged, Status.FAILED, Reason.DIVERGED)
        assert_told(house.channel, out_of_memory, Status.FAILED, Reason.OUT_OF_MEMORY)
        assert_told(house.channel, internal, Status.FAILED, Reason.INTERNAL)
        assert len(internal.detail or "") == 8  # the code in the log


async def test_the_largest_size_that_would_fit_is_passed_on(tmp_path: Path):
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "model.toml").write_text(
        'engine = "toy"\nfactor = 16\nnative = [64, 64]\nsteps = 10\nfiles = []\n'
    )
    async with a_house(tmp_path, settings=replace(TOY, models_dir=str(tmp_path))) as house:
        job = await house.dispatcher.submit(order(width=1024, height=1024))
        (job,) = await house.wait(job.id)
        assert_told(house.channel, job, Status.FAILED, Reason.TOO_LARGE)
        assert house.channel.largest[job.id] == (512, 512)


async def test_a_worker_that_cannot_start_ends_the_dispatcher_in_words(tmp_path: Path):
    broken = replace(TOY, lanes=0, device="no such device")
    async with a_house(tmp_path, settings=broken, max_failed_starts=1) as house:
        with pytest.raises(WorkerError, match="does not start"):
            await house.running


# --- cancel


async def test_a_waiting_job_is_cancelled_at_once(tmp_path: Path):
    async with a_house(tmp_path) as house:
        busy = [await house.dispatcher.submit(order("slow@20", steps=100_000)) for _ in "ab"]
        await house.until_running(*(job.id for job in busy))
        job = await house.dispatcher.submit(order())
        cancelled = await house.dispatcher.cancel(job.id)
        assert cancelled is not None
        assert cancelled.status is Status.CANCELLED
        (job,) = await house.wait(job.id)
        assert_told(house.channel, job, Status.CANCELLED)
        assert await house.dispatcher.cancel(job.id) is None


async def test_a_running_job_is_cancelled_and_frees_its_lane(tmp_path: Path):
    async with a_house(tmp_path) as house:
        busy = [await house.dispatcher.submit(order("slow@20", steps=100_000)) for _ in "ab"]
        after = await house.dispatcher.submit(order())
        await house.until_running(*(job.id for job in busy))
        assert await house.dispatcher.cancel(busy[0].id) is not None
        first, done = await house.wait(busy[0].id, after.id)
        assert_told(house.channel, first, Status.CANCELLED)
        assert_posted(house.channel, done)


async def test_a_job_on_its_way_into_the_channel_cannot_be_cancelled(tmp_path: Path):
    channel = Channel(delay_s=0.3)
    async with a_house(tmp_path, channel) as house:
        job = await house.dispatcher.submit(order())
        await house.until(lambda: channel.calls[job.id])
        assert await house.dispatcher.cancel(job.id) is None
        (job,) = await house.wait(job.id)
        assert_posted(channel, job)


async def test_a_cancel_at_any_moment_ends_in_exactly_one_word(tmp_path: Path):
    async with a_house(tmp_path) as house:
        jobs = []
        for number in range(30):
            job = await house.dispatcher.submit(order("slow@2", seed=number))
            jobs.append(job.id)
            await asyncio.sleep(number * 0.002)
            await house.dispatcher.cancel(job.id)
        for job in await house.wait(*jobs):
            if job.status is Status.FINISHED:
                assert_posted(house.channel, job)
            else:
                assert_told(house.channel, job, Status.CANCELLED)
        assert house.channel.calls.total() == 30


# --- posting


async def test_a_channel_that_is_gone_fails_the_job_but_keeps_the_picture(tmp_path: Path):
    def gone(job: Job, call: int) -> None:
        raise Undeliverable("Unknown Channel")

    async with a_house(tmp_path, Channel(trouble=gone)) as house:
        job = await house.dispatcher.submit(order())
        (job,) = await house.wait(job.id)
        assert (job.status, job.failure, job.detail) == (Status.FAILED, "undeliverable", "Unknown Channel")
        assert job.picture_sha256 is not None
        assert house.images.path(job.picture_sha256).exists()


async def test_a_delivery_that_fails_for_no_known_reason_is_tried_again(tmp_path: Path):
    def at_first(job: Job, call: int) -> None:
        if call < 3:
            raise RuntimeError("passing trouble")

    async with a_house(tmp_path, Channel(trouble=at_first)) as house:
        job = await house.dispatcher.submit(order())
        failed = await house.dispatcher.submit(order("diverge@1"))
        job, failed = await house.wait(job.id, failed.id)
        assert_posted(house.channel, job)
        assert_told(house.channel, failed, Status.FAILED, Reason.DIVERGED)


async def test_a_delivery_that_never_succeeds_is_given_up_and_hurts_nobody_else(tmp_path: Path):
    def always(job: Job, call: int) -> None:
        if job.seed == 13:
            raise RuntimeError("a fault of ours")

    async with a_house(tmp_path, Channel(trouble=always)) as house:
        bad = await house.dispatcher.submit(order(seed=13))
        good = await house.dispatcher.submit(order(seed=14))
        bad, good = await house.wait(bad.id, good.id)
        assert (bad.status, bad.failure) == (Status.FAILED, "undeliverable")
        assert_posted(house.channel, good)
