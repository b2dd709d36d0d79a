"""Rehearsal: pictures that are painted by the CLIP in training, and then shown to it as false.

A picture that is optimised towards a caption soon scores higher than any true one. So a pool of such pictures
is moved a step towards its captions with every step of the training, and stands among the negatives: the
negative samples of an energy-based model, drawn by persistent chains (Du and Mordatch 2019).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.training.captions import ENGLISH, RUSSIAN

LANGUAGES = (ENGLISH, RUSSIAN)


def norms(x: Tensor) -> Tensor:
    """The L2 norm of each picture, [B, 1, 1, 1]."""
    found: Tensor = x.flatten(1).norm(dim=1).clamp(min=1e-8).view(-1, 1, 1, 1)
    return found


def unit_norm(x: Tensor) -> Tensor:
    """Each picture divided by its L2 norm."""
    return x / norms(x)


def blotches(count: int, side: int, generator: torch.Generator) -> Tensor:
    """Smooth random colours, [count, 3, side, side] in 0..1; grains of an eighth to a quarter of the side."""
    fine, coarse = (
        F.interpolate(torch.randn(count, 3, cells, cells, generator=generator), size=side, mode="bicubic")
        for cells in (8, 4)
    )
    base = torch.rand(count, 3, 1, 1, generator=generator)
    share = torch.rand(count, 1, 1, 1, generator=generator)
    return (base + 0.3 * torch.lerp(fine, coarse, share)).clamp(0, 1)


class Rehearsal:
    """The pool: `size` false pictures, each with the pair from a batch whose captions it is painted for."""

    def __init__(self, size: int, stride: float, life: int) -> None:
        self.size, self.stride, self.life = size, stride, life
        self.state: dict[str, Any] = {}

    def join(self, batch: dict[str, Any], generator: torch.Generator) -> dict[str, Any]:
        """The batch, the pool's pairs in its first places; those whose life is over give way to new ones."""
        pool = self.state
        if not pool:
            self.state = {"pairs": take(batch, slice(0, self.size)), "age": torch.zeros(self.size)}
            self.state["life"] = self._lives(generator)
            return batch
        old = pool["age"] >= pool["life"]
        fresh = take(batch, slice(0, self.size))
        put(pool["pairs"], fresh, old)
        pool["age"][old], pool["life"][old] = 0.0, self._lives(generator)[old]
        joined = dict(batch)
        rest = take(batch, slice(self.size, None))
        for name in ("pictures", "facts"):
            joined[name] = torch.cat([pool["pairs"][name], rest[name]])
        for language in LANGUAGES:
            mine, others = pool["pairs"][language], rest[language]
            part = {name: torch.cat([mine[name], others[name]]) for name in ("tokens", "claims")}
            part["foreign"] = self._foreign(part["claims"], joined["facts"], batch[language]["foreign"])
            joined[language] = part
        return joined

    def _foreign(self, claims: Tensor, facts: Tensor, known: Tensor) -> Tensor:
        """As far as the labels tell, where a pair of the pool is concerned; else what was known."""
        guess = (claims @ (1 - facts).T) < 0.5
        guess.fill_diagonal_(False)
        guess[self.size :, self.size :] = known[self.size :, self.size :]
        return guess

    def _lives(self, generator: torch.Generator) -> Tensor:
        return torch.randint(self.life // 3, self.life, (self.size,), generator=generator).float()

    def move(
        self, x: Tensor, texts: Tensor, embed: Callable[[Tensor], Tensor], generator: torch.Generator
    ) -> Tensor:
        """One step of all false pictures towards their texts [size, D]; `x`: pictures to start from."""
        pool = self.state
        if "false" not in pool:
            pool["false"] = blotches(self.size, x.shape[-1], generator).to(x)
        fresh = pool["age"] == 0
        others = x[self.size :][torch.randint(len(x) - self.size, (self.size,), generator=generator)]
        mixed = torch.rand(self.size, 1, 1, 1, generator=generator).to(x)
        start = torch.lerp(
            blotches(self.size, x.shape[-1], generator).to(x), others, (1.5 * mixed - 0.5).clamp(min=0)
        )
        pool["false"] = torch.where(fresh.view(-1, 1, 1, 1).to(x.device), start, pool["false"])
        false = pool["false"].requires_grad_()
        seen = false + 0.04 * torch.randn(false.shape, generator=generator).to(x)
        shift = torch.randint(-4, 5, (2,), generator=generator).tolist()
        found = embed(F.pad(seen, (4, 4, 4, 4), mode="replicate").roll(shift, (2, 3))[:, :, 4:-4, 4:-4])
        distance = 1 - F.cosine_similarity(found, texts)
        (gradient,) = torch.autograd.grad(distance.sum(), false)
        smooth = F.avg_pool2d(F.pad(gradient, (1, 1, 1, 1), mode="replicate"), 3, 1)
        pool["false"] = (false.detach() - self.stride * unit_norm(smooth)).clamp(0, 1)
        pool["age"] += 1
        moved: Tensor = pool["false"].clone()
        return moved


def take(batch: dict[str, Any], rows: slice) -> dict[str, Any]:
    """These rows of the batch, without the `foreign` tables."""
    found: dict[str, Any] = {name: batch[name][rows].clone() for name in ("pictures", "facts")}
    for language in LANGUAGES:
        found[language] = {name: batch[language][name][rows].clone() for name in ("tokens", "claims")}
    return found


def put(pairs: dict[str, Any], fresh: dict[str, Any], where: Tensor) -> None:
    """Replace the pairs at `where` (bool) by the fresh ones in the same places."""
    for name in ("pictures", "facts"):
        pairs[name][where] = fresh[name][where]
    for language in LANGUAGES:
        for name in ("tokens", "claims"):
            pairs[language][name][where] = fresh[language][name][where]
