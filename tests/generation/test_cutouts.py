"""Cutouts: true crops, without aliasing, differentiable, drawn from the generator alone."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from generation.cutouts import CutoutSettings, Views, draw_views, make_cutouts, resampling

PLAIN = CutoutSettings(count=3, flip=0.0, warp=0.0, colour=0.0, noise=0.0)
EVERYTHING = CutoutSettings(
    count=5, whole=1, pooled=1, grey=0.4, flip=0.5, warp=1.0, colour=1.0, noise=0.2, erase=1.0
)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def plain_views(*boxes: tuple[float, float, float, float]) -> Views:
    """Views of these boxes with nothing changed."""
    views = draw_views(replace(PLAIN, count=len(boxes)), 16, 16, generator())
    return replace(views, box=torch.tensor(boxes))


def test_a_view_of_its_own_size_is_exactly_the_crop():
    picture = torch.rand(1, 3, 20, 30)
    cuts = make_cutouts(picture, plain_views((3, 5, 8, 8), (22, 12, 8, 8), (0, 0, 8, 8)), 8)
    for cut, (x, y) in zip(cuts, ((3, 5), (22, 12), (0, 0)), strict=True):
        assert torch.allclose(cut, picture[0, :, y : y + 8, x : x + 8], atol=1e-6)


def test_a_flipped_view_is_the_mirror_image():
    picture = torch.rand(1, 3, 16, 16)
    views = replace(plain_views((2, 3, 8, 8)), flip=torch.tensor([True]))
    assert torch.allclose(make_cutouts(picture, views, 8)[0], picture[0, :, 3:11, 2:10].flip(-1), atol=1e-6)


def test_shrinking_the_whole_picture_is_the_antialiased_resize():
    picture = torch.rand(1, 3, 48, 64)
    cuts = make_cutouts(picture, plain_views((0, 0, 64, 48)), 16)
    expected = F.interpolate(picture, (16, 16), mode="bilinear", antialias=True)
    assert torch.allclose(cuts, expected, atol=1e-5)


def test_the_finest_stripes_shrink_to_grey():
    picture = torch.zeros(1, 3, 64, 64)
    picture[..., ::2] = 1.0
    inner = make_cutouts(picture, plain_views((0, 0, 64, 64)), 16)[..., 1:-1]
    assert (inner - 0.5).abs().max() < 0.01


@given(st.floats(-4, 40), st.floats(0.5, 60), st.integers(1, 40), st.integers(1, 40))
def test_every_row_of_a_resampling_sums_to_one(start, length, source, target):
    matrix = resampling(torch.tensor([start]), torch.tensor([length]), source, target)
    assert matrix.shape == (1, target, source)
    assert torch.allclose(matrix.sum(2), torch.ones(1, target), atol=1e-5)
    assert bool((matrix >= 0).all())


@pytest.mark.parametrize("power", [0.5, 1.0, 3.0])
def test_views_lie_inside_the_picture_and_sides_within_their_bounds(power):
    settings = replace(PLAIN, count=500, smallest=0.3, largest=0.9, power=power)
    left, top, width, height = draw_views(settings, 60, 40, generator()).box.unbind(1)
    assert torch.equal(width, height)
    assert bool(((width >= 0.3 * 40) & (width <= 0.9 * 40)).all())
    assert bool(((left >= 0) & (top >= 0) & (left + width <= 60.001) & (top + height <= 40.001)).all())


def test_a_higher_cut_power_gives_smaller_views():
    sides = [
        draw_views(replace(PLAIN, count=500, power=power), 64, 64, generator()).box[:, 2].mean()
        for power in (0.5, 1.0, 2.0)
    ]
    assert sides[0] > sides[1] > sides[2]


def test_the_whole_picture_is_seen_as_often_as_asked():
    boxes = draw_views(replace(PLAIN, count=5, whole=2, largest=0.5), 60, 40, generator()).box
    assert (boxes == torch.tensor([0.0, 0.0, 60.0, 40.0])).all(1).tolist() == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_the_same_generator_state_draws_the_same_views_and_another_draws_others():
    picture = torch.rand(1, 3, 24, 24)
    first, again, other = (draw_views(EVERYTHING, 24, 24, generator(seed)) for seed in (1, 1, 2))
    for field in fields(Views):
        one, two = getattr(first, field.name), getattr(again, field.name)
        assert torch.equal(one, two) if isinstance(one, torch.Tensor) else one == two
    cuts = [make_cutouts(picture, views, 12) for views in (first, again, other)]
    assert torch.equal(cuts[0], cuts[1])
    assert not torch.allclose(cuts[0], cuts[2], atol=0.05)


def test_the_gradient_agrees_with_finite_differences():
    views = draw_views(replace(EVERYTHING, pooled=0), 12, 10, generator(3))  # the greatest is not linear
    picture = torch.rand(1, 3, 10, 12, requires_grad=True)
    weight = torch.randn(5, 3, 6, 6)

    def value(x: torch.Tensor) -> torch.Tensor:
        return (make_cutouts(x, views, 6) * weight).sum()

    (gradient,) = torch.autograd.grad(value(picture), picture)
    with torch.no_grad():
        for _ in range(20):
            direction = torch.randn_like(picture)
            difference = value(picture + direction) - value(picture - direction)
            slope = (gradient * direction).sum().item()
            assert (difference / 2).item() == pytest.approx(slope, rel=1e-4, abs=1e-4)


def test_colours_move_about_grey_and_a_grey_keeps_its_hue():
    settings = replace(PLAIN, count=50, colour=1.0, jitter=0.0, hue=1.0)
    grey = torch.full((1, 3, 8, 8), 0.4)
    assert torch.allclose(
        make_cutouts(grey, draw_views(settings, 8, 8, generator()), 4), torch.tensor(0.4), atol=1e-2
    )
    red = torch.tensor([1.0, 0.0, 0.0]).view(1, 3, 1, 1).expand(1, 3, 8, 8)
    turned = make_cutouts(red, draw_views(settings, 8, 8, generator()), 4).mean((2, 3))
    luma = turned @ torch.tensor([0.299, 0.587, 0.114])
    assert torch.allclose(luma, torch.tensor(0.299), atol=1e-3)
    assert turned.std(0).max() > 0.1


def test_an_erased_rectangle_has_no_gradient():
    views = plain_views((0, 0, 8, 8))
    views = replace(views, erased=torch.tensor([[0.25, 0.0, 0.75, 0.5]]))
    picture = torch.ones(1, 3, 8, 8, requires_grad=True)
    make_cutouts(picture, views, 8).sum().backward()
    assert picture.grad is not None
    seen = picture.grad[0, 0] > 0.5
    assert seen[:4, 2:6].sum() == 0
    assert seen.sum() == 64 - 16


def test_a_part_of_the_views_sees_what_it_sees_among_all():
    picture = torch.rand(1, 3, 24, 20)
    views = draw_views(replace(EVERYTHING, count=7), 20, 24, generator())
    whole = make_cutouts(picture, views, 8)
    parts = [make_cutouts(picture, views.part(first, 3), 8) for first in range(0, 7, 3)]
    assert torch.allclose(torch.cat(parts), whole, atol=1e-6)


@pytest.mark.parametrize("size", [(20, 30), (16, 24), (5, 7), (8, 8), (33, 8)])
def test_a_pooled_view_is_that_of_the_notebooks(size):
    """(AdaptiveAvgPool2d + AdaptiveMaxPool2d) / 2 of the whole picture, and its gradient."""
    picture = torch.rand(1, 3, *size, requires_grad=True)
    views = draw_views(replace(PLAIN, pooled=3), size[1], size[0], generator())
    cuts = make_cutouts(picture, views, 8)
    expected = (F.adaptive_avg_pool2d(picture, 8) + F.adaptive_max_pool2d(picture, 8)) / 2
    assert torch.allclose(cuts, expected.expand(3, -1, -1, -1), atol=1e-6)
    weight = torch.randn(3, 3, 8, 8)
    (mine,), (theirs,) = (torch.autograd.grad((x * weight).sum(), picture) for x in (cuts, expected))
    assert torch.allclose(mine, theirs, atol=1e-5)


def test_the_last_views_are_pooled_and_the_others_as_they_were():
    picture = torch.rand(1, 3, 24, 20)
    some, none = (
        draw_views(replace(EVERYTHING, count=6, pooled=count), 20, 24, generator()) for count in (2, 0)
    )
    assert some.pooled.tolist() == [False] * 4 + [True] * 2
    cuts, others = make_cutouts(picture, some, 8), make_cutouts(picture, none, 8)
    assert torch.equal(cuts[:4], others[:4])
    assert not torch.allclose(cuts[4:], others[4:], atol=0.05)


def test_a_pooled_view_is_flipped_as_any():
    picture = torch.rand(1, 3, 16, 24)
    views = draw_views(replace(PLAIN, count=2, pooled=2), 24, 16, generator())
    straight, mirrored = make_cutouts(picture, replace(views, flip=torch.tensor([False, True])), 8)
    assert torch.equal(mirrored, straight.flip(-1))


def test_grey_views_have_the_lightness_and_no_colour():
    """Their share of those that see the whole, and of the others."""
    picture = torch.rand(1, 3, 24, 20)
    settings = replace(PLAIN, count=10, whole=4, pooled=2)
    grey, plain = (
        make_cutouts(picture, draw_views(replace(settings, grey=share), 20, 24, generator()), 8)
        for share in (0.5, 0.0)
    )
    lightness = (plain * torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)).sum(1, keepdim=True)
    for place in range(10):
        seen = lightness.expand_as(plain) if place in (0, 1, 4, 5, 6) else plain
        assert torch.allclose(grey[place], seen[place], atol=1e-6), place


def test_softened_views_are_pillows_own():
    picture = torch.randint(0, 256, (1, 3, 16, 16)).float() / 255
    for sharpness in (0.0, 0.3, 1.0):
        views = replace(plain_views((0, 0, 16, 16)), sharpness=torch.tensor([sharpness]))
        pixels = (picture[0].movedim(0, -1) * 255).round().to(torch.uint8).numpy()
        soft = ImageEnhance.Sharpness(Image.fromarray(pixels)).enhance(sharpness)
        expected = torch.from_numpy(np.array(soft)).movedim(-1, 0).float() / 255
        inner = (make_cutouts(picture, views, 16)[0] - expected)[:, 1:-1, 1:-1]
        assert inner.abs().max() < 1.6 / 255, "Pillow rounds twice"


def test_views_are_softened_as_often_as_asked_and_none_is_by_default():
    assert (draw_views(CutoutSettings(count=64), 16, 16, generator()).sharpness == 1).all()
    some = draw_views(CutoutSettings(count=400, soften=0.4), 16, 16, generator()).sharpness
    assert 0.3 < (some < 1).float().mean() < 0.5
    assert some[some < 1].max() <= 0.3
