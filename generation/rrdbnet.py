"""ESRGAN's network (Wang et al. 2018) as Real-ESRGAN publishes it: pictures become 2, 4 or 8 times larger.

Residual dense blocks at the size of what comes in, then nearest neighbours and convolutions up to the size of
what goes out. Twice as large is four times as large of a picture that was folded in two.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generation.checkpoints import Weights
from generation.tensors import ModelFileError, check_fits, load_into, read_tensors, save_tensors, shapes_only

_SLOPE, _SHARE = 0.2, 0.2  # of the leaky rectifier; of what each block adds
_UPS = {2: 2, 4: 2, 8: 3}  #: how often a scale doubles
_MARK = "body.0.rdb1.conv1.weight"


@dataclass(frozen=True, slots=True)
class RRDBConfig:
    """The shape of a network. `scale` is 2, 4 or 8; published are 64 features, 23 blocks, growth 32."""

    scale: int
    features: int = 64
    blocks: int = 23
    growth: int = 32


class DenseBlock(nn.Module):
    """Five convolutions, each of which sees what all before it made."""

    def __init__(self, features: int, growth: int) -> None:
        super().__init__()
        for index in range(1, 5):
            into = features + (index - 1) * growth
            self.add_module(f"conv{index}", nn.Conv2d(into, growth, 3, padding=1))
        self.conv5 = nn.Conv2d(features + 4 * growth, features, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """[B, features, h, w] → the same; x may be finer than the weights, which would wear it down."""
        seen = x.to(self.conv5.weight.dtype)
        for index in range(1, 5):
            seen = torch.cat([seen, _leaky(self.get_submodule(f"conv{index}")(seen))], 1)
        return torch.add(x, self.conv5(seen), alpha=_SHARE)


class Block(nn.Module):
    """Three dense blocks in a row."""

    def __init__(self, config: RRDBConfig) -> None:
        super().__init__()
        self.rdb1, self.rdb2, self.rdb3 = (DenseBlock(config.features, config.growth) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        """[B, features, h, w] → the same."""
        return torch.add(x, self.rdb3(self.rdb2(self.rdb1(x))), alpha=_SHARE)


class RRDBNet(nn.Module):
    """[B, 3, H, W] in 0..1 → [B, 3, scale·H, scale·W], about 0..1. For a scale of 2, H and W are even."""

    def __init__(self, config: RRDBConfig) -> None:
        super().__init__()
        self.config = config
        n = config.features
        self.conv_first = nn.Conv2d(12 if config.scale == 2 else 3, n, 3, padding=1)
        self.body = nn.Sequential(*(Block(config) for _ in range(config.blocks)))
        self.conv_body = nn.Conv2d(n, n, 3, padding=1)
        for index in range(1, _UPS[config.scale] + 1):
            self.add_module(f"conv_up{index}", nn.Conv2d(n, n, 3, padding=1))
        self.conv_hr = nn.Conv2d(n, n, 3, padding=1)
        self.conv_last = nn.Conv2d(n, 3, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """The larger picture, float32. The convolutions run in the precision of their weights."""
        dtype = self.conv_first.weight.dtype
        x = F.pixel_unshuffle(x, 2) if self.config.scale == 2 else x
        first = self.conv_first(x.to(dtype))
        x = first + self.conv_body(self.body(first.float()).to(dtype))
        for index in range(1, _UPS[self.config.scale] + 1):
            x = _leaky(self.get_submodule(f"conv_up{index}")(F.interpolate(x, scale_factor=2.0)))
        last, x = self.conv_last, _leaky(self.conv_hr(x)).float()
        assert last.bias is not None
        return F.conv2d(x, last.weight.float(), last.bias.float(), padding=1)


def _leaky(x: Tensor) -> Tensor:
    return F.leaky_relu_(x, _SLOPE)


def save_rrdbnet(model: RRDBNet, path: Path) -> None:
    """Write weights and configuration."""
    save_tensors(model.state_dict(), path, metadata_of(model.config), None)


def metadata_of(config: RRDBConfig) -> dict[str, str]:
    """What a file says of its network."""
    return {"config": json.dumps(asdict(config))}


def load_rrdbnet(path: Path) -> RRDBNet:
    """Read what `save_rrdbnet` or the converter wrote. Raises `ModelFileError`."""
    state, metadata = read_tensors(path)
    try:
        config = RRDBConfig(**json.loads(metadata["config"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ModelFileError(f"{path}: names no network of ours ({error!r})") from error
    with torch.random.fork_rng(devices=[]):  # the initial weights draw from it
        model = RRDBNet(config)
    load_into(model, {name: tensor.float() for name, tensor in state.items()}, path)
    return model


def is_rrdbnet(weights: Weights) -> bool:
    """Whether these are such a network's."""
    return _MARK in weights.state


def read_rrdbnet(weights: Weights) -> tuple[RRDBConfig, dict[str, Tensor]]:
    """The configuration that the shapes tell, and the weights. Raises `ModelFileError`."""
    state = dict(weights.state)
    try:
        config = _infer(state)
    except (KeyError, ValueError) as error:
        raise ModelFileError(f"{weights.path}: not the network of Real-ESRGAN ({error!r})") from error
    with shapes_only():
        model = RRDBNet(config)
    check_fits(model, state, weights.path)
    return config, state


def _infer(state: Mapping[str, Tensor]) -> RRDBConfig:
    growth, features = state[_MARK].shape[:2]
    folded = state["conv_first.weight"].shape[1] == 12
    scale = 2 if folded else 8 if "conv_up3.weight" in state else 4
    blocks = 1 + max(int(found[1]) for name in state if (found := re.match(r"body\.(\d+)\.", name)))
    return RRDBConfig(scale, features, blocks, growth)
