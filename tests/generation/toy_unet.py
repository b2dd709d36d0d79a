"""A small file in the layout of Emojich's U-Net: random numbers, every kind of block, unused parts."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

#: into, out, kernel, stride; seven stages, one of two blocks.
BLOCKS: Final = (
    (4, 3, 3, 1),
    (3, 5, 3, 2),
    (5, 5, 3, 1),
    (5, 6, 5, 2),
    (6, 7, 3, 2),
    (7, 8, 5, 1),
    (8, 9, 5, 2),
    (9, 10, 3, 1),
)
SKIPS: Final = (4, 5, 6, 8)  #: widths that the encoder hands over, fine to coarse
DECODER: Final = (8, 7, 6, 5, 4)


def published(classes: int = 2, seed: int = 0) -> OrderedDict[str, Tensor]:
    """A state dict with every published name."""
    random = torch.Generator().manual_seed(seed)
    state: OrderedDict[str, Tensor] = OrderedDict()

    def draw(name: str, *shape: int) -> None:
        state[name] = torch.randn(shape, generator=random) / max(1, state_fan(shape)) ** 0.5

    def norm(name: str, width: int) -> None:
        state[f"{name}.weight"] = 0.5 + torch.rand(width, generator=random)
        state[f"{name}.bias"] = torch.randn(width, generator=random) / 4
        state[f"{name}.running_mean"] = torch.randn(width, generator=random) / 4
        state[f"{name}.running_var"] = 0.5 + torch.rand(width, generator=random)
        state[f"{name}.num_batches_tracked"] = torch.tensor(7)

    draw("encoder._conv_stem.weight", 4, 3, 3, 3)
    norm("encoder._bn0", 4)
    for index, (into, out, kernel, _) in enumerate(BLOCKS):
        name, wide = f"encoder._blocks.{index}", into * (6 if index else 1)
        if index:
            draw(f"{name}._expand_conv.weight", wide, into, 1, 1)
            norm(f"{name}._bn0", wide)
        draw(f"{name}._depthwise_conv.weight", wide, 1, kernel, kernel)
        norm(f"{name}._bn1", wide)
        draw(f"{name}._se_reduce.weight", 2, wide, 1, 1)
        draw(f"{name}._se_reduce.bias", 2)
        draw(f"{name}._se_expand.weight", wide, 2, 1, 1)
        draw(f"{name}._se_expand.bias", wide)
        draw(f"{name}._project_conv.weight", out, wide, 1, 1)
        norm(f"{name}._bn2", out)
    draw("encoder._conv_head.weight", 12, BLOCKS[-1][1], 1, 1)
    norm("encoder._bn1", 12)
    into = BLOCKS[-1][1]
    for index, (out, skip) in enumerate(zip(DECODER, (*reversed(SKIPS), 0), strict=True)):
        for number, width in ((1, into + skip), (2, out)):
            draw(f"decoder.blocks.{index}.conv{number}.0.weight", out, width, 3, 3)
            norm(f"decoder.blocks.{index}.conv{number}.1", out)
        into = out
    draw("segmentation_head.0.weight", classes, into, 3, 3)
    draw("segmentation_head.0.bias", classes)
    return state


def state_fan(shape: tuple[int, ...]) -> int:
    """How many numbers one output sees."""
    return int(torch.Size(shape[1:]).numel())


def sure_of(state: OrderedDict[str, Tensor], kind: int) -> OrderedDict[str, Tensor]:
    """The same network, which is sure that every pixel is of one kind."""
    changed = OrderedDict(state)
    changed["segmentation_head.0.weight"] = torch.zeros_like(state["segmentation_head.0.weight"])
    changed["segmentation_head.0.bias"] = torch.where(torch.arange(2) == kind, 9.0, -9.0)
    return changed


def write(folder: Path, state: OrderedDict[str, Tensor] | None = None) -> Path:
    """As it is published."""
    path = folder / "pytorch_model_v2.bin"
    torch.save(published() if state is None else state, path)
    return path
