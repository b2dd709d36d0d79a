"""Functions whose gradient is not their derivative, on purpose: the codebook's and the clamp's."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def straight_through(value: Tensor, source: Tensor) -> Tensor:
    """`value` forward; its gradient goes unchanged to `source` (van den Oord et al., 2017)."""
    out: Tensor = _StraightThrough.apply(value, source)  # type: ignore[no-untyped-call]
    return out


def clamp_with_gradient(x: Tensor, low: float, high: float) -> Tensor:
    """Clamp forward; backward, a value outside still gets the gradient that pulls it back in.

    Gradient descent moves against the gradient g, so g passes where g·(x - clamp(x)) ≥ 0.
    """
    out: Tensor = _ClampWithGradient.apply(x, low, high)  # type: ignore[no-untyped-call]
    return out


class _StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, value: Tensor, source: Tensor) -> Tensor:
        return value.view_as(value)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[None, Tensor]:
        return None, grads[0]


class _ClampWithGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, low: float, high: float) -> Tensor:
        ctx.save_for_backward(x)
        ctx.bounds = (low, high)
        return x.clamp(low, high)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        (x,) = ctx.saved_tensors
        excess = x - x.clamp(*ctx.bounds)
        return grads[0] * (grads[0] * excess >= 0), None, None
