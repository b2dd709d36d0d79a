"""A film's camera: a picture as it looks after the camera has moved. Nothing here is random or learned.

What comes into view from beyond the edges is the picture's own reflection, so no border is ever black; where
the picture is a tile, it is the next tile.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.protocol import Motion

#: Pixels that a bicubic reading needs beyond the place it reads.
_REACH = 2


def moved(picture: Tensor, motion: Motion, *, tile: bool = False) -> Tensor:
    """[1, 3, H, W] in 0..1 → the same size, one frame later. `tile`: it goes on at its other edge."""
    grid = places(motion, picture.shape[3], picture.shape[2])
    if tile:
        picture, grid = _repeated(picture, grid)
    warped = F.grid_sample(
        picture, grid.to(picture.device), mode="bicubic", padding_mode="reflection", align_corners=False
    )
    return warped.clamp(0, 1)


def _repeated(picture: Tensor, grid: Tensor) -> tuple[Tensor, Tensor]:
    """The picture with a rim of its other side, and the same places in it, each within one tile."""
    size = torch.tensor([picture.shape[3], picture.shape[2]])
    within = (grid + 1).remainder(2) - 1
    return F.pad(picture, (_REACH,) * 4, mode="circular"), within * size / (size + 2 * _REACH)


def places(motion: Motion, width: int, height: int) -> Tensor:
    """Where each pixel is read, [1, H, W, 2] in -1..1 (x, y), as `grid_sample` has it.

    About the middle, in pixels: turn back, shrink by the zoom, go with the camera.
    """
    x = torch.arange(width, dtype=torch.float64) - (width - 1) / 2
    y = (torch.arange(height, dtype=torch.float64) - (height - 1) / 2).unsqueeze(1)
    cos, sin = (f(math.radians(motion.turn)) / motion.zoom for f in (math.cos, math.sin))
    across = (cos * x + sin * y) * 2 / width + 2 * motion.right
    down = (cos * y - sin * x) * 2 / height + 2 * motion.down
    return torch.stack([across, down], dim=-1).unsqueeze(0).float()
