"""Frozen networks made fast: GroupNorm and SiLU as one function, BatchNorm folded into its convolution."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def norm_silu(norm: nn.GroupNorm, x: Tensor) -> Tensor:
    """`silu(norm(x))`; where the weights are frozen, with one saved tensor instead of three."""
    if norm.weight.requires_grad or not (x.requires_grad and torch.is_grad_enabled()):
        return F.silu(norm(x))
    out: Tensor = _FrozenNormSilu.apply(x, norm.weight, norm.bias, norm.num_groups, norm.eps)  # type: ignore[no-untyped-call]
    return out


class _FrozenNormSilu(torch.autograd.Function):
    """silu(group_norm(x)) with a gradient for x alone, in few passes over memory.

    With a and d per channel, the normalised value is n = a·x + d. Its gradient needs two sums per channel
    over all places, of dn and of dn·x; then dx = a·dn + p·x + q with p and q per group.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, groups: int, eps: float) -> Tensor:
        b, c, h, w = x.shape
        normal, mean, rstd = torch.native_group_norm(x, weight, bias, b, c, h * w, groups, eps)
        ctx.save_for_backward(x, weight, bias, mean, rstd)
        ctx.groups = groups
        return F.silu(normal, inplace=True)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, bias, mean, rstd = ctx.saved_tensors
        b, c = x.shape[:2]
        mean, rstd = mean.float().view(b, ctx.groups, 1), rstd.float().view(b, ctx.groups, 1)
        a = (rstd * weight.float().view(ctx.groups, -1)).view(b, c, 1, 1)
        d = bias.float().view(1, c, 1, 1) - a * mean.expand(-1, -1, c // ctx.groups).reshape(b, c, 1, 1)
        normal = torch.addcmul(d.to(x.dtype), x, a.to(x.dtype))
        dn = torch.ops.aten.silu_backward(grads[0], normal)
        p, q = _group_terms(dn, x, a, mean, rstd, ctx.groups)
        dx = torch.addcmul(q.to(x.dtype), x, p.to(x.dtype)).addcmul_(dn, a.to(x.dtype))
        return dx, None, None, None, None


def _group_terms(
    dn: Tensor, x: Tensor, a: Tensor, mean: Tensor, rstd: Tensor, groups: int
) -> tuple[Tensor, Tensor]:
    """The factors p, q [B, C, 1, 1] of dx = a·dn + p·x + q."""
    b, c, h, w = x.shape
    count = h * w * (c // groups)
    first = dn.sum((2, 3), dtype=torch.float32, keepdim=True)
    second = (dn * x).sum((2, 3), dtype=torch.float32, keepdim=True)
    ones = (a * first).view(b, groups, -1).sum(2, keepdim=True) / count
    along = ((a * second).view(b, groups, -1).sum(2, keepdim=True) / count - ones * mean) * rstd.square()
    p, q = -along, along * mean - ones
    spread = (b, groups, c // groups)
    return p.expand(spread).reshape(b, c, 1, 1), q.expand(spread).reshape(b, c, 1, 1)


def fold_batch_norms(tower: nn.Module) -> None:
    """Fold every `bn<i>` into `conv<i>`, and a shortcut's norm into its convolution; eval mode only."""
    for module in tower.modules():
        for name, child in list(module.named_children()):
            if isinstance(child, nn.BatchNorm2d):
                partner = "0" if name == "1" else name.replace("bn", "conv")
                convolution = module.get_submodule(partner)
                assert isinstance(convolution, nn.Conv2d)
                setattr(module, partner, fuse_conv_bn_eval(convolution, child))
                setattr(module, name, nn.Identity())
