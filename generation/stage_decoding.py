"""One code a step through a second stage's transformer; see `generation.decoding`.

A picture of the grid's size keeps keys and values: one place for each token of what it hangs on, then one a
cell. Codes that are given are gone over with the former, all in one pass.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.decoding import Batch, CachedStep, Read
from generation.gpt import GPT, Attend
from generation.sampling import Sampling


class StageDecoder(Batch):
    """With the second stage's transformer. Texts are conditions [B, prefix], then codes that are given."""

    def __init__(
        self,
        model: GPT,
        sampling: Sampling,
        shape: tuple[int, int, int],
        sequence: tuple[int, int],
        dtype: torch.dtype,
    ) -> None:
        """`shape`: slots, branches and candidates; `sequence`: tokens of a condition, and cells."""
        config, (self.prefix, cells) = model.config, sequence
        super().__init__(sampling, *shape, cells, model.device)
        self.model = model
        rows, each = self.slots * self.branches * self.candidates, config.width // config.heads
        size = (config.layers, 2, rows, config.heads, config.block, each)
        self.cache = torch.zeros(size, device=model.device, dtype=dtype)
        self.given = [0] * self.slots  #: codes that the texts held
        #: What the pass over a slot's texts ended with.
        self.ends = model.pos_emb.new_zeros(self.slots, self.branches, 1, config.width)

    def _read(self, slot: int, texts: Tensor) -> None:
        self.given[slot] = self.filled[slot] = texts.shape[1] - self.prefix
        self.codes[slot, :, : self.given[slot]] = texts[0, self.prefix :]
        states = self.model.states(texts, lambda layer: self._filling(layer, slot))
        self.ends[slot] = states[:, -1:]

    def _filling(self, layer: int, slot: int) -> Attend:
        span = self.branches * self.candidates
        rows = self.cache[layer, :, slot * span : (slot + 1) * span]

        def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            for part, new in zip(rows, (k, v), strict=True):
                part[:, :, : new.shape[2]] = new.repeat_interleave(self.candidates, 0)
            return F.scaled_dot_product_attention(q, k, v, is_causal=True)

        return attend

    def _inputs(self, cells: Tensor) -> Tensor:
        places = (self.prefix + cells - 1)[:, None]
        return self._each_row(self.model.embed(self._before(cells), places).unsqueeze(1))

    def _logits(self, x: Tensor, cells: Tensor) -> Tensor:
        """In a slot that has only read its texts, these have the answer, and nothing is written."""
        fresh = [filled == given for filled, given in zip(self.filled, self.given, strict=True)]
        states = self._each_row(self.ends)
        if not all(fresh):
            places = self._rows(self.prefix + cells - 1)
            read, writes = self._seen(places), self._writers(fresh)
            stepped = self.model.through(x, lambda i: CachedStep(self.cache[i], places, read, writes))
            answered = self._rows(torch.tensor(fresh, device=self.device))
            states = torch.where(answered[:, None, None], states, stepped)
        return self.model.logits(states.squeeze(1))

    def _seen(self, places: Tensor) -> Read:
        """The places up to the row's own; with one slot nothing else is read."""
        if self.slots == 1:
            return Read((slice(self.prefix + min(self.filled[0], self.cells - 1)),))
        seen = torch.arange(self.cache.shape[4], device=self.device) <= places[:, None]
        return Read((slice(None),), seen[:, None, None])

    def _writers(self, fresh: list[bool]) -> Tensor | None:
        """The rows that write, where not all do."""
        if not any(fresh):
            return None
        writing = [not is_fresh for is_fresh in fresh for _ in range(self.branches * self.candidates)]
        return torch.tensor([row for row, writes in enumerate(writing) if writes], device=self.device)

    def _rows(self, x: Tensor) -> Tensor:
        """[slots] → [rows]."""
        return x.repeat_interleave(self.branches * self.candidates)
