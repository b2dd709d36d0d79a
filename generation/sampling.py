"""From logits to tokens: temperature, top-k, top-p, and random numbers that each candidate has for itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are drawn. `guidance` None: the network is not asked what it thinks without a caption."""

    temperature: float = 1.0
    top_k: int = 2048
    top_p: float = 0.995
    guidance: float | None = None


def uniforms(seed: int, candidates: int, cells: int) -> Tensor:
    """float32 [candidates, cells] in 0..1: row i depends on the seed and i alone (Philox, a cell a count)."""
    keys = (np.array([seed % 2**64, row], np.uint64) for row in range(candidates))
    rows = [np.random.Generator(np.random.Philox(key=key)).random(cells, np.float32) for key in keys]
    return torch.from_numpy(np.stack(rows))


def sample(logits: Tensor, u: Tensor, sampling: Sampling) -> tuple[Tensor, Tensor]:
    """Logits [..., V], numbers 0..1 [...] → tokens [...] and their log-probability in the whole distribution.

    Of the `top_k` likeliest tokens those stay before which the likelier ones sum to at most `top_p`; the
    first always does. The number then picks by the inverse of the cumulative distribution.
    """
    logits = logits.float() / sampling.temperature
    values, tokens = logits.topk(min(sampling.top_k, logits.shape[-1]), -1)
    shares = values.softmax(-1)
    kept = shares * (shares.cumsum(-1) - shares <= sampling.top_p)
    total = kept.cumsum(-1)
    chosen = (total <= u.unsqueeze(-1) * total[..., -1:]).sum(-1)
    last = (kept > 0).sum(-1) - 1
    chosen = torch.minimum(chosen, last).unsqueeze(-1)
    logprob = values.gather(-1, chosen) - logits.logsumexp(-1, keepdim=True)
    return tokens.gather(-1, chosen).squeeze(-1), logprob.squeeze(-1)


def mix(logits: Tensor, shares: Tensor) -> Tensor:
    """Branches [..., P, n, V] of one prompt, weighted by `shares` [..., P] → [..., n, V]."""
    return (logits * shares[..., None, None]).sum(-3)


def branch_shares(weights: list[float], guidance: float | None) -> list[float]:
    """The share of each phrase's logits, before them that of the empty caption's where there is guidance.

    Without: the weighted sum of log-probabilities. With: l + g·Σ wᵢ·(lᵢ - l) (Ho and Salimans 2022).
    """
    if guidance is None:
        return weights
    return [1 - guidance * sum(weights), *(guidance * weight for weight in weights)]
