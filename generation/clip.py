"""CLIP of Radford et al. (2021), under the state-dict names of OpenAI's and open_clip's published models.

Both image towers (ModifiedResNet and the vision transformer) and two text towers: OpenAI's transformer, which
is ruCLIP's too, and XLM-RoBERTa, which reads a hundred languages. A plain state dict is enough to build the
model: `CLIPConfig.infer` reads every size from the shapes, as OpenAI's own loader does.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import get_args

import torch
from torch import Tensor, nn

from generation.clip_config import Activation, CLIPConfig, CLIPTraits, RobertaSizes
from generation.clip_towers import Transformer, image_tower
from generation.roberta import RobertaTower
from generation.tensors import ModelFileError, check_fits, read_tensors, save_tensors, shapes_only

__all__ = [
    "CLIP",
    "MEAN",
    "STD",
    "CLIPConfig",
    "CLIPTraits",
    "MultilingualCLIP",
    "TwoTowers",
    "build_clip",
    "clip_weights",
    "load_clip",
    "network_of",
    "normalise_pixels",
    "read_config",
    "save_clip",
    "write_traits",
]

MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)

#: Numbers that OpenAI's archives carry beside the weights.
_NOT_WEIGHTS = ("input_resolution", "context_length", "vocab_size")
_NUMBERS = ("vision_head_width", "text_head_width", "text_end", "text_context")


def normalise_pixels(x: Tensor) -> Tensor:
    """Pixels 0..1, [B, 3, H, W] → what the image tower was trained on."""
    mean, std = (torch.tensor(v, device=x.device, dtype=x.dtype).view(3, 1, 1) for v in (MEAN, STD))
    return (x - mean) / std


class TwoTowers(nn.Module, ABC):
    """An image tower and a text tower that meet in one space of `embed_dim`."""

    def __init__(self, config: CLIPConfig) -> None:
        super().__init__()
        self.config = config
        self.visual = image_tower(config)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def encode_image(self, x: Tensor) -> Tensor:
        """Normalised pixels [B, 3, R, R] → [B, embed_dim], not of unit length."""
        out: Tensor = self.visual(x)
        return out

    @abstractmethod
    def encode_text(self, tokens: Tensor) -> Tensor:
        """int64 [B, n], n at most the context → [B, embed_dim], not of unit length."""


class MultilingualCLIP(TwoTowers):
    """With XLM-RoBERTa as its text tower."""

    def __init__(self, config: CLIPConfig, sizes: RobertaSizes) -> None:
        super().__init__(config)
        self.text = RobertaTower(config, sizes)
        self.visual.initialise()

    def encode_text(self, tokens: Tensor) -> Tensor:
        """int64 [B, n] → [B, embed_dim], the mean over the tokens."""
        out: Tensor = self.text(tokens)
        return out


class CLIP(TwoTowers):
    """With OpenAI's text tower."""

    def __init__(self, config: CLIPConfig) -> None:
        super().__init__(config)
        self.transformer = Transformer(
            config.text_width,
            config.text_layers,
            config.text_heads,
            causal=True,
            activation=config.traits.activation,
        )
        self.token_embedding = nn.Embedding(config.vocab_size, config.text_width)
        self.positional_embedding = nn.Parameter(torch.empty(config.context_length, config.text_width))
        self.ln_final = nn.LayerNorm(config.text_width)
        self.text_projection = nn.Parameter(torch.empty(config.text_width, config.embed_dim))
        self._initialise()

    def encode_text(self, tokens: Tensor) -> Tensor:
        """int64 [B, n], n at most the context → [B, embed_dim], read at the end token."""
        x = self.token_embedding(tokens) + self.positional_embedding[: tokens.shape[1]]
        x = self.ln_final(self.transformer(x))
        end = self.config.traits.text_end
        places = (tokens == end).int().argmax(1) if end else tokens.argmax(1)
        out: Tensor = x[torch.arange(len(x), device=x.device), places] @ self.text_projection
        return out

    def _initialise(self) -> None:
        width = self.config.text_width
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.positional_embedding, std=0.01)
        nn.init.normal_(self.text_projection, std=width**-0.5)
        self.transformer.initialise()
        self.visual.initialise()


def clip_weights(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights alone, without the numbers that OpenAI's archives carry beside them."""
    return {name: tensor for name, tensor in state.items() if name not in _NOT_WEIGHTS}


def read_config(weights: Mapping[str, Tensor], source: Path, traits: CLIPTraits | None = None) -> CLIPConfig:
    """The sizes that the shapes show; `source` is named in errors. Raises `ModelFileError`."""
    try:
        return CLIPConfig.infer(weights, traits)
    except (KeyError, ValueError) as error:
        raise ModelFileError(f"{source}: not the state dict of a CLIP ({error!r})") from error


def network_of(config: CLIPConfig) -> TwoTowers:
    """A CLIP of that shape, its weights drawn at random."""
    return CLIP(config) if config.roberta is None else MultilingualCLIP(config, config.roberta)


def build_clip(state: Mapping[str, Tensor], source: Path, traits: CLIPTraits | None = None) -> TwoTowers:
    """A CLIP in eval mode from a plain state dict; `source` is named in errors. Raises `ModelFileError`."""
    weights = clip_weights(state)
    config = read_config(weights, source, traits)
    with shapes_only():  # to draw initial weights takes longer than to read these
        model = network_of(config)
    check_fits(model, weights, source)
    own = {name: tensor.to(_type_of(tensor), copy=True) for name, tensor in weights.items()}
    model.load_state_dict(own, assign=True)
    return model.eval()


def _type_of(tensor: Tensor) -> torch.dtype:
    """Half precision is for files alone."""
    return torch.float32 if tensor.is_floating_point() else tensor.dtype


def save_clip(model: TwoTowers, path: Path, dtype: torch.dtype = torch.float16) -> None:
    """Write weights as safetensors."""
    save_tensors(model.state_dict(), path, write_traits(model.config.traits), dtype)


def write_traits(traits: CLIPTraits) -> dict[str, str]:
    """The metadata of a CLIP's safetensors file."""
    return {"format": "openai-clip", **{name: str(value) for name, value in asdict(traits).items()}}


def load_clip(path: Path, device: str = "cpu", dtype: torch.dtype = torch.float32) -> TwoTowers:
    """A CLIP in eval mode. Raises `ModelFileError`."""
    state, metadata = read_tensors(path)
    return build_clip(state, path, _read_traits(metadata, path)).to(device, dtype)


def _read_traits(metadata: Mapping[str, str], path: Path) -> CLIPTraits:
    usual = CLIPTraits()
    known: dict[str, Activation] = {name: name for name in get_args(Activation)}
    try:
        return CLIPTraits(
            known[metadata.get("activation", usual.activation)],
            *(int(metadata.get(name, getattr(usual, name))) for name in _NUMBERS),
        )
    except (KeyError, ValueError) as error:
        raise ModelFileError(f"{path}: no usable CLIP traits in its metadata ({error!r})") from error
