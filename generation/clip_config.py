"""The sizes of a CLIP, read from the shapes of its weights."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from torch import Tensor

#: Shapes do not tell them apart. OpenAI's weights were trained with the quick one, LAION's with the other.
Activation = Literal["quick-gelu", "gelu"]

_RESNET_STRIDE: Final = 32
_WORDS: Final = "text.transformer.embeddings.word_embeddings.weight"
_LAYERS: Final = "text.transformer.encoder.layer."
_UNUSED_POSITIONS: Final = 2  #: the padding's, and one before it


@dataclass(frozen=True, slots=True)
class CLIPTraits:
    """What of a CLIP no shape shows; by default as OpenAI's."""

    activation: Activation = "quick-gelu"
    vision_head_width: int = 64  #: channels a head
    text_head_width: int = 64
    text_end: int = 0  #: id of the end token, at which a text is read; 0: the highest id
    text_context: int = 77  #: tokens of a text for a tower that has positions for more


@dataclass(frozen=True, slots=True)
class RobertaSizes:
    """Shape of a text tower that is an XLM-RoBERTa, beyond what all text towers have."""

    positions: int
    inner: int  #: channels between the two layers after each attention
    between: int  #: channels between the two layers of the projection


@dataclass(frozen=True, slots=True)
class CLIPConfig:
    """Shape of a CLIP. `vision_layers` has four entries for the ResNet, one for the vision transformer."""

    embed_dim: int
    image_resolution: int
    vision_layers: tuple[int, ...]
    vision_width: int
    vision_patch_size: int | None  #: None: ModifiedResNet
    context_length: int
    vocab_size: int
    text_width: int
    text_layers: int
    traits: CLIPTraits = CLIPTraits()
    roberta: RobertaSizes | None = None  #: where the text tower is an XLM-RoBERTa instead of OpenAI's

    @property
    def vision_heads(self) -> int:
        """Heads of the image tower (of the pooled width for the ResNet)."""
        width = self.vision_width * 32 if self.vision_patch_size is None else self.vision_width
        return max(1, width // self.traits.vision_head_width)

    @property
    def text_heads(self) -> int:
        """Heads of the text tower."""
        return max(1, self.text_width // self.traits.text_head_width)

    @classmethod
    def infer(cls, state: Mapping[str, Tensor], traits: CLIPTraits | None = None) -> CLIPConfig:
        """Read the sizes from a state dict. Raises KeyError where it is not a CLIP's."""
        told = traits or CLIPTraits()
        text = _roberta(state, told) if has_roberta(state) else _openai_text(state)
        return cls(**_image(state), **text, traits=told)


def has_roberta(state: Mapping[str, Tensor]) -> bool:
    """Whether the text tower is of BERT's kind."""
    return _WORDS in state


def _image(state: Mapping[str, Tensor]) -> dict[str, Any]:
    places = math.isqrt(_image_positions(state) - 1)
    if "visual.proj" in state:
        width, _, patch, _ = state["visual.conv1.weight"].shape
        layers: tuple[int, ...] = (_count(state, "visual.transformer.resblocks."),)
    else:
        width, patch = state["visual.layer1.0.conv1.weight"].shape[0], None
        layers = tuple(_count(state, f"visual.layer{i}.") for i in (1, 2, 3, 4))
    return {
        "image_resolution": places * (patch or _RESNET_STRIDE),
        "vision_layers": layers,
        "vision_width": width,
        "vision_patch_size": patch,
    }


def _openai_text(state: Mapping[str, Tensor]) -> dict[str, Any]:
    context, width = state["positional_embedding"].shape
    return {
        "embed_dim": state["text_projection"].shape[1],
        "context_length": context,
        "vocab_size": state["token_embedding.weight"].shape[0],
        "text_width": width,
        "text_layers": _count(state, "transformer.resblocks."),
    }


def _roberta(state: Mapping[str, Tensor], traits: CLIPTraits) -> dict[str, Any]:
    vocab, width = state[_WORDS].shape
    between, embed_dim = state["text.proj.0.weight"].shape[0], state["text.proj.2.weight"].shape[0]
    positions = state["text.transformer.embeddings.position_embeddings.weight"].shape[0]
    inner = state[f"{_LAYERS}0.intermediate.dense.weight"].shape[0]
    if traits.text_context > positions - _UNUSED_POSITIONS:
        raise ValueError(f"{positions} positions are too few for {traits.text_context} tokens")
    return {
        "embed_dim": embed_dim,
        "context_length": traits.text_context,
        "vocab_size": vocab,
        "text_width": width,
        "text_layers": _count(state, _LAYERS),
        "roberta": RobertaSizes(positions, inner, between),
    }


def _image_positions(state: Mapping[str, Tensor]) -> int:
    name = "visual.positional_embedding" if "visual.proj" in state else "visual.attnpool.positional_embedding"
    return state[name].shape[0]


def _count(state: Mapping[str, Tensor], prefix: str) -> int:
    return len({name[len(prefix) :].split(".")[0] for name in state if name.startswith(prefix)})
