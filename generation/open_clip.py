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
from generation.clip import MEAN, STD, clip_weights, network_of, read_config
from generation.clip_config import Activation, CLIPConfig, CLIPTraits, has_roberta
from generation.tensors import ModelFileError, check_fits, shapes_only

CONFIG_FILE = "open_clip_config.json"
#: Buffers that a network makes itself.
_MADE = ("attn_mask", "text.attn_mask", "text.transformer.embeddings.position_ids")
_TEXT = "text."
_UNUSED = "text.transformer.pooler."  #: reads the first token, where open_clip takes the mean of all
_ROBERTA = {
    "hf_pooler_type": "mean_pooler",
    "pooler_type": "mean_pooler",
    "hf_proj_type": "mlp",
    "proj": "mlp",
}
_TEXT_TOKENS = 77
_FOREIGN_VISION = ("timm_model_name", "global_average_pool", "attentional_pool", "no_ln_pre")
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


def read_clip(weights: Weights, description: Description) -> tuple[CLIPConfig, dict[str, Tensor]]:
    """The configuration, and the weights in our names and for OpenAI's normalisation, checked.

    Raises `ModelFileError`.
    """
    state = _plain_names(weights)
    sizes = read_config(state, weights.path, description.traits)
    with shapes_only():
        model = network_of(sizes)
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
        return _described(tree, activation, path, roberta=has_roberta(weights.state))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelFileError(f"{path}: not a readable {CONFIG_FILE} ({error!r})") from error


def _described(
    tree: Mapping[str, Any], activation: Activation | None, path: Path, *, roberta: bool
) -> Description:
    model = tree["model_cfg"]
    vision, text = model["vision_cfg"], model["text_cfg"]
    foreign = [name for name in _FOREIGN_VISION if vision.get(name)]
    foreign += ["pool_type"] if vision.get("pool_type", "tok") != "tok" else []
    foreign += _foreign_roberta(text) if roberta else _foreign_text(text)
    if foreign:
        raise ModelFileError(f"{path}: not a CLIP of a form that Gala knows ({', '.join(foreign)})")
    traits = CLIPTraits(
        activation or ("quick-gelu" if model.get("quick_gelu") else "gelu"),
        int(vision.get("head_width", 64)),
        int(text["width"]) // int(text["heads"]) if "heads" in text and not roberta else 64,
        text_context=int(text.get("context_length", _TEXT_TOKENS)) if roberta else _TEXT_TOKENS,
    )
    pixels = tree.get("preprocess_cfg", {})
    return Description(traits, tuple(pixels.get("mean", MEAN)), tuple(pixels.get("std", STD)))


def _foreign_text(text: Mapping[str, Any]) -> list[str]:
    """What of the text tower is not OpenAI's."""
    foreign = [name for name in ("hf_model_name", "no_causal_mask") if text.get(name)]
    return foreign + (["pool_type"] if text.get("pool_type", "argmax") != "argmax" else [])


def _foreign_roberta(text: Mapping[str, Any]) -> list[str]:
    """What of the text tower is not as open_clip puts XLM-RoBERTa into a CLIP."""
    foreign = [name for name, usual in _ROBERTA.items() if text.get(name, usual) != usual]
    return foreign + (["hf_model_name"] if "xlm-roberta" not in str(text.get("hf_model_name")) else [])


def _plain_names(weights: Weights) -> dict[str, Tensor]:
    """Ours, which are OpenAI's; open_clip puts some of their text towers under `text.`, and all of others."""
    prefix = "" if has_roberta(weights.state) else _TEXT
    state = {
        name.removeprefix(prefix): tensor
        for name, tensor in clip_weights(weights.state).items()
        if name not in _MADE and not name.startswith(_UNUSED)
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
