"""Spans of time, as people write them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.durations import LONGEST_S, MINUTE_S, read_span, split
from bot.errors import UserError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30m", 1800),
        ("2h", 7200),
        (" 3 Days ", 259_200),
        ("1w", 604_800),
        ("2 ч", 7200),
        ("3 дня", 259_200),
        ("30 мин.", 1800),
        ("1 нед", 604_800),
    ],
)
def test_usual_ways_of_writing_are_understood(text, seconds):
    assert read_span(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "h", "7", "0 days", "-1 h", "1.5 h", "3 moons", "999999 weeks", "٣h" * 9]
)
def test_anything_else_is_refused_in_words(text):
    with pytest.raises(UserError, match="span-not-read"):
        read_span(text)


@given(st.text())
def test_no_text_does_harm(text):
    with contextlib.suppress(UserError):
        assert MINUTE_S <= read_span(text) <= LONGEST_S


@given(st.integers(1, LONGEST_S // MINUTE_S))
def test_what_is_split_can_be_read_again(minutes):
    count, unit = split(minutes * MINUTE_S)
    if count <= 999_999:
        assert read_span(f"{count} {unit}") == minutes * MINUTE_S
