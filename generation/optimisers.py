"""How a gradient moves the latent."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(slots=True)
class Adam:
    """Moments of the gradient of z after `count` steps (Kingma and Ba, 2015)."""

    first: Tensor
    second: Tensor
    count: int = 0

    @classmethod
    def fresh(cls, z: Tensor) -> Adam:
        """Moments before the first step."""
        return cls(torch.zeros_like(z), torch.zeros_like(z))

    def direction(self, gradient: Tensor, betas: tuple[float, float]) -> Tensor:
        """Take a gradient in; returns by what a rate of 1 would move z."""
        self.count += 1
        self.first.lerp_(gradient, 1 - betas[0])
        self.second.lerp_(gradient.square(), 1 - betas[1])
        scale = (self.second / (1 - betas[1] ** self.count)).sqrt_().add_(1e-8)
        return -(self.first / (1 - betas[0] ** self.count)) / scale


def cosine(step: int, steps: int, cycles: int) -> float:
    """The share of the rate in a step (from 0): half a cosine in each cycle (Loshchilov and Hutter, 2017)."""
    if cycles < 1:
        return 1.0
    return 0.5 * (1 + math.cos(math.pi * (step * cycles / steps % 1)))
