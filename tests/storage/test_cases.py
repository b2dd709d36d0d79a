"""The cases' rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from storage.cases import Case, CaseKind, Cases, Deed, Voice

if TYPE_CHECKING:
    from storage.database import Database


@pytest.fixture
def cases(database: Database) -> Cases:
    return Cases(database)


def case(**changes: Any) -> Case:
    values = {"guild_id": 1, "kind": CaseKind.REPORT, "subject": "abcdef", "member_id": 3, "channel_id": 2}
    return Case(**{**values, "prompt": "a cat", "opened_at": 5.0, "code": "abcdef", **changes})


async def test_one_picture_has_one_open_case_on_which_reports_are_counted(cases: Cases) -> None:
    first = await cases.open(case(), Voice(7, "ugly", 5.0))
    second = await cases.open(case(), Voice(8, "", 6.0))
    assert first is not None and second is not None
    assert (second.id, first.times, second.times) == (first.id, 1, 2)
    assert [voice.member_id for voice in await cases.voices(first.id)] == [8, 7]


async def test_nobody_is_counted_twice(cases: Cases) -> None:
    first = await cases.open(case(), Voice(7, "ugly", 5.0))
    assert await cases.open(case(), Voice(7, "very ugly", 6.0)) is None
    assert first is not None
    again = await cases.get(first.id)
    assert again is not None and again.times == 1


async def test_a_closed_case_does_not_keep_a_new_one_from_being_opened(cases: Cases) -> None:
    first = await cases.open(case(), Voice(7, "ugly", 5.0))
    assert first is not None
    assert await cases.do(first.id, Deed.DISMISS, 9, 7.0, close=True)
    second = await cases.open(case(), Voice(7, "ugly", 8.0))
    assert second is not None and second.id != first.id


async def test_guilds_and_kinds_have_cases_of_their_own(cases: Cases) -> None:
    opened = [
        await cases.open(case()),
        await cases.open(case(guild_id=2)),
        await cases.open(case(kind=CaseKind.APPEAL)),
    ]
    assert len({each.id for each in opened if each}) == 3


async def test_a_deed_is_done_once(cases: Cases) -> None:
    opened = await cases.open(case())
    assert opened is not None
    assert await cases.do(opened.id, Deed.REFUND, 9, 7.0)
    assert not await cases.do(opened.id, Deed.REFUND, 10, 8.0)
    assert [(done.deed, done.actor_id) for done in await cases.deeds(opened.id)] == [(Deed.REFUND, 9)]
    kept = await cases.get(opened.id)
    assert kept is not None and kept.closed_at is None


async def test_a_case_knows_its_card(cases: Cases) -> None:
    opened = await cases.open(case())
    assert opened is not None
    await cases.carded(opened.id, 20, 30)
    kept = await cases.get(opened.id)
    assert kept is not None and (kept.inbox_id, kept.card_id) == (20, 30)
