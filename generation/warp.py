"""Bilinear sampling whose gradient is the same bits every time, on a GPU too.

torch's own backward of `grid_sample` adds with atomics on CUDA, in whatever order its threads come; here the
four corners' shares are sorted by their place before they are added.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor


def sample(x: Tensor, grid: Tensor) -> Tensor:
    """[N, C, H, W] read at grid [N, h, w, 2] (-1..1) → [N, C, h, w]; no gradient for the grid."""
    if x.device.type == "cpu":  # its backward goes picture by picture, in order
        return _sample(x, grid)
    out: Tensor = _Sample.apply(x, grid)  # type: ignore[no-untyped-call]
    return out


def _sample(x: Tensor, grid: Tensor) -> Tensor:
    return F.grid_sample(x, grid, mode="bilinear", padding_mode="border", align_corners=False)


class _Sample(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, grid: Tensor) -> Tensor:
        ctx.save_for_backward(grid)
        ctx.shape = x.shape
        return _sample(x, grid)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        (grid,) = ctx.saved_tensors
        n, c, h, w = ctx.shape
        places, shares = _corners(grid, h, w)  # [4, N, h', w']
        values = shares.unsqueeze(-1) * grads[0].movedim(1, -1)
        total = torch.zeros(n * h * w, c, device=grid.device, dtype=values.dtype)
        total.index_put_((places.flatten(),), values.flatten(0, -2), accumulate=True)
        return total.view(n, h, w, c).movedim(-1, 1), None


def _corners(grid: Tensor, height: int, width: int) -> tuple[Tensor, Tensor]:
    """Flat index into [N, height, width] and weight of the four pixels that each place reads."""
    x = (((grid[..., 0] + 1) * width - 1) / 2).clamp(0, width - 1)
    y = (((grid[..., 1] + 1) * height - 1) / 2).clamp(0, height - 1)
    left, top = x.floor(), y.floor()
    across, down = x - left, y - top
    first = torch.arange(len(grid), device=grid.device).view(-1, 1, 1) * (height * width)
    places, shares = [], []
    for dy, share_y in ((0, 1 - down), (1, down)):
        for dx, share_x in ((0, 1 - across), (1, across)):
            row = (top.long() + dy).clamp(max=height - 1)
            column = (left.long() + dx).clamp(max=width - 1)
            places.append(first + row * width + column)
            shares.append(share_y * share_x)
    return torch.stack(places), torch.stack(shares)
