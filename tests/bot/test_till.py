"""What has a say when a member paints, read from rows, clock and configuration."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot.config import Ceiling, Ceilings
from bot.errors import QuotaExceeded
from bot.quota import Ask, Asker
from bot.till import Till, host_rules
from storage.database import Database
from storage.jobs import Jobs
from storage.quotas import Charge, Kind, Period, Quotas, Rule, Scope
from tests.storage.examples import a_job

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

GUILD, CHANNEL, MEMBER = 10, 20, 30
ASKER = Asker(GUILD, CHANNEL, MEMBER, (GUILD,))
DIRECT = replace(ASKER, guild_id=0, role_ids=())
ONE = Ask(1.0)
RULE = Rule(GUILD, Scope.ROLE, GUILD, Kind.PICTURES, 1.0, Period.DAY)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database.open(tmp_path / "gala.db") as database:
        yield database


def at(text: str, zone: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def test_zero_is_no_ceiling():
    assert host_rules(Ceilings()) == ()
    ceilings = Ceilings(member=Ceiling(pictures_per_day=5), guild=Ceiling(gpu_seconds_per_month=2.5))
    assert host_rules(ceilings) == (
        Rule(0, Scope.HOST_MEMBER, 0, Kind.PICTURES, 5.0, Period.DAY),
        Rule(0, Scope.HOST_GUILD, 0, Kind.SECONDS, 2.5, Period.MONTH),
    )


async def test_the_hosts_ceilings_stand_above_every_guild_and_count_everywhere(database: Database):
    """One person in all guilds and direct messages; one guild with all its members; whatever was reset."""
    jobs, quotas = Jobs(database), Quotas(database)
    ceilings = Ceilings(member=Ceiling(pictures_per_day=2), guild=Ceiling(pictures_per_day=3))
    till = Till(quotas, lambda: 1000.0, ceilings=host_rules(ceilings))
    await quotas.set_rule(replace(RULE, amount=99.0))
    for guild, member in ((GUILD, MEMBER), (11, MEMBER), (GUILD, 31), (GUILD, 32)):
        await jobs.add(a_job(guild_id=guild, member_id=member, created_at=500.0), Charge(CHANNEL, 1.0))
    await quotas.reset(GUILD, 0, 1, 900.0)
    for asker, scope in (
        (replace(ASKER, guild_id=12), "hostmember"),
        (DIRECT, "hostmember"),
        (replace(ASKER, member_id=40), "hostguild"),
    ):
        with pytest.raises(QuotaExceeded) as refused:
            await till.charge(asker, ONE)
        assert refused.value.arguments["scope"] == scope
    await till.charge(replace(DIRECT, member_id=40), ONE)  # direct messages are no guild


@pytest.mark.parametrize(
    ("zone", "same_day"), [("Europe/Berlin", True), ("UTC", False), ("Nowhere/Land", False)]
)
async def test_a_guilds_day_is_that_of_its_zone(database: Database, zone: str, same_day: bool):
    """Half past midnight in Berlin and one o'clock there are two days in UTC, in the summer."""
    jobs, quotas = Jobs(database), Quotas(database)
    await quotas.set_rule(RULE)
    painted, now = at("2026-07-02T00:30", "Europe/Berlin"), at("2026-07-02T02:30", "Europe/Berlin")

    async def time_zone(guild_id: int) -> str:
        assert guild_id == GUILD
        return zone

    till = Till(quotas, lambda: now, time_zone=time_zone)
    await jobs.add(a_job(created_at=painted), Charge(CHANNEL, 1.0))
    if same_day:
        with pytest.raises(QuotaExceeded) as refused:
            await till.charge(ASKER, ONE)
        midnight = int(at("2026-07-03T00:00", "Europe/Berlin"))
        assert f"<t:{midnight}:R>" in str(refused.value.arguments["when"])
    else:
        await till.charge(ASKER, ONE)


async def test_the_day_of_twenty_five_hours_is_one_day(database: Database):
    jobs, quotas = Jobs(database), Quotas(database)
    await quotas.set_rule(RULE)
    moment = [at("2026-10-25T00:10", "Europe/Berlin")]

    async def berlin(guild_id: int) -> str:
        return "Europe/Berlin"

    till = Till(quotas, lambda: moment[0], time_zone=berlin)
    await jobs.add(a_job(created_at=moment[0]), Charge(CHANNEL, 1.0))
    moment[0] += 24.5 * 3600
    with pytest.raises(QuotaExceeded):
        await till.charge(ASKER, ONE)
    moment[0] += 0.5 * 3600
    await till.charge(ASKER, ONE)


async def test_everybodys_rules_hold_for_who_comes_without_roles(database: Database):
    await Quotas(database).set_rule(replace(RULE, amount=0.0))
    with pytest.raises(QuotaExceeded):
        await Till(Quotas(database), lambda: 1000.0).charge(replace(ASKER, role_ids=()), ONE)


async def test_another_guilds_rules_have_no_say(database: Database):
    quotas = Quotas(database)
    await quotas.set_rule(replace(RULE, guild_id=11, target_id=11, amount=0.0))
    await quotas.set_rule(replace(RULE, guild_id=11, scope=Scope.MEMBER, target_id=MEMBER, amount=0.0))
    await quotas.set_rule(replace(RULE, guild_id=11, scope=Scope.GUILD, amount=0.0))
    charge, standing = await Till(quotas, lambda: 1000.0).charge(ASKER, ONE)
    assert (charge.rule, standing.own, standing.ceilings) == ("", (), ())
