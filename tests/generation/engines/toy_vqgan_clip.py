"""VQGAN+CLIP of toy size, for its tests: an engine, and runs that are carried to their end."""

from __future__ import annotations

import numpy as np
import pytest

from generation.codec import encode_png
from generation.engines.painting import Painting
from generation.engines.vqgan_clip import VQGANCLIP, create
from generation.protocol import Generate
from tests.generation.toys import toy_settings, write_toy


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory):
    """A folder with the toy model."""
    folder = tmp_path_factory.mktemp("models")
    write_toy(folder)
    return folder


@pytest.fixture(scope="module")
def engine(models_dir):
    """One engine for the tests that do not change it."""
    return create(toy_settings(models_dir))


def png(colour: tuple[int, int, int], size: tuple[int, int]) -> bytes:
    """A picture of one colour, of (width, height)."""
    return encode_png(np.full((size[1], size[0], 3), colour, np.uint8))


def finished(engine: VQGANCLIP, request: Generate) -> Painting:
    run = engine.begin(request, 0)
    assert isinstance(run, Painting)
    while run.step < run.steps:
        assert engine.advance([run]) == []
    return run
