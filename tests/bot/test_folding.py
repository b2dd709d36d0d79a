"""What counts as the same word."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.folding import ALIKE, fold, words

UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u3164\u2800\ufe0f\u202e\x07"
ACCENTS = "\u0301\u0308\u0327\u0336\u0489"


def folded(text: str, *, by_looks: bool = False) -> list[str]:
    return [word.text for word in words(text, by_looks=by_looks)]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("NUDE", "nude"),
        ("nüdé", "nude"),
        ("ｎｕｄｅ", "nude"),
        ("𝓷𝓾𝓭𝓮", "nude"),
        ("Nudе", "nude"),  # the last letter is Cyrillic
        ("ВОР", "вор"),
        ("xуй", "хуй"),  # the first letter is Latin
        ("ёж", "еж"),
        ("ΤΑΞΊΣ", "τάξις"),
        ("straße", "STRASSE"),
        ("łøđ", "lod"),
        ("İstanbul ırmak", "istanbul irmak"),
        ("👍🏽", "👍"),
    ],
)
def test_alike_is_the_same(typed, meant):
    assert folded(typed) == folded(meant)


@pytest.mark.parametrize(
    ("one", "other"), [("か", "が"), ("कि", "कु"), ("мак", "рак"), ("cat", "cats"), ("a1", "a2"), ("ת", "ח")]
)
def test_other_words_are_other_words(one, other):
    assert folded(one) != folded(other)


def test_capitals_may_be_read_by_their_looks():
    assert folded("ΝUDE") == ["vude"]
    assert folded("ΝUDE", by_looks=True) == ["nude"]


@pytest.mark.parametrize("script", ["CYRILLIC", "GREEK"])
def test_no_two_letters_of_a_script_become_one(script):
    """So that no word of a language is taken for another one of it, some rare letters aside."""
    letters = [letter for letter in ALIKE if unicodedata.name(letter).startswith(script)]
    rare = {"ґ", "һ"}
    used = [ALIKE[letter] for letter in letters if letter not in rare]
    assert len(set(used)) == len(used) > 10


def test_words_know_where_they_stand():
    text = "a NU\u200bDE, кот-бегемот 裸体🍆"
    assert [text[word.start : word.end] for word in words(text)] == [
        "a",
        "NU\u200bDE",
        "кот",
        "бегемот",
        "裸",
        "体",
        "🍆",
    ]


@given(st.text())
def test_places_are_in_the_text_and_in_order(text):
    found = words(text)
    places = [place for word in found for place in (word.start, word.end)]
    assert places == sorted(places)
    assert all(0 <= word.start < word.end <= len(text) and word.text for word in found)


@given(st.text(), st.booleans())
def test_folding_is_done_once_and_for_all(text, by_looks):
    once = " ".join(folded(text, by_looks=by_looks))
    assert " ".join(folded(once)) == once


@given(st.text(alphabet="abcdeабвгд", min_size=1, max_size=12), st.data())
def test_unseen_characters_and_accents_change_nothing(text, data):
    noisy = "".join(letter + data.draw(st.text(alphabet=UNSEEN + ACCENTS, max_size=3)) for letter in text)
    assert folded(noisy) == folded(text)


@given(st.text())
def test_case_changes_nothing(text):
    if text.upper().lower() == text.lower():  # not so for a handful of letters, such as ı
        assert folded(text.lower()) == folded(text)


@given(st.characters(), st.booleans())
def test_every_character_is_a_word_or_parts_words_or_is_unseen(character, by_looks):
    letters = fold(character, by_looks)
    assert letters in ("", " ") or not any(letter.isspace() for letter in letters)
