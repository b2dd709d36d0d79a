"""Pictures of VQGAN+CLIP that grow: from a small layout, or from an earlier picture."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from generation.codec import encode_png
from generation.engines.common import read_init
from generation.engines.painting import Painting
from generation.engines.tuning import Tuning, grown
from generation.protocol import Origin
from tests.generation.engines.toy_vqgan_clip import engine, finished, models_dir, png
from tests.generation.toys import REQUEST

__all__ = ["engine", "models_dir"]  # the fixtures


def test_a_picture_grows_from_a_smaller_one_and_ends_at_its_size(engine):
    first = engine.begin(REQUEST, 0)
    tuning = replace(first.tuning, growth=(2, 1), start="clouds", cooling=0.5)
    request = replace(REQUEST, width=28, height=20, steps=6)
    run = Painting(request, 0, first.model, tuning, first.prompt, None)
    shapes = []
    for _ in range(request.steps):
        assert run.full_picture().shape == (1, 3, 20, 28)
        run.advance()
        shapes.append(tuple(run.z.shape[2:]))
    assert shapes == [(3, 4)] * 2 + [(5, 7)] * 4


def test_a_snapshot_taken_between_two_sizes_resumes_to_the_same_picture(engine):
    first = engine.begin(REQUEST, 0)
    tuning = replace(first.tuning, growth=(2, 1), cooling=0.5)
    request = replace(REQUEST, steps=6)
    run = Painting(request, 0, first.model, tuning, first.prompt, None)
    for _ in range(3):
        run.advance()
    resumed = Painting(request, 0, first.model, tuning, first.prompt, None)
    resumed.restore(run.snapshot())
    assert torch.equal(resumed.full_picture(), run.full_picture())
    while run.step < run.steps:
        run.advance()
        resumed.advance()
    assert torch.equal(resumed.full_picture(), run.full_picture())


@pytest.mark.parametrize(("side", "growth"), [(32, (1,)), (63, (1,)), (64, (2, 1)), (200, (4, 2, 1))])
def test_a_size_above_the_native_one_is_begun_in_small(side, growth):
    assert grown(Tuning(), (side, side), (32, 32)).growth == growth


def test_a_large_picture_is_laid_out_in_small(engine):
    run = engine.begin(replace(REQUEST, width=128, height=64), 0)
    assert run.z.shape[2:] == (8, 16)
    assert finished(engine, run.request).z.shape[2:] == (16, 32)


def test_what_comes_of_an_earlier_picture_departs_from_it_as_far_as_asked(engine):
    picture = engine.picture(finished(engine, REQUEST))
    away = []
    for origin in (Origin.LARGER, Origin.NEAR, Origin.FAR):
        request = replace(REQUEST, seed=9, init=encode_png(picture), origin=origin)
        run = engine.begin(request, 0)
        assert isinstance(run, Painting)
        assert run.anchor is not None
        away.append(float((run.z.detach() - run.anchor).square().mean()))
        assert torch.equal(run.z, engine.begin(request, 0).z)
    assert away[0] == 0 < away[1] < away[2]


def test_an_earlier_picture_is_enlarged_to_the_size_asked_for(engine):
    init, larger = png((10, 200, 30), (32, 24)), Origin.LARGER
    request = replace(REQUEST, init=init, origin=larger, width=64, height=48)
    run = engine.begin(request, 0)
    assert isinstance(run, Painting)
    assert torch.equal(run.z, run.model.latent(read_init(request)))
    assert run.z.shape == (1, 8, 12, 16)
    assert run.tuning.growth == (1,)
    assert run.tuning.rate < Tuning().rate
