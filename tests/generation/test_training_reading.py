"""A text tower that reads on while the image tower stays."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from generation.clip import CLIP
from generation.tokenizer import Tokenizer
from generation.training.batches import SIDES, PairBatches
from generation.training.clip import fresh
from generation.training.common import Setup
from generation.training.reading import Reading, ReadingPlan, train_reading
from generation.training.scenes import FONT
from tests.generation.test_training import logged, toy_clip

pytestmark = pytest.mark.skipif(not FONT.exists(), reason="Noto Color Emoji is not installed")
PLAN = ReadingPlan(steps=80, batch=24, pool=2)


@pytest.fixture
def batches() -> PairBatches:
    return PairBatches(Tokenizer([]), PLAN.batch, 0, 24)


@pytest.fixture
def clip(batches: PairBatches) -> CLIP:
    return fresh(toy_clip(len(batches.tokenizer)), 0)


def test_the_text_tower_learns_and_the_image_tower_stays(tmp_path, batches, clip):
    before = {name: tensor.clone() for name, tensor in clip.state_dict().items()}
    read = train_reading(PLAN, Setup(tmp_path, log_every=1), clip, batches).state_dict()
    changed = {name for name, tensor in before.items() if not torch.equal(tensor, read[name])}
    assert changed
    assert not any(name.startswith("visual") for name in changed)
    for name in ("text", "sides"):
        losses = logged(tmp_path / "reading.csv", name)
        assert np.mean(losses[-9:]) < 0.9 * np.mean(losses[:9])


def test_whoever_names_every_side_rightly_has_no_loss(batches, clip):
    reading = Reading(clip, batches.labels)
    claims = batches.labels.mark([frozenset({f"{side} {i}" for i, side in enumerate(SIDES)})] * 3)
    logits = 50 * claims
    assert reading._sides(logits, claims) == pytest.approx(0, abs=1e-6)
    assert reading._sides(-logits, claims) > 10
