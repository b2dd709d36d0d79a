"""What the shipped model knows, and what is said of the rest."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import PromptError
from bot.lexicon import FILE, Lexicon, lexicons, words_of
from bot.locales import texts_for
from bot.prompt import parse
from bot.views.hints import words
from generation.models import CATALOGUE, locate

POCKET = Lexicon.load(locate(CATALOGUE["pocket"])[FILE])


def strange(text: str) -> list[str]:
    return [found.word for found in POCKET.unknown(parse(text)[0])]


@pytest.mark.parametrize(
    "prompt",
    [
        "a red car under a rainbow",
        "three green apples on the beach at sunset | snow:2",
        "КРАСНЫЙ дом ночью",
        "красную машину под радугой",  # the accusative is in no caption
        "лягушкам в лесах",
        "жёлтая утка",
        "желтая утка",
    ],
)
def test_what_was_learned_is_known_in_both_languages(prompt: str):
    assert strange(prompt) == []


def test_strange_words_are_found_once_each_in_their_order():
    assert strange("a gorgon and a sphinx | gorgon:-1") == ["gorgon", "sphinx"]


def test_a_slip_of_the_finger_is_offered_what_was_meant():
    (found,) = POCKET.unknown(parse("a pengiun")[0])
    assert found.near == ("penguin",)
    (found,) = POCKET.unknown(parse("пенгвин")[0])
    assert found.near == ("пингвин",)


def test_examples_speak_the_language_and_change():
    assert POCKET.examples("ru", 0) != POCKET.examples("ru", 1)
    assert set(POCKET.examples("ru", 5)) <= set(POCKET.things["ru"])
    assert set(POCKET.examples("de", 0)) <= set(POCKET.things["en"])


@given(st.text(max_size=60))
def test_no_text_breaks_it(text: str):
    try:
        prompts = parse(text)
    except PromptError:
        return
    for prompt in prompts:
        found = {unknown.word for unknown in POCKET.unknown(prompt)}
        assert found <= {word for phrase in prompt.phrases for word in words_of(phrase.text)}


@pytest.mark.parametrize("locale", ["en-US", "ru"])
def test_the_hint_names_the_words_as_plain_text(locale: str):
    unknown = POCKET.unknown(parse("a gor'gon")[0])
    text = words(unknown, POCKET, "pocket", texts_for(locale), 3)
    assert "“gor'gon”" in text
    assert any(name in text for names in POCKET.things.values() for name in names)


def test_a_broken_list_is_left_out_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    folder = tmp_path / "pocket"
    folder.mkdir()
    (folder / FILE).write_text("[1, 2")
    with caplog.at_level(logging.WARNING):
        assert lexicons(CATALOGUE, tmp_path) == {}
    assert "cannot be read" in caplog.text
    (folder / FILE).write_text('{"things": {}}')
    assert lexicons(CATALOGUE, tmp_path) == {}
    (folder / FILE).unlink()
    assert lexicons(CATALOGUE, tmp_path)["pocket"] == POCKET
