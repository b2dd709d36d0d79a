"""Emojich's U-Net against its definition, and its published layout."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from generation.checkpoints import read_weights
from generation.tensors import ModelFileError, save_tensors
from generation.unet import UNet, is_unet, load_unet, read_unet
from tests.generation import toy_unet
from tests.generation.toy_unet import BLOCKS, DECODER, published


def definition(state: OrderedDict[str, Tensor], x: Tensor) -> Tensor:
    """The network written out, in the words of its papers."""

    def conv(name: str, y: Tensor, stride: int = 1, groups: int = 1) -> Tensor:
        weight, bias = state[f"{name}.weight"], state.get(f"{name}.bias")
        kernel = weight.shape[-1]
        spare = max((-(-y.shape[-1] // stride) - 1) * stride + kernel - y.shape[-1], 0)
        y = F.pad(y, (spare // 2, spare - spare // 2, spare // 2, spare - spare // 2))
        return F.conv2d(y, weight, bias, stride, groups=groups)

    def norm(name: str, y: Tensor, eps: float) -> Tensor:
        mean, var, weight, bias = (
            state[f"{name}.{part}"][:, None, None]
            for part in ("running_mean", "running_var", "weight", "bias")
        )
        return (y - mean) / (var + eps).sqrt() * weight + bias

    def swish(y: Tensor) -> Tensor:
        return y * y.sigmoid()

    y = swish(norm("encoder._bn0", conv("encoder._conv_stem", x, 2), 1e-3))
    seen = {y.shape[-1]: y}
    for index, (into, out, _, stride) in enumerate(BLOCKS):
        name, z = f"encoder._blocks.{index}", y
        if index:
            z = swish(norm(f"{name}._bn0", conv(f"{name}._expand_conv", z), 1e-3))
        z = swish(norm(f"{name}._bn1", conv(f"{name}._depthwise_conv", z, stride, z.shape[1]), 1e-3))
        share = conv(f"{name}._se_expand", swish(conv(f"{name}._se_reduce", z.mean((2, 3), keepdim=True))))
        z = norm(f"{name}._bn2", conv(f"{name}._project_conv", share.sigmoid() * z), 1e-3)
        y = y + z if stride == 1 and into == out else z
        if index:  # the finest is the stem's own
            seen[y.shape[-1]] = y
    for index in range(len(DECODER)):
        y = y.repeat_interleave(2, 2).repeat_interleave(2, 3)
        if index < len(DECODER) - 1:
            y = torch.cat([y, seen[y.shape[-1]]], 1)
        for number in (1, 2):
            name = f"decoder.blocks.{index}.conv{number}"
            y = norm(f"{name}.1", conv(f"{name}.0", y), 1e-5).relu()
    return conv("segmentation_head.0", y)


def read(tmp_path: Path, state: OrderedDict[str, Tensor]) -> UNet:
    """Through the published file and our own."""
    weights = read_weights(toy_unet.write(tmp_path, state))
    assert is_unet(weights)
    save_tensors(read_unet(weights), tmp_path / "matte.safetensors", {}, None)
    return load_unet(tmp_path / "matte.safetensors")


def test_the_network_is_as_defined(tmp_path: Path) -> None:
    state = published()
    x = torch.rand(2, 3, 96, 96, generator=torch.Generator().manual_seed(1))
    made, expected = read(tmp_path, state)(x), definition(state, x)
    assert made.shape == (2, 2, 96, 96)
    assert expected.std() > 0.1
    assert torch.allclose(made, expected, atol=1e-5, rtol=1e-4)


def test_a_part_of_a_picture_says_nothing_of_another_picture(tmp_path: Path) -> None:
    """The norms use the averages of the training, not those of what they are shown."""
    network, x = read(tmp_path, published()), torch.rand(3, 3, 64, 64)
    assert torch.allclose(network(x)[:1], network(x[:1]), atol=1e-5)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"encoder._blocks.3._se_reduce.weight": None}, "_se_reduce"),
        ({"decoder.blocks.4.conv1.0.weight": None}, "conv1"),
        ({"extra.weight": torch.zeros(1)}, "not known: extra.weight"),
        ({"segmentation_head.0.bias": torch.tensor([0.0, float("nan")])}, "not finite: segmentation_head"),
        ({"decoder.blocks.0.conv1.0.weight": torch.zeros(8, 3, 3, 3)}, "wrong shape: decoder.blocks.0"),
    ],
)
def test_what_is_no_such_network_is_refused(
    tmp_path: Path, change: dict[str, Tensor | None], words: str
) -> None:
    state = published()
    for name, tensor in change.items():
        if tensor is None:
            del state[name]
        else:
            state[name] = tensor
    with pytest.raises(ModelFileError, match=words):
        read_unet(read_weights(toy_unet.write(tmp_path, state)))


def test_a_network_with_a_stage_too_few_is_refused(tmp_path: Path) -> None:
    state = OrderedDict(
        (name, t) for name, t in published().items() if not name.startswith("encoder._blocks.7.")
    )
    with pytest.raises(ModelFileError, match="not a U-Net over an EfficientNet"):
        read_unet(read_weights(toy_unet.write(tmp_path, state)))
