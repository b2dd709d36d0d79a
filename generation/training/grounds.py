"""The grounds on which the stickers stand: places by day, night, sunset; colours; patterns."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Rgb = tuple[int, int, int]
SKIES: dict[str, tuple[Rgb, Rgb]] = {
    "day": ((72, 150, 232), (190, 226, 250)),
    "night": ((8, 12, 40), (34, 44, 92)),
    "sunset": ((96, 58, 130), (252, 160, 84)),
}
TINTS = {"day": (1.0, 1.0, 1.0), "night": (0.30, 0.34, 0.50), "sunset": (0.92, 0.70, 0.60)}
SEA: Rgb = (40, 130, 190)
SAND: Rgb = (240, 214, 150)
GRASS: Rgb = (96, 180, 66)
SNOW: Rgb = (240, 245, 252)
DUNE: Rgb = (226, 168, 92)
ROAD: Rgb = (112, 114, 120)
#: Where the ground meets the sky, as a share of the height.
HORIZON = 0.62


def blend(top: Rgb, bottom: Rgb, width: int, height: int) -> Image.Image:
    """A vertical gradient."""
    column = np.linspace(top, bottom, max(height, 1)).round().astype(np.uint8)[:, None, :]
    return Image.fromarray(np.ascontiguousarray(np.broadcast_to(column, (max(height, 1), width, 3))))


def tinted(rgb: Rgb, time: str) -> Rgb:
    """A colour of the day as it looks at this time."""
    red, green, blue = (round(value * tint) for value, tint in zip(rgb, TINTS[time], strict=True))
    return red, green, blue


def darker(rgb: Rgb, by: float) -> Rgb:
    """The colour times `by`."""
    red, green, blue = (min(255, round(value * by)) for value in rgb)
    return red, green, blue


def floor(canvas: Image.Image, rgb: Rgb, time: str, top: float, depth: float = 0.72) -> None:
    """Fill all below `top` (a share of the height), darkening downwards."""
    width, height = canvas.size
    y = round(height * top)
    near = tinted(rgb, time)
    canvas.paste(blend(near, darker(near, depth), width, height - y), (0, y))


def stars(canvas: Image.Image, rng: Generator, count: int, bottom: float) -> None:
    """Small bright dots above `bottom`."""
    draw = ImageDraw.Draw(canvas)
    width, height = canvas.size
    for x, y, size in zip(rng.random(count), rng.random(count) * bottom, rng.random(count), strict=True):
        radius = (0.003 + 0.006 * size) * width
        left, top = x * width, y * height
        draw.ellipse((left - radius, top - radius, left + radius, top + radius), fill=(250, 246, 220))


def cloud(draw: ImageDraw.ImageDraw, x: float, y: float, size: float, rgb: Rgb) -> None:
    """A cloud of three puffs; all in pixels."""
    for dx, dy, radius in ((-0.5, 0.05, 0.28), (0.0, -0.08, 0.40), (0.5, 0.05, 0.28)):
        left, top = x + dx * size, y + dy * size
        box = (left - radius * size, top - radius * size, left + radius * size, top + radius * size)
        draw.ellipse(box, fill=rgb)
    draw.rectangle((x - 0.5 * size, y, x + 0.5 * size, y + 0.32 * size), fill=rgb)


def sky(size: int, rng: Generator, time: str) -> Image.Image:
    """The upper part that most places share, over the whole canvas."""
    top, bottom = SKIES[time]
    canvas = blend(top, bottom, size, round(size * HORIZON))
    whole = Image.new("RGB", (size, size), bottom)
    whole.paste(canvas, (0, 0))
    draw = ImageDraw.Draw(whole)
    x, y, radius = (rng.choice([0.14, 0.86]) + 0.06 * rng.random()) * size, 0.15 * size, 0.07 * size
    if time == "night":
        stars(whole, rng, 26, HORIZON * 0.9)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(248, 240, 205))
    elif time == "day":
        for _ in range(int(rng.integers(1, 3))):
            cloud(draw, rng.random() * size, (0.06 + 0.2 * rng.random()) * size, 0.14 * size, (255, 255, 255))
    else:
        y = 0.52 * size
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(255, 226, 120))
    return whole


def draw_sky(size: int, rng: Generator, time: str) -> Image.Image:
    """Nothing but sky, with clouds."""
    canvas = sky(size, rng, time)
    top, bottom = SKIES[time]
    canvas = blend(top, bottom, size, size)
    if time == "night":
        stars(canvas, rng, 30, 1.0)
    draw = ImageDraw.Draw(canvas)
    white = darker(tinted((255, 255, 255), time), 1.0)
    for _ in range(int(rng.integers(3, 6))):
        cloud(draw, rng.random() * size, rng.random() * size, (0.12 + 0.1 * rng.random()) * size, white)
    return canvas


def draw_sea(size: int, rng: Generator, time: str) -> Image.Image:
    """Sky over waves."""
    canvas = sky(size, rng, time)
    floor(canvas, SEA, time, HORIZON, 0.6)
    draw = ImageDraw.Draw(canvas)
    foam = tinted((140, 205, 235), time)
    for _ in range(9):
        x, y = rng.random() * size, (HORIZON + 0.05 + (0.95 - HORIZON) * rng.random()) * size
        draw.line((x, y, x + 0.12 * size, y), fill=foam, width=max(1, size // 64))
    return canvas


def draw_water(size: int, rng: Generator, time: str) -> Image.Image:
    """Under water: light from above, sand and weeds below, bubbles."""
    light = {"day": (90, 200, 230), "night": (20, 50, 96), "sunset": (150, 140, 190)}[time]
    canvas = blend(light, tinted((12, 70, 150), time), size, size)
    floor(canvas, darker(SAND, 0.72), time, 0.9)
    draw = ImageDraw.Draw(canvas)
    weed, bubble = tinted((30, 140, 90), time), tinted((190, 235, 250), time)
    for x in rng.random(4):
        draw.line(
            [(x * size + math.sin(step) * 0.02 * size, (0.95 - 0.04 * step) * size) for step in range(6)],
            fill=weed,
            width=max(2, size // 40),
        )
    for x, y in rng.random((7, 2)):
        radius = 0.016 * size
        box = (x * size - radius, y * 0.85 * size - radius, x * size + radius, y * 0.85 * size + radius)
        draw.ellipse(box, outline=bubble, width=max(1, size // 100))
    return canvas


def draw_beach(size: int, rng: Generator, time: str) -> Image.Image:
    """Sky, a strip of sea, sand."""
    canvas = sky(size, rng, time)
    floor(canvas, SEA, time, HORIZON - 0.12, 0.9)
    floor(canvas, SAND, time, HORIZON + 0.04, 0.85)
    return canvas


def draw_grass(size: int, rng: Generator, time: str) -> Image.Image:
    """Sky over a hill of grass, now and then with flowers."""
    canvas = sky(size, rng, time)
    floor(canvas, GRASS, time, HORIZON)
    draw = ImageDraw.Draw(canvas)
    for x, y, kind in rng.random((6, 3)):
        left, top, radius = x * size, (HORIZON + 0.06 + 0.3 * y) * size, 0.014 * size
        petal = tinted(((255, 255, 255), (255, 220, 80), (240, 120, 160))[int(kind * 3)], time)
        draw.ellipse((left - radius, top - radius, left + radius, top + radius), fill=petal)
    return canvas


def draw_snow(size: int, rng: Generator, time: str) -> Image.Image:
    """Sky over snow, with flakes in the air."""
    canvas = sky(size, rng, time)
    floor(canvas, SNOW, time, HORIZON, 0.88)
    draw = ImageDraw.Draw(canvas)
    flake = (255, 255, 255) if time != "night" else (200, 210, 235)
    for x, y in rng.random((22, 2)):
        radius = 0.011 * size
        box = (x * size - radius, y * HORIZON * size - radius, x * size + radius, y * HORIZON * size + radius)
        draw.ellipse(box, fill=flake)
    return canvas


def draw_desert(size: int, rng: Generator, time: str) -> Image.Image:
    """Sky over dunes."""
    canvas = sky(size, rng, time)
    floor(canvas, DUNE, time, HORIZON + 0.02, 0.8)
    draw = ImageDraw.Draw(canvas)
    for x, height in zip(rng.random(2), 0.08 + 0.08 * rng.random(2), strict=True):
        middle, y = x * size, (HORIZON + 0.03) * size
        points = [(middle - 0.4 * size, y), (middle, y - height * size), (middle + 0.4 * size, y)]
        draw.polygon(points, fill=tinted(darker(DUNE, 0.9), time))
    return canvas


def draw_space(size: int, rng: Generator, time: str) -> Image.Image:
    """Black and violet, with stars; space knows no time of day."""
    del time
    canvas = blend((6, 6, 18), (34, 16, 60), size, size)
    stars(canvas, rng, 55, 1.0)
    return canvas


def draw_mountains(size: int, rng: Generator, time: str) -> Image.Image:
    """Peaks with snow over a green valley."""
    canvas = sky(size, rng, time)
    draw = ImageDraw.Draw(canvas)
    rock, snow = tinted((120, 126, 140), time), tinted((245, 248, 252), time)
    for middle in (0.15 + 0.1 * rng.random(), 0.80 + 0.1 * rng.random(), 0.45 + 0.1 * rng.random()):
        x, peak, half = middle * size, (0.16 + 0.14 * rng.random()) * size, 0.34 * size
        foot = (HORIZON + 0.1) * size
        draw.polygon([(x - half, foot), (x, peak), (x + half, foot)], fill=rock)
        cap, slope = 0.12 * size, half / (foot - peak)
        draw.polygon([(x - cap * slope, peak + cap), (x, peak), (x + cap * slope, peak + cap)], fill=snow)
    floor(canvas, darker(GRASS, 0.85), time, HORIZON + 0.1)
    return canvas


def draw_forest(size: int, rng: Generator, time: str) -> Image.Image:
    """A row of fir trees over dark grass."""
    canvas = sky(size, rng, time)
    draw = ImageDraw.Draw(canvas)
    for index in range(9):
        x = (index / 8 + 0.05 * rng.random()) * size
        peak, foot, half = (0.12 + 0.16 * rng.random()) * size, 0.72 * size, 0.11 * size
        leaf = tinted(darker((36, 118, 58), 0.75 + 0.4 * rng.random()), time)
        draw.rectangle((x - 0.015 * size, foot - 0.05 * size, x + 0.015 * size, foot + 0.04 * size),
                       fill=tinted((100, 66, 40), time))  # fmt: skip
        for share in (0.0, 0.28, 0.54):
            top = peak + share * (foot - peak)
            draw.polygon([(x - half * (0.5 + share), top + 0.4 * (foot - peak)), (x, top),
                          (x + half * (0.5 + share), top + 0.4 * (foot - peak))], fill=leaf)  # fmt: skip
    floor(canvas, darker(GRASS, 0.6), time, 0.72)
    return canvas


def draw_city(size: int, rng: Generator, time: str) -> Image.Image:
    """A row of buildings with windows over a road."""
    canvas = sky(size, rng, time)
    draw = ImageDraw.Draw(canvas)
    window = tinted((200, 225, 240), time) if time == "day" else (255, 222, 120)
    left = -0.02
    while left < 1.0:
        width, top = 0.15 + 0.08 * rng.random(), 0.14 + 0.26 * rng.random()
        wall = tinted(darker((150, 155, 170), 0.7 + 0.4 * rng.random()), time)
        draw.rectangle((left * size, top * size, (left + width) * size, 0.75 * size), fill=wall)
        for row in range(5):
            for column in range(2):
                x = (left + width * (0.2 + 0.38 * column)) * size
                y = (top + 0.05 + 0.1 * row) * size
                draw.rectangle((x, y, x + 0.22 * width * size, y + 0.045 * size), fill=window)
        left += width + 0.01
    floor(canvas, ROAD, time, 0.75, 0.8)
    draw.line(
        (0, 0.88 * size, size, 0.88 * size), fill=tinted((240, 230, 180), time), width=max(1, size // 60)
    )
    return canvas


DRAWERS: dict[str, Callable[[int, Generator, str], Image.Image]] = {
    "sky": draw_sky,
    "sea": draw_sea,
    "water": draw_water,
    "beach": draw_beach,
    "grass": draw_grass,
    "snow": draw_snow,
    "desert": draw_desert,
    "space": draw_space,
    "mountains": draw_mountains,
    "forest": draw_forest,
    "city": draw_city,
}


def draw_pattern(size: int, kind: str, first: Rgb, second: Rgb) -> Image.Image:
    """Stripes, checks or dots of the second colour over the first; "plain" has the first alone."""
    y, x = np.mgrid[0:size, 0:size] * (8.0 / size)
    masks: dict[str, NDArray[np.bool_]] = {
        "plain": np.zeros((size, size), dtype=bool),
        "stripes": (x + y) % 2 < 1,
        "checks": (np.floor(x / 1.33) + np.floor(y / 1.33)) % 2 < 1,
        "dots": (x % 1.6 - 0.8) ** 2 + (y % 1.6 - 0.8) ** 2 < 0.2,
    }
    picture = np.where(masks[kind][..., None], np.array(second, np.uint8), np.array(first, np.uint8))
    return Image.fromarray(picture.astype(np.uint8))
