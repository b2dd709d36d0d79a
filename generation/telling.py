"""What a second stage's transformer says of the cells that come next, given the codes before them.

A picture of the grid's size keeps keys and values: one place a cell. In a larger one the window slides, which
moves every place, so nothing can be kept; instead the windows of all cells of a front go through together.
Both take B branches (conditions whose logits are mixed) of n pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.gpt import GPT, Attend
from generation.sliding import Field


class Teller(Protocol):
    """A way to ask the transformer."""

    def tell(self, codes: Tensor, cells: Sequence[int]) -> Tensor:
        """Codes [n, rows·columns] → logits [B, n, len(cells), vocab], from what precedes each cell."""


class WindowTeller:
    """Asks with a whole window for each cell.

    Conditions are [B, length], [B, rows·columns] `spread`, or each cell's own, [B, rows·columns, length].
    """

    def __init__(self, model: GPT, field: Field, conditions: Tensor, *, spread: bool) -> None:
        self.model, self.field = model, field
        self.conditions, self.spread = conditions, spread

    @torch.no_grad()
    def tell(self, codes: Tensor, cells: Sequence[int]) -> Tensor:
        """See `Teller`. Sequences end where the last of the cells needs no more of its window."""
        windows = torch.stack([self.field.window(cell) for cell in cells]).to(codes.device)
        places = [self.field.place(cell) for cell in cells]
        before = codes.clamp(min=0)[:, windows[:, : max(places)]]  # [n, g, longest]
        conditions = self._conditions(windows, cells)  # [B, g, length]
        branches, count, length = len(conditions), len(codes), conditions.shape[-1]
        sequences = torch.cat(
            [
                conditions.unsqueeze(1).expand(-1, count, -1, -1),
                before.unsqueeze(0).expand(branches, -1, -1, -1),
            ],
            -1,
        )
        states = self.model.states(sequences.flatten(0, 2))
        states = states.view(branches, count, len(cells), *states.shape[1:])
        last = torch.tensor([length - 1 + place for place in places], device=codes.device)
        return self.model.logits(states[:, :, torch.arange(len(cells), device=codes.device), last])

    def _conditions(self, windows: Tensor, cells: Sequence[int]) -> Tensor:
        if self.conditions.dim() == 3:
            return self.conditions[:, list(cells)]
        if self.spread:
            return self.conditions[:, windows]
        return self.conditions.unsqueeze(1).expand(-1, len(windows), -1)


class CachedTeller:
    """Asks for one cell after the other. The first `given` codes are the same in all pictures."""

    def __init__(self, model: GPT, conditions: Tensor, count: int, given: int, dtype: torch.dtype) -> None:
        config = model.config
        self.model, self.conditions, self.given = model, conditions, given
        self.branches, self.count = len(conditions), count
        rows, each = self.branches * count, config.width // config.heads
        shape = (config.layers, 2, rows, config.heads, config.block, each)
        self.cache = torch.zeros(shape, device=model.device, dtype=dtype)
        self.filled = 0  # places
        self.state = torch.empty(0)  # of the last of them, [rows, width]

    @torch.no_grad()
    def tell(self, codes: Tensor, cells: Sequence[int]) -> Tensor:
        """See `Teller`; one cell, further on than the last one. Codes not yet seen are gone over singly."""
        (cell,) = cells
        if not self.filled:
            self._prefill(codes)
        while self.filled < self.conditions.shape[1] + cell:
            self._step(codes)
        return self.model.logits(self.state).view(self.branches, self.count, 1, -1)

    def _prefill(self, codes: Tensor) -> None:
        """The condition and what is given, one row a branch."""
        given = codes[:1, : self.given].expand(self.branches, -1)
        tokens = torch.cat([self.conditions, given], 1)
        self.filled = tokens.shape[1]
        states = self.model.states(tokens, lambda layer: self._filling(layer))
        self.state = states[:, -1].repeat_interleave(self.count, 0)

    def _filling(self, layer: int) -> Attend:
        def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            for part, new in zip(self.cache[layer], (k, v), strict=True):
                part[:, :, : self.filled] = new.repeat_interleave(self.count, 0)
            return F.scaled_dot_product_attention(q, k, v, is_causal=True)

        return attend

    def _step(self, codes: Tensor) -> None:
        """The code at the next place."""
        cell = self.filled - self.conditions.shape[1]
        tokens = codes[:, cell].repeat(self.branches)[:, None]
        self.filled += 1
        self.state = self.model.states(tokens, lambda layer: self._stepping(layer), self.filled - 1)[:, 0]

    def _stepping(self, layer: int) -> Attend:
        def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            for part, new in zip(self.cache[layer], (k, v), strict=True):
                part[:, :, self.filled - 1] = new.squeeze(2)
            keys, values = self.cache[layer, :, :, :, : self.filled]
            return F.scaled_dot_product_attention(q.to(keys.dtype), keys, values)

        return attend
