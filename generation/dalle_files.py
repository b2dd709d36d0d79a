"""Files of ruDALL-E's transformer: their shapes tell nearly all of its configuration."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from generation.checkpoints import Weights
from generation.dalle import Dalle, DalleConfig, Kind, mask_table
from generation.rounding import restore_matrices, round_matrices
from generation.tensors import (
    ModelFileError,
    check_fits,
    load_into,
    read_tensors,
    save_tensors,
    shapes_only,
)
from generation.yttm import YTTM

#: Heads of the published models by their width: nothing in their files tells.
_PUBLISHED_HEADS = {768: 12, 2048: 16, 3840: 60}
_MASKS = tuple(f"transformer.{kind}_mask" for kind in ("row", "col", "conv"))


def infer_config(state: Mapping[str, Tensor], metadata: Mapping[str, str], path: Path) -> DalleConfig:
    """The shape of the network whose tensors these are; what shapes do not tell comes from the metadata.

    A published file has no metadata: its heads follow from its width, its version from its own masks.
    """
    try:
        text_rows, hidden = state["text_embeddings.weight"].shape
        text_length = state["text_pos_embeddings.weight"].shape[0] - 1
        told: dict[str, Any] = json.loads(metadata.get("config", "{}"))
        config = DalleConfig(
            layers=sum(name.endswith(".query_key_value.weight") for name in state),
            hidden=hidden,
            heads=int(told.get("heads") or _heads(hidden)),
            text_vocab=text_rows - text_length,
            text_length=text_length,
            image_vocab=state["image_embeddings.weight"].shape[0],
            grid=state["image_row_embeddings.weight"].shape[0],
            version=int(told.get("version", 3)),
        )
        return config if "version" in told else _with_version(config, state[_MASKS[2]])
    except (KeyError, ValueError, TypeError) as error:
        raise ModelFileError(f"{path}: not a transformer in ruDALL-E's layout ({error!r})") from error


def _heads(hidden: int) -> int:
    if hidden not in _PUBLISHED_HEADS:
        raise ValueError(f"nothing tells how many heads a width of {hidden} has; say --heads")
    return _PUBLISHED_HEADS[hidden]


def _with_version(config: DalleConfig, convolution: Tensor) -> DalleConfig:
    """The version whose convolution mask this is."""
    for version in (3, 2):
        candidate = replace(config, version=version)
        if torch.equal(mask_table(candidate)[Kind.CONVOLUTION], convolution.bool()):
            return candidate
    raise ValueError("its masks are those of no known version")


def is_dalle(weights: Weights) -> bool:
    """Whether these are the weights of a transformer in ruDALL-E's layout."""
    return {"text_embeddings.weight", "image_embeddings.weight"} <= weights.state.keys()


def read_dalle(
    weights: Weights, vocabulary: Path, told: Mapping[str, int]
) -> tuple[DalleConfig, dict[str, Tensor]]:
    """The configuration, and the weights without the masks, checked. Raises `ModelFileError`.

    `told`: "heads" and "version", where the file does not tell them.
    """
    if _MASKS[2] not in weights.state and "version" not in told:
        raise ModelFileError(
            f"{weights.path}: has no masks, which would tell its version; say --dalle-version 2 or 3"
        )
    config = infer_config(weights.state, {"config": json.dumps(dict(told))}, weights.path)
    state = {name: tensor for name, tensor in weights.state.items() if name not in _MASKS}
    with shapes_only():
        model = Dalle(config)
    check_fits(model, state, weights.path)
    load_vocabulary(vocabulary, config)
    return config, state


def load_vocabulary(path: Path, config: DalleConfig) -> YTTM:
    """The vocabulary that belongs to a transformer. Raises `ModelFileError` for one of another size."""
    vocabulary = YTTM.load(path)
    if len(vocabulary) != config.text_vocab:
        raise ModelFileError(
            f"{path}: has {len(vocabulary)} pieces, and the transformer reads {config.text_vocab}; "
            "they do not belong together"
        )
    return vocabulary


def save_dalle(
    model: Dalle, path: Path, dtype: torch.dtype = torch.float16, *, rounded: bool = False
) -> None:
    """Write weights as safetensors, in their metadata what the shapes do not tell."""
    state = round_matrices(model.state_dict()) if rounded else model.state_dict()
    save_tensors(state, path, metadata_of(model.config), dtype)


def metadata_of(config: DalleConfig) -> dict[str, str]:
    """What a file's metadata must tell, since its shapes do not."""
    return {"config": json.dumps({"heads": config.heads, "version": config.version})}


def load_dalle(path: Path, device: str = "cpu", dtype: torch.dtype = torch.float32) -> Dalle:
    """A transformer in eval mode, its matrices in `dtype`. Raises `ModelFileError`."""
    tensors, metadata = read_tensors(path)
    state = restore_matrices(tensors)
    config = infer_config(state, metadata, path)
    with torch.random.fork_rng(devices=[]):  # the initial weights draw from it
        model = Dalle(config)
    load_into(model, {name: tensor for name, tensor in state.items() if name not in _MASKS}, path)
    return half_matrices(model.to(device), dtype).eval()


def half_matrices(model: Dalle, dtype: torch.dtype) -> Dalle:
    """The matrices of layers and head in another dtype; norms, embeddings and the residual keep float32."""
    for module in model.modules():
        if isinstance(module, nn.Linear):
            module.to(dtype)
    return model
