"""Painting into a part of a picture: elsewhere its pixels stay as they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps
from torch import Tensor

from generation import codec
from generation.engine import Refusal
from generation.engines.guided import to_tensor
from generation.protocol import Generate, Reason


@dataclass(frozen=True, slots=True)
class Hole:
    """Where a picture is painted anew. `open` is 1 there and 0 where it stays; between, both are mixed."""

    picture: Tensor  #: [1, 3, H, W] in 0..1
    open: Tensor  #: [1, 1, H, W] in 0..1
    free: Tensor  #: [1, 1, h, w], the codes that have an open pixel

    def around(self, painted: Tensor) -> Tensor:
        """The painted picture [1, 3, H, W] within the one that stays."""
        return torch.lerp(self.picture, painted, self.open)

    def hold(self, z: Tensor, anchor: Tensor) -> None:
        """Put z back where no code is free."""
        z.copy_(torch.where(self.free, z, anchor))


def read_hole(request: Generate, factor: int, device: torch.device) -> Hole | None:
    """The hole in the init image, brought to the size; None where it has none. Raises `Refusal`."""
    if request.init is None:
        return None
    try:
        pixels, alpha = codec.decode_layers(request.init)
    except codec.PictureError as error:
        raise Refusal(Reason.BAD_INIT, str(error)) from error
    if alpha is None:
        return None
    size = (request.width, request.height)
    fitted = ImageOps.fit(Image.fromarray(pixels), size, Image.Resampling.LANCZOS)
    kept = ImageOps.fit(Image.fromarray(alpha), size, Image.Resampling.BILINEAR)
    opened = 1 - torch.from_numpy(np.asarray(kept).copy())[None, None].to(device) / 255
    return Hole(to_tensor(np.asarray(fitted)).to(device), opened, F.max_pool2d(opened, factor) > 0)
