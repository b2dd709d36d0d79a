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
        b, c, h, w = x.shape
        mean, rstd = mean.float().view(b, ctx.groups, 1), rstd.float().view(b, ctx.groups, 1)
        a = (rstd * weight.float().view(ctx.groups, -1)).view(b, c)
        d = bias.float() - a * mean.expand(-1, -1, c // ctx.groups).reshape(b, c)
        rows, gradient = _rows(x), _rows(grads[0])
        normal = torch.addcmul(_row(d, rows), rows, _row(a, rows))
        dn = torch.ops.aten.silu_backward(gradient, normal)
        p, q = _group_terms(dn, rows, a, mean, rstd)
        dx = torch.addcmul(_row(q, rows), rows, _row(p, rows)).addcmul_(dn, _row(a, rows))
        return dx.view(b, h, w, c).permute(0, 3, 1, 2), None, None, None, None


def _rows(x: Tensor) -> Tensor:
    """[B, C, H, W] → [B, H, W*C], without a copy where x is channels last.

    A vector of C numbers repeated along such a long row multiplies it ten times as fast as in its own shape.
    """
    b, c, h, w = x.shape
    return x.permute(0, 2, 3, 1).reshape(b, h, w * c)


def _row(values: Tensor, rows: Tensor) -> Tensor:
    """[B, C] → [B, 1, W*C], in the type of the rows."""
    b, c = values.shape
    return values.to(rows.dtype).view(b, 1, 1, c).expand(b, 1, rows.shape[2] // c, c).reshape(b, 1, -1)


def _group_terms(dn: Tensor, x: Tensor, a: Tensor, mean: Tensor, rstd: Tensor) -> tuple[Tensor, Tensor]:
    """The factors p, q [B, C] of dx = a·dn + p·x + q, from rows of dn and x."""
    (b, c), groups = a.shape, mean.shape[1]
    count = x.shape[1] * x.shape[2] // groups
    first, second = _sums(dn, c), _sums(dn * x, c)
    ones = (a * first).view(b, groups, -1).sum(2, keepdim=True) / count
    along = ((a * second).view(b, groups, -1).sum(2, keepdim=True) / count - ones * mean) * rstd.square()
    p, q = -along, along * mean - ones
    spread = (b, groups, c // groups)
    return p.expand(spread).reshape(b, c), q.expand(spread).reshape(b, c)


def _sums(rows: Tensor, channels: int) -> Tensor:
    """[B, H, W*C] → [B, C] in float32; asked for that at once, torch would copy all rows first."""
    return rows.sum(1).float().view(len(rows), -1, channels).sum(1)


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
