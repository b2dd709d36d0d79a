"""What a job is charged, from the order to its end, whatever happens in between."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.errors import QuotaExceeded
from storage.jobs import Job, Status, new_id
from storage.quotas import Charge, Grant, Kind, Period, Rule, Scope
from storage.spending import Span, Use
from tests.bot.dispatching import Channel, House, a_house, order
from tests.storage.examples import a_job

if TYPE_CHECKING:
    from pathlib import Path

GUILD, MEMBER = 1, 3  # as `order` has them
EVERYBODY = Rule(GUILD, Scope.ROLE, GUILD, Kind.PICTURES, 3.0, Period.DAY)
ROLES = {"role_ids": (GUILD,)}


async def used(house: House, member_id: int = MEMBER) -> Use:
    (use,) = await house.quotas.uses([Span(0.0, 1e12, guild_id=GUILD, member_id=member_id)])
    return use


async def assert_the_ledger_is_sound(house: House) -> None:
    """One row a job; open ones are charged, failed ones not, and no charge is without its job."""
    rows = await house.quotas._database.all(
        "SELECT jobs.id AS job, status, jobs.seconds AS taken, quota_ledger.* FROM jobs"
        " FULL JOIN quota_ledger ON job_id = jobs.id"
    )
    for row in rows:
        assert row["job"] is not None, dict(row)
        assert row["job_id"] is not None, dict(row)
        state = row["state"], row["pictures"]
        if row["status"] in ("finished", "posting"):
            assert state == ("settled", 1), dict(row)
            assert row["seconds"] == row["taken"]
        elif row["status"] == "failed" or (row["status"] == "cancelled" and row["taken"] is None):
            assert state == ("refunded", 0), dict(row)
            assert row["seconds"] == 0
        elif row["status"] == "cancelled":
            assert state == ("settled", 1), dict(row)
        else:
            assert row["pictures"] == 1, dict(row)


async def test_of_many_orders_at_once_just_as_many_are_taken_as_are_left(tmp_path: Path):
    async with a_house(tmp_path) as house:
        await house.quotas.set_rule(EVERYBODY)
        orders = [house.dispatcher.submit(order("slow@5", **ROLES)) for _ in range(12)]
        results = await asyncio.gather(*orders, return_exceptions=True)
        assert len([result for result in results if isinstance(result, Job)]) == 3
        refused = [result for result in results if isinstance(result, QuotaExceeded)]
        assert len(refused) == 9
        assert {error.message_id for error in refused} == {"quota-pictures"}
        assert refused[0].arguments["limit"] == 3
        assert await used(house) == replace(await used(house), pictures=3)
        await assert_the_ledger_is_sound(house)


async def test_so_it_is_with_members_who_share_a_ceiling(tmp_path: Path):
    async with a_house(tmp_path) as house:
        await house.quotas.set_rule(Rule(GUILD, Scope.GUILD, GUILD, Kind.PICTURES, 4.0, Period.MONTH))
        orders = [house.dispatcher.submit(order(member_id=number, init=b"x")) for number in range(10)]
        results = await asyncio.gather(*orders, return_exceptions=True)
        assert len([result for result in results if isinstance(result, Job)]) == 4
        (use,) = await house.quotas.uses([Span(0.0, 1e12, guild_id=GUILD)])
        assert use.pictures == 4


async def test_a_refused_order_leaves_nothing(tmp_path: Path):
    async with a_house(tmp_path) as house:
        await house.quotas.set_rule(replace(EVERYBODY, amount=0.0))
        with pytest.raises(QuotaExceeded) as refused:
            await house.dispatcher.submit(order(init=b"a picture", **ROLES))
        assert refused.value.message_id == "quota-pictures-never"
        assert await house.jobs.unfinished() == []
        assert [path for path in (tmp_path / "pictures").rglob("*") if path.is_file()] == []
        assert await used(house) == Use(0, 0.0)


async def test_the_estimate_is_corrected_by_what_was_used(tmp_path: Path):
    async with a_house(tmp_path) as house:
        first = await house.dispatcher.submit(order("slow@10", steps=20))
        (first,) = await house.wait(first.id)
        assert await used(house) == Use(1, first.seconds or 0.0)
        second = await house.dispatcher.submit(order("slow@10", steps=20))
        estimates = [
            row["estimate_s"]
            for row in await house.quotas._database.all("SELECT * FROM quota_ledger ORDER BY id")
        ]
        assert estimates[0] == pytest.approx(64 * 48 * 20 * 1e-6)  # nothing was known yet
        assert estimates[1] == pytest.approx(first.seconds, rel=0.01)
        await house.wait(second.id)
        await assert_the_ledger_is_sound(house)


async def test_what_fails_is_given_back(tmp_path: Path):
    async with a_house(tmp_path) as house:
        jobs = [await house.dispatcher.submit(order(what)) for what in ("diverge@2", "refuse", "oom@3")]
        await house.wait(*(job.id for job in jobs))
        assert await used(house) == Use(0, 0.0)
        await assert_the_ledger_is_sound(house)


async def test_so_is_what_was_cancelled_before_its_first_frame(tmp_path: Path):
    async with a_house(tmp_path) as house:
        busy = [await house.dispatcher.submit(order("slow@20", steps=10**5, member_id=9)) for _ in "ab"]
        await house.until_running(*(job.id for job in busy))
        waiting = await house.dispatcher.submit(order())
        assert (await used(house)).pictures == 1
        await house.dispatcher.cancel(waiting.id)
        await house.wait(waiting.id)
        assert await used(house) == Use(0, 0.0)


async def test_who_cancels_after_the_first_frame_has_used_what_was_painted(tmp_path: Path):
    async with a_house(tmp_path) as house:
        job = await house.dispatcher.submit(order("slow@20", steps=10**5))
        await house.until_running(job.id)
        await house.dispatcher.cancel(job.id)
        (job,) = await house.wait(job.id)
        assert job.status is Status.CANCELLED
        assert job.seconds is not None
        assert await used(house) == Use(1, job.seconds)


async def test_limits_in_seconds_refuse_what_does_not_fit_any_more(tmp_path: Path):
    async with a_house(tmp_path, clock=lambda: 1e9) as house:
        await house.quotas.set_rule(replace(EVERYBODY, kind=Kind.SECONDS, amount=100.0))
        with pytest.raises(QuotaExceeded) as too_much:
            await house.dispatcher.submit(order(steps=100_000, **ROLES))  # 307 s by the first guess
        assert too_much.value.message_id == "quota-seconds-never"
        past = a_job(guild_id=GUILD, member_id=MEMBER, status=Status.FINISHED, told=True, created_at=1e9)
        await house.jobs.add(past, Charge(2, 99.0))
        fits = await house.dispatcher.submit(order(steps=10, **ROLES))
        await house.dispatcher.cancel(fits.id)
        await house.jobs.add(replace(past, id=new_id()), Charge(2, 1.0))
        with pytest.raises(QuotaExceeded) as spent:
            await house.dispatcher.submit(order(steps=1, **ROLES))
        assert spent.value.message_id == "quota-seconds"


async def test_a_grant_carries_on_where_the_rules_end(tmp_path: Path):
    async with a_house(tmp_path) as house:
        await house.quotas.set_rule(replace(EVERYBODY, amount=1.0))
        grant = await house.quotas.grant(Grant(GUILD, MEMBER, Kind.PICTURES, 1.0, 9, 0.0))
        jobs = [await house.dispatcher.submit(order(**ROLES)) for _ in "ab"]
        with pytest.raises(QuotaExceeded):
            await house.dispatcher.submit(order(**ROLES))
        await house.wait(*(job.id for job in jobs))
        rules = [
            row["rule"]
            for row in await house.quotas._database.all("SELECT rule FROM quota_ledger ORDER BY id")
        ]
        assert rules == ["role 1, 1 pictures day", f"grant {grant.id}"]


async def test_a_reset_counts_anew_and_keeps_the_rows(tmp_path: Path):
    moment = [1e9]
    async with a_house(tmp_path, clock=lambda: moment[0]) as house:
        await house.quotas.set_rule(replace(EVERYBODY, amount=1.0))
        await house.dispatcher.submit(order(**ROLES))
        moment[0] += 1
        with pytest.raises(QuotaExceeded):
            await house.dispatcher.submit(order(**ROLES))
        await house.quotas.reset(GUILD, MEMBER, 9, moment[0])
        await house.dispatcher.submit(order(**ROLES))
        assert (await used(house)).pictures == 2


async def test_a_new_day_brings_more_and_a_clock_set_back_does_not(tmp_path: Path):
    moment = [1e9]
    async with a_house(tmp_path, clock=lambda: moment[0]) as house:
        await house.quotas.set_rule(replace(EVERYBODY, amount=1.0))
        await house.dispatcher.submit(order(**ROLES))
        for back in (60.0, 3600.0):
            moment[0] = 1e9 - back  # still the same day
            with pytest.raises(QuotaExceeded):
                await house.dispatcher.submit(order(**ROLES))
        moment[0] = 1e9 + 86_400
        await house.dispatcher.submit(order(**ROLES))


async def test_direct_messages_know_no_guilds_rules(tmp_path: Path):
    async with a_house(tmp_path) as house:
        await house.quotas.set_rule(replace(EVERYBODY, amount=0.0))
        await house.quotas.set_rule(replace(EVERYBODY, guild_id=0, target_id=0, amount=0.0))
        await house.dispatcher.submit(order(guild_id=0, role_ids=(0,)))


async def test_only_so_many_of_a_members_jobs_run_side_by_side(tmp_path: Path):
    async with a_house(tmp_path) as house:
        await house.quotas.set_rule(replace(EVERYBODY, kind=Kind.RUNNING, amount=1.0, period=Period.NONE))
        first = await house.dispatcher.submit(order("slow@20", steps=10**5, **ROLES))
        second = await house.dispatcher.submit(order("slow@1", **ROLES))
        other = await house.dispatcher.submit(order(member_id=9, **ROLES))
        await house.wait(other.id)
        await house.until_running(first.id)
        assert (await house.job(second.id)).status is Status.QUEUED
        assert (await house.job(second.id)).most_running == 1
        await house.dispatcher.cancel(first.id)
        (second,) = await house.wait(second.id)
        assert second.status is Status.FINISHED


async def test_places_in_line_are_counted_by_member(tmp_path: Path):
    async with a_house(tmp_path) as house:
        await house.quotas.set_rule(replace(EVERYBODY, kind=Kind.WAITING, amount=2.0, period=Period.NONE))
        busy = [await house.dispatcher.submit(order("slow@20", steps=10**5, member_id=9)) for _ in "ab"]
        await house.until_running(*(job.id for job in busy))
        for _ in range(2):
            await house.dispatcher.submit(order(**ROLES))
        with pytest.raises(QuotaExceeded) as refused:
            await house.dispatcher.submit(order(**ROLES))
        assert (refused.value.message_id, refused.value.arguments["limit"]) == ("quota-waiting", 2)
        await house.dispatcher.submit(order(member_id=4, **ROLES))


async def test_abrupt_ends_leave_a_sound_ledger(tmp_path: Path):
    """However the bot dies: no charge without a job, no job without a charge, and every end is settled."""
    chance = random.Random(5)
    channel, accepted = Channel(delay_s=0.01), []
    for number in range(8):
        async with a_house(tmp_path, channel, abrupt=True) as house:
            await assert_the_ledger_is_sound(house)
            work = [
                house.dispatcher.submit(order(what, seed=number))
                for what in ("slow@4", "diverge@2", "slow@1")
            ]
            accepted += [job.id for job in await asyncio.gather(*work)]
            await house.dispatcher.cancel(chance.choice(accepted))
            await asyncio.sleep(chance.random() * 0.3)
    async with a_house(tmp_path, channel) as house:
        jobs = await house.wait(*accepted)
        await assert_the_ledger_is_sound(house)
        finished = [job for job in jobs if job.status is Status.FINISHED]
        painted = [job for job in jobs if job.status is Status.CANCELLED and job.seconds is not None]
        assert (await used(house)).pictures == len(finished) + len(painted)
