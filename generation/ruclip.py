"""ruCLIP as Sber publishes it (Shonenkov et al., 2022): OpenAI's layout, and beside it YouTokenToMe's pieces.

A text is read at token 3. `config.json` says the sizes, of which the shapes show all but the text's heads,
and may say how pixels are normalised.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from generation.checkpoints import Weights
from generation.clip import MEAN, STD, clip_weights, read_config
from generation.clip_config import Activation, CLIPTraits, has_roberta
from generation.open_clip import Description
from generation.tensors import ModelFileError

CONFIG_FILE, PIECES = "config.json", "bpe.model"
_END = 3
_TRAITS = CLIPTraits("quick-gelu", text_end=_END)
#: What `config.json` calls a size, and what we do.
_SIZES = {
    "embed_dim": "embed_dim",
    "image_resolution": "image_resolution",
    "vision_width": "vision_width",
    "vision_patch_size": "vision_patch_size",
    "context_length": "context_length",
    "vocab_size": "vocab_size",
    "transformer_width": "text_width",
    "transformer_layers": "text_layers",
}


def is_ruclip(weights: Weights, vocabulary: Path | None = None) -> bool:
    """Whether YouTokenToMe cuts a CLIP's texts: told by the vocabulary that is named, or lies beside."""
    if weights.torchscript or has_roberta(weights.state):
        return False
    if vocabulary is not None:
        return vocabulary.suffix == Path(PIECES).suffix
    return all(weights.path.with_name(name).is_file() for name in (CONFIG_FILE, PIECES))


def describe_ruclip(weights: Weights, config: Path | None, activation: Activation | None) -> Description:
    """What no shape shows, and whether the rest is as the shapes show it. Raises `ModelFileError`."""
    path = config or weights.path.with_name(CONFIG_FILE)
    traits = replace(_TRAITS, activation=activation or _TRAITS.activation)
    if config is None and not path.is_file():
        return Description(traits)
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
        heads = int(tree["transformer_width"]) // int(tree["transformer_heads"])
        pixels = [
            tuple(map(float, tree.get(name) or usual)) for name, usual in (("mean", MEAN), ("std", STD))
        ]
        told = {name: tree[name] for name in _SIZES}
    except (OSError, ValueError, LookupError, TypeError, AttributeError, ZeroDivisionError) as error:
        raise ModelFileError(f"{path}: not a readable {CONFIG_FILE} of a ruCLIP ({error!r})") from error
    _check_sizes(told, weights, path)
    return Description(replace(traits, text_head_width=heads), *pixels)


def _check_sizes(told: Mapping[str, Any], weights: Weights, path: Path) -> None:
    found = asdict(read_config(clip_weights(weights.state), weights.path))
    for name, value in told.items():
        if value != found[_SIZES[name]]:
            raise ModelFileError(f"{path}: says {name} {value}, but the weights have {found[_SIZES[name]]}")
