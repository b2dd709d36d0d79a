"""Scenes: drawn by lot from a seed, described by values, rendered from an emoji font.

The font (Noto Color Emoji, a bitmap font of one size) is not shipped; its path is an argument everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from generation.training.grounds import DRAWERS, Rgb, draw_pattern
from generation.training.words import COLOURS, PATTERNS, PLACES, TIMES, read_concepts

FONT = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
#: The only size that the bitmap font has.
FONT_SIZE = 109
RAINBOW = "🌈"


@dataclass(frozen=True, slots=True)
class Ground:
    """`kind` is "place", "plain", "gradient" or a key of `PATTERNS`; the colours are indices of `COLOURS`."""

    kind: str
    place: str = ""
    time: str = "day"
    first: int = 0
    second: int = 0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Sticker:
    """A thing in the scene; the centre and the size are shares of the picture's side."""

    concept: int
    colour: int | None
    x: float
    y: float
    size: float
    flip: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """`relation` is "none", "single", "count", "and", "under" (the first below the second) or "left"."""

    ground: Ground
    stickers: tuple[Sticker, ...]
    relation: str


RELATIONS = ("single", "under", "left", "and", "count", "none")
RELATION_SHARES = (0.62, 0.12, 0.06, 0.06, 0.08, 0.06)
PLACE_SHARE, PLAIN_SHARE, COLOUR_SHARE = 0.62, 0.80, 0.40


def draw_ground(rng: Generator) -> Ground:
    """A ground by lot."""
    lot, seed = rng.random(), int(rng.integers(2**31))
    first, second = (int(index) for index in rng.choice(len(COLOURS), 2, replace=False))
    if lot < PLACE_SHARE:
        place = list(PLACES)[int(rng.integers(len(PLACES)))]
        time = str(rng.choice(list(TIMES), p=(0.5, 0.28, 0.22)))
        return Ground("place", place, "night" if place == "space" else time, seed=seed)
    if lot < PLACE_SHARE + (1 - PLACE_SHARE) * PLAIN_SHARE:
        return Ground("plain" if rng.random() < 0.75 else "gradient", first=first, second=second, seed=seed)
    return Ground(str(rng.choice(list(PATTERNS))), first=first, second=second, seed=seed)


def arrange(rng: Generator, relation: str, count: int) -> list[tuple[float, float, float]]:
    """Centres and sizes for the stickers of a relation."""
    jitter = partial(rng.uniform, -0.02, 0.02)
    if relation == "single":
        size = rng.uniform(0.55, 0.85)
        room = max(0.0, 0.47 - size / 2)
        return [(0.5 + rng.uniform(-room, room), 0.54 + rng.uniform(-room, room), size)]
    if relation == "under":
        size = rng.uniform(0.44, 0.50)
        return [(0.5 + 3 * jitter(), 0.74 + jitter(), size), (0.5 + 3 * jitter(), 0.26 + jitter(), size)]
    if relation in {"left", "and"} or count == 2:
        size, y = rng.uniform(0.44, 0.49), 0.58 + 2 * jitter()
        return [(0.255 + jitter(), y, size), (0.745 + jitter(), y, size)]
    size = rng.uniform(0.40, 0.46)
    lattice = [(0.26, 0.28), (0.74, 0.28), (0.26, 0.74), (0.74, 0.74)]
    places = [(0.5, 0.28), *lattice[2:]] if count == 3 else lattice
    return [(x + jitter(), y + jitter(), size) for x, y in places]


def draw_colour(rng: Generator, ground: Ground, share: float = COLOUR_SHARE) -> int | None:
    """A colour for a sticker, or None for the glyph's own; never the colour of a plain ground."""
    if rng.random() > share:
        return None
    taken = {ground.first} if ground.kind != "place" else set()
    free = [index for index in range(len(COLOURS)) if index not in taken]
    return free[int(rng.integers(len(free)))]


def draw_scene(
    rng: Generator,
    concepts: int,
    relation: str | None = None,
    ground: Ground | None = None,
    colour_share: float = COLOUR_SHARE,
) -> Scene:
    """A scene by lot; `concepts` is how many there are."""
    relation = relation or str(rng.choice(RELATIONS, p=RELATION_SHARES))
    ground = ground or draw_ground(rng)
    if relation == "none":
        return Scene(ground, (), relation)
    count = int(rng.integers(2, 5)) if relation == "count" else 1 if relation == "single" else 2
    kinds = [int(kind) for kind in rng.choice(concepts, count, replace=False)]
    colours = [draw_colour(rng, ground, colour_share) for _ in range(count)]
    if relation == "count":
        kinds, colours = kinds[:1] * count, colours[:1] * count
    flips = rng.random(count) < 0.3
    stickers = tuple(
        Sticker(kind, colour, x, y, size, bool(flip))
        for kind, colour, (x, y, size), flip in zip(
            kinds, colours, arrange(rng, relation, count), flips, strict=True
        )
    )
    return Scene(ground, stickers, relation)


def recolour(glyph: Image.Image, rgb: Rgb) -> Image.Image:
    """The glyph in one colour: its greys become a ramp from dark over the colour to light."""
    pixels = np.asarray(glyph, dtype=np.float32)
    alpha, colour = pixels[..., 3:], np.array(rgb, np.float32)
    grey = pixels[..., :3] @ np.array([0.299, 0.587, 0.114], np.float32) / 255.0
    inside = grey[alpha[..., 0] > 128]
    low, high = np.quantile(inside, [0.03, 0.97]) if inside.size else (0.0, 1.0)
    grey = np.clip((grey - low) / max(high - low, 0.15), 0.0, 1.0)[..., None]
    light = colour + (255 - colour) * 0.65
    ramp = np.where(grey < 0.5, colour * (0.25 + 1.5 * grey), colour + (light - colour) * (2 * grey - 1))
    return Image.fromarray(np.concatenate([np.minimum(ramp, 255), alpha], axis=-1).astype(np.uint8), "RGBA")


class Renderer:
    """Draws scenes; keeps the glyphs that it has drawn and recoloured."""

    def __init__(self, font: Path = FONT) -> None:
        self.concepts = read_concepts()
        self._font = ImageFont.truetype(str(font), FONT_SIZE)
        self._glyphs: dict[tuple[int, int | None], Image.Image] = {}

    def glyph(self, concept: int, colour: int | None) -> Image.Image:
        """The glyph cut to its ink, as RGBA."""
        key = (concept, colour)
        if key not in self._glyphs:
            self._glyphs[key] = self._draw(self.concepts[concept].glyph, colour)
        return self._glyphs[key]

    def _draw(self, text: str, colour: int | None) -> Image.Image:
        image = Image.new("RGBA", (136, 128), (0, 0, 0, 0))
        ImageDraw.Draw(image).text((0, 0), text, font=self._font, embedded_color=True)
        image = image.crop(image.getbbox())
        if text == RAINBOW:
            image = arch(image)
        return image if colour is None else recolour(image, COLOURS[colour].rgb)

    def ground(self, ground: Ground, size: int) -> Image.Image:
        """The ground alone."""
        rng = np.random.default_rng(ground.seed)
        if ground.kind == "place":
            return DRAWERS[ground.place](size, rng, ground.time)
        first, second = COLOURS[ground.first].rgb, COLOURS[ground.second].rgb
        if ground.kind == "gradient":
            mixed = np.linspace(
                first, tuple((a + b) / 2 for a, b in zip(first, (255, 255, 255), strict=True)), size
            )
            return Image.fromarray(np.repeat(mixed.astype(np.uint8)[:, None], size, axis=1))
        return draw_pattern(size, ground.kind, first, second)

    def render(self, scene: Scene, size: int) -> NDArray[np.uint8]:
        """The scene as uint8 [size, size, 3]."""
        canvas = self.ground(scene.ground, size)
        for sticker in scene.stickers:
            glyph, corner = self._placed(sticker, size)
            canvas.paste(glyph, corner, glyph)
        return np.asarray(canvas)

    def mask(self, scene: Scene, size: int) -> NDArray[np.uint8]:
        """How far the stickers cover each pixel, uint8 [size, size]."""
        canvas = Image.new("L", (size, size))
        for sticker in scene.stickers:
            glyph, corner = self._placed(sticker, size)
            canvas.paste(255, corner, glyph)
        return np.asarray(canvas)

    def _placed(self, sticker: Sticker, size: int) -> tuple[Image.Image, tuple[int, int]]:
        """The sticker's glyph at its size, and where its upper left corner lies."""
        glyph = self.glyph(sticker.concept, sticker.colour)
        scale = sticker.size * size / max(glyph.size)
        width, height = (max(1, round(side * scale)) for side in glyph.size)
        glyph = glyph.resize((width, height), Image.Resampling.BICUBIC)
        if sticker.flip:
            glyph = glyph.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        return glyph, (round(sticker.x * size - width / 2), round(sticker.y * size - height / 2))


def arch(quarter: Image.Image) -> Image.Image:
    """The font's rainbow is a quarter of a circle; two make an arch."""
    width, height = quarter.size
    whole = Image.new("RGBA", (2 * width, height), (0, 0, 0, 0))
    whole.paste(quarter, (0, 0))
    whole.paste(quarter.transpose(Image.Transpose.FLIP_LEFT_RIGHT), (width, 0))
    return whole
