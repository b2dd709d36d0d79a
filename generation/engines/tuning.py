"""How VQGAN+CLIP is run with a given model: every number that is a choice and not mathematics."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal

from generation.cutouts import CutoutSettings
from generation.models import Model
from generation.optimisers import cosine
from generation.protocol import Origin
from generation.tunable import VIEWS


@dataclass(frozen=True, slots=True)
class Tuning:
    """The defaults are those that suit the published networks."""

    cutouts: CutoutSettings = field(default_factory=CutoutSettings)
    #: How views are drawn from so many percent of the steps on, in order.
    later: tuple[tuple[float, CutoutSettings], ...] = ()
    rate: float = 0.1  #: Adam's learning rate, in units of `z`
    betas: tuple[float, float] = (0.9, 0.999)
    decay: float = 0.0  #: AdamW's: the share of z, times the rate, that is taken off in each step
    restarts: float = 0  #: how often the rate falls along a cosine and starts again; 0: it does not
    average: float = 0.0  #: what remains in a step of the running mean of z that is shown; 0: z is shown
    cooling: float = 0.0  #: share of the steps, at the end, over which the rate falls to zero
    variation: float = 0.0  #: weight of the total variation, against ragged pictures
    range: float = 0.0  #: weight of how far pixels are beyond black and white before they are clamped
    start: Literal["codes", "clouds"] = "codes"  #: random codes, or soft random colours
    candidates: int = 1  #: of how many clouds the one nearest to the prompt is taken
    #: Fractions 1/n of the size, one after another in equal shares of the steps.
    growth: tuple[int, ...] = (1,)
    lettering: float = 0.0  #: share of the phrases' weight with which it is kept from writing words
    departure: float = 0.0  #: share of a random start in one from an earlier picture

    def views(self, percent: float) -> CutoutSettings:
        """How views are drawn after so many percent of the steps."""
        return next((views for start, views in reversed(self.later) if percent >= start), self.cutouts)

    def rate_of(self, step: int, steps: int) -> float:
        """The learning rate: in each cycle along a cosine, over the last share of the steps linearly down."""
        cooling = self.cooling * steps
        left = steps - step + 1
        cooled = min(1.0, left / cooling) if cooling > 0 else 1.0
        return self.rate * cooled * cosine(step - 1, steps, round(self.restarts))

    @property
    def most_views(self) -> int:
        """How many views there are of a picture in any step, at most."""
        return max(views.count for views in (self.cutouts, *(views for _, views in self.later)))


#: A small CLIP is easily fooled by texture: a well chosen soft start, large views, a first half in small.
_POCKET = Tuning(
    cutouts=CutoutSettings(count=16, whole=4, smallest=0.75, rotation=10.0, tilt=0.1),
    rate=0.1,
    cooling=0.3,
    variation=1.0,
    start="clouds",
    candidates=96,
    growth=(2, 1),
)

#: From a draft: few gentle steps that keep what is there.
_REFINEMENT = Tuning(
    cutouts=CutoutSettings(count=16, whole=4, smallest=0.8, rotation=5.0, tilt=0.05),
    rate=0.015,
    cooling=0.5,
    variation=0.2,
)

TUNINGS: Mapping[str, Tuning] = MappingProxyType({"pocket": _POCKET, "abstract": _POCKET})


#: Of the learning rate what is left, and how much of a random start comes in.
_ORIGINS: Mapping[Origin, tuple[float, float]] = MappingProxyType(
    {Origin.LARGER: (0.4, 0.0), Origin.NEAR: (0.6, 0.25), Origin.FAR: (1.0, 0.75)}
)


#: What `[tuning]` calls otherwise than `CutoutSettings`.
_VIEWS: Mapping[str, str] = MappingProxyType({"cutouts": "count", "overviews": "whole", "cut_power": "power"})
_COUNTS = ("count", "whole", "pooled")


def tuning_of(model: Model) -> Tuning:
    """The tuning of a model, as its host has it; one that has none is taken for a published one."""
    tuning = TUNINGS.get(model.name, Tuning())
    numbers: dict[str, Any] = {name: value for name, value in model.tuning if name not in VIEWS}
    ways = {
        name: value if isinstance(value, tuple) else ((0.0, value),)
        for name, value in model.tuning
        if name in VIEWS
    }
    starts = sorted({0.0, *(percent for way in ways.values() for percent, _ in way)})
    views = [(percent, replace(tuning.cutouts, **_views_at(percent, ways))) for percent in starts]
    return replace(tuning, cutouts=views[0][1], later=tuple(views[1:]), **numbers)


def _views_at(percent: float, ways: Mapping[str, tuple[tuple[float, float], ...]]) -> dict[str, Any]:
    """What `CutoutSettings` is told at that share of the steps."""
    told = {
        _VIEWS.get(name, name): [value for start, value in way if start <= percent][-1]
        for name, way in ways.items()
    }
    return {name: round(value) if name in _COUNTS else value for name, value in told.items()}


def departing(tuning: Tuning, origin: Origin) -> Tuning:
    """How a picture goes on from an earlier one."""
    rate, departure = _ORIGINS[origin]
    cooling = max(tuning.cooling, 0.3)
    return replace(tuning, rate=tuning.rate * rate, departure=departure, cooling=cooling, growth=(1,))


def grown(tuning: Tuning, size: tuple[int, int], native: tuple[int, int]) -> Tuning:
    """For a size well above the native one: a picture is laid out in small, and doubled until it is there."""
    times = math.sqrt(size[0] * size[1] / (native[0] * native[1]))
    doublings = int(math.log2(max(times, 1)) + 0.01)
    first = tuning.growth[0]
    return replace(tuning, growth=(*(first * 2**n for n in range(doublings, 0, -1)), *tuning.growth))


def repeating(tuning: Tuning) -> Tuning:
    """For a picture whose edges are to fit each other."""
    later = tuple((percent, replace(views, wrap=True)) for percent, views in tuning.later)
    return replace(tuning, cutouts=replace(tuning.cutouts, wrap=True), later=later)


def refinement() -> Tuning:
    """How a draft is refined."""
    return _REFINEMENT


def travelling(tuning: Tuning) -> Tuning:
    """How a film's frame is painted on: so few steps must be large, or the codes stay those of the warp."""
    rate = 1.5 * tuning.rate
    steady = replace(tuning, cutouts=tuning.views(100), later=())
    return replace(steady, rate=rate, restarts=0, average=0.0, cooling=0.0, departure=0.0, growth=(1,))
