"""Colours to paint a landscape with, and what they stand for among the labels of COCO-Stuff.

Caesar et al., "COCO-Stuff" (2018). Whoever paints need not hit a colour: the nearest one counts.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

#: Names, colour as red, green and blue 0..255, and the number of the label in COCO-Stuff's list, from 1 on.
PALETTE: Final[tuple[tuple[str, str, tuple[int, int, int], int], ...]] = (
    ("sky", "небо", (135, 206, 235), 157),
    ("clouds", "облака", (200, 200, 200), 106),
    ("mountain", "гора", (128, 128, 128), 135),
    ("rock", "скала", (64, 64, 64), 150),
    ("hill", "холм", (128, 128, 0), 127),
    ("snow", "снег", (255, 255, 255), 159),
    ("sea", "море", (0, 0, 160), 155),
    ("river", "река", (0, 128, 160), 148),
    ("water", "вода", (0, 0, 255), 178),
    ("sand", "песок", (255, 255, 0), 154),
    ("dirt", "земля", (139, 69, 19), 111),
    ("grass", "трава", (0, 255, 0), 124),
    ("tree", "дерево", (0, 100, 0), 169),
    ("bush", "куст", (46, 160, 87), 97),
    ("flower", "цветы", (255, 0, 255), 119),
    ("road", "дорога", (0, 0, 0), 149),
    ("house", "дом", (255, 0, 0), 128),
    ("building", "здание", (128, 0, 0), 96),
    ("bridge", "мост", (255, 165, 0), 95),
    ("fog", "туман", (216, 191, 216), 120),
)
#: How many labels a network may tell apart, and what the first of COCO-Stuff's is called there.
FIRST_LABEL: Final = {182: 0, 183: 1}


def labels_of(picture: Tensor, count: int) -> Tensor:
    """A painted picture [1, 3, H, W] in 0..1 → which of `count` labels each pixel is, int64 [H, W]."""
    colours = torch.tensor([colour for _, _, colour, _ in PALETTE], dtype=torch.float32) / 255
    numbers = torch.tensor([number for *_, number in PALETTE]) - 1 + FIRST_LABEL[count]
    distances = torch.cdist(picture[0].movedim(0, -1).flatten(0, 1), colours)
    return numbers[distances.argmin(1)].view(picture.shape[2:])
