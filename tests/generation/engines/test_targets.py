"""Target images: what VQGAN+CLIP is drawn to beside its phrases."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from torch import Tensor

from generation.codec import encode_png
from generation.cutouts import draw_views, make_cutouts
from generation.engine import Refusal
from generation.engines.beginnings import generator_for
from generation.engines.painting import Painting
from generation.engines.pulling import pull_at
from generation.engines.targets import read_target
from generation.engines.vqgan_clip import create
from generation.protocol import Motion, Phrase, Reason, Target, Turn
from generation.recipes import read_recipe, recipe_of
from tests.generation.contract import LAWS
from tests.generation.engines.toy_vqgan_clip import engine, models_dir
from tests.generation.toys import REQUEST, toy_settings

__all__ = ["engine", "models_dir"]  # the fixtures

SMOOTH, ROUGH = (
    encode_png(np.random.default_rng(1).integers(0, 256, size, np.uint8).repeat(by, 0).repeat(by, 1))
    for size, by in (((2, 2, 3), 12), ((40, 30, 3), 1))
)
TARGETED = replace(REQUEST, targets=(Target(SMOOTH, 2.0), Target(ROUGH, -0.5, stop=-1.2)))


def begin(engine, request) -> Painting:
    run = engine.begin(request, 0)
    assert isinstance(run, Painting)
    return run


@pytest.mark.parametrize(
    "law",
    [law for law in LAWS if any(word in law.__name__ for word in ("same_bytes", "resume", "neighbours"))],
    ids=lambda law: law.__name__,
)
def test_with_targets_the_engine_keeps_the_law_that(law, models_dir):
    law(partial(create, toy_settings(models_dir)), TARGETED)


def test_a_target_is_seen_through_cutouts_that_the_seed_decides(engine):
    run = begin(engine, TARGETED)
    cutouts, viewer = run.tuning.cutouts, run.model.viewer
    (sought,) = run.prompt.sought
    expected = []
    for target, size, step in zip(TARGETED.targets, ((24, 24), (24, 32)), (-2, -3), strict=True):
        views = draw_views(cutouts, *size, generator_for(TARGETED.seed, step))
        expected.append(viewer.judge(make_cutouts(read_target(target, TARGETED), views, viewer.side)))
    assert sought.vectors.shape == (1 + 2 * cutouts.count, viewer.width)
    assert torch.allclose(sought.vectors[1:], torch.cat(expected), atol=1e-5)
    other, again = (begin(engine, replace(TARGETED, seed=seed)).prompt.sought[0] for seed in (8, 7))
    assert not torch.equal(sought.vectors[1:], other.vectors[1:])
    assert torch.equal(sought.vectors, again.vectors)


def test_phrases_and_targets_share_the_weight_and_a_targets_cutouts_share_its_own(engine):
    run = begin(engine, TARGETED)
    count = run.tuning.cutouts.count
    weights = run._weights()
    assert weights[0].item() == pytest.approx(1 / 3.5)
    assert weights[1 : 1 + count].tolist() == pytest.approx([2 / 3.5 / count] * count)
    assert weights[1 + count :].tolist() == pytest.approx([-0.5 / 3.5 / count] * count)
    assert run.prompt.stops.tolist() == pytest.approx([-math.inf] * (1 + count) + [-1.2] * count)


def test_the_loss_is_the_notebooks_over_phrases_and_targets(engine):
    """Crowson's: of each prompt the mean of all pairs, by its weight; then their sum."""
    run = begin(engine, TARGETED)
    seen = run.picture.detach().requires_grad_()
    views = draw_views(run.tuning.cutouts, 32, 24, generator_for(1, 0))
    images = run.model.viewer.judge(make_cutouts(seen, views, run.model.viewer.side))
    count = run.tuning.cutouts.count
    prompts = run.prompt.sought[0].vectors.split([1, count, count])
    each = [
        notebook(images, vectors, weight / 3.5, stop)
        for vectors, weight, stop in zip(prompts, (1, 2, -0.5), (-math.inf, -math.inf, -1.2), strict=True)
    ]
    expected = torch.stack(each).sum()
    gradient, loss = pull_at(seen, views, run.prompt, run._weights(), 0.0, 64)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-4)
    (wanted,) = torch.autograd.grad(expected, seen)
    assert torch.allclose(gradient, wanted, rtol=1e-3, atol=1e-6 * float(wanted.abs().max()))


def notebook(images: Tensor, vectors: Tensor, weight: float, stop: float) -> Tensor:
    """The distance of one prompt by its definition, pair for pair."""
    pairs = []
    for image in images:
        for vector in vectors:
            chord = image / image.norm() - vector / vector.norm()
            signed = math.copysign(1, weight) * 2 * (chord.norm() / 2).asin() ** 2
            pairs.append(signed if signed.item() >= stop else signed.detach())
    return abs(weight) * torch.stack(pairs).mean()


def test_a_picture_comes_nearer_to_a_target_and_a_negative_weight_drives_it_off(engine):
    def likeness(weight: float) -> float:
        target = Target(SMOOTH, weight)
        run = begin(engine, replace(REQUEST, steps=25, phrases=(Phrase("x", 0.01),), targets=(target,)))
        while run.step < run.steps:
            assert engine.advance([run]) == []
        judge, view = run.model.viewer.judge, run.model.viewer.view_whole
        with torch.no_grad():
            painted, wanted = judge(view(run.full_picture())), judge(view(read_target(target, REQUEST)))
        return torch.cosine_similarity(painted, wanted).item()

    assert likeness(-1.0) < likeness(1.0)


def test_a_steered_run_keeps_its_targets(engine):
    run = begin(engine, TARGETED)
    (before,) = run.prompt.sought
    engine.advance([run])
    engine.steer(run, Turn(1, (Phrase("the sea"), Phrase("a car")), 12))
    assert torch.equal(run.prompt.sought[0].vectors[2:], before.vectors[1:])
    assert run._weights()[:3].tolist() == pytest.approx(
        [1 / 4.5, 1 / 4.5, 2 / 4.5 / run.tuning.cutouts.count]
    )


def test_a_film_is_drawn_to_its_targets_to_the_end(engine):
    request = replace(TARGETED, steps=4, motion=Motion(2, 1, zoom=1.1))
    run = engine.begin(request, 0)
    while run.step < run.steps:
        assert engine.advance([run]) == []
    rows = 1 + 2 * run._current.tuning.cutouts.count
    assert run._current.prompt.sought[0].vectors.shape[0] == rows


def test_the_score_is_about_the_phrases(engine):
    run, plain = begin(engine, TARGETED), begin(engine, REQUEST)
    assert run.score() == pytest.approx(plain.score(), abs=1e-6)


def test_a_large_target_is_brought_to_the_pixels_that_are_painted():
    wide = encode_png(np.zeros((400, 1600, 3), np.uint8))
    assert read_target(Target(wide), REQUEST).shape == (1, 3, 14, 55)
    thin = encode_png(np.zeros((3000, 1, 3), np.uint8))
    assert read_target(Target(thin), REQUEST).shape[3] == 1
    assert read_target(Target(SMOOTH), REQUEST).shape == (1, 3, 24, 24)


def test_bytes_that_are_no_picture_are_refused(engine):
    with pytest.raises(Refusal) as raised:
        engine.begin(replace(REQUEST, targets=(Target(b"nonsense"),)), 0)
    assert raised.value.reason is Reason.BAD_TARGET


@pytest.mark.parametrize("weight", [math.nan, math.inf])
def test_a_weight_that_is_no_number_is_refused(engine, weight):
    with pytest.raises(Refusal) as raised:
        engine.begin(replace(REQUEST, targets=(Target(SMOOTH, weight),)), 0)
    assert raised.value.reason is Reason.BAD_REQUEST


def test_the_recipe_names_targets_by_their_hashes(engine):
    recipe = recipe_of(TARGETED, 3, engine.recipe(begin(engine, TARGETED)))
    read = read_recipe(encode_png(np.zeros((8, 8, 3), np.uint8), recipe))
    assert read == recipe
    assert [(one.weight, one.stop) for one in read.targets] == [(2.0, -math.inf), (-0.5, -1.2)]
    assert len({one.sha256 for one in read.targets}) == 2
