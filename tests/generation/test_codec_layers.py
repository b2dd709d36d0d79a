"""Pictures that are not opaque everywhere: masks, transparent layers, and what is cut out."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from generation.codec import (
    PictureError,
    coarse,
    decode_layers,
    decode_rgb,
    encode_frame,
    encode_png,
    opaque,
    read_init,
    shrink,
    thumbnail,
)
from tests.generation.test_codec import NOISE


def test_a_mask_says_where_a_picture_is_open():
    picture, mask = np.full((8, 12, 3), 90, np.uint8), np.zeros((4, 6, 3), np.uint8)
    mask[:, :3] = 255
    pixels, alpha = decode_layers(read_init(encode_png(picture), encode_png(mask)))
    assert (pixels == 90).all()
    assert alpha is not None
    assert (alpha[:, :4] == 0).all()
    assert (alpha[:, 8:] == 255).all()
    assert decode_layers(read_init(encode_png(picture)))[1] is None


def test_a_mask_without_white_or_that_is_no_picture_is_refused():
    picture = encode_png(np.zeros((8, 8, 3), np.uint8))
    for mask, kind in ((picture, "closed"), (b"x", "not-a-picture"), (encode_png(NOISE)[:2000], "truncated")):
        with pytest.raises(PictureError) as caught:
            read_init(picture, mask)
        assert caught.value.kind == kind


def test_what_is_transparent_stays_so_and_is_white_below():
    layer = np.zeros((4, 4, 4), np.uint8)
    layer[:2] = (10, 20, 30, 255)
    layer[2] = (10, 20, 30, 100)
    buffer = BytesIO()
    Image.fromarray(layer).save(buffer, "PNG")
    kept = read_init(buffer.getvalue())
    pixels, alpha = decode_layers(kept)
    assert alpha is not None
    assert alpha[:, 0].tolist() == [255, 255, 100, 0]
    assert pixels[:, 0].tolist() == [[10, 20, 30]] * 3 + [[255, 255, 255]]
    assert np.array_equal(decode_rgb(kept), decode_rgb(buffer.getvalue()))


def sticker() -> np.ndarray:
    """A noisy disc that is cut out of its background, 96 px a side."""
    rows, columns = np.mgrid[:96, :96]
    opacity = np.where(np.hypot(rows - 48, columns - 48) < 40, 255, 0).astype(np.uint8)
    colours = np.random.default_rng(5).integers(0, 255, (96, 96, 3), np.uint8)
    return np.dstack([colours, opacity])


def test_a_picture_that_is_cut_out_keeps_its_colours_and_its_opacity():
    pixels, opacity = decode_layers(encode_png(sticker()))
    assert opacity is not None
    assert np.array_equal(np.dstack([pixels, opacity]), sticker())


def test_what_is_cut_out_stays_so_when_it_shrinks():
    png = encode_png(sticker())
    for limit, same_size in ((len(png) // 2, True), (2500, False)):
        data, extension = shrink(png, limit)
        assert extension == "webp"
        assert len(data) <= limit
        image = Image.open(BytesIO(data))
        assert (image.size == (96, 96)) is same_size
        opacity = np.asarray(image.convert("RGBA").getchannel("A"))
        middle = len(opacity) // 2
        assert opacity[0, 0] == 0
        assert opacity[middle, middle] == 255


def test_a_picture_that_is_cut_out_is_shown_on_white():
    png = encode_png(sticker())
    for data in (thumbnail(png, 48), coarse(png), opaque(png)):
        assert (decode_rgb(data)[0, 0] >= 250).all()
    assert decode_layers(opaque(png))[1] is None
    whole = encode_png(sticker()[..., :3])
    assert opaque(whole) is whole
    frame = Image.open(BytesIO(encode_frame(sticker(), 48)))
    assert frame.size == (48, 48)
