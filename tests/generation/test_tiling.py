"""Pictures that repeat without a seam: network, cutouts and enlargement go on at the other edge."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from generation.cutouts import CutoutSettings, draw_views, make_cutouts, resampling
from generation.protocol import Start
from generation.starts import start_picture
from generation.tiling import enlarged, tiled
from tests.generation.toys import toy_vqgan


def random(*shape):
    return torch.rand(shape, generator=torch.Generator().manual_seed(0))


@torch.no_grad()
def test_a_tiled_decoder_knows_no_edge():
    """Shifted codes give the shifted picture, which the plain decoder's edges prevent."""
    plain = toy_vqgan().eval()
    z = random(1, 8, 6, 5)
    shift, factor = (2, 3), plain.config.factor
    moved = [side * factor for side in shift]
    for network, equal in ((tiled(plain), True), (plain, False)):
        expected = network.decode(z).roll(moved, (2, 3))
        assert torch.allclose(network.decode(z.roll(shift, (2, 3))), expected, atol=1e-5) == equal


def test_a_tiled_network_shares_its_weights_and_has_the_gradient_of_its_layers():
    plain = toy_vqgan().requires_grad_(False).eval()
    network = tiled(plain)
    mine = {parameter.data_ptr() for parameter in plain.parameters()}
    assert {parameter.data_ptr() for parameter in network.parameters()} == mine
    z = random(1, 8, 4, 4).requires_grad_()
    weights = random(1, 3, 16, 16)
    (gradient,) = torch.autograd.grad((network.decode(z) * weights).sum(), z)
    for parameter in network.parameters():  # now torch's own layers take the way back
        parameter.requires_grad_()
    (expected,) = torch.autograd.grad((network.decode(z) * weights).sum(), z)
    assert torch.allclose(gradient, expected, rtol=1e-3, atol=1e-5)


def test_a_wrapping_view_reads_on_at_the_other_edge():
    start, length = torch.tensor([6.0]), torch.tensor([8.0])
    matrix = resampling(start, length, 8, 8, wrap=True)[0]
    assert torch.equal(matrix, torch.eye(8).roll(-6, 0))
    halves = resampling(start, length, 8, 4, wrap=True)[0]
    assert torch.allclose(halves.sum(1), torch.ones(4))
    assert torch.allclose(halves[0] @ torch.arange(8.0), torch.tensor(6.5 * 0.75 + (5 + 0) * 0.125))


def test_wrapping_views_move_with_the_picture():
    settings = CutoutSettings(count=8, whole=2, noise=0.0, wrap=True)
    views = draw_views(settings, 24, 16, torch.Generator().manual_seed(1))
    assert bool((views.box[:, 0] + views.box[:, 2] > 24).any())
    picture = random(1, 3, 16, 24)
    moved = views.box.clone()
    moved[:, 0] += 5
    expected = make_cutouts(picture, views, 8)
    seen = make_cutouts(picture.roll(5, 3), replace(views, box=moved), 8)
    assert torch.allclose(seen, expected, atol=1e-5)


def test_a_tile_is_enlarged_as_a_tile():
    picture = random(1, 3, 6, 8)
    shifted = enlarged(picture.roll((1, 2), (2, 3)), [12, 16], tile=True)
    assert torch.allclose(shifted, enlarged(picture, [12, 16], tile=True).roll((2, 4), (2, 3)), atol=1e-5)
    assert enlarged(picture, [6, 8], tile=True) is picture


@pytest.mark.parametrize("tile", [False, True])
@pytest.mark.parametrize("start", list(Start))
def test_a_start_is_a_picture_that_its_seed_decides(start, tile):
    one, same, other = (
        start_picture(start, 48, 32, torch.Generator().manual_seed(seed), tile=tile) for seed in (1, 1, 2)
    )
    assert one.shape == (1, 3, 32, 48)
    assert 0 <= float(one.min()) < float(one.max()) <= 1
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@pytest.mark.parametrize("start", [Start.NOISE, Start.GRADIENT])
def test_the_edges_of_a_tiled_start_are_no_farther_apart_than_any_neighbours(start):
    picture = start_picture(start, 64, 64, torch.Generator().manual_seed(3), tile=True)
    for axis in (2, 3):
        steps = (picture - picture.roll(1, axis)).abs()
        seam = steps.select(axis, 0)
        assert float(seam.max()) <= float(steps.max()) + 1e-6
        assert float(seam.mean()) < 2 * float(steps.mean()) + 1e-6


def test_a_gradient_is_a_ramp():
    picture = start_picture(Start.GRADIENT, 40, 20, torch.Generator().manual_seed(5), tile=False)[0]
    for channel in picture:
        across, down = channel.diff(dim=1), channel.diff(dim=0)
        assert (across.std() < 1e-6 and down.abs().max() < 1e-6) or (
            down.std() < 1e-6 and across.abs().max() < 1e-6
        )


def test_fractal_noise_is_smooth_and_snow_is_not():
    rough = {
        start: float(
            start_picture(start, 64, 64, torch.Generator().manual_seed(1), tile=False)
            .diff(dim=3)
            .abs()
            .mean()
        )
        for start in (Start.NOISE, Start.SNOW)
    }
    assert rough[Start.NOISE] < rough[Start.SNOW] / 5
