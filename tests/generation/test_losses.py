"""The losses against their definitions."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from generation.losses import excess, normalise_weights, prompt_loss, spherical_distance, total_variation
from generation.protocol import Phrase

FREE = torch.tensor([-math.inf])


@given(st.floats(0.01, 3.1), st.floats(0.1, 50), st.floats(0.1, 50))
def test_the_distance_is_half_the_squared_angle_whatever_the_lengths(angle, one, other):
    a = one * torch.tensor([1.0, 0.0, 0.0])
    b = other * torch.tensor([math.cos(angle), math.sin(angle), 0.0])
    assert spherical_distance(a, b).item() == pytest.approx(angle**2 / 2, rel=1e-3)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_equal_and_opposite_vectors_have_finite_gradients(sign):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    spherical_distance(a, sign * a.detach()).backward()
    assert a.grad is not None
    assert bool(a.grad.isfinite().all())


def test_the_loss_is_the_weighted_sum_over_phrases_of_the_mean_over_cutouts():
    images, texts = torch.randn(5, 8), torch.randn(2, 8)
    weights = torch.tensor([0.7, -0.3])
    distance = spherical_distance(images.unsqueeze(1), texts.unsqueeze(0)).mean(0)
    expected = 0.7 * distance[0] - 0.3 * distance[1]
    stops = torch.full((2,), -math.inf)
    assert prompt_loss(images, texts, weights, stops).item() == pytest.approx(expected.item(), rel=1e-5)


def step(weight: float, stop: float = -math.inf) -> tuple[Tensor, Tensor]:
    """How a step against the gradient changes the distance of two cutouts to one phrase: before, after."""
    text = torch.tensor([[1.0, 0.0]])
    images = torch.tensor([[1.0, 0.5], [0.2, 1.0]], requires_grad=True)
    prompt_loss(images, text, torch.tensor([weight]), torch.tensor([stop])).backward()
    assert images.grad is not None
    return spherical_distance(images, text).detach(), spherical_distance(
        images - 0.1 * images.grad, text
    ).detach()


def test_a_positive_weight_draws_near_and_a_negative_one_pushes_away():
    before, after = step(1.0)
    assert bool((after < before).all())
    before, after = step(-1.0)
    assert bool((after > before).all())


def test_a_cutout_below_the_stop_is_no_longer_pulled_and_the_others_are():
    before, _ = step(1.0)
    near, far = before.tolist()
    assert near < 0.5 < far
    before, after = step(1.0, stop=0.5)
    assert after[0] == before[0]
    assert after[1] < before[1]


def test_a_stop_of_a_negative_weight_is_a_bound_on_the_negative_distance():
    before, after = step(-1.0, stop=-0.5)
    assert after[0] > before[0]
    assert after[1] == before[1]


def test_the_total_variation_is_that_of_neighbours():
    flat = torch.full((1, 3, 5, 6), 0.3)
    assert total_variation(flat).item() == 0
    stripes = torch.zeros(1, 1, 4, 4)
    stripes[..., 1::2] = 1.0
    assert total_variation(stripes).item() == 1.0


def test_weights_are_normalised_by_their_magnitudes_once_and_for_all():
    phrases = [Phrase("a", 50.0), Phrase("b", -25.0), Phrase("c", 25.0)]
    weights = normalise_weights(phrases)
    assert weights == [0.5, -0.25, 0.25]
    assert normalise_weights([Phrase("", weight) for weight in weights]) == weights


@pytest.mark.parametrize("weights", [(), (0.0,), (math.nan,), (math.inf, 1.0), (0.0, -0.0)])
def test_weights_that_cannot_be_normalised_are_refused(weights):
    with pytest.raises(ValueError, match="weights"):
        normalise_weights([Phrase("", weight) for weight in weights])


def test_the_excess_is_the_mean_square_of_what_is_beyond_the_range():
    x = torch.tensor([-0.5, 0.0, 0.3, 1.0, 1.2], requires_grad=True)
    loss = excess(x)
    assert loss.item() == pytest.approx((0.25 + 0.04) / 5)
    (gradient,) = torch.autograd.grad(loss, x)
    assert gradient.tolist() == pytest.approx([-0.2, 0, 0, 0, 0.08], abs=1e-6)
