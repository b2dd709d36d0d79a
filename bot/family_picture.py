"""A family drawn as one picture: thumbnails from left to right, each with its code. Blocks; for a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from bot.family import placed
from generation.codec import PictureError, decode_rgb, encode_frame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.family import Node, Placed

#: All lengths are pixels of the finished picture.
SIDE: Final = 132  #: of a thumbnail
LABEL: Final = 30  #: below it, for the code
GAP: Final = (64, 22)  #: between columns, between rows
MARGIN: Final = 40
BLURRED: Final = 4  #: pixels a side that are left of a blurred picture
FINE: Final = 2  #: drawn this much larger first, so that curves are smooth
QUALITY: Final = 92

PAPER: Final = (30, 33, 38)
INK: Final = (236, 239, 244)
LINE: Final = (126, 138, 156)
EMPTY: Final = (58, 63, 72)
FOCUS: Final = (232, 163, 61)

Point = tuple[float, float]


def draw_family(root: Node, focus: str, thumbnails: Mapping[str, bytes]) -> bytes:
    """The family as a WebP. `focus` is the code that was asked for; thumbnails go by code."""
    nodes = placed(root)
    columns = max(each.column for each in nodes) + 1
    rows = max(each.row for each in nodes) + 1
    width = 2 * MARGIN + columns * (SIDE + GAP[0]) - GAP[0]
    height = round(2 * MARGIN + rows * (SIDE + LABEL + GAP[1]) - GAP[1])
    picture = Image.new("RGB", (FINE * width, FINE * height), PAPER)
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(FINE * 20)
    for each in nodes:
        if each.parent is not None:
            _arrow(pen, corner(nodes[each.parent]), corner(each))
    for each in nodes:
        _node(picture, pen, each, font, focus, thumbnails)
    smooth = picture.resize((width, height), Image.Resampling.LANCZOS)
    return encode_frame(np.asarray(smooth), max(width, height), QUALITY)


def corner(each: Placed) -> Point:
    """The upper left corner of a node, in the fine picture."""
    x = MARGIN + each.column * (SIDE + GAP[0])
    y = MARGIN + each.row * (SIDE + LABEL + GAP[1])
    return FINE * x, FINE * y


def _node(
    picture: Image.Image,
    pen: ImageDraw.ImageDraw,
    each: Placed,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    focus: str,
    thumbnails: Mapping[str, bytes],
) -> None:
    x, y = corner(each)
    side, made = FINE * SIDE, each.node.made
    if made is None:
        pen.rounded_rectangle((x, y, x + side, y + side), FINE * 10, outline=EMPTY, width=FINE * 3)
    else:
        data = thumbnails.get(made.code)
        _thumbnail(picture, pen, (round(x), round(y)), data, blurred=made.blurred)
        colour = FOCUS if made.code == focus else LINE
        around = FINE * (4 if made.code == focus else 1)
        box = (x - around, y - around, x + side + around, y + side + around)
        pen.rounded_rectangle(box, FINE * 10, outline=colour, width=around)
        middle = (x + side / 2, y + side + FINE * LABEL / 2 + FINE * 3)
        pen.text(middle, made.code, fill=FOCUS if made.code == focus else INK, font=font, anchor="mm")
    if each.node.more:
        _dots(
            pen,
            (x + side + FINE * 10, y + side - FINE * 6) if made else (x + side / 2 - FINE * 9, y + side / 2),
        )


def _thumbnail(
    picture: Image.Image,
    pen: ImageDraw.ImageDraw,
    at: tuple[int, int],
    data: bytes | None,
    *,
    blurred: bool,
) -> None:
    """The picture cut to a square; one whose file is gone is a plain field. Blurred, it is a few colours."""
    side = FINE * SIDE
    try:
        pixels = None if data is None else decode_rgb(data)
    except PictureError:
        pixels = None
    if pixels is None:
        pen.rounded_rectangle((*at, at[0] + side, at[1] + side), FINE * 10, fill=EMPTY)
        return
    height, width = pixels.shape[:2]
    edge = min(width, height)
    left, top = (width - edge) // 2, (height - edge) // 2
    square = Image.fromarray(pixels).crop((left, top, left + edge, top + edge))
    if blurred:
        square = square.resize((BLURRED, BLURRED), Image.Resampling.BOX)
    shape = Image.new("L", (side, side), 0)
    ImageDraw.Draw(shape).rounded_rectangle((0, 0, side - 1, side - 1), FINE * 10, fill=255)
    picture.paste(square.resize((side, side), Image.Resampling.LANCZOS), at, shape)


def _arrow(pen: ImageDraw.ImageDraw, parent: Point, child: Point) -> None:
    """A curve from the middle of the parent's right side to that of the child's left one."""
    side, head = FINE * SIDE, FINE * 9
    start = (parent[0] + side + FINE * 5, parent[1] + side / 2)
    end = (child[0] - FINE * 8, child[1] + side / 2)
    pen.line([*_curve(start, (end[0] - head, end[1]))], fill=LINE, width=FINE * 3, joint="curve")
    pen.polygon([end, (end[0] - head, end[1] - head * 0.6), (end[0] - head, end[1] + head * 0.6)], fill=LINE)


def _curve(start: Point, end: Point) -> list[Point]:
    """A cubic Bézier curve that leaves and arrives horizontally, as points."""
    bend = (end[0] - start[0]) / 2
    points = []
    for i in range(25):
        t = i / 24
        a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        x = a * start[0] + b * (start[0] + bend) + c * (end[0] - bend) + d * end[0]
        points.append((x, (a + b) * start[1] + (c + d) * end[1]))
    return points


def _dots(pen: ImageDraw.ImageDraw, at: Point) -> None:
    """There is more."""
    for i in range(3):
        x, y = at[0] + i * FINE * 9, at[1]
        pen.ellipse((x - FINE * 3, y - FINE * 3, x + FINE * 3, y + FINE * 3), fill=LINE)
