"""A window that slides over a picture of codes, and the order in which its cells can be told.

Esser et al., "Taming Transformers" (2021), section 3.3: each cell is told from a square window about it, as
near to its middle as the borders allow. A window holds only cells that are told before its own in raster
order, so any order that keeps to this gives the same codes. In `wavefront` all cells of a front are known to
stand on earlier fronts alone, and can be told at once: grid·rows + columns - grid fronts instead of
rows·columns cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Field:
    """A picture of rows × columns codes, and the side of the window; no side is below it."""

    rows: int
    columns: int
    grid: int
    early: bool = False  #: whether a cell's window starts (grid - 1)//2 cells before it, else grid//2

    @property
    def cells(self) -> int:
        """Codes of the picture."""
        return self.rows * self.columns

    @property
    def slides(self) -> bool:
        """Whether there is more than one window."""
        return (self.rows, self.columns) != (self.grid, self.grid)

    def corner(self, cell: int) -> tuple[int, int]:
        """Row and column of the upper left cell of a cell's window."""
        row, column = divmod(cell, self.columns)
        before = (self.grid - self.early) // 2
        return _start(row - before, self.rows, self.grid), _start(column - before, self.columns, self.grid)

    def window(self, cell: int) -> Tensor:
        """The cells of a cell's window in raster order: int64 [grid²]."""
        top, left = self.corner(cell)
        within = torch.arange(self.grid)
        return ((top + within)[:, None] * self.columns + left + within).flatten()

    def place(self, cell: int) -> int:
        """Where in its window a cell lies, in raster order."""
        (row, column), (top, left) = divmod(cell, self.columns), self.corner(cell)
        return (row - top) * self.grid + column - left

    def front(self, cell: int) -> int:
        """When a cell can be told. Each row waits for as much of the one above it as a window is wide."""
        row, column = divmod(cell, self.columns)
        return self.grid * row + column

    def wavefront(self) -> list[int]:
        """All cells, front by front."""
        return sorted(range(self.cells), key=self.front)

    def batches(self, cells: Sequence[int], most: int) -> Iterator[list[int]]:
        """Cells in the order of the wavefront, split so that no part has cells of two fronts, or too many."""
        for _, group in groupby(cells, self.front):
            whole = list(group)
            yield from (whole[i : i + most] for i in range(0, len(whole), most))


def _start(place: int, length: int, grid: int) -> int:
    return min(max(place, 0), length - grid)
