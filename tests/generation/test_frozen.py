"""Frozen layers against the plain ones: the same values, the same gradient, nothing kept of the input."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from generation.frozen import attend, convolve, linear

LAYERS = [nn.Conv2d(6, 8, 3, padding=1), nn.Conv2d(6, 8, 1), nn.Conv2d(6, 4, 3, stride=2, padding=1)]


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("layer", LAYERS, ids=["3x3", "1x1", "stride 2"])
def test_a_frozen_convolution_is_the_plain_one(layer, layout):
    x = torch.randn(2, 6, 7, 9).contiguous(memory_format=layout).requires_grad_()
    plain = layer.requires_grad_(True)(x)
    (expected,) = torch.autograd.grad(plain.square().sum(), x)
    frozen = convolve(layer.requires_grad_(False), x)
    (gradient,) = torch.autograd.grad(frozen.square().sum(), x)
    assert torch.allclose(frozen, plain, atol=1e-6)
    assert torch.allclose(gradient, expected, atol=1e-4)


@pytest.mark.parametrize("bias", [None, torch.randn(5)])
@pytest.mark.parametrize("frozen", [True, False])
def test_a_product_is_the_plain_one(frozen, bias):
    x, weight = torch.randn(2, 3, 4, requires_grad=True), torch.randn(5, 4, requires_grad=not frozen)
    plain, ours = F.linear(x, weight, bias), linear(x, weight, bias)
    (expected,) = torch.autograd.grad(plain.square().sum(), x)
    (gradient,) = torch.autograd.grad(ours.square().sum(), x)
    assert ours.shape == (2, 3, 5)
    assert torch.allclose(ours, plain, atol=1e-6)
    assert torch.allclose(gradient, expected, atol=1e-5)
    with torch.no_grad():
        assert torch.allclose(linear(x, weight, bias), plain, atol=1e-6)


def test_the_gradient_of_a_product_lies_in_rows():
    contiguous = []
    x = torch.randn(2, 3, 64, requires_grad=True) * 1
    x.register_hook(lambda gradient: contiguous.append(gradient.is_contiguous()))
    linear(x, torch.randn(32, 64)).square().sum().backward()
    assert contiguous == [True]


def test_learning_weights_get_their_gradient():
    layer = nn.Conv2d(3, 4, 3)
    weight = torch.randn(5, 4, requires_grad=True)
    x = torch.randn(2, 4, requires_grad=True)
    (convolve(layer, torch.randn(1, 3, 5, 5)).sum() + linear(x, weight).square().sum()).backward()
    assert layer.weight.grad is not None
    assert weight.grad is not None


@pytest.mark.parametrize("causal", [True, False])
def test_attention_is_the_plain_one(causal):
    q, k, v = (torch.randn(2, 3, 7, 8, requires_grad=True) for _ in range(3))
    ours, plain = (
        attend(q, k, v, causal=causal),
        F.scaled_dot_product_attention(q, k, v, is_causal=causal),
    )
    assert torch.allclose(ours, plain, atol=1e-6)
    for mine, other in zip(
        *(torch.autograd.grad(y.square().sum(), (q, k, v)) for y in (ours, plain)), strict=True
    ):
        assert torch.allclose(mine, other, atol=1e-5)


def test_few_may_ask_many():
    q, k, v = (torch.randn(2, 3, n, 8) for n in (1, 7, 7))
    assert torch.allclose(attend(q, k, v), F.scaled_dot_product_attention(q, k, v), atol=1e-6)


def test_nothing_of_the_input_is_kept():
    layer = nn.Conv2d(6, 8, 3, padding=1).requires_grad_(False)
    weight = torch.randn(5, 4)
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(
        lambda tensor: kept.append(tensor.shape), lambda tensor: tensor
    ):
        convolve(layer, torch.randn(1, 6, 5, 5, requires_grad=True))
        linear(torch.randn(3, 4, requires_grad=True), weight)
    assert set(kept) <= {layer.weight.shape, torch.Size((5, 4, 1, 1))}
