"""Pictures <-> bytes, with Pillow. Neither torch nor any setting of Pillow's own is touched here.

Arrays are uint8 [H, W, 3], sRGB. Pictures from strangers are opened by their signature with one of five known
decoders, after a look at the size that their header claims.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

from generation.recipes import read_recipe, sign, xmp

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.ImageFile import ImageFile

    from generation.recipes import FileRecipe

MAX_INIT_PIXELS = 40_000_000  # what a header may claim; decoded, this is 120 MB
MAX_INIT_SIDE = 2048
BLOCKS = 8  # along the longer side of what is made coarse
PAPER = (255, 255, 255)  # what shows through a transparent picture

_FILTERS = Lock()
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    struct.error,
    zlib.error,
)  # all that Pillow's decoders raise for damaged bytes


class PictureError(Exception):
    """Bytes from outside that are no picture we can use; `kind` says why."""

    def __init__(self, kind: Literal["not-a-picture", "truncated", "too-large", "closed"]) -> None:
        super().__init__(kind)
        self.kind = kind


def encode_png(array: NDArray[np.uint8], recipe: FileRecipe | None = None) -> bytes:
    """Lossless, of [H, W, 3] or, with its opacity, [H, W, 4]; with its recipe if given.

    Equal arrays with equal recipes give equal bytes.
    """
    png = _save(Image.fromarray(array), "PNG", compress_level=6)
    return png if recipe is None else sign(png, recipe)


def encode_frame(array: NDArray[np.uint8], max_side: int = 512, quality: int = 80) -> bytes:
    """A quick WebP for watching, at most `max_side` pixels a side."""
    image = Image.fromarray(array)
    image.thumbnail((max_side, max_side), Image.Resampling.BILINEAR)
    return _save(image, "WEBP", quality=quality, method=0)


def thumbnail(data: bytes, side: int) -> bytes:
    """A small WebP of a picture, at most `side` pixels a side. Raises `PictureError`."""
    image = _read(data, None)
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    return _save(image, "WEBP", quality=82, method=4)


def coarse(data: bytes) -> bytes:
    """A picture in so few blocks that its colours show and its things do not, WebP. Raises `PictureError`."""
    image = _read(data, None)
    few = (max(1, image.width * BLOCKS // max(image.size)), max(1, image.height * BLOCKS // max(image.size)))
    blocks = image.resize(few, Image.Resampling.BOX).resize(image.size, Image.Resampling.NEAREST)
    return _save(blocks, "WEBP", quality=60, method=0)


def decode_rgb(data: bytes) -> NDArray[np.uint8]:
    """The picture's pixels, uint8 [H, W, 3]. Raises `PictureError`."""
    return np.asarray(_read(data, None))


def decode_layers(data: bytes) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
    """The pixels, uint8 [H, W, 3], whatever shows through; and how opaque they are, uint8 [H, W], if at all.

    Raises `PictureError`.
    """
    image = _read(data, None, lambda read: read.convert("RGBA") if read.has_transparency_data else _rgb(read))
    if image.mode == "RGB":
        return np.asarray(image), None
    return np.asarray(image.convert("RGB")), np.asarray(image.getchannel("A"))


def opaque(data: bytes) -> bytes:
    """A picture that shows through, on white, as a PNG; any other as it is. Raises `PictureError`."""
    _, alpha = decode_layers(data)
    return data if alpha is None else encode_png(decode_rgb(data))


def read_init(data: bytes, mask: bytes | None = None) -> bytes:
    """A stranger's picture as a PNG: upright, first frame, at most `MAX_INIT_SIDE` a side.

    It is RGBA where the picture is transparent or a mask has white in it, which is where it is to be painted
    anew; else RGB. Raises `PictureError`, with the kind "closed" for a mask without white.
    """
    image = _read(data, (MAX_INIT_SIDE, MAX_INIT_SIDE), _layers)
    image.thumbnail((MAX_INIT_SIDE, MAX_INIT_SIDE), Image.Resampling.LANCZOS)
    if mask is not None:
        opened = ImageOps.fit(_read(mask, None).convert("L"), image.size, Image.Resampling.BILINEAR)
        if opened.getextrema() == (0, 0):
            raise PictureError("closed")
        image = image.convert("RGB")
        image.putalpha(ImageOps.invert(opened))
    return _save(image, "PNG", compress_level=6)


def shrink(png: bytes, limit_bytes: int) -> tuple[bytes, str]:
    """The picture in at most `limit_bytes`, with as little loss as that allows, and its extension.

    PNG stays if it fits; then WebP of falling quality, then of falling size; each carries the recipe that the
    PNG carries. A limit below every attempt gets the smallest of them.
    """
    if len(png) <= limit_bytes:
        return png, "png"
    data, recipe = png, read_recipe(png)
    for data in _smaller(_read(png, None, _layers), None if recipe is None else xmp(recipe)):
        if len(data) <= limit_bytes:
            break
    return data, "jpg" if data.startswith(b"\xff\xd8") else "webp"


def _smaller(image: Image.Image, packet: bytes | None) -> Iterator[bytes]:
    scale = 1.0
    while scale * max(image.size) >= 16:
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        resized = image.resize(size, Image.Resampling.LANCZOS) if scale < 1 else image
        for quality in (95, 88, 75):
            yield _save_lossy(resized, quality, packet)
        scale *= 0.75


def _save_lossy(image: Image.Image, quality: int, packet: bytes | None) -> bytes:
    if max(image.size) > 16383:  # WebP's longest side
        return _save(_rgb(image), "JPEG", quality=quality)
    options: dict[str, Any] = {"xmp": packet} if packet else {}
    return _save(image, "WEBP", quality=quality, method=4, **options)


def _save(image: Image.Image, format_name: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, format_name, **options)
    return buffer.getvalue()


def _read(
    data: bytes, enough: tuple[int, int] | None, layers: Callable[[Image.Image], Image.Image] | None = None
) -> Image.Image:
    """Decode to an upright image, RGB or as `layers` has it.

    A JPEG larger than `enough` is decoded at a fraction of its size.
    """
    opener = _decoder(data)
    try:
        with _quiet():
            return (layers or _rgb)(_decoded(opener, data, enough))
    except _BROKEN as error:
        raise PictureError("truncated") from error


def _decoded(opener: type[ImageFile], data: bytes, enough: tuple[int, int] | None) -> Image.Image:
    # The plugin itself, not Image.open: that one warns about large pictures, and we refuse them.
    image = opener(BytesIO(data))
    if image.width * image.height > MAX_INIT_PIXELS:
        raise PictureError("too-large")
    if enough is not None:
        image.draft("", enough)
    image.load()
    return _upright(image)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Pillow's warnings about odd files from the log; one thread at a time, since filters are global."""
    with _FILTERS, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _decoder(data: bytes) -> type[ImageFile]:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PngImagePlugin.PngImageFile
    if data.startswith(b"\xff\xd8\xff"):
        return JpegImagePlugin.JpegImageFile
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return WebPImagePlugin.WebPImageFile
    if data.startswith((b"GIF87a", b"GIF89a")):
        return GifImagePlugin.GifImageFile
    if data.startswith(b"BM"):
        return BmpImagePlugin.BmpImageFile
    raise PictureError("not-a-picture")


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except _BROKEN:  # damaged EXIF beside whole pixels
        return image


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode == "I" or image.mode.startswith("I;16"):
        grey = (np.asarray(image).astype(np.int64) >> 8).clip(0, 255)
        return Image.fromarray(grey.astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Image.new("RGB", image.size, PAPER)
        image.paste(layer, mask=layer.getchannel("A"))
    return image.convert("RGB")


def _layers(image: Image.Image) -> Image.Image:
    """RGBA where something shows through, with white where nothing else is; else RGB."""
    if not image.has_transparency_data:
        return _rgb(image)
    layer = image.convert("RGBA")
    alpha = layer.getchannel("A")
    if alpha.getextrema() == (255, 255):
        return layer.convert("RGB")
    bare = Image.new("RGBA", image.size, (*PAPER, 0))
    bare.paste(layer, mask=alpha.point(lambda value: 255 if value else 0))
    return bare
