"""ruDALL-E of toy size, in the form in which it is published, and converted; and a request for it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import pytest
import torch
from torch import Tensor

from generation.convert import Order, convert
from generation.dalle import DalleConfig, Kind, mask_table
from generation.protocol import Generate, Phrase
from generation.sber import SIDE
from generation.vqgan import VQGAN
from tests.generation import toy_files
from tests.generation.test_yttm import MODEL as PIECES
from tests.generation.toy_dalle import toy_dalle

GRID = 4
SHAPE = DalleConfig(4, 32, 4, text_vocab=14, text_length=6, image_vocab=20, grid=GRID)
REQUEST = Generate("job", "dalle", "toy", (Phrase("abc д"),), 8, 8, GRID, seed=7)


@cache
def sber(*, wavelets: bool = False) -> VQGAN:
    """The VAE with few numbers; its shapes are those that a file of this structure tells."""
    more = {"wavelets": True, "out_ch": 12} if wavelets else {}
    return toy_files.vqgan(gumbel=True, resolution=SIDE, attn_resolutions=(SIDE // 2,), **more)


def published_vae(folder: Path, model: VQGAN) -> Path:
    """A checkpoint as published: no YAML, losses beside the plain one, the wavelets' decoder wrapped."""
    state = dict(model.state_dict())
    path = folder / f"vae-{model.config.wavelets}.ckpt"
    if not model.config.wavelets:
        torch.save({"state_dict": toy_files.with_losses(state)}, path)
        return path
    wrapped: dict[str, Tensor] = {}
    for name, tensor in state.items():
        inner = name.startswith(("decoder.", "post_quant_conv."))
        wrapped[f"model.{'decoder.' if inner else ''}{name}"] = tensor
    wrapped["model.post_quant_conv.weight"] = torch.ones(32, 32, 1, 1)
    wrapped["model.post_quant_conv.bias"] = torch.ones(32)
    wrapped["model.decoder.idwt.g0_col"] = torch.ones(1, 1, 2, 1)
    torch.save({"state_dict": wrapped}, path)
    return path


def published_dalle(
    folder: Path, changes: Mapping[str, Tensor | None] = MappingProxyType({}), shape: DalleConfig = SHAPE
) -> Path:
    """Half weights; the masks of version 3 are booleans, those of version 2 halves."""
    state: dict[str, Tensor | None] = {name: t.half() for name, t in toy_dalle(shape).state_dict().items()}
    for kind, name in zip(Kind, ("row", "col", "conv"), strict=True):
        mask = mask_table(shape)[kind]
        state[f"transformer.{name}_mask"] = mask if shape.version == 3 else mask.half()
    whole = {name: tensor for name, tensor in {**state, **changes}.items() if tensor is not None}
    path = folder / "pytorch_model.bin"
    torch.save(whole, path)
    (folder / "bpe.model").write_text(PIECES)
    return path


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both VAEs and a transformer, converted; `wide` borrows the transformer for 16 px."""
    folder, files = tmp_path_factory.mktemp("models"), tmp_path_factory.mktemp("files")
    convert(Order(published_vae(files, sber()), "plain", folder))
    convert(Order(published_vae(files, sber(wavelets=True)), "dwt", folder))
    convert(Order(published_dalle(files), "toy", folder, heads=4, vae="plain"))
    (folder / "large").mkdir()
    text = 'engine = "dalle"\ngrid = 4\nsteps = 4\nvae = "dwt"\ntransformer = "toy"\n'
    (folder / "large" / "model.toml").write_text(text)
    return folder
