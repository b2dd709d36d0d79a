"""One token a step through the transformer, for all candidates of several runs at once.

Keys and values are kept in one tensor that never grows. Runs sit in slots; each slot has its own position, so
runs join and leave between steps. What a slot computes does not depend on what is in the others: the shapes
are always the same, and unused slots are computed along. With one slot, only what is seen is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.dalle import Dalle, Kind
from generation.sampling import Sampling, mix, sample

FREE = -1


class Decoder:
    """`slots` runs of `candidates` pictures, each foretold by `branches` captions."""

    def __init__(
        self, model: Dalle, sampling: Sampling, slots: int, branches: int, candidates: int, dtype: torch.dtype
    ) -> None:
        config, device = model.config, model.masks.device
        self.model, self.sampling = model, sampling
        self.slots, self.branches, self.candidates = slots, branches, candidates
        rows = slots * branches * candidates
        shape = (config.layers, 2, rows, config.heads, config.length, config.hidden // config.heads)
        self.cache = torch.zeros(shape, device=device, dtype=dtype)
        full = model.text_embeddings.weight.dtype
        self.last = torch.zeros(slots, branches, config.hidden, device=device, dtype=full)
        self.shares = torch.zeros(slots, branches, device=device)
        self.uniforms = torch.zeros(slots, candidates, config.cells, device=device)
        self.forced = torch.full((slots, candidates, config.cells), FREE, device=device)
        self.codes = torch.zeros_like(self.forced)
        self.logprob = torch.zeros(slots, candidates, config.cells, device=device)
        self.filled = [0] * slots

    @torch.no_grad()
    def enter(
        self, slot: int, texts: Tensor, shares: Tensor, uniforms: Tensor, forced: Tensor | None = None
    ) -> None:
        """Begin a run: texts [branches, text_length], shares [branches], uniforms [candidates, cells].

        `forced` are codes [candidates, cells] that are not drawn, `FREE` where they are. Goes once over
        the text but its last token, with one row a branch.
        """
        self.filled[slot] = 0
        self.shares[slot], self.uniforms[slot] = shares, uniforms
        self.forced[slot] = FREE if forced is None else forced
        x = self.model.embed_text(texts)
        self.last[slot] = x[:, -1]
        x = x[:, :-1]
        for i, layer in enumerate(self.model.transformer.layers):
            x = layer(x, _Prefill(self._rows(i, slot)))

    @torch.no_grad()
    def advance(self, counts: Mapping[int, int]) -> None:
        """So many tokens for each of these slots; the others stay as they are."""
        wanted = {slot: min(self.filled[slot] + n, self.model.config.cells) for slot, n in counts.items()}
        while any(self.filled[slot] < end for slot, end in wanted.items()):
            active = [slot for slot, end in wanted.items() if self.filled[slot] < end]
            self._step(active)
            for slot in active:
                self.filled[slot] += 1

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
        most = self.model.config.cells - 1
        return torch.tensor([min(n, most) for n in self.filled], device=self.cache.device)

    def _inputs(self, cells: Tensor) -> Tensor:
        """The embedding of what precedes those cells: [rows, 1, hidden]."""
        before = (cells - 1).clamp(min=0)
        codes = self.codes.gather(2, before[:, None, None].expand(-1, self.candidates, 1)).squeeze(2)
        images = self.model.embed_codes(codes, before[:, None]).unsqueeze(1)  # [slots, 1, candidates, hidden]
        texts = self.last.unsqueeze(2)
        return torch.where((cells == 0)[:, None, None, None], texts, images).expand(
            -1, self.branches, self.candidates, -1
        ).flatten(0, 2).unsqueeze(1)  # fmt: skip

    def _logits(self, x: Tensor, cells: Tensor) -> Tensor:
        """Run the layers for one place of each row; writes its keys and values."""
        model = self.model
        places = model.config.prefix - 1 + cells
        each = places.repeat_interleave(self.branches * self.candidates)
        reads: Sequence[_Read] = self._windows(int(places[0])) if self.slots == 1 else self._masks(each)
        for i, layer in enumerate(model.transformer.layers):
            x = layer(x, _Step(self.cache[i], each, reads[model.config.kind(i)]))
        return model.image_logits(model.finish(x)).squeeze(1)

    def _masks(self, places: Tensor) -> list[_Read]:
        """For each kind of layer: all of the cache, and what each row sees of it."""
        return [_Read((slice(None),), mask[places][:, None, None]) for mask in self.model.masks]

    def _windows(self, place: int) -> list[_Read]:
        """For each kind of layer: the places that this one sees, which all rows share."""
        config = self.model.config
        text, here = config.text_length, place + 1
        if place < text:
            return [_Read((slice(here),))] * len(Kind)
        row = slice(max(text, place - config.grid), here)
        column = slice(text + (place - text) % config.grid, here, config.grid)
        convolution = _Read((slice(here),), self.model.masks[Kind.CONVOLUTION, place, :here][None])
        return [_Read((slice(text), row)), _Read((slice(text), column)), convolution]

    def _rows(self, layer: int, slot: int) -> Tensor:
        """A slot's part of a layer's cache: [2, branches, candidates, heads, length, d]."""
        span = self.branches * self.candidates
        rows = self.cache[layer, :, slot * span : (slot + 1) * span]
        return rows.view(2, self.branches, self.candidates, *rows.shape[2:])


@dataclass(frozen=True, slots=True)
class _Read:
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


class _Step:
    """Attention of one place to the cache, into which its own key and value are written first."""

    def __init__(self, cache: Tensor, places: Tensor, read: _Read) -> None:
        self.cache, self.places, self.read = cache, places, read

    def __call__(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        rows = torch.arange(len(self.places), device=self.places.device)
        for part, new in zip(self.cache, (k, v), strict=True):
            part[rows, :, self.places] = new.squeeze(2).to(part.dtype)
        parts = [self.cache[..., part, :] for part in self.read.parts]
        keys, values = parts[0] if len(parts) == 1 else torch.cat(parts, -2)
        return F.scaled_dot_product_attention(q.to(keys.dtype), keys, values, self.read.mask)
