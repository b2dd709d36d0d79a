"""The faults of VQGAN+CLIP: no numbers, a missing file, an error of its own; none is hidden."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from generation.engine import Refusal, Run
from generation.engines.vqgan_clip import create
from generation.protocol import Reason
from tests.generation.engines.toy_vqgan_clip import engine, models_dir
from tests.generation.toys import REQUEST, toy_settings, write_toy

__all__ = ["engine", "models_dir"]  # the fixtures


def test_a_picture_that_is_no_longer_of_numbers_is_given_up(engine):
    run = engine.begin(replace(REQUEST, steps=20), 0)
    healthy = engine.begin(replace(REQUEST, steps=20), 0)
    with torch.no_grad():
        run.z[0, 0, 0, 0] = float("nan")
    refused: list[tuple[Run, Refusal]] = []
    while not refused and run.step < run.steps:
        refused = engine.advance([run, healthy])
    assert [(one is run, refusal.reason) for one, refusal in refused] == [(True, Reason.DIVERGED)]
    assert run.step == healthy.step == 10


def test_any_other_error_is_not_hidden(engine, monkeypatch):
    def broken(*_args: object) -> None:
        raise RuntimeError("shapes do not agree")

    run = engine.begin(REQUEST, 0)
    monkeypatch.setattr(run, "_gradient", broken)
    with pytest.raises(RuntimeError, match="shapes do not agree"):
        engine.advance([run])


@pytest.mark.parametrize("name", ["vqgan.safetensors", "clip.safetensors", "bpe.txt"])
def test_a_missing_or_damaged_file_is_told_by_its_name(tmp_path, name):
    path = write_toy(tmp_path) / name
    for spoil in (lambda: path.write_bytes(b"\xff\xfe damaged"), path.unlink):
        spoil()
        with pytest.raises(Refusal) as caught:
            create(toy_settings(tmp_path)).begin(REQUEST, 0)
        assert caught.value.reason is Reason.MODEL_MISSING
        assert name in caught.value.detail
