"""Pictures larger than the transformer's grid: windows of its size, each half over the one before it."""

from __future__ import annotations

import torch
from torch import Tensor


def windows(rows: int, columns: int, grid: int) -> Tensor:
    """Which cells of a picture of codes the windows show, in raster order: int64 [n, grid²].

    Each is drawn after those above and to the left of it, whose cells it takes over: what lies in the
    overlap is what the next cells continue. The codes themselves are handed on, so there is no seam.
    """
    within = torch.arange(grid)
    corners = [(top, left) for top in _starts(rows, grid) for left in _starts(columns, grid)]
    places = [((top + within)[:, None] * columns + left + within).flatten() for top, left in corners]
    return torch.stack(places)


def count_windows(rows: int, columns: int, grid: int) -> int:
    """How many there are."""
    return len(_starts(rows, grid)) * len(_starts(columns, grid))


def _starts(length: int, grid: int) -> list[int]:
    """Where windows begin along a side; the last ends with it."""
    return [*range(0, length - grid, max(grid // 2, 1)), length - grid]
