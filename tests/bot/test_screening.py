"""Guilds' filters, read in when they are first asked for."""

from __future__ import annotations

import pytest

from bot.errors import PromptForbidden
from bot.screening import MOST_READY, Screening
from storage.database import Database
from storage.filters import FilterHit, FilterRule, Filters
from tests.bot.dispatching import order


@pytest.fixture
async def screening(tmp_path):
    async with Database.open(tmp_path / "gala.db") as database:
        yield Screening(Filters(database), lambda: 5.0)


def rule(words: str, guild_id: int = 1) -> FilterRule:
    return FilterRule(guild_id, words, words)


async def test_a_refusal_names_rule_and_place_and_is_noted(screening):
    await screening.filters.add(rule("car"))
    with pytest.raises(PromptForbidden) as caught:
        await screening.check(order("a lake:2", "a red car:-1"))
    error = caught.value
    assert (error.rule, error.text, error.place, error.caret()) == (
        "car",
        "a red car",
        6,
        "a red car\n      ^",
    )
    prompt = "a lake:2 | a red car:-1"
    assert await screening.filters.hit(error.hit_id) == FilterHit(1, 2, 3, prompt, "car", "en-US", 5.0, 1)


async def test_a_change_counts_at_once(screening):
    await screening.check(order("a red car"))
    added = await screening.filters.add(rule("car"))
    await screening.changed(1)
    with pytest.raises(PromptForbidden):
        await screening.check(order("a red car"))
    await screening.filters.remove(1, added.id)
    await screening.changed(1)
    await screening.check(order("a red car"))


async def test_filters_of_guilds_that_were_long_quiet_are_read_in_anew(screening):
    await screening.filters.add(rule("car"))
    first = await screening.filter_of(1)
    assert await screening.filter_of(1) is first
    for guild_id in range(2, MOST_READY + 2):
        await screening.filter_of(guild_id)
    assert await screening.filter_of(1) is not first
    with pytest.raises(PromptForbidden):
        await screening.check(order("a red car"))
