"""The sizes of a CLIP, read from the shapes of its weights."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

#: Shapes do not tell them apart. OpenAI's weights were trained with the quick one, LAION's with the other.
Activation = Literal["quick-gelu", "gelu"]


@dataclass(frozen=True, slots=True)
class CLIPTraits:
    """What of a CLIP no shape shows; by default as OpenAI's."""

    activation: Activation = "quick-gelu"
    vision_head_width: int = 64  #: channels a head
    text_head_width: int = 64


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
        context, text_width = state["positional_embedding"].shape
        places = math.isqrt(_image_positions(state) - 1)
        patch: int | None = None
        layers: tuple[int, ...]
        if "visual.proj" in state:
            width, _, patch, _ = state["visual.conv1.weight"].shape
            layers = (_count(state, "visual.transformer.resblocks."),)
            resolution = places * patch
        else:
            width = state["visual.layer1.0.conv1.weight"].shape[0]
            layers = tuple(_count(state, f"visual.layer{i}.") for i in (1, 2, 3, 4))
            resolution = places * 32
        return cls(
            embed_dim=state["text_projection"].shape[1],
            image_resolution=resolution,
            vision_layers=layers,
            vision_width=width,
            vision_patch_size=patch,
            context_length=context,
            vocab_size=state["token_embedding.weight"].shape[0],
            text_width=text_width,
            text_layers=_count(state, "transformer.resblocks."),
            traits=traits or CLIPTraits(),
        )


def _image_positions(state: Mapping[str, Tensor]) -> int:
    name = "visual.positional_embedding" if "visual.proj" in state else "visual.attnpool.positional_embedding"
    return state[name].shape[0]


def _count(state: Mapping[str, Tensor], prefix: str) -> int:
    return len({name[len(prefix) :].split(".")[0] for name in state if name.startswith(prefix)})
