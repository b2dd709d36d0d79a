"""What a second stage's transformer says of the cells that come next, where its window slides.

That moves every place, so no key or value can be kept (what fits the grid keeps them: `stage_decoding`);
instead the windows of all cells of a front go through together, for B branches (conditions whose logits are
mixed) of n pictures.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from generation.gpt import GPT
from generation.sliding import Field


class WindowTeller:
    """Asks with a whole window for each cell.

    Conditions are [B, length], [B, rows·columns] `spread`, or each cell's own, [B, rows·columns, length].
    """

    def __init__(self, model: GPT, field: Field, conditions: Tensor, *, spread: bool) -> None:
        self.model, self.field = model, field
        self.conditions, self.spread = conditions, spread

    @torch.no_grad()
    def tell(self, codes: Tensor, cells: Sequence[int]) -> Tensor:
        """Codes [n, rows·columns] → logits [B, n, len(cells), vocab], from what precedes each cell.

        Sequences end where the last of the cells needs no more of its window.
        """
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
