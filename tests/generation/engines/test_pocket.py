"""The shipped model, at a small size: what it paints has the colours of the prompt, in both languages."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from generation.engines.vqgan_clip import VQGANCLIP, create
from generation.protocol import Generate, Motion, Phrase, Settings

STEPS = 8


@pytest.fixture(scope="module")
def engine() -> VQGANCLIP:
    return create(Settings(device="cpu", dtype="float32", memory_bytes=1 << 30))


@pytest.mark.parametrize(
    ("text", "strong", "weak"),
    [
        ("a pizza on a green background", "G", "RB"),
        ("a cat on a blue background", "B", "RG"),
        ("a yellow background", "RG", "B"),
        ("на красном фоне", "R", "GB"),
    ],
)
def test_the_picture_has_the_colour_of_the_prompt(engine, text, strong, weak):
    torch.set_num_threads(1)
    request = Generate("job", "vqgan-clip", "pocket", (Phrase(text),), 128, 128, STEPS, seed=1)
    run = engine.begin(request, 0)
    start = engine.score(run)
    while run.step < run.steps:
        assert engine.advance([run]) == []
    picture = engine.picture(run)
    edges = np.concatenate([picture[:6].reshape(-1, 3), picture[-6:].reshape(-1, 3)])  # no thing is there
    mean = dict(zip("RGB", edges.mean(0), strict=True))
    assert min(mean[name] for name in strong) > max(mean[name] for name in weak) + 20
    assert engine.score(run) > start


@pytest.mark.parametrize("moves", [{"zoom": 1.1}, {"zoom": 0.9}, {"right": 0.1}, {"turn": 10.0}])
def test_a_film_keeps_to_its_prompt_and_has_no_border(engine, moves):
    torch.set_num_threads(1)
    motion = Motion(STEPS, 2, **moves)
    phrases = (Phrase("a cat on a yellow background"),)
    request = Generate("job", "vqgan-clip", "pocket", phrases, 64, 64, motion.steps(6), seed=1, motion=motion)
    run = engine.begin(request, 0)
    while run.step < run.steps:
        assert engine.advance([run]) == []
        if motion.frame_at(run.step) is None:
            continue
        picture = engine.picture(run).astype(int)
        edge = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
        assert edge.sum(1).min() > 60
        red, green, blue = picture.mean((0, 1))
        assert min(red, green) > blue + 20
