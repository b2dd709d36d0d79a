"""What a second stage's picture hangs on, and how that becomes tokens before the codes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generation.codebook import Codebook, nearest
from generation.palette import labels_of
from generation.scenes import SCENE, SceneCode
from generation.sliding import Field
from generation.vqgan import Encoder, VQGANConfig

#: Of red, green and blue in a grey (ITU-R BT.601).
_LUMA: Final = (0.299, 0.587, 0.114)


class Kind(StrEnum):
    """What there is before the codes."""

    NOTHING = "nothing"  #: a start token
    CLASS = "class"  #: the number of a class
    PLACE = "place"  #: for each code, where in the picture it lies
    SEGMENTATION = "segmentation"  #: codes of a picture of labels
    DEPTH = "depth"  #: codes of a picture of nearness
    SCENE = "scene"  #: things and their boxes


#: Kinds that are shown a picture, by an encoder of their own.
SHOWN: Final = (Kind.SEGMENTATION, Kind.DEPTH)


@dataclass(frozen=True, slots=True)
class Condition:
    """Its kind; `number` is the start token, or how many classes, steps of places or tokens there are."""

    kind: Kind
    number: int = 0
    scene: SceneCode | None = None  #: of a kind `SCENE`

    @property
    def spread(self) -> bool:
        """Whether each code has a token of its own; else they stand for the whole window."""
        return self.kind not in (Kind.NOTHING, Kind.CLASS, Kind.SCENE)

    def length(self, cells: int) -> int:
        """Tokens before a window of so many codes."""
        if self.scene is not None:
            return self.scene.length
        return cells if self.spread else 1

    @property
    def reads(self) -> str:
        """What a member gives: "nothing", a "class", "scene-coco", or a picture ("segmentation", "depth")."""
        if self.scene is not None:
            return f"{SCENE}-{self.scene.things}"
        return Kind.NOTHING if self.kind is Kind.PLACE else self.kind


class Eye(nn.Module):
    """The encoder and codebook through which a condition is seen; the names are those of a VQGAN."""

    def __init__(self, config: VQGANConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.quant_conv = nn.Conv2d(config.z_channels, config.embed_dim, 1)
        self.quantize = Codebook(config.n_embed, config.embed_dim)

    @torch.no_grad()
    def forward(self, x: Tensor) -> Tensor:
        """[1, in_channels, H, W] → codes, int64 [rows·columns]."""
        z = self.quant_conv(self.encoder(x))
        return nearest(z, self.quantize.rows).flatten()

    def sight(self, kind: Kind, picture: Tensor) -> Tensor:
        """What is shown, from a picture [1, 3, H, W] in 0..1: its colours' labels, or light as nearness."""
        if kind is Kind.SEGMENTATION:
            count = self.config.in_channels
            labels = labels_of(picture, count)
            return F.one_hot(labels, count).movedim(-1, 0).unsqueeze(0).float()
        light = (picture * torch.tensor(_LUMA).view(3, 1, 1)).sum(1, keepdim=True)
        low, high = light.amin(), light.amax()
        return 2 * (light - low) / (high - low).clamp(min=1e-6) - 1


def places(field: Field, factor: int, number: int) -> Tensor:
    """Where each code lies: the mean raster place of its pixels, in `number` steps. int64 [cells]."""
    rows, columns = (torch.arange(n, dtype=torch.float64) for n in (field.rows, field.columns))
    width, middle = field.columns * factor, (factor - 1) / 2
    mean = (rows * factor + middle)[:, None] * width + columns * factor + middle
    shares = mean / (width * field.rows * factor)
    return (number * shares).round().long().clamp(max=number - 1).flatten()
