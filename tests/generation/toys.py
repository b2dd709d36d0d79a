"""A model of toy size with random weights, and requests for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from generation.clip import CLIP, CLIPConfig, save_clip
from generation.protocol import Generate, Phrase, Settings
from generation.tokenizer import Tokenizer
from generation.vqgan import VQGAN, VQGANConfig, save_vqgan

TOY_VQGAN = VQGANConfig(8, (1, 1, 2), 1, (), 32, 8, 8, 32, num_groups=4)
TOY_CLIP = CLIPConfig(16, 32, (1, 1, 1, 1), 8, None, 12, 516, 32, 1)
MERGES = (("r", "e"), ("re", "d</w>"))

_DESCRIPTION = """
engine = "vqgan-clip"
factor = 4
native = [32, 32]
steps = 4
files = [{ name = "vqgan.safetensors" }, { name = "clip.safetensors" }, { name = "bpe.txt" }]
"""

REQUEST = Generate("job", "vqgan-clip", "toy", (Phrase("a red car"),), 32, 24, 4, seed=7)


def toy_vqgan() -> VQGAN:
    """Random weights whose codebook is spread widely enough for the codes to matter."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = VQGAN(TOY_VQGAN)
        nn.init.normal_(model.quantize.rows, std=0.1)
    return model


def toy_clip() -> CLIP:
    """Random weights."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        return CLIP(TOY_CLIP)


def write_toy(models_dir: Path, name: str = "toy") -> Path:
    """Write the toy's files to `models_dir/<name>`; returns that folder."""
    folder = models_dir / name
    folder.mkdir(parents=True)
    save_vqgan(toy_vqgan(), folder / "vqgan.safetensors")
    save_clip(toy_clip(), folder / "clip.safetensors")
    Tokenizer(MERGES).save(folder / "bpe.txt")
    (folder / "model.toml").write_text(_DESCRIPTION, encoding="utf-8")
    return folder


def toy_settings(models_dir: Path, dtype: str = "float32", memory_bytes: int = 1 << 30) -> Settings:
    """For a process that has the toy alone."""
    return replace(
        Settings(), models_dir=str(models_dir), device="cpu", dtype=dtype, memory_bytes=memory_bytes
    )
