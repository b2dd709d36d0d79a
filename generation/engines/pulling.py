"""How the CLIPs pull at a picture: what each sees of it, and how far that is from what it looks for."""

from __future__ import annotations

from itertools import product

import torch
from torch import Tensor

from generation.cutouts import Views, make_cutouts
from generation.engines.prompts import Prompt, Sought
from generation.losses import prompt_loss, total_variation


def pull_at(
    seen: Tensor, views: Views, prompt: Prompt, weights: Tensor, variation: float, at_once: int
) -> tuple[Tensor, Tensor]:
    """Gradient of the picture [1, 3, H, W], and the loss: the guides', by their shares, and the variation's.

    All guides see the same views, each at its own side, one after the other and so many views at a time: what
    autograd keeps is that of one look.
    """
    pull, total = torch.zeros_like(seen), torch.zeros((), device=seen.device)
    parts = [views.part(first, at_once) for first in range(0, len(views), at_once)]
    for number, (sought, part) in enumerate(product(prompt.sought, parts)):
        loss = _loss(seen, part, sought, prompt, weights) * (sought.share * len(part) / len(views))
        if number == 0 and variation > 0:
            loss = loss + variation * total_variation(seen)
        pull += torch.autograd.grad(loss, seen)[0]
        total += loss.detach()
    return pull, total


def _loss(seen: Tensor, views: Views, sought: Sought, prompt: Prompt, weights: Tensor) -> Tensor:
    vectors = sought.viewer.judge(make_cutouts(seen, views, sought.viewer.side))
    return prompt_loss(vectors, sought.vectors, weights, prompt.stops)
