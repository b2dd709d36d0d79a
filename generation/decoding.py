"""One token a step through a transformer, for all candidates of several runs at once.

Keys and values are kept in one tensor that never grows. Runs sit in slots; each slot has its own position, so
runs join and leave between steps. What a slot computes does not depend on what is in the others: the shapes
are always the same, and unused slots are computed along. With one slot, only what is seen is read.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.dalle import Dalle, Kind
from generation.sampling import Sampling, mix, sample

FREE = -1


class Batch(ABC):
    """`slots` runs of `candidates` pictures, each foretold by `branches` captions, whatever the network.

    What is the network's own: how a run begins, what goes into it for a cell, and what it says then.
    """

    def __init__(
        self,
        sampling: Sampling,
        slots: int,
        branches: int,
        candidates: int,
        cells: int,
        device: torch.device,
    ) -> None:
        self.sampling, self.cells, self.device = sampling, cells, device
        self.slots, self.branches, self.candidates = slots, branches, candidates
        self.shares = torch.zeros(slots, branches, device=device)
        self.uniforms = torch.zeros(slots, candidates, cells, device=device)
        self.forced = torch.full((slots, candidates, cells), FREE, device=device)
        self.codes = torch.zeros_like(self.forced)
        self.logprob = torch.zeros(slots, candidates, cells, device=device)
        self.filled = [0] * slots

    @torch.no_grad()
    def enter(
        self, slot: int, texts: Tensor, shares: Tensor, uniforms: Tensor, forced: Tensor | None = None
    ) -> None:
        """Begin a run: texts [branches, length], shares [branches], uniforms [candidates, cells].

        `forced` are codes [candidates, cells] that are not drawn, `FREE` where they are. The text is gone
        over once, with one row a branch.
        """
        self.filled[slot] = 0
        self.shares[slot], self.uniforms[slot] = shares, uniforms
        self.forced[slot] = FREE if forced is None else forced
        self._read(slot, texts)

    @torch.no_grad()
    def advance(self, counts: Mapping[int, int]) -> None:
        """So many tokens for each of these slots; the others stay as they are."""
        wanted = {slot: min(self.filled[slot] + n, self.cells) for slot, n in counts.items()}
        while any(self.filled[slot] < end for slot, end in wanted.items()):
            active = [slot for slot, end in wanted.items() if self.filled[slot] < end]
            self._step(active)
            for slot in active:
                self.filled[slot] += 1

    @abstractmethod
    def _read(self, slot: int, texts: Tensor) -> None:
        """Take in the run's texts."""

    @abstractmethod
    def _inputs(self, cells: Tensor) -> Tensor:
        """The embedding of what precedes those cells, one a slot: [rows, 1, hidden]."""

    @abstractmethod
    def _logits(self, x: Tensor, cells: Tensor) -> Tensor:
        """Run the layers for one place of each row; writes its keys and values."""

    def _step(self, active: list[int]) -> None:
        """One token."""
        cells = self._clamped_cells()
        index = cells[:, None, None].expand(-1, self.candidates, 1)
        x = self._inputs(cells)
        logits = self._logits(x, cells).view(self.slots, self.branches, self.candidates, -1)
        u = self.uniforms.gather(2, index).squeeze(2)
        codes, logprob = sample(mix(logits, self.shares), u, self.sampling)
        forced = self.forced.gather(2, index).squeeze(2)
        codes = torch.where(forced == FREE, codes, forced)
        for slot in active:
            self.codes[slot, :, self.filled[slot]] = codes[slot]
            self.logprob[slot, :, self.filled[slot]] = logprob[slot]

    def _clamped_cells(self) -> Tensor:
        """The cell that comes next in each slot; in a finished one, which computes for nothing, the last."""
        return torch.tensor([min(n, self.cells - 1) for n in self.filled], device=self.device)

    def _before(self, cells: Tensor) -> Tensor:
        """The codes before those cells: [slots, candidates]; before the first one, any."""
        before = (cells - 1).clamp(min=0)
        return self.codes.gather(2, before[:, None, None].expand(-1, self.candidates, 1)).squeeze(2)

    def _each_row(self, x: Tensor) -> Tensor:
        """[slots, branches or 1, candidates or 1, hidden] → [rows, 1, hidden]."""
        return x.expand(-1, self.branches, self.candidates, -1).flatten(0, 2).unsqueeze(1)


class Decoder(Batch):
    """With ruDALL-E's transformer, whose sequences begin with the text."""

    def __init__(
        self, model: Dalle, sampling: Sampling, slots: int, branches: int, candidates: int, dtype: torch.dtype
    ) -> None:
        config, device = model.config, model.masks.device
        super().__init__(sampling, slots, branches, candidates, config.cells, device)
        self.model = model
        rows = slots * branches * candidates
        shape = (config.layers, 2, rows, config.heads, config.length, config.hidden // config.heads)
        self.cache = torch.zeros(shape, device=device, dtype=dtype)
        full = model.text_embeddings.weight.dtype
        self.last = torch.zeros(slots, branches, config.hidden, device=device, dtype=full)

    def _read(self, slot: int, texts: Tensor) -> None:
        """Goes over the text but its last token, which is the first place's input."""
        x = self.model.embed_text(texts)
        self.last[slot] = x[:, -1]
        x = x[:, :-1]
        for i, layer in enumerate(self.model.transformer.layers):
            x = layer(x, _Prefill(self._rows(i, slot)))

    def _inputs(self, cells: Tensor) -> Tensor:
        places = (cells - 1).clamp(min=0)[:, None]
        images = self.model.embed_codes(self._before(cells), places).unsqueeze(1)
        texts = self.last.unsqueeze(2)
        return self._each_row(torch.where((cells == 0)[:, None, None, None], texts, images))

    def _logits(self, x: Tensor, cells: Tensor) -> Tensor:
        model = self.model
        places = model.config.prefix - 1 + cells
        each = places.repeat_interleave(self.branches * self.candidates)
        reads: Sequence[Read] = self._windows(int(places[0])) if self.slots == 1 else self._masks(each)
        for i, layer in enumerate(model.transformer.layers):
            x = layer(x, CachedStep(self.cache[i], each, reads[model.config.kind(i)]))
        return model.image_logits(model.finish(x)).squeeze(1)

    def _masks(self, places: Tensor) -> list[Read]:
        """For each kind of layer: all of the cache, and what each row sees of it."""
        return [Read((slice(None),), mask[places][:, None, None]) for mask in self.model.masks]

    def _windows(self, place: int) -> list[Read]:
        """For each kind of layer: the places that this one sees, which all rows share."""
        config = self.model.config
        text, here = config.text_length, place + 1
        if place < text:
            return [Read((slice(here),))] * len(Kind)
        row = slice(max(text, place - config.grid), here)
        column = slice(text + (place - text) % config.grid, here, config.grid)
        convolution = Read((slice(here),), self.model.masks[Kind.CONVOLUTION, place, :here][None])
        return [Read((slice(text), row)), Read((slice(text), column)), convolution]

    def _rows(self, layer: int, slot: int) -> Tensor:
        """A slot's part of a layer's cache: [2, branches, candidates, heads, length, d]."""
        span = self.branches * self.candidates
        rows = self.cache[layer, :, slot * span : (slot + 1) * span]
        return rows.view(2, self.branches, self.candidates, *rows.shape[2:])


@dataclass(frozen=True, slots=True)
class Read:
    """Which slices of the cache's places are read, and a mask over them where not all are seen."""

    parts: tuple[slice, ...]
    mask: Tensor | None = None


class _Prefill:
    """Attention within the text, whose keys and values go to all candidates."""

    def __init__(self, rows: Tensor) -> None:
        self.rows = rows

    def __call__(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        for part, new in zip(self.rows, (k, v), strict=True):
            part[..., : k.shape[2], :] = new.unsqueeze(1)
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)


class CachedStep:
    """Attention of one place to the cache, into which its own key and value are written first."""

    def __init__(self, cache: Tensor, places: Tensor, read: Read, writes: Tensor | None = None) -> None:
        """`writes`: the rows that do, int64; all, unless told."""
        self.cache, self.places, self.read, self.writes = cache, places, read, writes

    def __call__(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """Write, then read."""
        rows = torch.arange(len(self.places), device=self.places.device)
        for part, new in zip(self.cache, (k, v), strict=True):
            fresh = new.squeeze(2).to(part.dtype)
            if self.writes is None:
                part[rows, :, self.places] = fresh
            else:
                part[self.writes, :, self.places[self.writes]] = fresh[self.writes]
        parts = [self.cache[..., part, :] for part in self.read.parts]
        keys, values = parts[0] if len(parts) == 1 else torch.cat(parts, -2)
        return F.scaled_dot_product_attention(q.to(keys.dtype), keys, values, self.read.mask)
