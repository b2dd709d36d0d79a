"""Films of a camera against the laws of every engine, and that they move."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from generation.camera import moved
from generation.codec import encode_png
from generation.engine import Refusal
from generation.engines.guided import to_tensor
from generation.engines.painting import Painting
from generation.engines.travel import Travel
from generation.engines.vqgan_clip import create
from generation.protocol import Motion, Phrase, Reason, Turn
from tests.generation.contract import LAWS
from tests.generation.engines.toy_vqgan_clip import engine, models_dir
from tests.generation.toys import REQUEST, toy_settings

__all__ = ["engine", "models_dir"]  # the fixtures

MOTION = Motion(lead=2, every=2, zoom=1.1, turn=5.0)
FILM = replace(REQUEST, steps=MOTION.steps(4), motion=MOTION)


def frames(engine, request):
    """The whole frames of a film, first to last."""
    run, found = engine.begin(request, 0), {}
    while True:
        number = request.motion.frame_at(run.step)
        if number is not None:
            found[number] = engine.picture(run)
        if run.step >= run.steps:
            return [found[number] for number in range(len(found))]
        assert engine.advance([run]) == []


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_a_film_keeps_the_law_that(law, models_dir):
    law(partial(create, toy_settings(models_dir)), FILM)


def test_frames_are_counted_from_the_end_of_the_lead():
    assert [MOTION.frame_at(step) for step in range(8)] == [None, None, 0, None, 1, None, 2, None]
    assert MOTION.steps(4) == 8
    assert [MOTION.frames(step) for step in (0, 1, 2, 3, 4, 8)] == [0, 0, 1, 1, 2, 4]


def test_the_first_frame_is_the_picture_that_would_be_painted_without_a_camera(engine):
    plain = replace(REQUEST, steps=MOTION.lead)
    run = engine.begin(plain, 0)
    while run.step < run.steps:
        engine.advance([run])
    made = frames(engine, FILM)
    assert len(made) == 4
    assert np.array_equal(made[0], engine.picture(run))


@pytest.mark.parametrize("tile", [False, True])
def test_each_frame_starts_from_the_one_before_as_the_camera_sees_it(engine, tile):
    run = engine.begin(replace(FILM, manner=replace(FILM.manner, tile=tile)), 0)
    assert isinstance(run, Travel)
    for _ in range(MOTION.lead):
        engine.advance([run])
    picture = run.full_picture()
    engine.advance([run])
    frame = run._current
    assert isinstance(frame, Painting)
    assert frame.anchor is not None
    assert torch.equal(frame.anchor, run.model.latent(moved(picture, MOTION, tile=tile), tile=tile))


def test_a_film_from_a_picture_begins_with_it(engine):
    pixels = np.zeros((24, 32, 3), np.uint8)
    pixels[:, 16:] = 230
    motion = replace(MOTION, lead=0)
    made = frames(engine, replace(FILM, motion=motion, steps=motion.steps(3), init=encode_png(pixels)))
    run = engine.begin(FILM, 0)
    seen = run.model.paint(run.model.latent(to_tensor(pixels)))
    expected = (seen[0].permute(1, 2, 0) * 255).round().detach().numpy()
    assert len(made) == 3
    assert np.abs(made[0] - expected).max() <= 1


def test_spans_are_of_the_whole_film(engine):
    """What only comes later changes no frame before, and every frame after."""
    first, later = Phrase("a red car"), Phrase("a blue boat", from_percent=50.0)
    plain = frames(engine, replace(FILM, phrases=(first,)))
    told = frames(engine, replace(FILM, phrases=(first, later)))
    same = [np.array_equal(one, other) for one, other in zip(plain, told, strict=True)]
    assert same[:2] == [True, True]
    assert not same[-1]


def test_a_turned_film_goes_on_by_other_words(engine):
    turn = Turn(4, (Phrase("a blue boat"),), FILM.steps)
    run, told = engine.begin(FILM, 0), engine.begin(FILM, 0)
    for step in range(FILM.steps):
        if step == turn.step:
            engine.steer(told, turn)
        engine.advance([run])
        engine.advance([told])
        if step < turn.step:
            assert np.array_equal(engine.picture(run), engine.picture(told))
    assert not np.array_equal(engine.picture(run), engine.picture(told))


@pytest.mark.parametrize(
    "changes",
    [
        {"zoom": 0.0},
        {"zoom": 3.0},
        {"zoom": float("nan")},
        {"right": 2.0},
        {"down": float("inf")},
        {"turn": float("nan")},
        {"every": 0},
        {"lead": -1},
        {"lead": 0},  # there is no picture to start from
        {"lead": 99},
    ],
)
def test_a_way_that_leads_nowhere_is_refused(engine, changes):
    with pytest.raises(Refusal) as caught:
        engine.begin(replace(FILM, motion=replace(MOTION, **changes)), 0)
    assert caught.value.reason is Reason.BAD_REQUEST


def test_a_checkpoint_of_another_way_is_refused(engine):
    run = engine.begin(FILM, 0)
    data = engine.snapshot(run)
    other = replace(FILM, motion=replace(MOTION, zoom=1.2), checkpoint=data)
    for request in (other, replace(REQUEST, checkpoint=data)):
        with pytest.raises(Refusal) as caught:
            engine.begin(request, 0)
        assert caught.value.reason is Reason.BAD_REQUEST
