"""Pictures to begin with, drawn from a generator of random numbers: [1, 3, H, W] in 0..1."""

from __future__ import annotations

import torch
from torch import Tensor

from generation.protocol import Start
from generation.tiling import enlarged

OCTAVES = 5


def start_picture(start: Start, width: int, height: int, generator: torch.Generator, *, tile: bool) -> Tensor:
    """A picture of the kind; with `tile` its edges fit each other."""
    match start:
        case Start.SNOW:
            return torch.rand(1, 3, height, width, generator=generator)
        case Start.GRADIENT:
            return gradient(width, height, generator, tile=tile)
        case Start.NOISE:
            return fractal_noise(width, height, generator, tile=tile)


def gradient(width: int, height: int, generator: torch.Generator, *, tile: bool) -> Tensor:
    """In each channel a ramp between two random values, across or down; to and fro for a tile."""
    ends = torch.rand(3, 2, 1, 1, generator=generator)
    down = torch.rand(3, generator=generator) < 0.5
    ramps = [
        _ramp(height, tile)[:, None].expand(height, width)
        if along
        else _ramp(width, tile)[None].expand(height, width)
        for along in down.tolist()
    ]
    return torch.lerp(ends[:, 0], ends[:, 1], torch.stack(ramps))[None]


def _ramp(length: int, tile: bool) -> Tensor:
    places = (torch.arange(length) + 0.5) / length
    return 1 - (2 * places - 1).abs() if tile else places


def fractal_noise(width: int, height: int, generator: torch.Generator, *, tile: bool) -> Tensor:
    """Octaves of random values, each twice as fine and half as strong as the one before, about 0.5."""
    picture, strength = torch.full((1, 3, height, width), 0.5), 0.5
    for octave in range(OCTAVES):
        shape = [
            max(1, min(side, round(side * 2 ** (octave + 1) / max(width, height))))
            for side in (height, width)
        ]
        values = torch.rand(1, 3, *shape, generator=generator) - 0.5
        picture = picture + strength * enlarged(values, [height, width], tile=tile)
        strength /= 2
    return picture.clamp(0, 1)
