"""From Haar wavelets to pixels, for the VAE whose decoder tells them."""

from __future__ import annotations

import torch
from torch import Tensor


def inverse_haar(x: Tensor) -> Tensor:
    """[B, 12, h, w] → [B, 3, 2h, 2w]: three low-pass channels, then for each the details LH, HL, HH."""
    low, details = x[:, :3], x[:, 3:].reshape(len(x), 3, 3, *x.shape[2:])
    down, across, both = details.unbind(2)
    even = torch.stack([low + down + across + both, low + down - across - both], -1)
    odd = torch.stack([low - down + across - both, low - down - across + both], -1)
    return 0.5 * torch.stack([even, odd], 3).flatten(4).flatten(2, 3)
