"""VQGAN+CLIP paints with what published files were converted to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from generation.codec import encode_png
from generation.convert import Order, convert
from generation.engines.painting import Painting
from generation.engines.vqgan_clip import create
from generation.protocol import Generate, Phrase
from tests.generation import toy_files
from tests.generation.toys import toy_settings


@pytest.mark.parametrize(("gumbel", "resnet"), [(True, False), (False, True)])
def test_the_engine_paints_with_converted_models(tmp_path: Path, gumbel: bool, resnet: bool) -> None:
    """A Gumbel VQGAN with a vision transformer, a plain one with a ResNet; from an init image."""
    models = tmp_path / "models"
    vqgan = toy_files.vqgan(gumbel=gumbel)
    toy_files.write_yaml(tmp_path / "x.yaml", vqgan.config)
    checkpoint = toy_files.save_lightning(tmp_path / "x.ckpt", vqgan.state_dict())
    toy_files.save_vocabulary(tmp_path / "merges.txt")
    archive = toy_files.save_archive(tmp_path / "clip.pt", toy_files.clip(resnet=resnet))
    convert(Order(checkpoint, "toy", models, clips=("guide",)))
    convert(Order(archive, "guide", models))
    engine = create(toy_settings(models))
    picture = encode_png(np.full((32, 32, 3), 90, np.uint8))
    request = Generate("j", "vqgan-clip", "toy", (Phrase("ab"),), 32, 32, 2, seed=3, init=picture)
    run = engine.begin(request, 0)
    assert isinstance(run, Painting)
    before = run.z.detach().clone()
    while run.step < run.steps:
        assert engine.advance([run]) == []
    assert engine.picture(run).shape == (32, 32, 3)
    assert not torch.equal(run.z, before)
    assert -1 <= (engine.score(run) or 0) <= 1
