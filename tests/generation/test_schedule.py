"""What each phrase weighs at each step."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.protocol import Phrase
from generation.schedule import Schedule, gap


def phrase(start, end, weight=1.0):
    return Phrase("x", weight, from_percent=start, to_percent=end)


def shares(*phrases, steps=100):
    """The weights of every step, by phrase."""
    schedule = Schedule(phrases)
    return list(zip(*(schedule.at(step, steps) for step in range(steps)), strict=True))


def test_without_spans_the_weights_are_the_normal_ones_at_every_step():
    schedule = Schedule((phrase(0, 100, 3.0), phrase(0, 100, -1.0)))
    assert schedule.constant
    assert {tuple(schedule.at(step, 7)) for step in range(8)} == {(0.75, -0.25)}


def test_phrases_that_meet_pass_into_each_other_over_a_tenth_of_the_steps():
    first, second = shares(phrase(0, 40), phrase(40, 100))
    assert first[:35] == (1.0,) * 35
    assert first[45:] == (0.0,) * 55
    assert first[35:45] == pytest.approx([1 - (n + 0.5) / 10 for n in range(10)])
    assert [a + b for a, b in zip(first, second, strict=True)] == pytest.approx([1.0] * 100)


def test_phrases_that_overlap_pass_into_each_other_over_all_that_they_share():
    first, second = shares(phrase(0, 60), phrase(40, 100))
    assert first[:40] == second[60:] == (1.0,) * 40
    assert second[40:60] == pytest.approx([(n + 0.5) / 20 for n in range(20)])
    assert [a + b for a, b in zip(first, second, strict=True)] == pytest.approx([1.0] * 100)


def test_a_phrase_inside_another_comes_and_goes_and_the_weights_are_normal_again():
    always, between = shares(phrase(0, 100, 1.0), phrase(20, 50, 3.0))
    assert between[:15] == between[55:][:15] == (0.0,) * 15
    assert set(between[25:45]) == {0.75}
    assert always[0] == always[99] == 1.0
    assert set(always[25:45]) == {0.25}


def test_three_in_a_row_each_have_their_time():
    for index, middle in enumerate((10, 50, 90)):
        at = Schedule((phrase(0, 40), phrase(30, 70), phrase(60, 100))).at(middle, 100)
        assert at == [float(index == n) for n in range(3)]


def test_the_steps_are_shared_out_whatever_their_number():
    few, many = shares(phrase(0, 50), phrase(50, 100), steps=4), shares(phrase(0, 50), phrase(50, 100))
    assert few[0] == (1.0, 1.0, 0.0, 0.0)
    assert many[0][12] == many[0][37] == 1.0


@pytest.mark.parametrize(
    "phrases",
    [
        [],
        [phrase(0, 100, 0.0)],
        [phrase(0, 100, math.inf)],
        [phrase(0, 40)],
        [phrase(0, 40), phrase(50, 100)],
        [phrase(0, 40), phrase(40, 100, 0.0)],
        [phrase(40, 40), phrase(0, 100)],
        [phrase(-1, 100)],
        [phrase(0, 101)],
    ],
)
def test_what_leaves_a_step_without_any_weight_is_refused(phrases):
    with pytest.raises(ValueError, match=r"weight|span|phrase"):
        Schedule(tuple(phrases))


edges = st.integers(0, 20).map(lambda n: n * 5.0)
spans = st.tuples(edges, edges).filter(lambda span: span[0] < span[1]).map(lambda span: phrase(*span))


def filled(these):
    """The phrases, and one more for each gap between them."""
    while bare := gap(these):
        these = [*these, phrase(*bare)]
    return these


@given(st.lists(spans, min_size=1, max_size=6).map(filled), st.integers(1, 90))
def test_at_every_step_the_magnitudes_sum_to_one(these, steps):
    schedule = Schedule(tuple(these))
    for step in range(steps):
        weights = schedule.at(step, steps)
        assert math.fsum(weights) == pytest.approx(1)
        assert min(weights) >= 0
