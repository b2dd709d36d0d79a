"""The manners of VQGAN+CLIP: tiles, starts, noises, letters, and runs that end early."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
import torch

from generation.engines.beginnings import generator_for
from generation.engines.prompts import LETTERING, extras_of, read_prompt
from generation.engines.vqgan_clip import create
from generation.protocol import Manner, Noise, Phrase, Start, Turn
from generation.starts import start_picture
from tests.generation.contract import LAWS
from tests.generation.engines.toy_vqgan_clip import engine, finished, models_dir
from tests.generation.toys import REQUEST, toy_settings

__all__ = ["engine", "models_dir"]  # the fixtures

MANNERS = (
    Manner(tile=True),
    Manner(start=Start.NOISE, noises=(Noise(5, 0.5), Noise(6, -0.2))),
    Manner(patience=20),
)


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize(
    "law",
    [law for law in LAWS if "same_bytes" in law.__name__ or "resumes" in law.__name__],
    ids=lambda law: law.__name__,
)
def test_in_every_manner_the_engine_keeps_the_law_that(law, manner, models_dir):
    law(partial(create, toy_settings(models_dir)), replace(REQUEST, manner=manner))


def test_a_tile_has_no_seam_that_is_rougher_than_its_middle(engine):
    request = replace(REQUEST, width=32, height=32, steps=30, manner=Manner(tile=True))
    tile, plain = engine.begin(request, 0), engine.begin(replace(request, manner=Manner()), 0)
    assert torch.equal(tile.z, plain.z)
    z, shift = tile.z.detach(), (3, 2)
    moved = [side * tile.model.config.factor for side in shift]
    for run, equal in ((tile, True), (plain, False)):
        shifted = run.model.paint(z.roll(shift, (2, 3)), tile=run.request.manner.tile)
        assert torch.allclose(shifted, run.picture.detach().roll(moved, (2, 3)), atol=1e-4) == equal
    assert tile.tuning.cutouts.wrap
    assert engine.score(finished(engine, request)) > engine.score(tile)


@pytest.mark.parametrize("start", list(Start))
def test_a_run_begins_as_asked(engine, start):
    run = engine.begin(replace(REQUEST, manner=Manner(start=start)), 0)
    picture = start_picture(start, 32, 24, generator_for(REQUEST.seed, -1), tile=False)
    assert torch.equal(run.z, run.model.latent(picture))


def test_a_noise_is_one_more_phrase_and_its_seed_decides_it(engine):
    noises = (Noise(5, 0.5), Noise(6, -1.5))
    run = engine.begin(replace(REQUEST, manner=Manner(noises=noises)), 0)
    assert run._weights().tolist() == pytest.approx([1 / 3, 0.5 / 3, -1.5 / 3])
    drawn = torch.randn(1, run.model.viewer.width, generator=torch.Generator().manual_seed(6))
    assert torch.equal(run.prompt.sought[0].vectors[2:], drawn)
    plain = engine.begin(REQUEST, 0)
    assert engine.score(run) == pytest.approx(engine.score(plain), abs=1e-6)
    engine.advance([run, plain])
    assert not torch.equal(run.z, plain.z)


def test_a_model_that_writes_is_kept_from_it_unless_letters_are_asked_for(engine):
    network, phrases = engine.begin(REQUEST, 0).model, (Phrase("a", 3.0), Phrase("b", -1.0))
    (extra,) = extras_of(REQUEST, phrases, 0.1)
    prompt = read_prompt(phrases, network, 4, [extra])
    assert prompt.first.tolist() == pytest.approx([3 / 4.4, -1 / 4.4, -0.4 / 4.4])
    assert torch.equal(prompt.sought[0].vectors[2:], network.viewer.read([LETTERING]))
    assert extras_of(replace(REQUEST, manner=Manner(letters=True)), phrases, 0.1) == []
    assert extras_of(REQUEST, phrases, 0.0) == []


def test_a_run_ends_early_once_nothing_more_happens(engine):
    """A phrase past its stop no longer moves anything."""
    phrases = (Phrase("a red car", 1.0, stop=100.0),)
    request = replace(REQUEST, phrases=phrases, steps=200, manner=Manner(patience=20))
    run = finished(engine, request)
    assert run.settled
    assert 20 <= run.step == run.steps < 60
    resumed = engine.begin(replace(request, checkpoint=engine.snapshot(run)), 0)
    assert (resumed.settled, resumed.step, resumed.steps) == (True, run.step, run.steps)
    assert not finished(engine, replace(request, steps=60, manner=Manner())).settled


def test_a_resumed_run_ends_at_the_same_step(engine):
    phrases = (Phrase("a red car", 1.0, stop=100.0),)
    request = replace(REQUEST, phrases=phrases, steps=200, manner=Manner(patience=20))
    run = engine.begin(request, 0)
    for _ in range(15):
        engine.advance([run])
    snapshot = engine.snapshot(run)
    resumed = finished(engine, replace(request, checkpoint=snapshot))
    while run.step < run.steps:
        engine.advance([run])
    assert resumed.step == run.step


def test_patience_waits_for_the_last_span_and_for_a_turn(engine):
    phrases = tuple(Phrase("x", 1.0, 100.0, *span) for span in ((0.0, 50.0), (50.0, 100.0)))
    request = replace(REQUEST, phrases=phrases, steps=100, manner=Manner(patience=10))
    assert finished(engine, request).step >= 55 + 10
    run = engine.begin(request, 0)
    run.plateau.best, run.plateau.since = -1.0, 0
    engine.steer(run, Turn(0, (Phrase("y", 1.0, 100.0),), 100))
    assert run.plateau.best == float("inf")
