"""Steady codes: a thing has the same ones on every ground."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from generation.training.codes import _encode, steady_codes
from generation.training.scenes import FONT, Ground, Renderer, Scene, Sticker
from generation.training.steady import COVERED, GRID, LARGE, SMALL, Steady, load_steady, settled
from generation.training.words import COLOURS
from tests.generation.toys import toy_vqgan

pytestmark = pytest.mark.skipif(not FONT.exists(), reason="Noto Color Emoji is not installed")
SIDE = 64  #: of which a toy makes 16 by 16 codes
KINDS = 2


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """The steady codes of the first things, twice: as found, and as read again."""
    path = tmp_path_factory.mktemp("steady") / "steady.npz"
    renderer = Renderer()
    renderer.concepts = renderer.concepts[:KINDS]
    vqgan = toy_vqgan().eval()
    return steady_codes(vqgan, renderer, path, SIDE), load_steady(path)


def thing(relation: str, *stickers: Sticker) -> Scene:
    return settled(Scene(Ground("plain", first=3), stickers, relation))


def held(steady: Steady, scene: Scene):
    codes, held = (part.reshape(GRID, GRID) for part in steady.codes(scene))
    return codes, held


def test_every_thing_has_codes_large_and_small_in_every_colour(found):
    steady, again = found
    assert steady.large.shape == (KINDS, 1 + len(COLOURS), LARGE, LARGE)
    assert steady.small.shape == (KINDS, 1 + len(COLOURS), SMALL, SMALL)
    for name in Steady.__slots__:
        assert np.array_equal(getattr(steady, name), getattr(again, name)), name
    assert len(np.unique(steady.large)) > 4
    for cover in (steady.large_cover, steady.small_cover):
        assert 0.1 < (cover >= COVERED).mean() < 0.9


def test_the_codes_do_not_know_the_ground(found):
    """The encoder's own do, of the same thing in the same place."""
    steady, _ = found
    dark, light = (
        replace(thing("single", Sticker(1, 4, 0, 0, 0)), ground=Ground("plain", first=first))
        for first in (9, 10)
    )
    own = _encode(toy_vqgan().eval(), Renderer(), [dark, light], SIDE)
    inside = steady.codes(dark)[1]
    assert not np.array_equal(own[0][inside], own[1][inside])
    over = [steady.over(codes, scene) for codes, scene in zip(own, (dark, light), strict=True)]
    assert np.array_equal(over[0][inside], over[1][inside])
    assert not np.array_equal(over[0][~inside], over[1][~inside])


def test_another_colour_has_other_codes(found):
    steady, _ = found
    green, blue = (steady.codes(thing("single", Sticker(1, colour, 0, 0, 0)))[0] for colour in (3, 5))
    assert not np.array_equal(green, blue)


def test_a_small_thing_has_the_same_codes_in_every_place(found):
    steady, _ = found
    codes, cells = held(steady, thing("count", *[Sticker(0, None, 0, 0, 0)] * 4))
    corners = [(slice(y, y + 8), slice(x, x + 8)) for y in (0, 8) for x in (0, 8)]
    for corner in corners:
        assert np.array_equal(codes[corner], codes[corners[0]])
        assert np.array_equal(cells[corner], cells[corners[0]])
    below, there = held(steady, thing("under", Sticker(0, None, 0, 0, 0), Sticker(1, None, 0, 0, 0)))
    assert np.array_equal(below[8:, 4:12], codes[:8, :8])
    assert there[:8].any()
    assert not there[:, :4].any()


def test_only_what_a_thing_covers_is_changed(found):
    steady, _ = found
    own = np.full(GRID * GRID, 31, np.uint16)
    empty = thing("none")
    assert np.array_equal(steady.over(own, empty), own)
    scene = thing("single", Sticker(0, None, 0, 0, 0))
    codes, cells = steady.codes(scene)
    over = steady.over(own, scene)
    assert (over[~cells] == 31).all()
    assert np.array_equal(over[cells], codes[cells])
    assert over.dtype == own.dtype


def test_a_colour_is_one_map_of_codes(found):
    """Where two things have the same code in grey, they have the same in red."""
    steady, _ = found
    grey = 1 + [colour.english for colour in COLOURS].index("grey")
    for column in range(1, 1 + len(COLOURS)):
        seen: dict[int, set[int]] = {}
        for table, cover in ((steady.large, steady.large_cover), (steady.small, steady.small_cover)):
            inside = cover[:, grey] >= COVERED
            pairs = zip(table[:, grey][inside].tolist(), table[:, column][inside].tolist(), strict=True)
            for one, other in pairs:
                seen.setdefault(one, set()).add(other)
        assert all(len(others) == 1 for others in seen.values())
        assert column != grey or all(others == {one} for one, others in seen.items())
    assert len(np.unique(steady.large)) > 4
