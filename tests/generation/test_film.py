"""Films, made by the real ffmpeg and read back with it."""

from __future__ import annotations

import time
import tracemalloc
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageSequence

from generation.codec import encode_frame, encode_png
from generation.film import FORMATS, MAKING, TRAVEL, FilmError, Reel, Script, Take, make_film
from tests.generation.films import watch

if TYPE_CHECKING:
    from pathlib import Path

BLUE, RED = (30, 60, 200), (210, 40, 30)


def shots(folder: Path, count: int = 6, width: int = 64, height: int = 48, noise: int = 0) -> list[Path]:
    """From blue to red: all but the last as frames, the last as a picture."""
    chance, paths = np.random.default_rng(1), []
    for number in range(count):
        share = number / (count - 1)
        colour = np.array(BLUE) * (1 - share) + np.array(RED) * share
        pixels = np.broadcast_to(colour, (height, width, 3)) + chance.integers(
            0, noise + 1, (height, width, 3)
        )
        array = pixels.clip(0, 255).astype(np.uint8)
        paths.append(folder / f"{number:04d}")
        paths[-1].write_bytes(encode_png(array) if number == count - 1 else encode_frame(array))
    return paths


def test_an_mp4_plays_on_every_phone(tmp_path: Path):
    """H.264 in 4:2:0, the index before the pictures, and as long as it should be."""
    out = tmp_path / "film.mp4"
    make_film(Script(shots(tmp_path)), out)
    film = watch(out)
    assert (film.codec, film.pixels, film.size, film.fps) == ("h264", "yuv420p", (64, 48), 24)
    assert len(film.frames) == round(24 * (0.5 + 3.0 + 2.0))
    assert film.seconds == pytest.approx(5.5, abs=0.1)
    data = out.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_the_first_and_the_last_picture_are_held_and_between_them_it_fades(tmp_path: Path):
    out = tmp_path / "film.mp4"
    make_film(Script(shots(tmp_path)), out)
    film = watch(out)
    colours = [film.colour(index) for index in range(len(film.frames))]
    for colour in colours[:12]:
        assert colour == pytest.approx(BLUE, abs=6)
    for colour in colours[-48:]:
        assert colour == pytest.approx(RED, abs=6)
    reds = [colour[0] for colour in colours]
    assert all(-3 < after - before < 15 for before, after in pairwise(reds))


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_can_be_read_again(tmp_path: Path, suffix: str):
    out = tmp_path / f"film{suffix}"
    make_film(Script(shots(tmp_path, 4)), out)
    if suffix == ".webp":  # ffmpeg does not read it
        with Image.open(out) as image:
            frames = np.stack([np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(image)])
    else:
        film = watch(out)
        assert film.codec == {".mp4": "h264", ".webm": "vp9", ".gif": "gif"}[suffix]
        frames = film.frames
    assert len(frames) > 20
    assert frames.shape[1:] == (48, 64, 3)
    assert frames[0].mean(axis=(0, 1)) == pytest.approx(BLUE, abs=8)
    assert frames[-1].mean(axis=(0, 1)) == pytest.approx(RED, abs=8)


@pytest.mark.parametrize(
    ("size", "made"),
    [((65, 49), (64, 48)), ((17, 200), (16, 200)), ((2160, 64), (1080, 32)), ((16, 16), (16, 16))],
)
def test_sides_are_even_and_not_too_long(tmp_path: Path, size: tuple[int, int], made: tuple[int, int]):
    out = tmp_path / "film.mp4"
    make_film(Script(shots(tmp_path, 3, *size)), out)
    assert watch(out).size == made


@pytest.mark.parametrize("suffix", [".mp4", ".webp"])
@pytest.mark.parametrize("limit_bytes", [10_000_000, 200_000, 60_000])
def test_a_film_is_fitted_to_the_limit(tmp_path: Path, limit_bytes: int, suffix: str):
    """Noise hardly compresses."""
    out = tmp_path / f"film{suffix}"
    make_film(
        Script(shots(tmp_path, 8, 256, 256, noise=90 if suffix == ".mp4" else 12)),
        out,
        limit_bytes=limit_bytes,
    )
    assert 1000 < out.stat().st_size <= limit_bytes


def test_what_cannot_be_fitted_is_refused_and_leaves_nothing(tmp_path: Path):
    out = tmp_path / "films" / "film.mp4"
    with pytest.raises(FilmError, match="too-large") as caught:
        make_film(Script(shots(tmp_path)), out, limit_bytes=500)
    assert caught.value.kind == "too-large"
    assert list(out.parent.iterdir()) == []


def test_the_pace_says_how_long_it_takes():
    assert [MAKING.way_s(count) for count in (3, 41, 241)] == pytest.approx([3.0, 6.0, 12.0])
    assert [MAKING.at(2.0).way_s(count) for count in (3, 41, 241)] == pytest.approx([1.5, 3.0, 6.0])
    assert [TRAVEL.way_s(count) for count in (13, 241)] == pytest.approx([1.0, 20.0])


@pytest.mark.parametrize(("speed", "seconds"), [(0.5, 2.0), (1.0, 1.0), (2.0, 0.5)])
def test_a_way_shows_each_of_its_pictures_at_the_speed_that_is_wanted(tmp_path: Path, speed, seconds):
    """Between two pictures it is held for half a second before and two after."""
    out = tmp_path / "film.mp4"
    make_film(Script(shots(tmp_path, 13), TRAVEL.at(speed)), out)
    film = watch(out)
    assert film.seconds == pytest.approx(0.5 + seconds + 2.0, abs=0.1)
    reds = [film.colour(index)[0] for index in range(len(film.frames))]
    assert all(-3 < after - before < 40 for before, after in pairwise(reds))


@pytest.mark.parametrize("suffix", FORMATS)
def test_it_tells_how_far_it_is(tmp_path: Path, suffix: str):
    told: list[float] = []
    make_film(Script(shots(tmp_path, 4), tell=told.append), tmp_path / f"film{suffix}")
    assert told[0] == 0
    assert told == sorted(told)
    assert 0.95 < told[-1] < 1


def test_two_pictures_are_no_film(tmp_path: Path):
    with pytest.raises(FilmError, match="too-short"):
        make_film(Script(shots(tmp_path, 2)), tmp_path / "film.mp4")


def test_many_pictures_make_a_film_of_bounded_length(tmp_path: Path):
    out = tmp_path / "film.mp4"
    make_film(Script(shots(tmp_path, 241, 32, 32)), out)
    assert watch(out).seconds == pytest.approx(14.5, abs=0.1)


def test_damaged_frames_are_left_out(tmp_path: Path):
    pictures = shots(tmp_path, 8)
    pictures[0].write_bytes(b"")
    pictures[3].write_bytes(pictures[3].read_bytes()[:-20])
    pictures[4].unlink()
    make_film(Script(pictures), tmp_path / "film.mp4")
    assert watch(tmp_path / "film.mp4").colour(-1) == pytest.approx(RED, abs=6)
    pictures[-1].write_bytes(b"neither")
    with pytest.raises(FilmError, match="cannot be read"):
        make_film(Script(pictures), tmp_path / "film.mp4")


def test_without_ffmpeg_there_is_no_mp4_and_still_a_webp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(tmp_path / "no such program"))
    pictures = shots(tmp_path)
    with pytest.raises(FilmError) as caught:
        make_film(Script(pictures), tmp_path / "film.mp4")
    assert caught.value.kind == "no-encoder"
    make_film(Script(pictures), tmp_path / "film.webp")
    assert (tmp_path / "film.webp").stat().st_size > 1000


def test_an_ffmpeg_that_fails_is_told_with_its_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    broken = tmp_path / "ffmpeg"
    broken.write_text("#!/bin/sh\necho no such codec >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(broken))
    with pytest.raises(FilmError, match="ffmpeg 3: no such codec"):
        make_film(Script(shots(tmp_path)), tmp_path / "film.mp4")
    assert not (tmp_path / "film.mp4").exists()


def test_an_ffmpeg_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    stuck = tmp_path / "ffmpeg"
    stuck.write_text("#!/bin/sh\nexec sleep 60\n")
    stuck.chmod(0o755)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(stuck))
    monkeypatch.setattr("generation.film.PATIENCE_S", 0.3)
    began = time.monotonic()
    with pytest.raises(FilmError, match="ffmpeg -9"):
        make_film(Script(shots(tmp_path)), tmp_path / "film.mp4")
    assert time.monotonic() - began < 20


def test_only_two_pictures_are_in_memory_at_a_time(tmp_path: Path):
    pictures = shots(tmp_path, 60, 256, 256)
    tracemalloc.start()
    shown = sum(1 for _ in Reel.of(Script(pictures), Take(1080, 24, 18)).frames())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert shown == round(24 * (2.5 + 59 * 0.15))
    assert peak < 12 * 256 * 256 * 3
