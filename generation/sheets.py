"""The sheet: a run's candidates in one picture, each under its number, and their codes in its file.

Numbers stand in strips between the pictures, so that each of them can be cut out again exactly. The codes are
a chunk of the PNG of Gala's own; like all that a file says, they are read from files that Gala has made.
"""

from __future__ import annotations

import math
import struct
import zlib
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from generation.recipes import HEADER_END, PNG

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Lengths are pixels.
STRIP: Final = 22  #: above each picture, for its number
GAP: Final = 6  #: between two columns
NUMBER: Final = 15  #: the height of a number
PAPER: Final = (30, 33, 38)
INK: Final = (236, 239, 244)

CHUNK: Final = b"gaLA"  #: not critical, private, worthless once the pixels are changed
MOST_BYTES: Final = 16 * 2**20  #: of codes
MOST_CHUNKS: Final = 100  #: before them; Gala's own files have a recipe


def sheet(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pictures [n, H, W, 3] in their order, row by row, each under its number from 1 on → [h, w, 3]."""
    count, height, width, _ = pictures.shape
    columns, rows = columns_of(count), -(-count // columns_of(count))
    size = (columns * (width + GAP) - GAP, rows * (height + STRIP))
    image = Image.new("RGB", size, PAPER)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(NUMBER)
    for place, picture in enumerate(pictures):
        left, top = corner(place, columns, (width, height))
        pen.text((left + GAP, top - STRIP // 2), str(place + 1), fill=INK, font=font, anchor="lm")
        image.paste(Image.fromarray(picture), (left, top))
    return np.asarray(image)


def cut(pixels: NDArray[np.uint8], count: int, place: int) -> NDArray[np.uint8]:
    """The picture at a place (from 0) of a sheet of `count`, as it was.

    Raises ValueError where there is none.
    """
    columns, rows = columns_of(count), -(-count // columns_of(count))
    width, spare = divmod(pixels.shape[1] + GAP - columns * GAP, columns)
    height, left_over = divmod(pixels.shape[0] - rows * STRIP, rows)
    if spare or left_over or min(width, height) < 1 or not 0 <= place < count:
        raise ValueError(f"not a sheet of {count} with a place {place}")
    left, top = corner(place, columns, (width, height))
    return pixels[top : top + height, left : left + width]


def columns_of(count: int) -> int:
    """How many stand side by side: 2 of 4, 3 of 9."""
    return math.isqrt(count - 1) + 1


def corner(place: int, columns: int, size: tuple[int, int]) -> tuple[int, int]:
    """The left and upper edge of the picture at a place."""
    row, column = divmod(place, columns)
    return column * (size[0] + GAP), row * (size[1] + STRIP) + STRIP


def with_codes(png: bytes, codes: NDArray[np.int32], basis: NDArray[np.int32] | None = None) -> bytes:
    """The PNG with its pictures' codes [n, cells] in it, and what they stand on; all other bytes stay."""
    codes = codes if basis is None else np.concatenate([codes, basis[None]])
    data = struct.pack(">I", len(codes)) + zlib.compress(codes.astype("<i4").tobytes())
    chunk = struct.pack(">I", len(data)) + CHUNK + data + struct.pack(">I", zlib.crc32(CHUNK + data))
    return png[:HEADER_END] + chunk + png[HEADER_END:]


def read_codes(png: bytes) -> NDArray[np.int32] | None:
    """The codes [n, cells] that a PNG carries, behind them what the pictures stand on, where that is known.

    None where there are none. Any bytes may be asked.
    """
    place = len(PNG)
    for _ in range(MOST_CHUNKS):
        if not png.startswith(PNG) or place + 8 > len(png):
            return None
        (size,) = struct.unpack_from(">I", png, place)
        if png[place + 4 : place + 8] == CHUNK:
            return _unpacked(png[place + 8 : place + 8 + size])
        place += size + 12
    return None


def _unpacked(data: bytes) -> NDArray[np.int32] | None:
    try:
        (count,) = struct.unpack_from(">I", data)
        codes = np.frombuffer(zlib.decompressobj().decompress(data[4:], MOST_BYTES), "<i4")
        return codes.reshape(count, -1).astype(np.int32) if count else None
    except (ValueError, struct.error, zlib.error):
        return None
