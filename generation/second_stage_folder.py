"""Makes the files of a model's folder of a second stage's checkpoint."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import torch

from generation.checkpoints import Weights
from generation.classes import CLASSES, ClassNames
from generation.conditions import Kind
from generation.second_stage_files import EYE, TRANSFORMER, SecondStage, metadata_of, read_second_stage
from generation.tensors import save_tensors

#: What a member's words may be, for whoever tells them which are strange to the model.
WORDS = "words.json"


def write_second_stage(weights: Weights, yaml: Path, folder: Path, *, half: bool) -> SecondStage:
    """Write transformer, VQGAN and what the model sees a condition through. Raises `ModelFileError`."""
    stage = read_second_stage(weights, yaml)
    dtype = torch.float16 if half else None
    save_tensors(stage.gpt_state, folder / TRANSFORMER, metadata_of(stage), dtype)
    vqgan = {"config": json.dumps(asdict(stage.vqgan))}
    save_tensors(stage.vqgan_state, folder / "vqgan.safetensors", vqgan, dtype)
    if stage.eye is not None:
        save_tensors(stage.eye_state, folder / EYE, {"config": json.dumps(asdict(stage.eye))}, dtype)
    if stage.condition.kind is Kind.CLASS and stage.condition.number == CLASSES:
        (folder / WORDS).write_text(_words(), encoding="utf-8")
    return stage


def _words() -> str:
    names = ClassNames.load()
    things = {"en": list(names.english), "ru": [name.replace("ё", "е") for name in names.russian]}
    return json.dumps({"things": things, "words": sorted(names.words())}, ensure_ascii=False)
