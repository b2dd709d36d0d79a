"""Matrices stored as one byte a number: a scale for each row, dequantised when they are read."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

_SCALE = ".scale"


def round_matrices(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Every two-dimensional tensor as int8 with a scale [rows, 1] beside it; the others as they are."""
    rounded: dict[str, Tensor] = {}
    for name, tensor in state.items():
        if tensor.ndim != 2:
            rounded[name] = tensor
            continue
        scale = (tensor.float().abs().amax(1, keepdim=True) / 127).clamp(min=1e-8).half().float()
        scale = scale.clamp(min=torch.finfo(torch.float16).smallest_normal)
        rounded[name] = (tensor.float() / scale).round().clamp(-127, 127).to(torch.int8)
        rounded[name + _SCALE] = scale
    return rounded


def restore_matrices(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What `round_matrices` rounded, as float32; a state without scales comes back as it is."""
    return {
        name: tensor.float() * state[name + _SCALE].float() if name + _SCALE in state else tensor
        for name, tensor in state.items()
        if not (name.endswith(_SCALE) and name.removesuffix(_SCALE) in state)
    }
