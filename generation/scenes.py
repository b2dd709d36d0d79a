"""A scene as text and as tokens: what is to be seen, and the box where it is to be.

    dog 10 20 60 90                a name, then left, top, right and bottom in percent of the picture
    group of sheep 0 50 100 100    several of them in one box

Jahn et al., "High-Resolution Complex Scene Synthesis with Transformers" (2021). The tokens are those of
taming-transformers' `ObjectsBoundingBoxConditionalBuilder` and `ObjectsCenterPointsConditionalBuilder`.
Standard library only: the bot asks before a picture is queued.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from generation.classes import ClassNames
from generation.protocol import Phrase

SCENE: Final = "scene"
#: The lists of things that scene models know, each in a file of that name, and how long they are.
LISTS: Final[Mapping[str, int]] = MappingProxyType({"coco": 171, "open-images": 340})
MOST: Final = 30  #: boxes of a scene, as published
OFFERED: Final = 3
LIKENESS: Final = 0.75  #: of a name to one that is offered in its place
_NUMBER: Final = r"(-?\d{1,4}(?:\.\d{1,3})?)\s*%?"
_BOX: Final = re.compile(rf"(.*?\D)\s*{_NUMBER}[\s,;]+{_NUMBER}[\s,;]+{_NUMBER}[\s,;]+{_NUMBER}", re.DOTALL)
_GROUP: Final = re.compile(r"(?:a\s+)?(?:group|crowd)\s+of\s+|(?:группа|толпа)\s+", re.IGNORECASE)

Crop = tuple[float, float, float, float]
WHOLE: Final[Crop] = (0.0, 0.0, 1.0, 1.0)


class BoxError(ValueError):
    """A part of a prompt that is no box; `kind` says why, `near` are names like the one that is not known."""

    def __init__(
        self,
        kind: Literal["no-box", "box-outside", "box-empty", "box-unknown", "boxes-many"],
        part: str = "",
        near: Sequence[str] = (),
    ) -> None:
        super().__init__(f"{kind}: {part}")
        self.kind, self.part, self.near = kind, part, tuple(near)


@dataclass(frozen=True, slots=True)
class Box:
    """A thing of a category, and where it is: corners in 0..1 of the picture, from its upper left."""

    category: int
    left: float
    top: float
    right: float
    bottom: float
    group: bool = False

    def meets(self, crop: Crop) -> bool:
        """Whether a part of it lies inside."""
        left, top, right, bottom = crop
        return min(self.right, right) > max(self.left, left) and min(self.bottom, bottom) > max(self.top, top)


@dataclass(frozen=True, slots=True)
class SceneCode:
    """How a model has a scene before its codes, of a list of things. `corners`: else the middles alone."""

    things: str
    objects: int
    tokens: int
    corners: bool = True
    crop: bool = True
    groups: bool = True

    @property
    def length(self) -> int:
        """Of the whole scene."""
        return self.objects * (3 if self.corners else 2) + (2 if self.crop else 0)

    def encode(self, boxes: Iterable[Box], crop: Crop = WHOLE) -> list[int]:
        """The tokens of what a crop (left, top, right, bottom) shows of the scene."""
        seen = [box for box in boxes if box.meets(crop)][: self.objects]
        found = [token for box in seen for token in self._object(box if self.crop else _within(box, crop))]
        missing = self.length - len(found) - (2 if self.crop else 0)
        extra = [self._place(*crop[:2]), self._place(*crop[2:])] if self.crop else []
        return found + [self.tokens - 1] * missing + extra

    def _object(self, box: Box) -> list[int]:
        kind = box.category + (LISTS[self.things] if box.group and self.groups else 0)
        if not self.corners:
            return [kind, self._place((box.left + box.right) / 2, (box.top + box.bottom) / 2)]
        return [kind, self._place(box.left, box.top), self._place(box.right, box.bottom)]

    def _place(self, x: float, y: float) -> int:
        """A point of the picture, as the number of the nearest of a square's points, row by row."""
        sections = math.isqrt(self.tokens)
        return round(y * (sections - 1)) * sections + round(x * (sections - 1))


def things_read(reads: str) -> str | None:
    """The list of things that a model reads, by its description ("scene-coco"); None of any other."""
    kind, _, things = reads.partition("-")
    return things if kind == SCENE and things in LISTS else None


def things_of(things: str) -> ClassNames:
    """The names of a list."""
    return ClassNames.load(f"{things}.txt")


def read_scene(phrases: Iterable[Phrase], things: str) -> list[Box]:
    """The boxes of a prompt's parts; what is not wanted is left out. Raises `BoxError`."""
    parts = [phrase.text for phrase in phrases if phrase.weight > 0]
    if len(parts) > MOST:
        raise BoxError("boxes-many")
    names = things_of(things)
    return [read_box(part, names) for part in parts]


def read_box(part: str, names: ClassNames) -> Box:
    """One box. Raises `BoxError`."""
    found = _BOX.fullmatch(part.strip())
    if found is None:
        raise BoxError("no-box", part)
    left, top, right, bottom = (float(number) / 100 for number in found.groups()[1:])
    if not all(0 <= side <= 1 for side in (left, top, right, bottom)):
        raise BoxError("box-outside", part)
    if right <= left or bottom <= top:
        raise BoxError("box-empty", part)
    name = found[1].strip(" \t\n,;:")
    bare = _GROUP.sub("", name, count=1) if _GROUP.match(name) else name
    category = names.find(bare, whole=True)
    if category is None:
        raise BoxError("box-unknown", bare, near(bare, names))
    return Box(category, left, top, right, bottom, group=bare != name)


def near(name: str, names: ClassNames) -> list[str]:
    """Names that are spelled much like it, in its own script."""
    known = names.english if name.isascii() else names.russian
    return difflib.get_close_matches(name.lower(), known, OFFERED, LIKENESS)


def examples(things: str) -> list[str]:
    """Some things that most people would want, in both languages."""
    names = things_of(things)
    wanted = ("dog", "собака", "tree", "дерево", "car", "машина")
    return [name for name in wanted if name in names.english or name in names.russian]


def _within(box: Box, crop: Crop) -> Box:
    """The box in the crop's own measure, as far as it lies inside."""
    left, top, right, bottom = crop
    wide, high = right - left, bottom - top

    def across(x: float) -> float:
        return min(max((x - left) / wide, 0.0), 1.0)

    def down(y: float) -> float:
        return min(max((y - top) / high, 0.0), 1.0)

    x, y = across(box.left), down(box.top)
    return Box(
        box.category,
        x,
        y,
        x + min((box.right - box.left) / wide, 1 - x),
        y + min((box.bottom - box.top) / high, 1 - y),
        box.group,
    )
