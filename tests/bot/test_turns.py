"""The turns of a job, as its row has them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.turns import Turning, settled, steered, turnings, with_turning
from generation.protocol import Phrase, Turn
from tests.bot.samples import job

TURNINGS = st.builds(Turning, st.integers(0, 9999), st.text(), st.integers(1, 9999))


@given(st.lists(TURNINGS, max_size=4))
def test_turns_are_kept_in_their_order(asked):
    row = job()
    for turning in asked:
        row = replace(row, turns=with_turning(row, turning))
    assert list(turnings(row)) == asked
    now = steered(row)
    assert (now.prompt, now.steps) == (
        (asked[-1].prompt, asked[-1].steps) if asked else (row.prompt, row.steps)
    )


def test_a_turn_s_step_is_settled_once():
    row = job()
    for step in (3, 9):
        row = replace(row, turns=with_turning(row, Turning(step, "a boat", 50)))
    text = settled(row, 1, 11)
    assert text is not None
    row = replace(row, turns=text)
    assert [turning.step for turning in turnings(row)] == [3, 11]
    assert settled(row, 1, 11) is None
    assert settled(row, 7, 1) is None


def test_a_turn_for_the_engine_has_the_phrases():
    turning = Turning(4, "a boat:2 | snow:-1", 90)
    assert turning.turn() == Turn(4, (Phrase("a boat", 2.0), Phrase("snow", -1.0)), 90)
