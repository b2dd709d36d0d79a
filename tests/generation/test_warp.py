"""The ordered gradient of sampling against torch's own."""

from __future__ import annotations

import torch

from generation.warp import _Sample, sample


def test_the_ordered_gradient_is_that_of_grid_sample():
    x = torch.randn(3, 2, 7, 9, requires_grad=True)
    grid = torch.rand(3, 6, 5, 2) * 2.6 - 1.3  # a part of it beyond the border
    weight = torch.randn(3, 2, 6, 5)
    plain = sample(x, grid)
    (expected,) = torch.autograd.grad(plain, x, weight)
    ordered = _Sample.apply(x, grid)
    (gradient,) = torch.autograd.grad(ordered, x, weight)
    assert torch.equal(ordered, plain)
    assert torch.allclose(gradient, expected, atol=1e-5)
