"""Views that change on the way, pooled and grey ones, and the range term: what they do to a run."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from generation.cutouts import CutoutSettings
from generation.engines.painting import Painting
from generation.engines.tuning import Tuning
from generation.engines.vqgan_clip import VQGANCLIP, create
from generation.losses import excess
from generation.memory import Plan
from tests.generation.toys import REQUEST, toy_settings, write_toy

FEW = CutoutSettings(count=3, pooled=2, grey=0.5)
CHANGING = Tuning(cutouts=CutoutSettings(count=6, whole=2), later=((50.0, FEW),))
SIX = replace(REQUEST, steps=6)


@pytest.fixture(scope="module")
def engine(tmp_path_factory) -> VQGANCLIP:
    folder = tmp_path_factory.mktemp("models")
    write_toy(folder)
    return create(toy_settings(folder))


def painting(engine: VQGANCLIP, tuning: Tuning, plan: Plan | None = None) -> Painting:
    first = engine.begin(SIX, 0)
    assert isinstance(first, Painting)
    return Painting(SIX, 0, first.model, tuning, first.prompt, None, plan)


def test_views_change_at_their_share_of_the_steps(engine):
    run, by_hand = painting(engine, CHANGING), painting(engine, replace(CHANGING, later=()))
    for step in range(6):
        if step == 3:
            by_hand.tuning = replace(by_hand.tuning, cutouts=FEW)
        run.advance()
        by_hand.advance()
        assert torch.equal(run.z, by_hand.z), step
    assert not torch.equal(run.z, ended(painting(engine, replace(CHANGING, later=()))).z)


def ended(run: Painting) -> Painting:
    while run.step < run.steps:
        run.advance()
    return run


def test_a_resumed_run_has_the_same_views(engine):
    run, resumed = painting(engine, CHANGING), painting(engine, CHANGING)
    for _ in range(2):
        run.advance()
    resumed.restore(run.snapshot())
    assert torch.equal(ended(resumed).full_picture(), ended(run).full_picture())


def gradients(run: Painting) -> tuple[torch.Tensor, float]:
    gradient, loss = run._gradient()
    return gradient, float(loss)


@pytest.mark.parametrize("plan", [None, Plan(2, recompute=True)])
def test_the_range_term_is_its_share_of_the_loss_and_of_the_pull(engine, plan):
    plain, ranged = (painting(engine, Tuning(range=weight), plan) for weight in (0.0, 8.0))
    beyond = excess(plain.model.develop(plain.z))
    (pull,) = torch.autograd.grad(beyond, plain.z)
    assert beyond.item() > 0
    assert plain.excess is None
    (one, loss), (other, more) = gradients(plain), gradients(ranged)
    assert more - loss == pytest.approx(8 * beyond.item(), rel=1e-4)
    assert torch.allclose(other - one, 8 * pull, rtol=1e-3, atol=1e-6 * float(other.abs().max()))


def test_the_range_term_brings_pixels_back(engine):
    plain, ranged = (ended(painting(engine, Tuning(range=weight))) for weight in (0.0, 1000.0))
    with torch.no_grad():
        one, other = (float(excess(run.model.develop(run.z))) for run in (plain, ranged))
    assert other < one / 2


def test_a_run_without_memory_takes_its_excess_up_again(engine):
    run, other = (painting(engine, Tuning(range=8.0)) for _ in range(2))
    other.picture, other.excess = other.picture.detach(), None  # as where memory has run out
    for each in (run, other):
        each.advance()
    assert torch.equal(run.z, other.z)
