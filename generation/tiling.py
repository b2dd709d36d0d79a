"""Pictures whose edges fit each other: what lies beyond an edge is the other side of the picture."""

from __future__ import annotations

from copy import deepcopy
from typing import TypeVar

import torch.nn.functional as F
from torch import Tensor, nn

Network = TypeVar("Network", bound=nn.Module)


def tiled(network: Network) -> Network:
    """The same network with the same weights in memory, whose convolutions go on at the other edge."""
    shared = {id(tensor): tensor for tensor in (*network.parameters(), *network.buffers())}
    copy = deepcopy(network, shared)
    for layer in copy.modules():
        if isinstance(layer, nn.Conv2d) and layer.kernel_size != (1, 1):
            layer.padding_mode = "circular"
    return copy


def enlarged(picture: Tensor, size: list[int], *, tile: bool = False) -> Tensor:
    """Bicubic, [B, C, H, W] → [B, C, *size], unclamped; a tile's borders are taken from its other side."""
    if list(picture.shape[2:]) == size:
        return picture
    if not tile:
        return F.interpolate(picture, size, mode="bicubic", align_corners=False)
    thrice = [3 * side for side in size]
    wide = F.interpolate(picture.repeat(1, 1, 3, 3), thrice, mode="bicubic", align_corners=False)
    return wide[..., size[0] : 2 * size[0], size[1] : 2 * size[1]]
