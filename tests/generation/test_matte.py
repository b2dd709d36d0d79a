"""Pictures cut out of their background."""

from __future__ import annotations

from collections import OrderedDict
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from generation.checkpoints import read_weights
from generation.matte import SIDE, Matte, opacity_by_white
from generation.tensors import save_tensors
from generation.unet import load_unet, read_unet
from tests.generation import toy_unet


def matte(folder: Path, state: OrderedDict[str, Tensor]) -> Matte:
    save_tensors(read_unet(read_weights(toy_unet.write(folder, state))), folder / "m.safetensors", {}, None)
    return Matte.load(folder / "m.safetensors", torch.device("cpu"))


def ring() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """A red ring on nearly white paper, 60 px high and 80 wide."""
    rows, columns = np.mgrid[:60, :80]
    far = np.hypot(rows - 30, columns - 40)
    picture = np.full((60, 80, 3), 245, np.uint8)
    picture[(far < 25) & (far > 10)] = (200, 30, 30)
    return picture


@pytest.mark.parametrize(("kind", "opacity"), [(0, 0), (1, 255)])
def test_where_the_network_is_sure_it_decides(tmp_path: Path, kind: int, opacity: int) -> None:
    cut = matte(tmp_path, toy_unet.sure_of(toy_unet.published(), kind)).cut(ring())
    assert cut.shape == (60, 80, 4)
    assert cut.dtype == np.uint8
    assert np.array_equal(cut[..., :3], ring())  # nothing of the picture is lost
    assert (cut[..., 3] == opacity).all()


def test_each_pixel_is_of_the_class_that_is_likeliest(tmp_path: Path) -> None:
    """The network's numbers are shifted and stretched until it is sure of all pixels, of half of them so."""
    picture = np.random.default_rng(3).integers(0, 255, (SIDE, SIDE, 3), np.uint8)
    state = toy_unet.published()
    matte(tmp_path, state)
    network = load_unet(tmp_path / "m.safetensors")
    logits = network(torch.from_numpy(picture).movedim(-1, 0)[None] / 255)[0]
    odds = logits[1] - logits[0]
    state["segmentation_head.0.bias"][1] -= odds.median()
    for part in ("weight", "bias"):
        state[f"segmentation_head.0.{part}"] *= 1e6
    opacity = matte(tmp_path, state).cut(picture)[..., 3]
    assert ((opacity == 255) == (odds > odds.median()).numpy()).mean() > 0.99


def test_where_it_is_not_sure_the_white_decides(tmp_path: Path) -> None:
    unsure = toy_unet.sure_of(toy_unet.published(), 1)
    unsure["segmentation_head.0.bias"] = torch.tensor([0.0, 4.0])  # 0.982
    assert np.array_equal(matte(tmp_path, unsure).cut(ring())[..., 3], opacity_by_white(ring()))
    unsure["segmentation_head.0.bias"] = torch.tensor([0.0, 5.0])  # 0.993
    assert (matte(tmp_path, unsure).cut(ring())[..., 3] == 255).all()


def test_white_that_reaches_the_edge_is_the_background() -> None:
    opacity = opacity_by_white(ring())
    assert opacity[0, 0] == opacity[30, 12] == 0
    assert opacity[30, 40] == 255  # the white inside the ring belongs to it
    assert opacity[30, 20] == 255
    coloured = (ring() < 240).any(2)
    assert (opacity[~coloured & (np.hypot(*np.mgrid[-30:30, -40:40]) > 25)] == 0).all()
    outline = coloured & (opacity == 0)
    assert 0 < outline.sum() < 250  # of the thing, one pixel is left to the paper's blur


def test_white_goes_round_corners() -> None:
    """A corridor of white that winds inwards is background to its very end; a closed room is not."""
    picture = np.zeros((41, 41, 3), np.uint8)
    path = [(0, 20), (20, 20), (20, 5), (35, 5), (35, 35), (8, 35)]
    for (a, b), (c, d) in pairwise(path):
        picture[min(a, c) : max(a, c) + 1, min(b, d) : max(b, d) + 1] = 255
    picture[10:13, 5:8] = 255
    opacity = opacity_by_white(picture)
    assert opacity[8, 35] == 0
    assert opacity[11, 6] == 255
