"""The two gradients that are not derivatives, against their definitions."""

from __future__ import annotations

import pytest
import torch

from generation.gradients import clamp_with_gradient, straight_through


def test_straight_through_gives_the_value_and_hands_the_gradient_to_the_source_unchanged():
    value = torch.randn(3, 4, requires_grad=True)
    source = torch.randn(3, 4, requires_grad=True)
    weight = torch.randn(3, 4)
    out = straight_through(value, source)
    (out * weight).sum().backward()
    assert torch.equal(out, value)
    assert source.grad is not None
    assert torch.equal(source.grad, weight)
    assert value.grad is None


@pytest.mark.parametrize(
    ("x", "gradient", "expected"),
    [
        (0.5, 1.0, 1.0),
        (0.5, -1.0, -1.0),
        (1.5, 1.0, 1.0),  # descent lowers x: back into the range
        (1.5, -1.0, 0.0),  # descent would raise x further
        (-0.5, -1.0, -1.0),
        (-0.5, 1.0, 0.0),
        (1.0, -1.0, -1.0),
        (0.0, 1.0, 1.0),
    ],
)
def test_the_clamp_passes_only_gradients_that_pull_back_into_the_range(x, gradient, expected):
    tensor = torch.tensor([x], requires_grad=True)
    out = clamp_with_gradient(tensor, 0.0, 1.0)
    out.backward(torch.tensor([gradient]))
    assert out.item() == min(max(x, 0.0), 1.0)
    assert tensor.grad is not None
    assert tensor.grad.item() == expected
