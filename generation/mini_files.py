"""DALL-E mini's published torch files: an encoder and a decoder of halves, a vocabulary and its merges.

They lie side by side under names that differ in one word (`encoder_mini.pt`, `decoder_mini.pt`,
`vocab_mini.json`, `merges_mini.txt`; mega's have no `_mini`), and become one file of ours.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from generation.checkpoints import Weights, read_weights
from generation.dalle_mini import DalleMini, DalleMiniConfig, Decoder, Encoder
from generation.mini_text import MiniTexts
from generation.tensors import ModelFileError, check_fits, read_tensors, shapes_only

#: The width of a head in the published models; nothing in their files tells.
_HEAD = 64
_PARTS = ("encoder", "decoder")


@dataclass(frozen=True, slots=True)
class MiniFiles:
    """A published model's files, found by the name of one of the two that hold weights."""

    encoder: Path
    decoder: Path
    vocabulary: Path
    merges: Path

    @classmethod
    def beside(cls, path: Path) -> MiniFiles:
        """The four, whether or not they are there. Raises `ModelFileError` where the name does not tell."""
        part = next((part for part in _PARTS if part in path.name), None)
        if part is None:
            raise ModelFileError(
                f"{path}: DALL-E mini is in two files, encoder.pt and decoder.pt; name one of them so"
            )
        named = (path.with_name(path.name.replace(part, other, 1)) for other in _PARTS)
        texts = (
            path.with_name(path.with_suffix(ending).name.replace(part, name, 1))
            for name, ending in (("vocab", ".json"), ("merges", ".txt"))
        )
        return cls(*named, *texts)


def is_dalle_mini(weights: Weights) -> bool:
    """Whether these are the weights of DALL-E mini's encoder or decoder."""
    return {"layers.0.glu.fc0.weight", "layernorm_embedding.weight"} <= weights.state.keys()


def read_dalle_mini(weights: Weights, heads: int = 0) -> tuple[DalleMiniConfig, dict[str, Tensor], MiniFiles]:
    """The configuration, the weights of both parts, checked, and where all lay. Raises `ModelFileError`.

    `heads`: 0 for as many as the published models have at that width.
    """
    files = MiniFiles.beside(weights.path)
    encoder, decoder = (
        weights if path == weights.path else read_weights(path) for path in (files.encoder, files.decoder)
    )
    state = {
        f"{part}.{name}": tensor
        for part, read in zip(_PARTS, (encoder, decoder), strict=True)
        for name, tensor in read.state.items()
    }
    config = infer_config(state, {"heads": heads} if heads else {}, files.encoder)
    with shapes_only():
        parts = Encoder(config), Decoder(config)
    check_fits(parts[0], encoder.state, files.encoder)
    check_fits(parts[1], decoder.state, files.decoder)
    MiniTexts.load(files.vocabulary, files.merges, config.text_vocab)
    return config, state, files


def infer_config(state: Mapping[str, Tensor], told: Mapping[str, int], path: Path) -> DalleMiniConfig:
    """The shape of the pair whose tensors these are; what shapes do not tell is told, or as published.

    Codes are a power of two; the image embedding's other rows are the start token and what rounds it up.
    """
    try:
        text_vocab, hidden = state["encoder.embed_tokens.weight"].shape
        rows = state["decoder.embed_tokens.weight"].shape[0]
        codes = 1 << ((rows - 1).bit_length() - 1)
        return DalleMiniConfig(
            layers=sum(name.endswith(".encoder_attn.q_proj.weight") for name in state),
            hidden=hidden,
            heads=told.get("heads") or _heads(hidden),
            gated=state["encoder.layers.0.glu.fc0.weight"].shape[0],
            text_vocab=text_vocab,
            text_length=state["encoder.embed_positions.weight"].shape[0],
            image_rows=rows,
            image_vocab=codes,
            grid=math.isqrt(state["decoder.embed_positions.weight"].shape[0]),
            start=told.get("start", codes),
        )
    except (KeyError, ValueError) as error:
        raise ModelFileError(f"{path}: not the weights of DALL-E mini ({error!r})") from error


def _heads(hidden: int) -> int:
    if hidden % _HEAD:
        raise ValueError(f"nothing tells how many heads a width of {hidden} has; say --heads")
    return hidden // _HEAD


def mini_metadata(config: DalleMiniConfig) -> dict[str, str]:
    """What a file's metadata must tell, since its shapes do not."""
    return {"config": json.dumps({"heads": config.heads, "start": config.start})}


def load_dalle_mini(path: Path, device: torch.device, dtype: torch.dtype) -> DalleMini:
    """The pair in eval mode: matrices in `dtype`, the rest in float32. Raises `ModelFileError`."""
    state, metadata = read_tensors(path)
    with shapes_only():
        model = DalleMini(infer_config(state, _told(metadata, path), path))
    check_fits(model, state, path)
    matrices = {f"{name}.weight" for name, part in model.named_modules() if isinstance(part, nn.Linear)}
    placed = {
        name: tensor.to(device, dtype if name in matrices else torch.float32)
        for name, tensor in state.items()
    }
    model.load_state_dict(placed, assign=True)
    return model.requires_grad_(False).eval()


def _told(metadata: Mapping[str, str], path: Path) -> dict[str, int]:
    try:
        told: dict[str, Any] = json.loads(metadata.get("config", "{}"))
        return {name: int(number) for name, number in told.items()}
    except (ValueError, AttributeError, TypeError) as error:
        raise ModelFileError(f"{path}: not the weights of DALL-E mini ({error!r})") from error
