"""Cuts a picture out of its background, as Emojich's authors make stickers (Shonenkov et al. 2021).

A network says of each pixel whether it belongs to the thing. Where it is not sure enough, the background is
whatever white there is between the thing and the picture's edges.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from generation.described import MATTE_FILE
from generation.unet import UNet, load_unet

__all__ = ("MATTE_FILE", "Matte", "opacity_by_white")

SIDE: Final = 512  #: px, of what the network is shown
SURE: Final = 0.99  #: of the pixels' classes on average; below it the white counts
WHITE: Final = 240  #: of 255, that red, green and blue of white have at least
_COPIES: Final = 5  # of the widest features that are alive at once


class Matte:
    """The network on a device, in float32."""

    def __init__(self, network: UNet, device: torch.device) -> None:
        self._network, self._device = network.to(device), device

    @classmethod
    def load(cls, path: Path, device: torch.device) -> Matte:
        """Raises `ModelFileError`."""
        return cls(load_unet(path), device)

    @property
    def memory_bytes(self) -> int:
        """What it takes at its peak beside its weights."""
        config = self._network.config
        widest = max(
            4 * config.stem, *(block.wide for block in config.blocks[: len(config.blocks) // 4 or 1])
        )
        return _COPIES * 4 * widest * (SIDE // 2) ** 2

    def cut(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Pixels [H, W, 3] → the same with their opacity, uint8 [H, W, 4]."""
        scores = self._scores(picture)
        sure, kinds = scores.max(0)
        if float(sure.mean()) > SURE:
            mask = Image.fromarray((kinds > 0).to("cpu", torch.uint8).numpy() * np.uint8(255))
            opacity = np.asarray(mask.resize(picture.shape[1::-1], Image.Resampling.BILINEAR))
        else:
            opacity = opacity_by_white(picture)
        return np.dstack([picture, opacity])

    def _scores(self, picture: NDArray[np.uint8]) -> torch.Tensor:
        """How likely each class is for each pixel of the network's square, [classes, SIDE, SIDE]."""
        square = np.array(Image.fromarray(picture).resize((SIDE, SIDE)), np.float32) / 255
        logits: torch.Tensor = self._network(torch.from_numpy(square).movedim(-1, 0)[None].to(self._device))
        return logits[0].softmax(0)


def opacity_by_white(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """0 where white reaches the picture's edge, and a pixel further; else 255. [H, W, 3] → [H, W]."""
    white: NDArray[np.bool_] = np.all(picture >= WHITE, axis=2)
    reached = np.zeros_like(white)
    reached[[0, -1]], reached[:, [0, -1]] = white[[0, -1]], white[:, [0, -1]]
    before = 0
    while before != (before := int(reached.sum())):  # until nothing more is reached
        reached = _along(_along(reached, white).T, white.T).T
    mask = Image.fromarray(np.where(reached, np.uint8(0), np.uint8(255)))
    return np.asarray(mask.filter(ImageFilter.MinFilter(3)))


def _along(reached: NDArray[np.bool_], white: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Every run of white in a row in which something is reached, whole."""
    rows, columns = white.shape
    edges = np.cumsum(~white, 1) + np.arange(rows)[:, None] * (columns + 1)  # a number for each run
    runs = np.zeros(rows * (columns + 1) + 1, np.bool_)
    runs[edges[reached]] = True
    inside: NDArray[np.bool_] = white & runs[edges]
    return inside
