"""Pictures larger than the grid: which cells each window draws, and that the laws hold for them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
import torch

from generation.codec import encode_png
from generation.engine import Refusal
from generation.engines.dalle import create
from generation.engines.guided import to_pixels
from generation.engines.windows import count_windows, windows
from generation.protocol import Reason
from tests.generation.contract import LAWS
from tests.generation.contract_runs import finish
from tests.generation.engines.test_dalle import GRID, REQUEST, models_dir
from tests.generation.toys import toy_settings

__all__ = ["models_dir"]  # the fixture
WIDE = replace(REQUEST, width=24 + 12 + 8, height=24)  # 11 columns of 4 px: windows begin at 0, 3, 5


@pytest.mark.parametrize("shape", [(6, 6), (6, 7), (11, 6), (9, 14)])
def test_windows_show_squares_and_together_every_cell(shape):
    rows, columns = shape
    found = windows(rows, columns, 6)
    assert len(found) == count_windows(rows, columns, 6)
    assert sorted(set(found.flatten().tolist())) == list(range(rows * columns))
    for window in found.view(-1, 6, 6):
        assert torch.equal(window - window[0, 0], torch.arange(6)[:, None] * columns + torch.arange(6))


def test_windows_go_on_from_half_of_the_one_before():
    assert (windows(6, 11, 6)[:, 0]).tolist() == [0, 3, 5]
    assert (windows(12, 6, 6)[:, 0] // 6).tolist() == [0, 3, 6]


@pytest.mark.parametrize("law", (LAWS[0], LAWS[1], LAWS[2], LAWS[5]), ids=lambda law: law.__name__)
@pytest.mark.parametrize("size", [(44, 24), (24, 36)])
def test_on_large_pictures_the_law_holds_that(law, size, models_dir):
    law(partial(create, toy_settings(models_dir)), replace(REQUEST, width=size[0], height=size[1]))


def test_a_window_goes_on_where_the_last_one_ended(models_dir):
    """The first window is the square picture; the others leave what it drew, and fill the rest."""
    engine = create(toy_settings(models_dir))
    wide, square = engine.begin(WIDE, 0), engine.begin(REQUEST, 0)
    finish(engine, wide)
    finish(engine, square)
    codes = wide.codes.view(-1, GRID, 11)
    assert torch.equal(codes[:, :, :GRID], square.codes.view(-1, GRID, GRID))
    assert bool((codes >= 0).all())
    assert not torch.equal(codes[0], codes[1])


def test_the_top_rows_of_a_wide_init_image_stay(models_dir):
    engine = create(toy_settings(models_dir))
    run = engine.begin(WIDE, 0)
    finish(engine, run)
    init = encode_png(to_pixels(run.picture()))
    again = engine.begin(replace(WIDE, init=init, init_weight=1.0, seed=1), 0)
    finish(engine, again)
    kept = again.forced != -1
    assert int(kept[0].sum()) == 3 * 11
    assert torch.equal(again.codes[kept], again.forced[kept])


def test_what_would_take_too_many_windows_is_refused(models_dir):
    engine = create(toy_settings(models_dir))
    with pytest.raises(Refusal) as caught:
        engine.begin(replace(REQUEST, width=24 * 5, height=24 * 4), 0)
    assert caught.value.reason is Reason.TOO_LARGE
    assert caught.value.largest == (48, 48)
    engine.begin(replace(REQUEST, width=24 * 8, height=24), 0)
