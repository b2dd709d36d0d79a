"""The life of a job, over the real database, files and generation process."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import QueueFull, Undeliverable, UserError
from bot.worker import WorkerError
from generation.protocol import Reason
from storage.database import Database
from storage.errors import StorageError
from storage.jobs import Job, Jobs, Status
from tests.bot.dispatching import Channel, Limits, a_house, assert_posted, assert_told, order
from tests.generation.pipe import TOY
from tests.storage.examples import a_job
from tests.storage.test_images import largest_file


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


# --- the line


async def test_a_full_line_is_refused_in_words_and_nothing_is_kept(tmp_path: Path):
    limits = Limits(max_waiting=5, max_waiting_per_guild=4, max_waiting_per_member=3)
    async with a_house(tmp_path, limits=limits) as house:
        submit = house.dispatcher.submit
        busy = [await submit(order("slow@20", steps=100_000)) for _ in range(2)]
        await house.until_running(*(job.id for job in busy))
        for _ in range(3):
            await submit(order(member_id=1))
        with pytest.raises(QueueFull) as of_member:
            await submit(order(member_id=1))
        await submit(order(member_id=2))
        with pytest.raises(QueueFull) as of_guild:
            await submit(order(member_id=4))
        await submit(order(member_id=5, guild_id=9))
        with pytest.raises(QueueFull) as of_all:
            await submit(order(member_id=6, guild_id=10))
        found = [(error.value.message_id, error.value.arguments) for error in (of_member, of_guild, of_all)]
        assert found == [
            ("queue-full-member", {"limit": 3}),
            ("queue-full-guild", {"limit": 4}),
            ("queue-full", {"limit": 5}),
        ]
        assert await house.jobs.count_waiting() == 5


async def test_many_orders_at_once_do_not_slip_past_the_limit(tmp_path: Path):
    async with a_house(tmp_path, limits=Limits(max_waiting_per_member=5)) as house:
        blockers = [await house.dispatcher.submit(order("slow@20", steps=10**5, member_id=9)) for _ in "ab"]
        await house.until_running(*(job.id for job in blockers))
        orders = [house.dispatcher.submit(order(init=b"init")) for _ in range(20)]
        results = await asyncio.gather(*orders, return_exceptions=True)
        assert len([result for result in results if isinstance(result, Job)]) == 5
        assert len([result for result in results if isinstance(result, QueueFull)]) == 15
        assert await house.jobs.count_waiting() == 5


async def test_direct_messages_are_not_counted_as_one_guild(tmp_path: Path):
    async with a_house(tmp_path, limits=Limits(max_waiting_per_guild=1)) as house:
        for member_id in range(6):
            await house.dispatcher.submit(order("slow@5", guild_id=0, member_id=member_id))


async def test_places_are_told_when_they_change_and_only_then(tmp_path: Path):
    async with a_house(tmp_path) as house:
        submit = house.dispatcher.submit
        busy = [await submit(order("slow@20", steps=100_000, member_id=member)) for member in (8, 9)]
        await house.until_running(*(job.id for job in busy))
        first, second, third = [await submit(order(member_id=member)) for member in (1, 2, 3)]
        positions = [house.dispatcher.place(job.id).position for job in (first, second, third)]  # type: ignore[union-attr]
        assert positions == [1, 2, 3]
        assert house.dispatcher.place(busy[0].id) is None
        assert house.dispatcher.place("unknown0") is None
        await asyncio.sleep(0.2)
        house.channel.places.clear()
        await house.dispatcher.cancel(second.id)
        await asyncio.sleep(0.2)
        told = {(job_id, place.position) for job_id, place in house.channel.places}
        assert told - {(first.id, 1)} == {(third.id, 2)}  # the first may hear that its wait has changed


async def test_the_wait_is_honest_once_a_speed_is_known(tmp_path: Path):
    async with a_house(tmp_path) as house:
        unknown = await house.dispatcher.submit(order("slow@20", steps=30))
        (done,) = await house.wait(unknown.id)
        assert done.seconds is not None
        busy = [await house.dispatcher.submit(order("slow@20", steps=100, seed=seed)) for seed in (1, 2)]
        waiting = await house.dispatcher.submit(order("slow@20", steps=30))
        await house.until_running(*(job.id for job in busy))
        place = house.dispatcher.place(waiting.id)
        assert place is not None
        assert place.wait_s is not None
        own_s = done.seconds
        # Two jobs of 100 steps on two lanes, then 30 steps of its own, all at the speed of the first.
        assert place.wait_s == pytest.approx(100 / 30 * own_s + own_s, rel=0.5)
        left = [left_s for job, _, left_s in house.channel.frames if job.id == busy[0].id]
        assert all(left_s is not None for left_s in left)


async def test_the_speed_of_earlier_days_is_remembered(tmp_path: Path):
    async with a_house(tmp_path) as house:
        (done,) = await house.wait((await house.dispatcher.submit(order("slow@20", steps=20))).id)
    async with a_house(tmp_path) as house:
        job = await house.dispatcher.submit(order("slow@20", steps=40))
        await house.until_running(job.id)
        left_s = house.channel.frames[0][2]
        assert left_s is not None
        assert left_s == pytest.approx(2 * (done.seconds or 0), rel=0.3)


async def test_the_card_is_known_to_the_listener_from_when_it_is_attached(tmp_path: Path):
    async with a_house(tmp_path) as house:
        busy = [await house.dispatcher.submit(order("slow@10", steps=60, seed=seed)) for seed in (1, 2)]
        waiting = await house.dispatcher.submit(order())
        await house.until_running(*(job.id for job in busy))
        house.channel.places.clear()
        attached = await house.dispatcher.attach_card(waiting.id, 77)
        assert attached is not None and attached.card_id == 77
        await house.until(lambda: house.channel.places)
        await house.dispatcher.attach_card(busy[0].id, 78)
        await house.until(lambda: house.channel.frames[-1][0].card_id == 78)
        jobs = await house.wait(waiting.id, busy[0].id)
        assert [job.card_id for job in jobs] == [77, 78]
        frames = [job.card_id for job, progress, _ in house.channel.frames if job.id == busy[0].id]
        assert frames == sorted(frames, key=lambda card: card or 0)  # once known, never forgotten
        assert await house.dispatcher.attach_card(waiting.id, 79) is None


async def test_one_members_many_jobs_do_not_delay_anothers_first(tmp_path: Path):
    async with a_house(tmp_path) as house:
        many = [await house.dispatcher.submit(order("slow@3", seed=seed, member_id=1)) for seed in range(20)]
        one = await house.dispatcher.submit(order("slow@3", member_id=2))
        await house.wait(one.id)
        over = [job.status for job in [await house.job(job.id) for job in many]].count(Status.FINISHED)
        assert over < 10
        await house.wait(*(job.id for job in many))


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


# --- the disk and the database


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


async def test_a_worker_that_cannot_start_ends_the_dispatcher_in_words(tmp_path: Path):
    broken = replace(TOY, lanes=0, device="no such device")
    async with a_house(tmp_path, settings=broken, max_failed_starts=1) as house:
        with pytest.raises(WorkerError, match="does not start"):
            await house.running


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
