"""Captions as they are typed, and the order that cosines give."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UserError
from bot.ranking import MOST_CAPTIONS, Ranking, places, read_captions


@pytest.mark.parametrize(
    ("text", "captions"),
    [
        ("a fox", ("a fox",)),
        (" a fox |a wolf| a fox | ", ("a fox", "a wolf")),
        (r"a\|b | c", ("a|b", "c")),
        ("10:30 | https://example.org | лиса", ("10:30", "https://example.org", "лиса")),
    ],
)
def test_captions_stand_between_bars(text, captions):
    assert read_captions(text) == captions


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (" | |", "rank-no-captions"),
        ("|".join(map(str, range(MOST_CAPTIONS + 1))), "rank-too-many-captions"),
        ("x" * 301, "rank-caption-too-long"),
    ],
)
def test_what_cannot_be_compared_is_told(text, message):
    with pytest.raises(UserError) as error:
        read_captions(text)
    assert error.value.message_id == message


@given(st.text(max_size=200))
def test_any_text_is_captions_or_words_that_say_why_not(text):
    try:
        captions = read_captions(text)
    except UserError:
        return
    assert all(caption == caption.strip() != "" for caption in captions)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=30), st.floats(1, 100))
def test_shares_sum_to_one_and_follow_the_cosines(cosines, scale):
    found = places(cosines, scale)
    assert sum(place.share for place in found) == pytest.approx(1)
    assert sorted(place.index for place in found) == list(range(len(cosines)))
    assert [place.cosine for place in found] == sorted(cosines, reverse=True)
    assert all(a.share >= b.share for a, b in pairwise(found))


def test_shares_are_the_softmax_that_the_clip_was_trained_with():
    best, second = places([0.1, 0.3], 10.0)
    assert (best.index, second.index) == (1, 0)
    assert best.share == pytest.approx(1 / (1 + math.exp(-2)))


def test_captions_compete_for_a_picture_and_pictures_for_a_caption():
    ranking = Ranking(("a", "b"), ((0.1, 0.2), (0.5, 0.3)), 20.0)
    assert [place.index for place in ranking.captions_of(1)] == [0, 1]
    assert [place.index for place in ranking.pictures_of(1)] == [1, 0]
