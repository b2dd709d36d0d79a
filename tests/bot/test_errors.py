"""The tree of errors, and the caret under a prompt's fault."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ConfigError, GalaError, PromptError, QueueFull, Undeliverable, UserError


def caret(text, place):
    return PromptError("prompt-empty", text, place).caret().split("\n")


def test_the_tree():
    for kind in (UserError, PromptError, QueueFull, ConfigError, Undeliverable):
        assert issubclass(kind, GalaError)
    assert issubclass(PromptError, UserError)
    assert issubclass(QueueFull, UserError)


def test_a_user_error_carries_its_message_and_variables():
    """A variable may have any name, also `text` or `place`."""
    error = PromptError("steps-too-many", "whole", 2, text="a", place=3)
    assert (error.message_id, error.text, error.place) == ("steps-too-many", "whole", 2)
    assert error.arguments == {"text": "a", "place": 3}
    assert str(error) == "steps-too-many text='a' place=3"


def test_a_config_error_is_one_line_with_its_key():
    assert (
        str(ConfigError("cards.edit_interval_s", "must be at least 1"))
        == "cards.edit_interval_s: must be at least 1"
    )
    assert str(ConfigError("", "config.toml: not there")) == "config.toml: not there"


def test_an_undeliverable_has_a_reason():
    assert Undeliverable("channel-gone").reason == "channel-gone"


@pytest.mark.parametrize(
    ("text", "place", "excerpt", "column"),
    [
        ("a:nan", 2, "a:nan", 2),
        ("", 0, "", 0),
        ("a {b", 4, "a {b", 4),
        ("日本:nan", 3, "日本:nan", 5),
        ("e\u0301:nan", 3, "e\u0301:nan", 2),
        ("a\n\tb:nan", 5, "a  b:nan", 5),
        ("a\u202e\x07b:nan", 5, "ab:nan", 3),
        ("سلام:nan", 5, "سلام:nan", 5),
    ],
)
def test_the_caret_stands_under_the_fault(text, place, excerpt, column):
    """Wide characters count as two columns, combining ones as none, unseen ones are left out."""
    assert caret(text, place) == [excerpt, " " * column + "^"]


def test_a_long_prompt_is_cut_on_both_sides():
    excerpt, mark = caret("a" * 100 + "b" + "c" * 100, 100)
    assert excerpt.startswith("…a")
    assert excerpt.endswith("c…")
    assert len(excerpt) <= 62
    assert excerpt[mark.index("^")] == "b"


def test_near_an_end_the_excerpt_uses_the_room_of_the_other_side():
    assert caret("a" * 200, 0)[0] == "a" * 60 + "…"
    assert caret("a" * 200, 200) == ["…" + "a" * 60, " " * 61 + "^"]


@given(st.data(), st.text(st.characters(codec=None), max_size=200))
def test_the_caret_is_always_two_short_lines(data, text):
    """Whatever the text, and wherever the place."""
    excerpt, mark = caret(text, data.draw(st.integers(0, len(text))))
    columns = sum(
        0
        if unicodedata.category(one) in ("Mn", "Me")
        else 1 + (unicodedata.east_asian_width(one) in ("W", "F"))
        for one in excerpt
    )
    assert columns <= 62
    assert mark.strip() == "^"
    assert len(mark) <= columns + 1
    assert not any(unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp") for one in excerpt)
