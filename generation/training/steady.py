"""The codes of a thing, the same on every ground.

The encoder's normalisation spans the whole picture, so what is behind a thing changes its codes: of a glyph
that stands in the same place on another ground, one code in six stays, though all of them decode alike. A
transformer would have to learn each thing on each ground. So a cell that a thing covers takes the code of the
thing's mean over several grounds instead of its own, as a rate-distortion encoder would: a decibel's fraction
is lost, and a thing in a colour has one row of codes wherever it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from generation.training.scenes import Ground, Renderer, Scene, Sticker
from generation.training.words import COLOURS

GRID = 16
#: Where things stand for the transformer: x, y and size in cells of the grid of 16, by how many there are.
MIDDLE = ((8.0, 8.5, 12.0),)
BESIDE = ((4.0, 9.0, 7.5), (12.0, 9.0, 7.5))
BELOW = ((8.0, 12.0, 7.5), (8.0, 4.0, 7.5))
THREE = ((8.0, 4.0, 7.5), (4.0, 12.0, 7.5), (12.0, 12.0, 7.5))
FOUR = ((4.0, 4.0, 7.5), (12.0, 4.0, 7.5), (4.0, 12.0, 7.5), (12.0, 12.0, 7.5))
#: The windows of cells in which a large thing and a small one lie.
LARGE, SMALL = 16, 8
#: Cells covered by this share belong to the thing.
COVERED = 0.5
#: Of each of them the codes are averaged: light, dark, coloured, drawn.
GROUNDS = (
    Ground("plain", first=10),
    Ground("plain", first=9),
    Ground("plain", first=3),
    Ground("place", "sea", "day", seed=1),
    Ground("place", "city", "night", seed=2),
    Ground("place", "desert", "sunset", seed=3),
)
_GREY = 1 + next(index for index, colour in enumerate(COLOURS) if colour.english == "grey")
Embed = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
Quantise = Callable[[NDArray[np.float32]], NDArray[np.uint16]]


def settled(scene: Scene) -> Scene:
    """Each thing in a fixed place of the grid: so its codes are nearly the same whenever it is seen.

    Shifted by less than a cell, the same glyph becomes other codes altogether, and the transformer would have
    to learn it for every shift.
    """
    beside = BELOW if scene.relation == "under" else BESIDE
    places = ((), MIDDLE, beside, THREE, FOUR)[len(scene.stickers)]
    stickers = (stand(s.concept, s.colour, place) for s, place in zip(scene.stickers, places, strict=True))
    return replace(scene, stickers=tuple(stickers))


def stand(concept: int, colour: int | None, place: tuple[float, float, float]) -> Sticker:
    """The thing there, upright."""
    x, y, size = place
    return Sticker(concept, colour, x / GRID, y / GRID, size / GRID)


@dataclass(frozen=True, slots=True)
class Steady:
    """Codes uint16 and cover float16 in 0..1 of large and small things: [things, 1 + colours, side, side].

    The first of the colours is the glyph's own.
    """

    large: NDArray[np.uint16]
    small: NDArray[np.uint16]
    large_cover: NDArray[np.float16]
    small_cover: NDArray[np.float16]

    def codes(self, scene: Scene) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """What the cells of a settled scene hold, and which of them things cover: both [cells]."""
        codes, held = np.zeros((GRID, GRID), np.int64), np.zeros((GRID, GRID), np.bool_)
        for sticker in scene.stickers:
            at, side = _window(sticker)
            tables = (self.large, self.large_cover) if side == LARGE else (self.small, self.small_cover)
            found, cover = (t[sticker.concept, _column(sticker.colour)] for t in tables)
            inside = cover >= COVERED
            codes[at][inside], held[at][inside] = found[inside], True
        return codes.ravel(), held.ravel()

    def over(self, own: NDArray[np.uint16], scene: Scene) -> NDArray[np.uint16]:
        """A settled scene's own codes [cells], with those of its things where they cover it."""
        codes, held = self.codes(scene)
        return np.where(held, codes.astype(np.uint16), own)

    def save(self, path: Path) -> None:
        """Write them; a crash leaves no half of a file."""
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            np.savez_compressed(file, **{name: getattr(self, name) for name in self.__slots__})
        part.replace(path)


def load_steady(path: Path) -> Steady:
    """What `Steady.save` wrote."""
    with np.load(path) as file:
        return Steady(**file)


def find_steady(renderer: Renderer, embed: Embed, quantise: Quantise, side: int) -> Steady:
    """Encode every thing in every colour, large and small, on `GROUNDS`.

    `embed` takes pictures uint8 [B, side, side, 3] to z [B, 16, 16, e], `quantise` such z to codes.
    """
    shape = len(renderer.concepts), 1 + len(COLOURS)
    found = [np.zeros((*shape, n, n), np.uint16) for n in (LARGE, SMALL)]
    cover = [np.zeros((*shape, n, n), np.float16) for n in (LARGE, SMALL)]
    for place in np.ndindex(shape):
        for index, places in enumerate((MIDDLE, FOUR)):
            means, covers = _mean(renderer, embed, place[0], _colour(place[1]), places, side)
            found[index][place], cover[index][place] = quantise(means[None])[0], covers
    return Steady(found[0], found[1], cover[0], cover[1])


def regular(steady: Steady, codebook: NDArray[np.float32]) -> Steady:
    """One map of codes for each colour: a cell that is grey so is red so, whatever the thing.

    Then a coloured thing follows from its shape and its colour, and need not be learned by itself. The map of
    a colour takes a code of the grey things to the code nearest to the mean of what is there in that colour.
    """
    tables = [steady.large.copy(), steady.small.copy()]
    inside = [cover[:, _GREY] >= COVERED for cover in (steady.large_cover, steady.small_cover)]
    grey = np.concatenate([table[:, _GREY][cells] for table, cells in zip(tables, inside, strict=True)])
    for column in range(1, 1 + len(COLOURS)):
        own = [table[:, column][cells] for table, cells in zip(tables, inside, strict=True)]
        found = _map(grey, np.concatenate(own), codebook)[grey]
        for table, cells, part in zip(tables, inside, np.split(found, [len(own[0])]), strict=True):
            table[:, column][cells] = part
    return replace(steady, large=tables[0], small=tables[1])


def _map(
    from_: NDArray[np.uint16], to: NDArray[np.uint16], codebook: NDArray[np.float32]
) -> NDArray[np.uint16]:
    """[codes]: for each code, the one nearest to the mean of those which stand in its place."""
    sums, counts = np.zeros_like(codebook), np.zeros(len(codebook), np.float32)
    np.add.at(sums, from_, codebook[to])
    np.add.at(counts, from_, 1)
    means = sums / np.maximum(counts, 1)[:, None]
    distances = np.square(codebook).sum(1) - 2 * means @ codebook.T
    found: NDArray[np.uint16] = distances.argmin(1).astype(np.uint16)
    return found


def _mean(
    renderer: Renderer,
    embed: Embed,
    concept: int,
    colour: int | None,
    places: tuple[tuple[float, float, float], ...],
    side: int,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The thing's mean z [n, n, e] and cover [n, n] over the grounds, and over the places."""
    stickers = tuple(stand(concept, colour, place) for place in places)
    grounds = GROUNDS if len(places) == 1 else GROUNDS[1::2]
    scenes = [Scene(ground, stickers, "count") for ground in grounds]
    z = embed(np.stack([renderer.render(scene, side) for scene in scenes]))
    cover = renderer.mask(scenes[0], side).reshape(GRID, side // GRID, GRID, side // GRID).mean((1, 3)) / 255
    windows = [_window(sticker)[0] for sticker in stickers]
    return np.mean([z[:, *at].mean(0) for at in windows], 0), np.mean([cover[at] for at in windows], 0)


def _window(sticker: Sticker) -> tuple[tuple[slice, slice], int]:
    if sticker.size * GRID > SMALL:
        return (slice(0, LARGE), slice(0, LARGE)), LARGE
    top, left = (round(centre * GRID) - SMALL // 2 for centre in (sticker.y, sticker.x))
    return (slice(top, top + SMALL), slice(left, left + SMALL)), SMALL


def _column(colour: int | None) -> int:
    return 0 if colour is None else colour + 1


def _colour(column: int) -> int | None:
    return None if column == 0 else column - 1
