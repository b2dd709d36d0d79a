"""Init images: every common format is read, and what is damaged or harmful is refused."""

from __future__ import annotations

import struct
import warnings
import zlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from generation.codec import PictureError, decode_rgb, read_init
from tests.generation.test_codec import NOISE, SMOOTH


def saved(image: Image.Image, name: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, name, **options)
    return buffer.getvalue()


def read(data: bytes) -> np.ndarray:
    """The init image as the engine will see it."""
    png = read_init(data)
    assert png.startswith(b"\x89PNG")
    return decode_rgb(png)


def kind(data: bytes) -> str:
    with pytest.raises(PictureError) as caught:
        read_init(data)
    return caught.value.kind


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_every_common_format_is_read(name: str):
    assert abs(read(saved(Image.fromarray(SMOOTH), name)).astype(int) - SMOOTH).mean() < 12


def test_exif_rotation_is_applied():
    image = Image.fromarray(SMOOTH)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    turned = read(saved(image, "PNG", exif=exif))
    assert (turned == np.rot90(SMOOTH, -1)).all()


def test_damaged_exif_does_not_spoil_the_picture():
    assert (
        read(saved(Image.fromarray(SMOOTH), "JPEG", exif=b"Exif\0\0MM\0*\0\0\xff\xff")).shape == SMOOTH.shape
    )


@pytest.mark.parametrize("name", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_counts(name: str):
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "lime", "blue")]
    animation = saved(frames[0], name, save_all=True, append_images=frames[1:], duration=50)
    assert abs(read(animation).astype(int) - [255, 0, 0]).max() < 8


def test_cmyk_keeps_its_colours():
    red = Image.new("RGB", (40, 30), "red").convert("CMYK")
    assert abs(read(saved(red, "JPEG")).astype(int) - [255, 0, 0]).max() < 12


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparent_parts_become_white(mode: str):
    image = Image.new("RGBA", (40, 30), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (0, 0, 20, 30))
    pixels = read(saved(image.convert(mode), "PNG"))
    assert (pixels[:, :20] == 0).all()
    assert (pixels[:, 20:] == 255).all()


def test_a_palette_with_a_transparent_entry_is_read():
    image = Image.new("P", (4, 4), 0)
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((0, 0), 1)
    pixels = read(saved(image, "PNG", transparency=0))
    assert pixels[0, 0].tolist() == [40, 50, 60]
    assert pixels[1, 1].tolist() == [255, 255, 255]


def test_sixteen_bits_become_eight_without_clipping():
    ramp = np.linspace(0, 65535, 64).astype(np.uint16)[None].repeat(8, 0)
    pixels = read(saved(Image.fromarray(ramp), "PNG"))
    assert (pixels[0, :, 0] == ramp[0] >> 8).all()


@pytest.mark.parametrize("mode", ["1", "L"])
def test_grey_is_read_as_colour(mode: str):
    assert read(saved(Image.new(mode, (9, 7), 1), "PNG")).shape == (7, 9, 3)


def test_a_large_picture_is_scaled_down_with_its_aspect():
    assert read(saved(Image.new("RGB", (5000, 2500)), "JPEG")).shape == (1024, 2048, 3)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"%PDF-1.7",
        b"<svg/>",
        b"GIF",
        b"RIFF0000WAVE",
        b"II*\0" + bytes(100),
        b"\0\0\0\x18ftypheic",
    ],
)
def test_what_is_no_picture_is_refused(data: bytes):
    assert kind(data) == "not-a-picture"


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_a_truncated_picture_is_refused(name: str):
    data = saved(Image.fromarray(NOISE), name)
    for part in (0.1, 0.5, 0.9):
        assert kind(data[: int(len(data) * part)]) == "truncated"


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few kB that says it is huge, and is."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = zlib.compress(bytes((width + 7) // 8 + 1) * 1000, 9) if height > 1000 else b""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(60_000, 60_000), (10_000, 9_000), (2**31 - 1, 1), (6400, 6401)])
def test_a_bomb_is_refused_by_its_header_and_without_a_warning(size: tuple[int, int]):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert kind(bomb(*size)) == "too-large"


def test_a_bomb_of_text_is_refused():
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    text = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(100_000_000), 9))
    data = saved(Image.fromarray(SMOOTH), "PNG")
    assert kind(data[:33] + text + data[33:]) == "truncated"


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "BMP"]), st.data())
def test_damaged_bytes_are_read_or_refused_and_nothing_else(name: str, data: st.DataObject):
    whole = bytearray(saved(Image.fromarray(SMOOTH[:20, :20]), name))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        pixels = read(bytes(whole))
    except PictureError:
        return
    assert pixels.ndim == 3
