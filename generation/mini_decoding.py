"""One code a step through DALL-E mini's decoder; see `generation.decoding`.

What the text gives to look at is computed once a run, not once a code, and all candidates of a branch share
it: to their layers they are so many places of one row.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.dalle_mini import PAD, DalleMini
from generation.decoding import Batch, CachedStep, Read
from generation.sampling import Sampling


class MiniDecoder(Batch):
    """With the encoder and decoder of DALL-E mini or mega."""

    def __init__(
        self,
        model: DalleMini,
        sampling: Sampling,
        slots: int,
        branches: int,
        candidates: int,
        dtype: torch.dtype,
    ) -> None:
        config, device = model.config, model.decoder.embed_tokens.weight.device
        super().__init__(sampling, slots, branches, candidates, config.cells, device)
        self.model = model
        texts, each = slots * branches, (config.heads, config.hidden // config.heads)
        shape = (config.layers, 2, texts * candidates, each[0], config.cells, each[1])
        self.cache = torch.zeros(shape, device=device, dtype=dtype)
        text_shape = (config.layers, 2, texts, each[0], config.text_length, each[1])
        self.texts = torch.zeros(text_shape, device=device, dtype=dtype)
        # Where no run has come yet all is looked at, for no key at all would make NaN of the row.
        self.seen = torch.ones(texts, 1, 1, config.text_length, dtype=torch.bool, device=device)

    def _read(self, slot: int, texts: Tensor) -> None:
        rows = slice(slot * self.branches, (slot + 1) * self.branches)
        states = self.model.encoder(texts)
        self.seen[rows] = (texts != PAD)[:, None, None]
        for layer, kept in zip(self.model.decoder.blocks, self.texts, strict=True):
            for part, new in zip(kept, layer.encoder_attn.keys(states), strict=True):
                part[rows] = new.to(part.dtype)

    def _inputs(self, cells: Tensor) -> Tensor:
        start = self.model.config.start
        tokens = torch.where((cells == 0)[:, None], start, self._before(cells))
        return self._each_row(self.model.decoder.embed(tokens, cells[:, None]).unsqueeze(1))

    def _logits(self, x: Tensor, cells: Tensor) -> Tensor:
        each = cells.repeat_interleave(self.branches * self.candidates)
        read = self._prefix(each)
        for layer, cache, texts in zip(self.model.decoder.blocks, self.cache, self.texts, strict=True):
            x = layer.decode(x, CachedStep(cache, each, read), self._look(texts))
        return self.model.decoder.logits(x).squeeze(1)

    def _prefix(self, each: Tensor) -> Read:
        """The places up to the row's own; with one slot nothing else is read."""
        if self.slots == 1:
            return Read((slice(min(self.filled[0], self.cells - 1) + 1),))
        places = torch.arange(self.cells, device=self.device)
        return Read((slice(None),), (places <= each[:, None])[:, None, None])

    def _look(self, texts: Tensor) -> Callable[[Tensor], Tensor]:
        """Attention to a layer's keys and values of the text, [2, texts, heads, text_length, d]."""
        keys, values = texts

        def look(q: Tensor) -> Tensor:
            places = q.unflatten(0, (-1, self.candidates)).squeeze(3).transpose(1, 2)  # type: ignore[no-untyped-call]
            attended = F.scaled_dot_product_attention(places.to(keys.dtype), keys, values, self.seen)
            return attended.transpose(1, 2).flatten(0, 1).unsqueeze(2)

        return look
