"""The words that fit a picture, found one by one."""

from __future__ import annotations

import asyncio

import pytest

from bot.describing import Words, adorned, agreeing, describe, gender, words_for
from bot.lexicon import FILE, Lexicon, words_of
from bot.views.looks import PROMPT_CHARACTERS
from generation.models import CATALOGUE, locate
from generation.training.words import read_concepts

POCKET = Lexicon.load(locate(CATALOGUE["pocket"])[FILE])
WORDS = Words(("a cat", "an old dog", "the sea"), ("red", "old"), ("at night", "on fire"), ("a photograph",))


def told(words, points):
    """Describe what a scorer sees that gives points for words."""
    asked = []

    async def score(texts):
        asked.append(list(texts))
        return [sum(value for word, value in points.items() if word in words_of(text)) for text in texts]

    return asyncio.run(describe(words, score)), asked


def test_words_are_added_while_they_fit_better():
    found, _ = told(WORDS, {"dog": 0.2, "red": 0.1, "night": -0.1, "photograph": 0.05})
    assert found.sentence == "a red old dog, a photograph"
    assert found.score == pytest.approx(0.35)
    assert [part.chosen and part.chosen.text for part in found.found] == [
        "an old dog",
        "red",
        None,
        "a photograph",
    ]


def test_what_was_nearly_chosen_is_told_in_its_order():
    found, _ = told(WORDS, {"dog": 0.2, "sea": 0.1, "night": -0.1, "fire": -0.2})
    things, _, places, _ = found.found
    assert [word.text for word in things.runners_up] == ["the sea", "a cat"]
    assert [word.text for word in places.runners_up] == ["at night", "on fire"]


def test_every_question_builds_on_the_last_answer():
    _, asked = told(WORDS, {"cat": 0.2, "old": 0.1})
    assert asked[1] == ["a red cat", "an old cat"]
    assert asked[2] == ["an old cat at night", "an old cat on fire"]


def test_a_small_model_is_asked_only_words_that_it_knows():
    for language in ("en", "ru"):
        words = words_for(POCKET, language)
        assert len(words.things) == len(POCKET.things[language])
        assert len(words.looks) == 12
        assert len(words.places) >= 20
        said = (
            word
            for kind in (words.things, words.looks, words.places)
            for text in kind
            for word in words_of(text)
        )
        assert [word for word in said if not POCKET.knows(word)] == []
    little = Lexicon({"en": ("car",)}, frozenset({"car", "red", "night"}))
    assert words_for(little, "ru") == Words(("a car",), ("red",), ("at night",))


def test_a_member_reads_the_words_of_their_language():
    found, _ = told(words_for(POCKET, "ru"), {"машина": 0.3, "красная": 0.1, "пляже": 0.1})
    assert found.sentence == "красная машина на пляже"
    found, _ = told(words_for(POCKET, "en"), {"umbrella": 0.3, "orange": 0.1})
    assert found.sentence == "an orange umbrella"
    assert words_for(None, "ru").styles


def test_adjectives_agree_with_every_thing_that_the_small_model_knows():
    names = [name for concept in read_concepts() for name in concept.names]
    wrong = [name.russian for name in names if gender(name.russian) != name.gender]
    assert wrong == []


@pytest.mark.parametrize(
    ("look", "thing", "expected"),
    [
        ("old", "a house", "an old house"),
        ("red", "an apple", "a red apple"),
        ("dark", "the sea", "the dark sea"),
        ("dark", "clouds", "dark clouds"),
        ("синий синяя синее", "летающая тарелка", "синяя летающая тарелка"),
        ("синий синяя синее", "мышь", "синяя мышь"),
        ("синий синяя синее", "дом", "синий дом"),
        ("синий синяя синее", "мороженое", "синее мороженое"),
    ],
)
def test_an_adjective_takes_its_place_and_form(look, thing, expected):
    assert adorned(thing, agreeing(look, thing)) == expected


@pytest.mark.parametrize("words", [words_for(None, "en"), words_for(POCKET, "en"), words_for(POCKET, "ru")])
def test_no_word_stands_twice_and_most_sentences_fit_a_button(words):
    for kind in (words.things, words.looks, words.places, words.styles):
        assert len(set(kind)) == len(kind)
    longest = [
        max((len(word) for word in kind), default=0) for kind in (words.things, words.places, words.styles)
    ]
    assert sum(longest) + 12 <= PROMPT_CHARACTERS
