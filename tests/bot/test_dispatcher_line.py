"""The line of waiting jobs: its limits, the places in it, and how long it takes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.errors import QueueFull
from storage.jobs import Job, Status
from tests.bot.dispatching import Limits, a_house, order


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
