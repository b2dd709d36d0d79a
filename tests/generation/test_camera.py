"""The camera against its definition: where things go, and that no border comes in."""

from __future__ import annotations

import math

import pytest
import torch

from generation.camera import moved
from generation.protocol import Motion


def still(**moves: float) -> Motion:
    """A camera that does only this."""
    return Motion(1, 1, **moves)


def spot(x: int, y: int, width: int = 48, height: int = 32) -> torch.Tensor:
    """A soft light at a place, on grey."""
    across, down = torch.arange(width) - x, (torch.arange(height) - y).unsqueeze(1)
    light = torch.exp(-(across**2 + down**2) / 8.0)
    return (0.2 + 0.7 * light).expand(1, 3, height, width).contiguous()


def brightest(picture: torch.Tensor) -> tuple[float, float]:
    """The middle of the light, in pixels from the middle of the picture: right and down."""
    weight = (picture[0, 0] - 0.25).clamp(min=0)
    height, width = weight.shape
    x = torch.arange(width) - (width - 1) / 2
    y = torch.arange(height) - (height - 1) / 2
    total = weight.sum()
    return float((weight.sum(0) * x).sum() / total), float((weight.sum(1) * y).sum() / total)


def test_a_camera_that_stands_still_changes_nothing():
    picture = torch.rand(1, 3, 24, 40, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(moved(picture, still()), picture, atol=1e-5)


@pytest.mark.parametrize(
    ("moves", "lands"),
    [
        ({"zoom": 1.25}, (1.25, 1.25, 0.0, 0.0)),
        ({"zoom": 0.8}, (0.8, 0.8, 0.0, 0.0)),
        ({"right": 0.125}, (1, 1, -6.0, 0.0)),  # of 48 pixels; the camera goes right, so things go left
        ({"down": -0.125}, (1, 1, 0.0, 4.0)),  # of 32
    ],
)
def test_things_go_where_the_camera_sends_them(moves, lands):
    picture = spot(30, 12)
    x, y = brightest(picture)
    grow_x, grow_y, right, down = lands
    assert brightest(moved(picture, still(**moves))) == pytest.approx(
        (x * grow_x + right, y * grow_y + down), abs=0.15
    )


@pytest.mark.parametrize("degrees", [30.0, -45.0, 90.0])
def test_a_turn_is_clockwise_and_keeps_distances_in_pictures_of_any_shape(degrees):
    picture = spot(30, 12)
    x, y = brightest(picture)
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    assert brightest(moved(picture, still(turn=degrees))) == pytest.approx(
        (cos * x - sin * y, sin * x + cos * y), abs=0.15
    )


@pytest.mark.parametrize(
    "moves", [{"zoom": 0.5}, {"right": 0.9}, {"down": -1.0}, {"turn": 45.0}, {"zoom": 0.6, "turn": 20.0}]
)
def test_no_border_is_black_however_far_the_camera_goes(moves):
    white = torch.full((1, 3, 32, 48), 0.9)
    assert float(moved(white, still(**moves)).min()) > 0.89


def test_what_comes_into_view_is_a_reflection():
    picture = torch.rand(1, 3, 8, 16, generator=torch.Generator().manual_seed(2))
    shifted = moved(picture, still(right=0.25))
    assert torch.allclose(shifted[..., :12], picture[..., 4:], atol=1e-4)
    assert torch.allclose(shifted[..., 12:], picture[..., 12:].flip(3), atol=1e-4)


def test_a_tile_comes_round_again():
    picture = torch.rand(1, 3, 24, 40, generator=torch.Generator().manual_seed(1))
    shifted = moved(picture, still(right=0.25, down=-0.5), tile=True)
    assert torch.allclose(shifted, picture.roll((-10, 12), (3, 2)), atol=1e-4)


def test_far_from_a_tile_there_are_whole_tiles():
    """Half as large, the picture is seen four times; each time the same."""
    picture = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(2))
    seen = moved(picture, still(zoom=0.5), tile=True)
    assert torch.allclose(seen, seen.roll((8, 8), (3, 2)), atol=1e-4)
    assert not torch.allclose(moved(picture, still(zoom=0.5)), seen, atol=1e-2)
