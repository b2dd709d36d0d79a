"""What a picture hangs on becomes tokens: places, painted labels, nearness."""

from __future__ import annotations

import pytest
import torch

from generation.conditions import Condition, Kind, places
from generation.palette import FIRST_LABEL, PALETTE, labels_of
from generation.sliding import Field
from tests.generation.toy_stage import toy_eye


@pytest.mark.parametrize(("rows", "columns"), [(16, 16), (16, 40), (23, 17)])
def test_places_are_mean_places_of_pixels(rows, columns):
    factor, number = 4, 100
    height, width = rows * factor, columns * factor
    index = torch.arange(height * width, dtype=torch.float64).view(height, width) / (height * width)
    mean = index.view(rows, factor, columns, factor).mean((1, 3))
    expected = (number * mean).round().clamp(max=number - 1).long().flatten()
    assert places(Field(rows, columns, 16), factor, number).tolist() == expected.tolist()


def test_places_never_pass_the_last_step():
    assert int(places(Field(64, 64, 16), 1, 20).max()) == 19


@pytest.mark.parametrize("count", FIRST_LABEL)
def test_every_colour_is_its_label_and_a_near_one_too(count):
    colours = torch.tensor([colour for _, _, colour, _ in PALETTE], dtype=torch.float32)
    numbers = [number - 1 + FIRST_LABEL[count] for *_, number in PALETTE]
    assert len(set(numbers)) == len(PALETTE)
    for shift in (-12, 0, 12):
        picture = ((colours + shift).clamp(0, 255) / 255).T.reshape(1, 3, 1, -1)
        assert labels_of(picture, count)[0].tolist() == numbers
    assert max(numbers) < count


def test_labels_are_one_channel_each():
    eye = toy_eye(Kind.SEGMENTATION)
    picture = torch.zeros(1, 3, 4, 6)
    picture[:, 1, :, 3:] = 1  # black is a road, green is grass
    sight = eye.sight(Kind.SEGMENTATION, picture)
    assert sight.shape == (1, 182, 4, 6)
    assert sight.sum(1).eq(1).all()
    assert sight[0, 148, :, :3].eq(1).all()
    assert sight[0, 123, :, 3:].eq(1).all()


def test_light_is_nearness_from_end_to_end():
    eye = toy_eye(Kind.DEPTH)
    picture = torch.full((1, 3, 4, 4), 0.4)
    picture[..., 0], picture[..., 1] = 0.2, 0.6
    sight = eye.sight(Kind.DEPTH, picture)
    torch.testing.assert_close(sight[0, 0, 0], torch.tensor([-1.0, 1.0, 0.0, 0.0]))
    assert eye.sight(Kind.DEPTH, torch.full((1, 3, 4, 4), 0.5)).isfinite().all()


@pytest.mark.parametrize("kind", Kind)
def test_members_are_told_what_to_give(kind):
    condition = Condition(kind, 3)
    assert condition.reads in ("nothing", "class", "segmentation", "depth", "scene")
    assert condition.spread == (kind not in ("nothing", "class", "scene"))
