"""Real-ESRGAN's network against its definition, and its published layouts."""

from __future__ import annotations

from collections import OrderedDict

import pytest
import torch
import torch.nn.functional as F

from generation.checkpoints import read_weights
from generation.rrdbnet import RRDBConfig, RRDBNet, is_rrdbnet, load_rrdbnet, read_rrdbnet, save_rrdbnet
from generation.tensors import ModelFileError


def network(scale: int) -> RRDBNet:
    """Random weights, in double precision."""
    with torch.random.fork_rng():
        torch.manual_seed(scale)
        return RRDBNet(RRDBConfig(scale, features=6, blocks=2, growth=3))


def definition(state: dict[str, torch.Tensor], x: torch.Tensor, scale: int) -> torch.Tensor:
    """The network written out: dense blocks, a fifth of each is added, then nearest neighbours."""

    def conv(name: str, y: torch.Tensor) -> torch.Tensor:
        return F.conv2d(y, state[f"{name}.weight"], state[f"{name}.bias"], padding=1)

    def lrelu(y: torch.Tensor) -> torch.Tensor:
        return torch.where(y > 0, y, 0.2 * y)

    if scale == 2:
        folded = [x[:, c : c + 1, i::2, j::2] for c in range(3) for i in (0, 1) for j in (0, 1)]
        x = torch.cat(folded, 1)
    first = conv("conv_first", x)
    y = first
    for block in range(2):
        outer = y
        for number in (1, 2, 3):
            name, parts = f"body.{block}.rdb{number}", [y]
            for index in range(1, 5):
                parts.append(lrelu(conv(f"{name}.conv{index}", torch.cat(parts, 1))))
            y = y + 0.2 * conv(f"{name}.conv5", torch.cat(parts, 1))
        y = outer + 0.2 * y
    y = first + conv("conv_body", y)
    for index in range(1, {2: 2, 4: 2, 8: 3}[scale] + 1):
        y = y.repeat_interleave(2, 2).repeat_interleave(2, 3)
        y = lrelu(conv(f"conv_up{index}", y))
    return conv("conv_last", lrelu(conv("conv_hr", y)))


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_the_network_is_as_defined(scale):
    model, x = network(scale), torch.rand(1, 3, 12, 10)
    with torch.no_grad():
        made = model(x)
        expected = definition(dict(model.state_dict()), x, scale)
    assert made.shape == (1, 3, 12 * scale, 10 * scale)
    assert torch.allclose(made, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("nest", [None, "params", "params_ema"])
@pytest.mark.parametrize("scale", [2, 4, 8])
def test_published_layouts_are_read(scale, nest, tmp_path):
    model, path = network(scale), tmp_path / "RealESRGAN.pth"
    state = OrderedDict(model.state_dict())
    torch.save(state if nest is None else {nest: state}, path)
    weights = read_weights(path)
    assert is_rrdbnet(weights)
    config, read = read_rrdbnet(weights)
    assert config == model.config
    assert all(torch.equal(read[name], tensor) for name, tensor in state.items())


def test_of_two_sets_the_average_is_taken(tmp_path):
    plain, average = network(4).state_dict(), network(2).state_dict()
    torch.save({"params": plain, "params_ema": average}, tmp_path / "both.pth")
    assert read_rrdbnet(read_weights(tmp_path / "both.pth"))[0].scale == 2


def test_what_was_saved_is_loaded(tmp_path):
    model = network(4)
    save_rrdbnet(model, tmp_path / "rrdbnet.safetensors")
    loaded = load_rrdbnet(tmp_path / "rrdbnet.safetensors")
    x = torch.rand(1, 3, 8, 8)
    with torch.no_grad():
        assert torch.equal(loaded(x), model(x))


def test_what_does_not_fit_is_refused_by_name(tmp_path):
    state = OrderedDict(network(4).state_dict())
    state["conv_hr.weight"] = state["conv_hr.weight"] * float("nan")
    state["conv_last.weight"] = state["conv_last.weight"][:2]
    del state["conv_body.bias"]
    torch.save(state, tmp_path / "bad.pth")
    with pytest.raises(ModelFileError, match=r"missing: conv_body\.bias.*wrong shape.*not finite: conv_hr"):
        read_rrdbnet(read_weights(tmp_path / "bad.pth"))
