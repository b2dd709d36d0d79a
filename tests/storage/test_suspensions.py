from __future__ import annotations

from dataclasses import replace

import pytest

from storage.database import Database
from storage.suspensions import Suspension, Suspensions

BEN = Suspension(guild_id=10, member_id=30, until=200.0, reason="spam", suspended_by=99, suspended_at=100.0)


@pytest.fixture
def suspensions(database: Database) -> Suspensions:
    return Suspensions(database)


async def test_a_suspension_holds_until_it_ends_by_itself(suspensions: Suspensions):
    await suspensions.add(BEN)
    assert await suspensions.get(10, 30, now=199.9) == BEN
    assert await suspensions.get(10, 30, now=200.0) is None
    assert await suspensions.end(10, 30, now=200.0) is None


async def test_a_later_one_stands_in_place_of_the_earlier(suspensions: Suspensions):
    await suspensions.add(BEN)
    await suspensions.add(replace(BEN, until=150.0, reason="less"))
    assert (await suspensions.all(10, now=120.0)) == [replace(BEN, until=150.0, reason="less")]
    assert await suspensions.get(10, 30, now=170.0) is None


async def test_ending_one_gives_it_back_once(suspensions: Suspensions):
    await suspensions.add(BEN)
    assert await suspensions.end(10, 30, now=120.0) == BEN
    assert await suspensions.end(10, 30, now=120.0) is None
    assert await suspensions.get(10, 30, now=120.0) is None


async def test_a_guild_sees_its_own_and_the_next_to_end_first(suspensions: Suspensions):
    for member, until in ((1, 300.0), (2, 250.0), (3, 90.0)):
        await suspensions.add(replace(BEN, member_id=member, until=until))
    await suspensions.add(replace(BEN, guild_id=11, member_id=1))
    assert [each.member_id for each in await suspensions.all(10, now=100.0)] == [2, 1]
    assert await suspensions.get(11, 2, now=100.0) is None
    await suspensions.end(11, 1, now=100.0)
    assert await suspensions.get(10, 1, now=100.0) is not None
