"""The filters' rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from storage.filters import FilterHit, FilterRule, Filters

if TYPE_CHECKING:
    from storage.database import Database


@pytest.fixture
def filters(database: Database) -> Filters:
    return Filters(database)


def rule(words: str, guild_id: int = 1, **changes: object) -> FilterRule:
    return FilterRule(guild_id, words, words.lower(), **changes)  # type: ignore[arg-type]


async def test_a_rule_is_kept_once(filters: Filters) -> None:
    kept = await filters.add(rule("Cat", added_by=7, added_at=5.0))
    assert kept is not None
    assert (kept.words, kept.added_by, kept.allowed) == ("Cat", 7, False)
    assert await filters.add(rule("CAT")) is None
    assert await filters.add(rule("cat", allowed=True)) is not None
    assert [found.words for found in await filters.rules(1)] == ["Cat", "cat"]
    assert await filters.count(1) == 2


async def test_a_guilds_rules_are_its_own(filters: Filters) -> None:
    kept = await filters.add(rule("cat"))
    assert kept is not None
    assert await filters.add(rule("cat", guild_id=2)) is not None
    assert await filters.remove(2, kept.id) is None
    assert await filters.remove(1, kept.id) == kept
    assert await filters.rules(1) == []
    assert await filters.count(2) == 1


async def test_imported_rules_take_the_place_of_those_imported_before(filters: Filters) -> None:
    await filters.add(rule("mine"))
    await filters.add(rule("theirs", guild_id=2, source="their list"))
    assert await filters.replace_imported(1, [rule("a", source="list"), rule("mine", source="list")]) == 1
    assert await filters.replace_imported(1, [rule("b", source="list")]) == 1
    assert [found.words for found in await filters.rules(1)] == ["b", "mine"]
    assert await filters.count(2) == 1


async def test_rules_are_found_by_a_part_and_page_by_page(filters: Filters) -> None:
    for number in range(10):
        await filters.add(rule(f"word{number}"))
    assert [found.words for found in await filters.rules(1, part="d7")] == ["word7"]
    assert [found.words for found in await filters.rules(1, offset=8, limit=4)] == ["word8", "word9"]


async def test_refusals_are_kept_for_a_time(filters: Filters) -> None:
    old = await filters.add_hit(FilterHit(1, 2, 3, "a cat", "cat", "ru", 100.0))
    new = await filters.add_hit(FilterHit(1, 2, 3, "a cat", "cat", "ru", 200.0))
    await filters.forget_hits(150.0)
    assert await filters.hit(old.id) is None
    assert await filters.hit(new.id) == new
