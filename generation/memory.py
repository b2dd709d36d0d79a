"""How many bytes a run of VQGAN+CLIP takes, reckoned before it starts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from generation.clip_config import CLIPConfig
from generation.vqgan import VQGANConfig

MIB = 1 << 20

#: Full-size float32 pictures that are alive at once between decoder and cutouts, with their gradients.
_PICTURES = 8
#: What allocators and convolutions add to what autograd keeps of decoder and CLIP; `benchmarks.memory` tells.
_GAPS = (1.25, 1.1)
#: Scratch space in bytes for each channel of the widest level: always, and while CLIP is at work.
_SCRATCH = (0.04 * MIB, 0.05 * MIB)
#: The same on the decoder's way back, by the bytes of a number: convolutions in bfloat16 add up in float32.
_BACK = {2: 0.72 * MIB, 4: 0.47 * MIB}
#: Numbers that come and go on the decoder's way back, a pixel and channel of the full size; and where
#: blocks are computed a second time.
_PASSING, _AGAIN = 3, 6
#: Cutouts that CLIP sees at a time, at least, before the decoder is to compute things twice.
_FEW = 4


@dataclass(frozen=True, slots=True)
class Plan:
    """How a run keeps within its memory. A smaller plan takes longer, and shows in a picture's last bits."""

    at_once: int  #: cutouts that CLIP sees at a time
    recompute: bool = False  #: the decoder computes again on the way back what it would else keep

    def smaller(self) -> Plan | None:
        """The plan that takes less memory at the least cost in time; None where there is none."""
        if self.at_once > (1 if self.recompute else _FEW):
            return replace(self, at_once=(self.at_once + 1) // 2)
        return None if self.recompute else replace(self, recompute=True)


@dataclass(frozen=True, slots=True)
class Footprint:
    """The memory of one picture in the making: what autograd keeps for the way back."""

    vqgan: VQGANConfig
    clips: tuple[CLIPConfig, ...]  #: those that guide
    cutouts: int
    itemsize: int  #: bytes of the networks' numbers

    def run_bytes(self, width: int, height: int, plan: Plan | None = None) -> int:
        """At the peak of a step, beyond the weights; by the fastest plan if none is given."""
        chosen = plan or self.plans()[0]
        return int(max(fixed + each * width * height for fixed, each in self._peaks(chosen)))

    def _peaks(self, plan: Plan) -> tuple[tuple[float, float], tuple[float, float]]:
        """When CLIP is at work, and on the decoder's way back: fixed bytes, and bytes a pixel."""
        widest = self.vqgan.ch * max(self.vqgan.ch_mult)
        kept = decoder_values(self.vqgan, recompute=plan.recompute) * self.itemsize + _PICTURES * 3 * 4
        always, clip = (scratch * widest for scratch in _SCRATCH)
        back = _BACK[self.itemsize] * widest
        seen = plan.at_once * max(map(self._view_bytes, self.clips))  # they look one after another
        held, passing = (
            _GAPS[0] * kept,
            (_AGAIN if plan.recompute else _PASSING) * self.vqgan.ch * self.itemsize,
        )
        return (always + clip + _GAPS[1] * seen, held), (always + back, held + passing)

    def _view_bytes(self, clip: CLIPConfig) -> float:
        return image_values(clip) * self.itemsize + _PICTURES * 3 * 4 * clip.image_resolution**2

    def plans(self) -> list[Plan]:
        """All plans, the fastest first."""
        plans = [Plan(self.cutouts)]
        while (plan := plans[-1].smaller()) is not None:
            plans.append(plan)
        return plans

    def plan(self, width: int, height: int, *budgets_bytes: int) -> Plan:
        """The fastest plan within the first budget that allows any; the smallest where none does."""
        plans = self.plans()
        for budget in budgets_bytes:
            for plan in plans:
                if self.run_bytes(width, height, plan) <= budget:
                    return plan
        return plans[-1]

    def largest(self, width: int, height: int, budget_bytes: int) -> tuple[int, int]:
        """The largest size of about this aspect within the budget; (0, 0) if there is none."""
        factor = self.vqgan.factor
        peaks = self._peaks(self.plans()[-1])
        pixels = max(0.0, min((budget_bytes - fixed) / each for fixed, each in peaks))
        scale = min(1.0, (pixels / (width * height)) ** 0.5)
        size = int(width * scale) // factor * factor, int(height * scale) // factor * factor
        return size if min(size) > 0 else (0, 0)


def decoder_values(config: VQGANConfig, *, recompute: bool = False) -> float:
    """Numbers that autograd keeps of a frozen decoder's pass, per pixel of the picture.

    A residual block keeps two pictures of its level, the inputs of its norms; an attention four, its input,
    queries, keys and values; a convolution nothing. With `recompute` each keeps its input alone.
    """
    block, attention = (1, 1) if recompute else (2, 4)
    total = 0.0
    for level, mult in enumerate(config.ch_mult):
        channels, area = config.ch * mult, 4.0**-level
        attentions = config.resolution // 2**level in config.attn_resolutions
        total += area * channels * (config.num_res_blocks + 1) * (block + attention * attentions)
    bottom = config.ch * config.ch_mult[-1]
    return total + (2 * block + attention) * bottom / config.factor**2 + config.ch


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
