"""The whole picture brought to a square by pooling, as the later VQGAN+CLIP notebooks have it.

Their `MakeCutoutsPoolingUpdate` takes the mean of `AdaptiveAvgPool2d` and `AdaptiveMaxPool2d`. Both pool each
axis by itself, so they are products with small matrices here: unlike torch's own their gradients are added in
the same order each time, on a GPU too. Where several pixels are the greatest, they share the gradient.
"""

from __future__ import annotations

import torch
from torch import Tensor


def pool(picture: Tensor, side: int) -> Tensor:
    """[1, 3, H, W] → [1, 3, side, side]: half of it the mean, half the greatest, of each place's pixels."""
    down, across = (_pixels(n, side).to(picture.device) for n in picture.shape[2:])
    mean = _shares(down) @ picture @ _shares(across).mT
    rows = (down.unsqueeze(1) @ picture).amax(0)  # [3, side, W]
    greatest = (rows @ across.unsqueeze(1).mT).amax(0)
    return (mean + greatest) / 2


def _pixels(source: int, side: int) -> Tensor:
    """Which pixels make a place: its first, its second, …, the last again where there are no more.

    [K, side, source], each row with a single 1. Place i begins at ⌊i·source/side⌋ and ends before
    ⌈(i + 1)·source/side⌉, as in torch.
    """
    place = torch.arange(side)
    start = place * source // side
    end = ((place + 1) * source + side - 1) // side
    offsets = torch.arange(int((end - start).max())).unsqueeze(1)
    return torch.nn.functional.one_hot(torch.minimum(start + offsets, end - 1), source).float()


def _shares(pixels: Tensor) -> Tensor:
    """By what each pixel counts in the mean of a place: [side, source], rows sum to 1."""
    there = pixels.amax(0)
    return there / there.sum(1, keepdim=True)
