"""Layers whose weights do not learn: nothing of their input is kept, and only it gets a gradient."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.grad import conv2d_input

#: Up to so many places a CPU is faster, above all with the gradient, where it writes the scores out.
_PLACES = 2048


def convolve(layer: nn.Conv2d, x: Tensor) -> Tensor:
    """`layer(x)` for zero or circular padding and one group; autograd would keep x for nothing."""
    if not _frozen(layer.weight, x):
        out: Tensor = layer(x)
        return out
    padding = layer.padding
    if layer.padding_mode == "circular":
        x, padding = F.pad(x, layer._reversed_padding_repeated_twice, "circular"), (0, 0)
    return _apply(x, layer.weight, layer.bias, layer.stride, padding, layer.dilation)


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """`F.linear`: [..., in], [out, in] → [..., out].

    On a CPU as a convolution of one pixel: torch gives products to MKL, on AMD half as fast as oneDNN. The
    dilation, without effect, makes torch choose oneDNN with one thread too.
    """
    if x.device.type != "cpu" or weight.requires_grad:
        return F.linear(x, weight, bias)
    line = x.reshape(1, -1, 1, x.shape[-1]).permute(0, 3, 1, 2)  # channels last
    kernel = weight.view(len(weight), 1, 1, -1).permute(0, 3, 1, 2)  # so that the gradient is, too
    if _frozen(weight, x):
        out = _apply(line, kernel, bias, (1, 1), (0, 0), (2, 2))
    else:
        out = F.conv2d(line, kernel, bias, dilation=2)
    return out.permute(0, 2, 3, 1).reshape(*x.shape[:-1], len(weight))


def attend(q: Tensor, k: Tensor, v: Tensor, *, causal: bool = False) -> Tensor:
    """Scaled dot-product attention, [B, heads, n, c] each; q may have fewer places than k and v."""
    if causal or q.device.type != "cpu" or k.shape[2] > _PLACES:
        return F.scaled_dot_product_attention(q, k, v, is_causal=causal)
    rows, keys, values = q.flatten(0, 1), k.flatten(0, 1), v.flatten(0, 1)
    scores = torch.baddbmm(q.new_zeros(()), rows, keys.mT, beta=0, alpha=q.shape[-1] ** -0.5)
    return (scores.softmax(-1) @ values).view(q.shape)


def _frozen(weight: Tensor, x: Tensor) -> bool:
    return x.requires_grad and torch.is_grad_enabled() and not weight.requires_grad


def _apply(x: Tensor, weight: Tensor, bias: Tensor | None, *numbers: object) -> Tensor:
    out: Tensor = _Convolution.apply(x, weight, bias, *numbers)  # type: ignore[no-untyped-call]
    return out


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, *numbers: Any) -> Tensor:
        ctx.save_for_backward(weight)
        ctx.shape, ctx.numbers = x.shape, numbers
        return F.conv2d(x, weight, bias, *numbers)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        (weight,) = ctx.saved_tensors
        gradient = conv2d_input(ctx.shape, weight, grads[0], *ctx.numbers)  # type: ignore[no-untyped-call]
        return gradient, None, None, None, None, None
