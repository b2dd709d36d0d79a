"""How many bytes a run of VQGAN+CLIP takes, reckoned before it starts."""

from __future__ import annotations

from dataclasses import dataclass

from generation.clip_config import CLIPConfig
from generation.vqgan import VQGANConfig

#: What the convolutions' scratch space and the allocator's gaps add.
_OVERHEAD = 1.45
#: Full-size float32 pictures that are alive at once between decoder and cutouts, with their gradients.
_PICTURES = 8


@dataclass(frozen=True, slots=True)
class Footprint:
    """The memory of one picture in the making: what autograd keeps for the way back."""

    vqgan: VQGANConfig
    clip: CLIPConfig
    cutouts: int
    itemsize: int  #: bytes of the networks' numbers

    def run_bytes(self, width: int, height: int) -> int:
        """At the peak of a step, beyond the weights."""
        side = self.clip.image_resolution
        guide = self.cutouts * (image_values(self.clip) * self.itemsize + _PICTURES * 3 * 4 * side**2)
        decoder = decoder_values(self.vqgan) * self.itemsize + _PICTURES * 3 * 4
        return int(_OVERHEAD * (guide + decoder * width * height))

    def largest(self, width: int, height: int, budget_bytes: int) -> tuple[int, int]:
        """The largest size of about this aspect within the budget; (0, 0) if there is none."""
        factor = self.vqgan.factor
        room = budget_bytes - self.run_bytes(0, 0)
        per_pixel = self.run_bytes(1024, 1024) - self.run_bytes(0, 0)
        scale = min(1.0, (max(0, room) * 1024**2 / per_pixel / (width * height)) ** 0.5)
        size = int(width * scale) // factor * factor, int(height * scale) // factor * factor
        return size if min(size) > 0 else (0, 0)


def decoder_values(config: VQGANConfig) -> float:
    """Numbers that autograd keeps of a frozen decoder's pass, per pixel of the picture.

    A residual block keeps two pictures of its level, the inputs of its norms; an attention four, its input,
    queries, keys and values; a convolution nothing.
    """
    total = 0.0
    for level, mult in enumerate(config.ch_mult):
        channels, area = config.ch * mult, 4.0**-level
        attentions = config.resolution // 2**level in config.attn_resolutions
        total += area * channels * (config.num_res_blocks + 1) * (2 + 4 * attentions)
    bottom = config.ch * config.ch_mult[-1]
    return total + 8 * bottom / config.factor**2 + config.ch


def image_values(config: CLIPConfig) -> float:
    """Numbers that autograd keeps of a frozen image tower's pass, per cutout."""
    side, width = config.image_resolution, config.vision_width
    if config.vision_patch_size is not None:
        tokens = (side // config.vision_patch_size) ** 2 + 1
        return tokens * width * (10 * (config.vision_layers[0] - 1) + 4)
    total = 2.5 * width * (side / 2) ** 2
    for level, blocks in enumerate(config.vision_layers):
        area = (side / 4 / 2**level) ** 2
        total += blocks * area * width * 2**level * 7 + (area * 4 if level else area) * width * 2**level * 3
    return total
