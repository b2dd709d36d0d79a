"""A part of a picture painted anew: everything else stays, to the last bit."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image

from generation.codec import encode_png, read_init
from generation.engines.painting import Painting
from generation.engines.vqgan_clip import create
from generation.protocol import Manner
from tests.generation.contract import LAWS
from tests.generation.contract_runs import finish
from tests.generation.engines.toy_vqgan_clip import engine, models_dir
from tests.generation.toys import REQUEST, toy_settings

__all__ = ["engine", "models_dir"]  # the fixtures

PIXELS = np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8)
MASK = np.zeros((24, 32, 3), np.uint8)
MASK[4:14, 6:20] = 255
HOLED = replace(REQUEST, init=read_init(encode_png(PIXELS), encode_png(MASK)), init_weight=0.5)


@pytest.mark.parametrize(
    "law",
    [law for law in LAWS if "same_bytes" in law.__name__ or "resumes" in law.__name__],
    ids=lambda law: law.__name__,
)
def test_the_engine_keeps_the_law_that(law, models_dir):
    law(partial(create, toy_settings(models_dir)), replace(HOLED, steps=6))


@pytest.mark.parametrize("manner", [Manner(), Manner(tile=True)])
def test_outside_of_the_mask_every_pixel_stays_at_every_step(engine, manner):
    run = engine.begin(replace(HOLED, steps=6, manner=manner), 0)
    assert isinstance(run, Painting)
    assert run.anchor is not None
    closed = MASK[..., 0] == 0
    for _ in range(6):
        engine.advance([run])
        picture = engine.picture(run)
        assert np.array_equal(picture[closed], PIXELS[closed])
    assert not np.array_equal(picture[~closed], PIXELS[~closed])
    moved = (run.z.detach() != run.anchor).any(1)[0]
    rows, columns = torch.nonzero(moved, as_tuple=True)
    assert (int(rows.min()), int(rows.max())) == (1, 3)  # codes of 4 pixels
    assert (int(columns.min()), int(columns.max())) == (1, 4)


def test_grey_mixes_what_was_and_what_is_painted(engine):
    grey = np.full_like(MASK, 51)
    run = engine.begin(replace(HOLED, init=read_init(encode_png(PIXELS), encode_png(grey))), 0)
    painted = run.model.paint(run.z.detach())
    expected = 0.8 * torch.from_numpy(PIXELS / 255).permute(2, 0, 1)[None] + 0.2 * painted
    assert torch.allclose(run.full_picture(), expected.float(), atol=1e-5)


def test_what_is_transparent_is_painted_and_the_rest_stays(engine):
    layer = np.dstack([PIXELS, 255 - MASK[..., :1]])
    buffer = BytesIO()
    Image.fromarray(layer).save(buffer, "PNG")
    picture = finish(engine, engine.begin(replace(REQUEST, init=read_init(buffer.getvalue())), 0))
    closed = MASK[..., 0] == 0
    assert np.array_equal(picture[closed], PIXELS[closed])


def test_the_init_weight_does_not_hold_back_what_is_painted(engine):
    light, heavy = (engine.begin(replace(HOLED, init_weight=weight), 0) for weight in (0.0, 1000.0))
    assert np.array_equal(finish(engine, light), finish(engine, heavy))
