"""Pictures as files: without loss, as frames, and as small as they have to be."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from generation.codec import decode_rgb, encode_frame, encode_png, shrink

NOISE = np.random.default_rng(0).integers(0, 256, (120, 160, 3), np.uint8)
SMOOTH = np.stack([*np.meshgrid(np.arange(160), np.arange(120)), np.zeros((120, 160))], -1).astype(np.uint8)


def test_a_png_is_lossless_and_always_the_same():
    assert (decode_rgb(encode_png(NOISE)) == NOISE).all()
    assert encode_png(NOISE) == encode_png(NOISE.copy())


def test_a_frame_is_a_small_webp_that_looks_alike():
    frame = encode_frame(SMOOTH)
    assert frame[8:12] == b"WEBP"
    assert abs(decode_rgb(frame).astype(int) - SMOOTH).mean() < 4


def test_a_large_frame_is_scaled_down():
    frame = encode_frame(np.zeros((600, 1200, 3), np.uint8), max_side=300)
    assert decode_rgb(frame).shape == (150, 300, 3)


def test_a_picture_that_fits_is_left_alone():
    png = encode_png(NOISE)
    assert shrink(png, len(png)) == (png, "png")


@pytest.mark.parametrize("share", [0.9, 0.3, 0.05, 0.01])
def test_a_picture_is_shrunk_to_any_limit(share: float):
    png = encode_png(NOISE)
    data, extension = shrink(png, int(len(png) * share))
    assert extension == "webp"
    assert len(data) <= len(png) * share
    height, width, _ = decode_rgb(data).shape
    assert width / height == pytest.approx(160 / 120, rel=0.1)


def test_shrinking_costs_no_more_than_it_must():
    png = encode_png(NOISE)
    assert decode_rgb(shrink(png, len(png) - 1)[0]).shape == NOISE.shape


def test_an_impossible_limit_gets_the_smallest_there_is():
    assert len(shrink(encode_png(NOISE), 1)[0]) < 400


def test_a_strip_too_long_for_webp_becomes_a_jpeg():
    strip = np.random.default_rng(0).integers(0, 256, (20, 17_000, 3), np.uint8)
    data, extension = shrink(encode_png(strip), 900_000)
    assert (extension, decode_rgb(data).shape) == ("jpg", strip.shape)


def test_torch_is_not_needed():
    modules = "generation.codec, generation.models, generation.process"
    code = f"import sys, {modules}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
