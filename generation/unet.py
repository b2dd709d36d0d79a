"""The network that cuts ruDALL-E's emoji out of their background: a U-Net whose encoder is an EfficientNet.

Ronneberger et al., "U-Net" (2015); Tan and Le, "EfficientNet" (2019). The names are those of the published
file, which was made with segmentation_models.pytorch 0.1.3 and efficientnet_pytorch 0.6.3. Its shapes tell of
its configuration all but the strides, which are the same in every EfficientNet. It is of the size b5; the
library hands the features of the smallest, b0, over at other places.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generation.checkpoints import Weights
from generation.tensors import ModelFileError, check_fits, load_into, read_tensors, shapes_only

DEEPEST: Final = 32  #: px of a picture to one of the coarsest features; sides must be multiples of it
_STRIDES: Final = (
    1,
    2,
    2,
    2,
    1,
    2,
    1,
)  # of the first block of a stage, where the width changes
_EPSILON: Final = 1e-3  # of the encoder's norms, as TensorFlow has it
_MARK: Final = "encoder._blocks.0._depthwise_conv.weight"
_UNUSED: Final = ("encoder._conv_head.", "encoder._bn1.")  # the classifier's


@dataclass(frozen=True, slots=True)
class BlockConfig:
    """A block of the encoder. `wide`: the channels that its convolution of `kernel` px sees."""

    into: int
    out: int
    wide: int
    squeezed: int
    kernel: int
    stride: int


@dataclass(frozen=True, slots=True)
class UNetConfig:
    """The shape of a network. `decoder`: the widths of its stages, coarse to fine."""

    stem: int
    blocks: tuple[BlockConfig, ...]
    decoder: tuple[int, ...]
    classes: int

    @property
    def skips(self) -> tuple[int, ...]:
        """The widths of what the encoder hands over, at half the size, a quarter, and so on."""
        coarser = [i for i, block in enumerate(self.blocks) if block.stride == 2]
        return (self.stem, *(self.blocks[i - 1].out for i in coarser[1:]))


class Same(nn.Conv2d):
    """A convolution padded as TensorFlow pads even sides: what is odd goes to the right and the bottom."""

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, h, w] → [B, out, h / stride, w / stride]."""
        spare = self.kernel_size[0] - self.stride[0]
        return super().forward(F.pad(x, (spare // 2, spare - spare // 2) * 2))


class Block(nn.Module):
    """An inverted bottleneck with squeeze and excitation."""

    def __init__(self, config: BlockConfig) -> None:
        super().__init__()
        self._expands = config.wide != config.into
        self._stays = config.stride == 1 and config.into == config.out
        if self._expands:
            self._expand_conv = nn.Conv2d(config.into, config.wide, 1, bias=False)
            self._bn0 = nn.BatchNorm2d(config.wide, _EPSILON)
        self._depthwise_conv = Same(
            config.wide, config.wide, config.kernel, config.stride, groups=config.wide, bias=False
        )
        self._bn1 = nn.BatchNorm2d(config.wide, _EPSILON)
        self._se_reduce = nn.Conv2d(config.wide, config.squeezed, 1)
        self._se_expand = nn.Conv2d(config.squeezed, config.wide, 1)
        self._project_conv = nn.Conv2d(config.wide, config.out, 1, bias=False)
        self._bn2 = nn.BatchNorm2d(config.out, _EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        """[B, into, h, w] → [B, out, h / stride, w / stride]."""
        wide = F.silu(self._bn0(self._expand_conv(x))) if self._expands else x
        wide = F.silu(self._bn1(self._depthwise_conv(wide)))
        squeezed = F.silu(self._se_reduce(wide.mean((2, 3), keepdim=True)))
        out: Tensor = self._bn2(self._project_conv(wide * self._se_expand(squeezed).sigmoid()))
        return x + out if self._stays else out


class Encoder(nn.Module):
    """[B, 3, H, W] → features at half the size, a quarter, and so on down to `DEEPEST`."""

    def __init__(self, config: UNetConfig) -> None:
        super().__init__()
        self._conv_stem = Same(3, config.stem, 3, 2, bias=False)
        self._bn0 = nn.BatchNorm2d(config.stem, _EPSILON)
        self._blocks = nn.ModuleList(map(Block, config.blocks))
        self._coarser = [i for i, block in enumerate(config.blocks) if block.stride == 2]

    def forward(self, x: Tensor) -> list[Tensor]:
        """Fine to coarse: the stem, what each coarser block but the first is shown, and the last features."""
        x = F.silu(self._bn0(self._conv_stem(x)))
        features = [x]
        for index, block in enumerate(self._blocks):
            if index in self._coarser[1:]:
                features.append(x)
            x = block(x)
        return [*features, x]


class Stage(nn.Module):
    """A stage of the decoder: twice as fine, with what the encoder saw at that size, convolved twice."""

    def __init__(self, into: int, out: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = (
            nn.Sequential(nn.Conv2d(width, out, 3, padding=1, bias=False), nn.BatchNorm2d(out), nn.ReLU())
            for width in (into, out)
        )

    def forward(self, x: Tensor, skip: Tensor | None) -> Tensor:
        """[B, C, h, w] → [B, out, 2h, 2w]."""
        x = F.interpolate(x, scale_factor=2.0)
        x = x if skip is None else torch.cat([x, skip], 1)
        out: Tensor = self.conv2(self.conv1(x))
        return out


class UNet(nn.Module):
    """[B, 3, H, W] in 0..1 → logits of each pixel's class, [B, classes, H, W]."""

    def __init__(self, config: UNetConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        into = (config.blocks[-1].out, *config.decoder[:-1])
        skips = (*reversed(config.skips), 0)
        stages = (Stage(a + b, out) for a, b, out in zip(into, skips, config.decoder, strict=True))
        self.decoder = nn.ModuleDict({"blocks": nn.ModuleList(stages)})
        self.segmentation_head = nn.Sequential(nn.Conv2d(config.decoder[-1], config.classes, 3, padding=1))

    @torch.no_grad()
    def forward(self, x: Tensor) -> Tensor:
        """The logits; H and W are multiples of `DEEPEST`."""
        *skips, x = self.encoder(x)
        stages = self.decoder["blocks"]
        assert isinstance(stages, nn.ModuleList)
        for stage, skip in zip(stages, (*reversed(skips), None), strict=True):
            x = stage(x, skip)
        logits: Tensor = self.segmentation_head(x)
        return logits


def is_unet(weights: Weights) -> bool:
    """Whether these are such a network's."""
    return _MARK in weights.state


def read_unet(weights: Weights) -> dict[str, Tensor]:
    """The weights that are needed, checked. Raises `ModelFileError`."""
    state = {name: tensor for name, tensor in weights.state.items() if not name.startswith(_UNUSED)}
    with shapes_only():
        model = UNet(infer_config(state, weights.path))
    check_fits(model, state, weights.path)
    return state


def load_unet(path: Path) -> UNet:
    """A network in eval mode: its norms use the averages of its training. Raises `ModelFileError`."""
    state, _ = read_tensors(path)
    with torch.random.fork_rng(devices=[]):  # the initial weights draw from it
        model = UNet(infer_config(state, path))
    load_into(model, state, path)
    return model.requires_grad_(False).eval()


def infer_config(state: Mapping[str, Tensor], path: Path) -> UNetConfig:
    """What the shapes tell. Raises `ModelFileError`."""
    try:
        return _infer(state)
    except (KeyError, ValueError, IndexError, StopIteration) as error:
        raise ModelFileError(f"{path}: not a U-Net over an EfficientNet ({error!r})") from error


def _infer(state: Mapping[str, Tensor]) -> UNetConfig:
    strides, blocks = iter(_STRIDES), []
    for index in range(_count(state, "encoder._blocks.")):
        name = f"encoder._blocks.{index}."
        wide, _, kernel, _ = state[f"{name}_depthwise_conv.weight"].shape
        out = state[f"{name}_project_conv.weight"].shape[0]
        expand = state.get(f"{name}_expand_conv.weight")
        into = wide if expand is None else expand.shape[1]
        squeezed = state[f"{name}_se_reduce.weight"].shape[0]
        stride = next(strides) if into != out else 1
        blocks.append(BlockConfig(into, out, wide, squeezed, kernel, stride))
    decoder = (
        state[f"decoder.blocks.{index}.conv1.0.weight"].shape[0]
        for index in range(_count(state, "decoder.blocks."))
    )
    stem = state["encoder._conv_stem.weight"].shape[0]
    config = UNetConfig(stem, tuple(blocks), tuple(decoder), state["segmentation_head.0.weight"].shape[0])
    if next(strides, None) is not None or len(config.decoder) != len(config.skips) + 1:
        raise ValueError(f"{len(blocks)} blocks and {len(config.decoder)} stages")
    return config


def _count(state: Mapping[str, Tensor], prefix: str) -> int:
    found = (re.match(re.escape(prefix) + r"(\d+)\.", name) for name in state)
    return 1 + max(int(match[1]) for match in found if match)
