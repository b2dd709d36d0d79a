"""Which concept decides about a picture, from cosines alone and from a real generation process."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.checking import OutputCheck, language_of, neutral_captions
from bot.holding import singly
from bot.lexicon import Lexicon, lexicons
from bot.output_check import MOST_CONCEPTS, Place, Seen, competes, looked_for, read, share, verdict
from generation.codec import decode_rgb, encode_png
from generation.models import catalogue
from generation.protocol import MOST_ASKED
from generation.sheets import sheet
from storage.concepts import Action, Concept, Concepts
from tests.bot.seeking import seeking
from tests.generation.test_questions import plain

SNAKE = Concept(1, "a snake", Action.HOLD, 0.2, None, id=1)
FIRE = Concept(1, "fire", Action.SPOILER, 0.5, 0.8, id=2)
HERE, DARK = Place((5, 4)), Place((6,), age_restricted=True)


def test_a_share_is_the_softmax_and_says_the_same_of_every_clip():
    assert share(0.3, [0.3, 0.3, 0.3], 100) == pytest.approx(0.25)
    assert share(0.3, [0.2], 10) == pytest.approx(1 / (1 + math.exp(-1)))
    assert share(0.03, [0.02], 100) == pytest.approx(share(0.3, [0.2], 10))
    assert share(1.0, [], 1000) == 1.0
    assert share(-1.0, [1.0], 1000) == 0.0


@pytest.mark.parametrize(
    ("words", "caption", "other"),
    [
        ("a snake", "a dog", True),
        ("a snake", "a snake", False),
        ("a snake", "snakes", False),
        ("fire", "on fire", False),
        ("a bald man", "a man", True),
        ("a man", "a bald man", False),
        ("змеи", "змея", False),
        ("змея", "собака", True),
    ],
)
def test_captions_of_the_concept_itself_do_not_compete(words, caption, other):
    assert competes(caption, words) is other


def test_what_decides_is_the_most_severe_over_its_threshold():
    seen = [Seen(SNAKE, 0.19, 0.1), Seen(FIRE, 0.9, 0.4)]
    assert verdict(seen, [HERE]) == seen[1]
    assert verdict([Seen(SNAKE, 0.2, 0.1), seen[1]], [HERE]) == Seen(SNAKE, 0.2, 0.1)
    assert verdict([Seen(SNAKE, 0.1, 0.1), Seen(FIRE, 0.4, 0.1)], [HERE]) is None
    assert verdict([], [HERE]) is None


def test_places_have_thresholds_of_their_own():
    assert looked_for([SNAKE, FIRE], [HERE]) == [SNAKE, FIRE]
    assert looked_for([SNAKE, FIRE], [DARK]) == [FIRE]
    assert verdict([Seen(FIRE, 0.7, 0.1)], [DARK]) is None
    thread = replace(FIRE, channels=((4, None),))
    assert looked_for([thread], [HERE]) == []
    assert looked_for([replace(thread, channels=((4, None), (5, 0.1)))], [HERE]) != []
    assert verdict([Seen(FIRE, 0.7, 0.1)], [DARK, HERE]) is not None
    strict = replace(SNAKE, channels=((6, 0.1),))
    assert verdict([Seen(strict, 0.15, 0.1)], [DARK]) == Seen(strict, 0.15, 0.1)


def test_concepts_are_read_beside_each_others_captions():
    cosines = {"a snake": 0.5, "fire": 0.4, "a dog": 0.4, "on fire": 0.9}
    snake, fire = read([SNAKE, FIRE], ["a dog", "a snake", "on fire"], cosines, 1.0)
    assert snake.share == pytest.approx(share(0.5, [0.4, 0.9], 1.0))
    assert fire.share == pytest.approx(share(0.4, [0.4, 0.5], 1.0))
    assert (snake.cosine, fire.cosine) == (0.5, 0.4)


def test_a_question_has_room_for_all_concepts_and_captions():
    known = [None, *lexicons(catalogue(), Path()).values()]
    assert len(known) > 1
    for lexicon in known:
        for language in ("en", "ru"):
            captions = neutral_captions(lexicon, language)
            assert 140 < len(captions) <= MOST_ASKED - MOST_CONCEPTS


def test_a_sheet_is_looked_at_picture_by_picture():
    cells = np.stack([np.full((16, 24, 3), shade, np.uint8) for shade in (10, 90, 170, 250)])
    whole = encode_png(sheet(cells))
    first, *others = singly(whole, 4)
    assert first == whole
    assert [decode_rgb(each).tolist() for each in others] == cells.tolist()
    assert singly(whole, 1) == singly(whole, 9) == [whole]
    assert singly(b"no picture", 4) == [b"no picture"]


async def test_a_clip_is_asked_in_both_languages(tmp_path):
    red = Concept(1, "something red", Action.HOLD, 0.2, None, id=1)
    blue = replace(red, words="синий", id=2)
    lexicon = Lexicon({"en": ("dog", "cat"), "ru": ("собака", "кошка")}, frozenset({"dog", "cat"}))
    async with seeking(tmp_path) as parts:
        concepts = Concepts(parts.database)
        check = OutputCheck(concepts, parts.worker.questions, {"toy": lexicon}, "toy")
        pictures = [plain(250, 5, 5), b"no picture", plain(5, 5, 250)]
        first, none, last = await check.look(pictures, [red, blue])
    assert [seen.share > 0.9 for seen in first] == [True, False]
    assert none == []
    assert [seen.share > 0.9 for seen in last] == [False, True]
    assert check.unknown("a dog or a synth") == ["synth"]
    assert language_of("синий кит") == "ru"
