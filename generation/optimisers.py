"""How a gradient moves the latent."""

from __future__ import annotations

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
