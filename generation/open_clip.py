"""CLIPs as open_clip, LAION and OpenAI publish them: what the weights alone do not tell.

The activation is settled by the first of: the caller (the catalogue), `open_clip_config.json` beside the
file, the file being one of OpenAI's archives (quick GELU); else by open_clip's default, the exact GELU.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from generation.checkpoints import Weights
from generation.clip import CLIP, MEAN, STD, clip_weights, read_config
from generation.clip_config import Activation, CLIPConfig, CLIPTraits
from generation.tensors import ModelFileError, check_fits, shapes_only

CONFIG_FILE = "open_clip_config.json"
#: Buffers of open_clip's that a network makes itself.
_MADE = ("attn_mask", "text.attn_mask")
_TEXT = "text."
_PLACES = "visual.positional_embedding"


@dataclass(frozen=True, slots=True)
class Description:
    """What stands beside the weights."""

    traits: CLIPTraits
    mean: Sequence[float] = MEAN
    std: Sequence[float] = STD


def is_clip(weights: Weights) -> bool:
    """Whether these are a CLIP's weights."""
    return "logit_scale" in weights.state and any(name.startswith("visual.") for name in weights.state)


def read_clip(
    weights: Weights, config: Path | None = None, activation: Activation | None = None
) -> tuple[CLIPConfig, dict[str, Tensor]]:
    """The configuration, and the weights in OpenAI's names and for OpenAI's normalisation, checked.

    Raises `ModelFileError`.
    """
    description = describe(weights, config, activation)
    state = _plain_names(weights)
    sizes = read_config(state, weights.path, description.traits)
    with shapes_only():
        model = CLIP(sizes)
    check_fits(model, state, weights.path)
    return sizes, for_usual_pixels(state, description, weights.path)


def describe(weights: Weights, config: Path | None, activation: Activation | None) -> Description:
    """Settle what no shape shows. Raises `ModelFileError`."""
    path = config or weights.path.with_name(CONFIG_FILE)
    if weights.torchscript or (config is None and not path.is_file()):
        usual: Activation = "quick-gelu" if weights.torchscript else "gelu"
        return Description(CLIPTraits(activation or usual))
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
        return _described(tree, activation, path)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelFileError(f"{path}: not a readable {CONFIG_FILE} ({error!r})") from error


def _described(tree: Mapping[str, Any], activation: Activation | None, path: Path) -> Description:
    model = tree["model_cfg"]
    vision, text = model["vision_cfg"], model["text_cfg"]
    foreign = [
        name
        for name, value in (
            ("timm_model_name", vision.get("timm_model_name")),
            ("hf_model_name", text.get("hf_model_name")),
            ("global_average_pool", vision.get("global_average_pool")),
            ("attentional_pool", vision.get("attentional_pool")),
            ("no_ln_pre", vision.get("no_ln_pre")),
            ("no_causal_mask", text.get("no_causal_mask")),
        )
        if value
    ]
    if foreign or text.get("pool_type", "argmax") != "argmax" or vision.get("pool_type", "tok") != "tok":
        raise ModelFileError(
            f"{path}: not a CLIP of OpenAI's form ({', '.join(foreign) or 'another pooling'})"
        )
    traits = CLIPTraits(
        activation or ("quick-gelu" if model.get("quick_gelu") else "gelu"),
        int(vision.get("head_width", 64)),
        int(text["width"]) // int(text["heads"]) if "heads" in text else 64,
    )
    pixels = tree.get("preprocess_cfg", {})
    return Description(traits, tuple(pixels.get("mean", MEAN)), tuple(pixels.get("std", STD)))


def _plain_names(weights: Weights) -> dict[str, Tensor]:
    """OpenAI's names; open_clip puts some text towers under `text.`."""
    state = {
        name.removeprefix(_TEXT): tensor
        for name, tensor in clip_weights(weights.state).items()
        if name not in _MADE
    }
    if "logit_bias" in state:
        raise ModelFileError(f"{weights.path}: a SigLIP, which is not a CLIP of OpenAI's form")
    return state


def for_usual_pixels(state: dict[str, Tensor], description: Description, path: Path) -> dict[str, Tensor]:
    """Move a model's own pixel normalisation into its first layer, so that all CLIPs take the same pixels.

    The patches' weights take the ratio of the spreads, the positions the constant that is left.
    """
    mean, std = (torch.tensor(v, dtype=torch.float64) for v in (description.mean, description.std))
    usual_mean, usual_std = torch.tensor(MEAN, dtype=torch.float64), torch.tensor(STD, dtype=torch.float64)
    if torch.equal(mean, usual_mean) and torch.equal(std, usual_std):
        return state
    if _PLACES not in state or mean.shape != (3,) or std.shape != (3,) or not bool((std > 0).all()):
        raise ModelFileError(f"{path}: its pixel normalisation is not one that Gala can take over")
    kernel, places = state["visual.conv1.weight"].double(), state[_PLACES].double()
    shift = torch.einsum("ocij,c->o", kernel, (usual_mean - mean) / std)
    places = torch.cat([places[:1], places[1:] + shift])
    kernel = kernel * (usual_std / std).view(1, 3, 1, 1)
    return {**state, "visual.conv1.weight": kernel.float(), _PLACES: places.float()}
