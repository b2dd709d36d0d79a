"""The sheet: what is put on it can be cut out again, and its file carries the codes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.codec import decode_rgb, encode_png
from generation.recipes import read_recipe
from generation.sheets import GAP, STRIP, cut, read_codes, sheet, with_codes
from tests.generation.test_recipes import RECIPE

NOISE = np.random.default_rng(3)


def pictures(count, height, width):
    return NOISE.integers(0, 256, (count, height, width, 3), np.uint8)


@pytest.mark.parametrize("count", range(1, 10))
@pytest.mark.parametrize(("height", "width"), [(32, 32), (48, 80), (33, 31)])
def test_every_picture_is_cut_out_as_it_was_put_on(count, height, width):
    shown = pictures(count, height, width)
    whole = sheet(shown)
    for place in range(count):
        assert np.array_equal(cut(whole, count, place), shown[place])


def test_four_stand_two_by_two_and_nine_three_by_three():
    assert sheet(pictures(4, 32, 48)).shape == (2 * (32 + STRIP), 2 * 48 + GAP, 3)
    assert sheet(pictures(9, 32, 48)).shape == (3 * (32 + STRIP), 3 * 48 + 2 * GAP, 3)


def test_each_has_a_number_of_its_own():
    whole = sheet(np.zeros((4, 32, 48, 3), np.uint8))
    strips = {whole[top : top + STRIP, left : left + 48].tobytes()
              for top in (0, 32 + STRIP) for left in (0, 48 + GAP)}  # fmt: skip
    assert len(strips) == 4


@pytest.mark.parametrize(("count", "place"), [(4, 4), (4, -1), (9, 0)])
def test_what_is_not_there_is_not_cut_out(count, place):
    with pytest.raises(ValueError, match="not a sheet"):
        cut(sheet(pictures(4, 10, 35)), count, place)


@given(st.integers(1, 9), st.integers(1, 40), st.randoms())
def test_codes_are_read_back_from_a_file_whose_pixels_and_recipe_stay(count, cells, chance):
    codes = np.array([[chance.randint(-1, 2**14) for _ in range(cells)] for _ in range(count)], np.int32)
    bare = encode_png(pictures(1, 8, 8)[0], RECIPE)
    signed = with_codes(bare, codes)
    found = read_codes(signed)
    assert found is not None
    assert np.array_equal(found, codes)
    assert np.array_equal(decode_rgb(signed), decode_rgb(bare))
    assert read_recipe(signed) == RECIPE
    assert read_codes(bare) is None


@given(st.data())
def test_no_bytes_break_the_reader(data):
    whole = with_codes(encode_png(pictures(1, 8, 8)[0]), np.zeros((4, 16), np.int32))
    place = data.draw(st.integers(0, len(whole) - 1))
    found = read_codes(whole[:place] + data.draw(st.binary(max_size=20)) + whole[place + 5 :])
    assert found is None or found.ndim == 2
    read_codes(data.draw(st.binary(max_size=200)))
