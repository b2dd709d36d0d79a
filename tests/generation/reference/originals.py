"""The original networks, from the extra `reference`; a test that needs an absent one is skipped."""

from __future__ import annotations

import warnings
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import pytest
from torch import nn

from benchmarks.peer import declare_detection_operators


def original(module: str) -> ModuleType:
    """Import a module of the extra `reference`, or skip the test."""
    if find_spec(module.split(".")[0]) is None:
        pytest.skip(f"{module} is absent; it comes with the extra `reference`")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if find_spec("torchvision") is not None:
            declare_detection_operators()
        return import_module(module)


def taming_model(
    ddconfig: dict[str, Any], n_embed: int, embed_dim: int, groups: int, patch: pytest.MonkeyPatch
) -> nn.Module:
    """The parts of taming-transformers' VQModel under its names, without the training that surrounds them.

    taming fixes GroupNorm at 32 groups, hence the patch.
    """
    networks = original("taming.modules.diffusionmodules.model")
    quantizers = original("taming.modules.vqvae.quantize")
    patch.setattr(
        networks, "Normalize", lambda channels: nn.GroupNorm(groups, channels, eps=1e-6, affine=True)
    )
    model = nn.Module()
    model.encoder = networks.Encoder(**ddconfig)
    model.decoder = networks.Decoder(**ddconfig)
    model.quantize = quantizers.VectorQuantizer2(n_embed, embed_dim, beta=0.25)
    model.quant_conv = nn.Conv2d(ddconfig["z_channels"], embed_dim, 1)
    model.post_quant_conv = nn.Conv2d(embed_dim, ddconfig["z_channels"], 1)
    return model.eval()
