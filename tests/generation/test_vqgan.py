"""The VQGAN and its files; that it equals the original is in `reference/`."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from torch import nn

from generation.codebook import nearest
from generation.fused import norm_silu
from generation.tensors import ModelFileError
from generation.vqgan import load_vqgan, save_vqgan
from tests.generation.toys import TOY_VQGAN, toy_vqgan


def test_shapes_follow_the_factor():
    model = toy_vqgan()
    z = model.encode(torch.rand(2, 3, 16, 24))
    assert TOY_VQGAN.factor == 4
    assert z.shape == (2, 8, 4, 6)
    codes = model.quantise(z)
    assert codes.shape == (2, 4, 6)
    assert codes.dtype == torch.int64
    assert model.lookup(codes).shape == z.shape
    assert model.decode(model.lookup(codes)).shape == (2, 3, 16, 24)


@given(st.integers(0, 2**31), st.sampled_from([0.01, 1.0, 100.0]))
def test_the_nearest_code_is_the_nearest(seed, scale):
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn(1, 4, 3, 5, generator=generator) * scale
    codebook = torch.randn(20, 4, generator=generator)
    distance = (z.movedim(1, -1).unsqueeze(-2).double() - codebook.double()).square().sum(-1)
    chosen = distance.gather(-1, nearest(z, codebook).unsqueeze(-1)).squeeze(-1)
    assert torch.allclose(chosen, distance.min(-1).values, rtol=1e-4)


def test_a_code_is_nearest_to_its_own_row():
    model = toy_vqgan()
    codes = torch.arange(32).view(1, 4, 8)
    assert torch.equal(model.quantise(model.lookup(codes)), codes)


def test_a_bfloat16_latent_is_compared_in_float32():
    codebook = torch.tensor([[1.0], [1.001]])
    z = torch.tensor([1.0]).view(1, 1, 1, 1)
    with torch.autocast("cpu", torch.bfloat16):
        assert nearest(z, codebook).item() == 0
        assert nearest(z + 0.001, codebook).item() == 1


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_the_frozen_norm_and_silu_have_the_gradient_of_the_plain_ones(layout):
    norm = nn.GroupNorm(4, 12, eps=1e-6).double()
    nn.init.normal_(norm.weight, 1.0, 0.5)
    nn.init.normal_(norm.bias)
    x = (torch.randn(2, 12, 5, 7).double() * 3 + 1).contiguous(memory_format=layout).requires_grad_()
    weight = torch.randn(2, 12, 5, 7).double()
    plain = norm_silu(norm, x)
    (expected,) = torch.autograd.grad(plain, x, weight)
    norm.requires_grad_(False)
    frozen = norm_silu(norm, x)
    (gradient,) = torch.autograd.grad(frozen, x, weight)
    assert torch.allclose(frozen, plain)
    assert torch.allclose(gradient, expected, atol=1e-6)


def test_a_frozen_decoder_has_the_gradient_of_a_trainable_one():
    model = toy_vqgan()
    z = torch.randn(1, 8, 3, 4, requires_grad=True)
    (expected,) = torch.autograd.grad(model.decode(z).square().sum(), z)
    model.requires_grad_(False)
    (gradient,) = torch.autograd.grad(model.decode(z).square().sum(), z)
    assert torch.allclose(gradient, expected, rtol=1e-4, atol=1e-5 * float(expected.abs().max()))


def test_training_reaches_every_weight():
    model = toy_vqgan().train()
    z = model.encode(torch.rand(1, 3, 16, 16) * 2 - 1)
    rows = model.lookup(model.quantise(z))
    picture = model.decode(z + (rows - z).detach())
    (picture.square().sum() + (rows - z.detach()).square().sum()).backward()
    assert [name for name, parameter in model.named_parameters() if parameter.grad is None] == []


def test_a_saved_model_comes_back_as_it_was(tmp_path):
    model = toy_vqgan()
    save_vqgan(model, tmp_path / "a.safetensors", torch.float32)
    loaded = load_vqgan(tmp_path / "a.safetensors")
    assert loaded.config == TOY_VQGAN
    assert not loaded.training
    for name, tensor in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], tensor)


def test_half_precision_files_load_as_float32(tmp_path):
    save_vqgan(toy_vqgan(), tmp_path / "a.safetensors")
    assert load_file(tmp_path / "a.safetensors")["encoder.conv_in.weight"].dtype == torch.float16
    assert load_vqgan(tmp_path / "a.safetensors").encoder.conv_in.weight.dtype == torch.float32


def test_loading_leaves_the_global_generator_alone(tmp_path):
    save_vqgan(toy_vqgan(), tmp_path / "a.safetensors")
    before = torch.random.get_rng_state()
    load_vqgan(tmp_path / "a.safetensors")
    assert torch.equal(torch.random.get_rng_state(), before)


def spoil_missing(state):
    del state["decoder.conv_in.bias"]


def spoil_extra(state):
    state["loss.logvar"] = torch.zeros(1)


def spoil_shape(state):
    state["quant_conv.weight"] = torch.zeros(2, 2, 1, 1)


def spoil_numbers(state):
    state["decoder.norm_out.weight"][0] = float("nan")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (spoil_missing, "missing: decoder.conv_in.bias"),
        (spoil_extra, "not known: loss.logvar"),
        (spoil_shape, r"wrong shape: quant_conv.weight \[2, 2, 1, 1\] instead of \[8, 8, 1, 1\]"),
        (spoil_numbers, "not finite: decoder.norm_out.weight"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_by_name(tmp_path, spoil, words):
    path = tmp_path / "a.safetensors"
    save_vqgan(toy_vqgan(), path)
    metadata = {"config": _config_of(path)}
    state = load_file(path)
    spoil(state)
    save_file(state, path, metadata)
    with pytest.raises(ModelFileError, match=words):
        load_vqgan(path)


def _config_of(path):
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        return file.metadata()["config"]


@pytest.mark.parametrize("data", [b"", b"nonsense", b"\xff" * 100])
def test_a_file_that_is_none_is_refused(tmp_path, data):
    path = tmp_path / "a.safetensors"
    path.write_bytes(data)
    with pytest.raises(ModelFileError, match=r"a\.safetensors"):
        load_vqgan(path)
    with pytest.raises(ModelFileError):
        load_vqgan(tmp_path / "absent")


@pytest.mark.parametrize("config", ["", "[]", '{"ch": 8}', '{"nonsense": 1}'])
def test_a_file_without_a_usable_configuration_is_refused(tmp_path, config):
    path = tmp_path / "a.safetensors"
    save_file({"x": torch.zeros(1)}, path, {"config": config})
    with pytest.raises(ModelFileError, match="configuration"):
        load_vqgan(path)
