from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.words import MOST_WORDS, Words, ranked, words_of
from tests.storage.rows import Eyes, a_generation

if TYPE_CHECKING:
    from storage.database import Database

NASTY = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.sampled_from(
            [
                "AND",
                "OR",
                "NOT",
                "NEAR(",
                ")",
                '"',
                "'",
                "*",
                "^",
                ":",
                "-",
                "prompt",
                "place",
                "{",
                "red",
                "кот",
                "🌊",
            ]
        ),
        max_size=12,
    ).map(" ".join),
)


@pytest.fixture
def words(database: Database) -> Words:
    return Words(database)


async def test_words_are_found_by_their_beginnings_in_both_alphabets(database: Database, words: Words):
    english = await a_generation(database, "a red lighthouse at dusk")
    russian = await a_generation(database, "Зелёный маяк на закате")
    for text, expected in (
        ("light", english),
        ("RED", english),
        ("dusk red", english),
        ("маяк", russian),
        ("зеленый", russian),
        ("ЗЕЛЁН", russian),
        ("закат маяк", russian),
    ):
        hits = await words.find(text, Eyes())
        assert (hits.ids, hits.exact) == ((expected,), True), text


async def test_where_no_prompt_has_all_words_those_with_some_are_offered(database: Database, words: Words):
    both = await a_generation(database, "a red car at sea")
    one = await a_generation(database, "a red house")
    await a_generation(database, "green")
    hits = await words.find("red sea monster", Eyes())
    assert (hits.ids, hits.exact) == ((both, one), False)
    beside = await a_generation(database, "дом у моря")
    hits = await words.find("морем", Eyes())  # another case of the same word
    assert (hits.ids, hits.exact) == ((beside,), False)


async def test_flags_are_no_words(database: Database, words: Words):
    await a_generation(database, "a car --seed 7 --no steam")
    for text in ("seed", "steam", "7"):
        assert (await words.find(text, Eyes())).ids == ()
    assert (await words.find("car", Eyes())).ids


async def test_what_is_deleted_or_changed_is_found_no_more(database: Database, words: Words):
    gone = await a_generation(database, "a dragon --seed 1")
    kept = await a_generation(database, "a dragon ёж")
    await database.all("DELETE FROM generations WHERE id = ?", (gone,))
    assert (await words.find("dragon", Eyes())).ids == (kept,)
    await database.all("UPDATE generations SET prompt = 'a knight' WHERE id = ?", (kept,))
    assert (await words.find("dragon", Eyes())).ids == ()
    assert (await words.find("ёж", Eyes())).ids == ()
    assert (await words.find("knight", Eyes())).ids == (kept,)


async def test_only_what_the_asker_may_see_is_found(database: Database, words: Words):
    await a_generation(database, "red elsewhere", place_id=21)
    await a_generation(database, "red secret", private=1, member_id=31, channel_id=22)
    own = await a_generation(database, "red own secret", private=1, channel_id=22)
    seen = await a_generation(database, "red seen")
    assert (await words.find("red", Eyes())).ids == (seen, own)
    there = Eyes(member_id=99, channel_id=22)
    assert len((await words.find("secret", there)).ids) == 2
    assert (await words.find("red", Eyes(places=frozenset()))).ids == ()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(NASTY)
async def test_nothing_in_a_search_is_an_operator(words: Words, text: str):
    """Whatever it is, it is looked for as words, and nothing breaks."""
    hits = await words.find(text, Eyes())
    assert hits.ids == ()


async def test_operators_are_words(database: Database, words: Words):
    plain = await a_generation(database, "neither and nor not")
    await a_generation(database, "red")
    assert (await words.find("red NOT green", Eyes())).exact is False
    assert (await words.find('"NOT" AND*', Eyes())).ids == (plain,)


async def test_a_very_long_search_looks_for_its_first_words(database: Database, words: Words):
    found = await a_generation(database, "one two three four five six")
    text = "one two three four five six " + "nine " * 800
    assert (await words.find(text, Eyes())).ids == (found,)
    assert len(words_of(text)) == MOST_WORDS


@pytest.mark.parametrize("text", ["", "   ", "🌊🌊", '"', "—", "((("])
async def test_a_search_without_words_finds_nothing(words: Words, text: str):
    assert (await words.find(text, Eyes())).ids == ()


def test_prompts_with_more_of_the_words_come_first_and_whole_words_count_more():
    found = [(1, "reddish car"), (2, "red house"), (3, "red car"), (4, "car"), (5, "red car")]
    assert ranked(found, ["red", "car"]) == [3, 5, 1, 2, 4]


async def test_no_search_reads_the_whole_table(database: Database, words: Words):
    from storage.words import FIND

    values = {"match": 'prompt : ("red"*) AND place : (p20)', "limit": 9, "guild": 1, "me": 2, "here": 3}
    plan = [row["detail"] for row in await database.all(f"EXPLAIN QUERY PLAN {FIND}", values)]
    assert any("VIRTUAL TABLE INDEX" in line for line in plan)
    assert [line for line in plan if "SCAN g" in line or "TEMP B-TREE" in line] == []


async def test_all_that_one_may_see_is_found_however_much_others_have_painted_since(
    database: Database, words: Words, monkeypatch: pytest.MonkeyPatch
):
    """With the same hits, newest first, whether or not the index has to look for the places."""
    mine = [await a_generation(database, "a red boat") for _ in range(3)]
    for _ in range(6):
        await a_generation(database, "a red boat", guild_id=2, place_id=99)
    mine.append(await a_generation(database, "a red boat"))
    found = []
    for most in (1, 2, 7, 100):
        monkeypatch.setattr("storage.words.MOST_CANDIDATES", most)
        found.append((await words.find("red boat", Eyes())).ids)
        assert (await words.find("red boat", Eyes(), limit=2)).ids == found[0][:2]
    assert found == [tuple(mine[::-1])] * 4
