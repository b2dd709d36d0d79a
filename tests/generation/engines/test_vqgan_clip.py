"""VQGAN+CLIP against the laws of every engine, and its own mathematics."""

from __future__ import annotations

from functools import partial

import pytest

from generation.engines.vqgan_clip import create
from tests.generation.contract import LAWS
from tests.generation.toys import REQUEST, toy_settings, write_toy


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory):
    """A folder with the toy model."""
    folder = tmp_path_factory.mktemp("models")
    write_toy(folder)
    return folder


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_the_engine_keeps_the_law_that(law, dtype, models_dir):
    law(partial(create, toy_settings(models_dir, dtype)), REQUEST)
