"""Which caption fits which picture: cosines become places and shares. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.errors import UserError

MOST_CAPTIONS: Final = 20
MOST_PICTURES: Final = 10  #: as many as one message can show
CAPTION_CHARACTERS: Final = 300
_BAR = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class Place:
    """A candidate (by its index), its cosine -1..1, and its share 0..1 among the candidates."""

    index: int
    cosine: float
    share: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """`scores`: each picture's cosines to the captions. `scale`: by what the CLIP multiplies them."""

    captions: tuple[str, ...]
    scores: tuple[tuple[float, ...], ...]
    scale: float

    def captions_of(self, picture: int) -> list[Place]:
        """The captions for a picture, best first."""
        return places(self.scores[picture], self.scale)

    def pictures_of(self, caption: int) -> list[Place]:
        """The pictures for a caption, best first."""
        return places([row[caption] for row in self.scores], self.scale)


def places(cosines: Sequence[float], scale: float) -> list[Place]:
    """Best first; the shares are those that the CLIP was trained to give, and sum to 1."""
    top = max(cosines)
    weights = [math.exp(scale * (cosine - top)) for cosine in cosines]
    total = sum(weights)
    found = [Place(i, cosine, weights[i] / total) for i, cosine in enumerate(cosines)]
    return sorted(found, key=lambda place: (-place.cosine, place.index))


def read_captions(text: str) -> tuple[str, ...]:
    r"""Captions between bars, each once; `\|` is a bar that belongs to a caption. Raises `UserError`."""
    parts = (part.replace("\\|", "|").strip() for part in _BAR.split(text))
    captions = tuple(dict.fromkeys(part for part in parts if part))
    if not captions:
        raise UserError("rank-no-captions")
    if len(captions) > MOST_CAPTIONS:
        raise UserError("rank-too-many-captions", count=len(captions), limit=MOST_CAPTIONS)
    if longest := next((caption for caption in captions if len(caption) > CAPTION_CHARACTERS), None):
        raise UserError("rank-caption-too-long", length=len(longest), limit=CAPTION_CHARACTERS)
    return captions
