"""The rows of the quotas' rules, of grants and of resets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from storage.errors import StorageError
from storage.jobs import Jobs, Status
from storage.quotas import Charge, Grant, Kind, Period, Quotas, Rule, Scope
from tests.storage.charging import ALL, CHANNEL, GUILD, MEMBER, charged, jobs, quotas

__all__ = ["jobs", "quotas"]  # the fixtures


def a_rule(**changes: Any) -> Rule:
    rule = Rule(GUILD, Scope.ROLE, GUILD, Kind.PICTURES, 10.0, Period.DAY, set_by=99, set_at=5.5)
    return replace(rule, **changes)


# -- rules -------------------------------------------------------------------------------------------------


async def test_a_rule_comes_back_as_it_went_in_and_takes_the_place_of_the_one_before(quotas: Quotas):
    first = await quotas.set_rule(a_rule())
    assert first == a_rule(id=first.id)
    second = await quotas.set_rule(a_rule(amount=3.0, set_by=98))
    assert second == a_rule(amount=3.0, set_by=98, id=first.id)
    assert await quotas.rules(GUILD) == [second]


async def test_rules_are_of_one_guild(quotas: Quotas):
    """Another guild's admin can neither see nor remove them."""
    mine = await quotas.set_rule(a_rule())
    other = await quotas.set_rule(a_rule(guild_id=11))
    assert await quotas.rules_for(GUILD, MEMBER, CHANNEL, [GUILD]) == [mine]
    assert await quotas.remove_rule(GUILD, other.id) is None
    assert await quotas.remove_rule(GUILD, mine.id) == mine
    assert (await quotas.count_rules(GUILD), await quotas.count_rules(11)) == (0, 1)


async def test_only_rules_that_have_a_say_are_found(quotas: Quotas):
    for scope, target in (("member", 30), ("member", 31), ("role", 10), ("role", 41), ("role", 42),
                          ("channel", 20), ("channel", 21), ("guild", 10)):  # fmt: skip
        await quotas.set_rule(a_rule(scope=Scope(scope), target_id=target))
    found = await quotas.rules_for(GUILD, 30, 20, [10, 41])
    assert {(str(rule.scope), rule.target_id) for rule in found} == {
        ("member", 30), ("role", 10), ("role", 41), ("channel", 20), ("guild", 10)
    }  # fmt: skip


async def test_rules_are_listed_in_pages(quotas: Quotas):
    for target in range(5):
        await quotas.set_rule(a_rule(target_id=target))
    pages = [await quotas.rules(GUILD, offset=offset, limit=2) for offset in (0, 2, 4)]
    assert [rule.target_id for page in pages for rule in page] == [0, 1, 2, 3, 4]


async def test_what_is_no_rule_is_not_written(quotas: Quotas):
    for bad in (a_rule(scope=Scope.HOST_GUILD), a_rule(amount=-1.0)):
        with pytest.raises(StorageError):
            await quotas.set_rule(bad)


# -- grants and resets -------------------------------------------------------------------------------------


async def test_a_grant_is_used_up_and_comes_back_with_a_refund(jobs: Jobs, quotas: Quotas):
    pictures = await quotas.grant(Grant(GUILD, MEMBER, Kind.PICTURES, 1, 99, 1.0))
    seconds = await quotas.grant(Grant(GUILD, MEMBER, Kind.SECONDS, 20, 99, 2.0, expires_at=50.0))
    assert await quotas.grants(GUILD, MEMBER, 3.0) == [pictures, seconds]
    job = await charged(jobs, Charge(CHANNEL, 8.0, "", pictures.id))
    await charged(jobs, Charge(CHANNEL, 8.0, "", seconds.id))
    assert await quotas.grants(GUILD, MEMBER, 3.0) == [replace(seconds, used=8.0)]
    await jobs.change(job.id, ALL, status=Status.FAILED)
    assert await quotas.grants(GUILD, MEMBER, 50.0) == [pictures]
    assert await quotas.grants(GUILD, 31, 3.0) == []


async def test_resets_are_of_a_member_or_of_everybody(quotas: Quotas):
    await quotas.reset(GUILD, MEMBER, 99, 7.0)
    assert await quotas.resets(GUILD, MEMBER) == (7.0, 0.0)
    assert await quotas.resets(GUILD, 31) == (0.0, 0.0)
    await quotas.reset(GUILD, 0, 99, 9.0)
    assert await quotas.resets(GUILD, MEMBER) == (9.0, 9.0)
    assert await quotas.resets(11, MEMBER) == (0.0, 0.0)
