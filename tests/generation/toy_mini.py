"""DALL-E mini of toy size, in the form in which it is published: halves in two files, no scales of norms."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import torch
from torch import Tensor

from generation.convert import Order, convert
from tests.generation import toy_files

HIDDEN, HEADS, GATED, LAYERS = 64, 4, 48, 2
LENGTH, GRID, CODES = 12, 4, 32
#: In this order: rank 0 joins first.
MERGES = ("Ġ a", "c a", "ca t", "Ġ cat", "r e", "re d")
PIECES = ("<s>", "<pad>", "</s>", "<unk>", "Ġ", *"abcdeiorstux", "Ġa", "ca", "cat", "Ġcat", "re", "red")
NOTHING: Mapping[str, Tensor | None] = MappingProxyType({})


@dataclass(frozen=True)
class Form:
    """What differs among the published pairs."""

    text_rows: int = len(PIECES)
    image_rows: int = CODES + 1


def norm(name: str, width: int = HIDDEN) -> dict[str, Tensor]:
    return {f"{name}.weight": 1 + 0.3 * torch.randn(width), **centred(name, width)}


def centred(name: str, width: int = HIDDEN) -> dict[str, Tensor]:
    return {f"{name}.bias": 0.3 * torch.randn(width)}


def matrices(prefix: str, names: Mapping[str, tuple[int, int]]) -> dict[str, Tensor]:
    return {f"{prefix}.{name}.weight": 0.25 * torch.randn(shape) for name, shape in names.items()}


def attention(prefix: str) -> dict[str, Tensor]:
    return matrices(
        prefix, {f"{name}_proj": (HIDDEN, HIDDEN) for name in "kvq"} | {"out_proj": (HIDDEN,) * 2}
    )


def layer(prefix: str, *, looks: bool) -> dict[str, Tensor]:
    state = {
        **centred(f"{prefix}.pre_self_attn_layer_norm"),
        **attention(f"{prefix}.self_attn"),
        **norm(f"{prefix}.self_attn_layer_norm"),
        **centred(f"{prefix}.glu.ln0"),
        **centred(f"{prefix}.glu.ln1", GATED),
        **matrices(f"{prefix}.glu", {"fc0": (GATED, HIDDEN), "fc1": (GATED, HIDDEN), "fc2": (HIDDEN, GATED)}),
    }
    if looks:
        state |= centred(f"{prefix}.pre_encoder_attn_layer_norm")
        state |= attention(f"{prefix}.encoder_attn") | norm(f"{prefix}.encoder_attn_layer_norm")
    return state


def half(rows: int, places: int, *, looks: bool) -> dict[str, Tensor]:
    """One of the two files."""
    state = {"embed_tokens.weight": torch.randn(rows, HIDDEN)}
    state |= {"embed_positions.weight": 0.5 * torch.randn(places, HIDDEN)} | norm("layernorm_embedding")
    for i in range(LAYERS):
        state |= layer(f"layers.{i}", looks=looks)
    state |= centred("final_ln")
    if looks:
        state["lm_head.weight"] = 0.5 * torch.randn(rows, HIDDEN)
    return OrderedDict((name, tensor.half()) for name, tensor in state.items())


def pair(form: Form = Form()) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Encoder and decoder, random."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return half(form.text_rows, LENGTH, looks=False), half(form.image_rows, GRID**2, looks=True)


def write_pair(
    folder: Path,
    form: Form = Form(),
    encoder: Mapping[str, Tensor | None] = NOTHING,
    decoder: Mapping[str, Tensor | None] = NOTHING,
) -> Path:
    """The four files, with changes; returns the encoder's path."""
    for name, state, changes in zip(("encoder", "decoder"), pair(form), (encoder, decoder), strict=True):
        whole = OrderedDict((k, t) for k, t in {**state, **changes}.items() if t is not None)
        torch.save(whole, folder / f"{name}_mini.pt")
    ids = {piece: id_ for id_, piece in enumerate(PIECES)}
    (folder / "vocab_mini.json").write_text(json.dumps(ids), encoding="utf-8")
    (folder / "merges_mini.txt").write_text("\n".join(["#version: 0.2", *MERGES, ""]), encoding="utf-8")
    return folder / "encoder_mini.pt"


def detokenizer(changes: Mapping[str, Tensor | None] = NOTHING) -> dict[str, Tensor]:
    """A VQGAN's codebook and decoder under the detokenizer's names."""
    whole = toy_files.vqgan(n_embed=CODES, resolution=256, attn_resolutions=(128,)).state_dict()
    state = {name: t for name, t in whole.items() if name.startswith(("decoder.", "post_quant_conv."))}
    state["embedding.weight"] = torch.randn(CODES, 32, generator=torch.Generator().manual_seed(4))
    changed: dict[str, Tensor | None] = {**state, **changes}
    return {name: tensor for name, tensor in changed.items() if tensor is not None}


def write_models(folder: Path, files: Path, *clips: str) -> Path:
    """All of it converted: the pair as `toy`, which paints through `plain`."""
    torch.save(detokenizer(), files / "detoker.pt")
    convert(Order(files / "detoker.pt", "plain", folder))
    convert(Order(write_pair(files), "toy", folder, heads=HEADS, vae="plain", clips=clips))
    return folder
