"""How much each phrase weighs at each step, where phrases hold for a span of the making alone.

Standard library alone. A phrase whose span ends inside another's, which outlasts it, passes into it over all
that they share; any other edge inside the making is crossed over a tenth of the steps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from generation.protocol import Phrase

#: Percent of the steps over which a phrase comes or goes where it meets another, or none.
CROSSING = 10.0

Ramp = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Schedule:
    """The phrases of one prompt. Raises `ValueError` where at some time nothing would weigh anything."""

    phrases: tuple[Phrase, ...]

    def __post_init__(self) -> None:
        """Check weights and spans."""
        total = sum(abs(phrase.weight) for phrase in self.phrases)
        if not 0 < total < math.inf:
            raise ValueError("the weights must be finite and not all zero")
        if not all(0 <= phrase.from_percent < phrase.to_percent <= 100 for phrase in self.phrases):
            raise ValueError("a span must lie between 0 and 100 percent")
        if (bare := gap([phrase for phrase in self.phrases if phrase.weight])) is not None:
            raise ValueError(f"no phrase weighs anything from {bare[0]:g} to {bare[1]:g} percent")

    @property
    def constant(self) -> bool:
        """Whether every phrase holds from the first step to the last."""
        return all((phrase.from_percent, phrase.to_percent) == (0, 100) for phrase in self.phrases)

    @property
    def calm_percent(self) -> float:
        """From where on nothing changes any more."""
        ramps = [ramp for p in self.phrases for ramp in (self._rise(p), self._fall(p)) if ramp is not None]
        return min(max((end for _, end in ramps), default=0.0), 100.0)

    def at(self, step: int, steps: int) -> list[float]:
        """The weights of a step (from 0), their magnitudes summing to 1; read in the step's middle."""
        percent = min(100 * (step + 0.5) / steps, 100.0)
        weights = [phrase.weight * self._gain(phrase, percent) for phrase in self.phrases]
        total = sum(map(abs, weights))
        return [weight / total for weight in weights]

    def _gain(self, phrase: Phrase, percent: float) -> float:
        """The share of its weight that a phrase has, 0..1."""
        rise, fall = self._rise(phrase), self._fall(phrase)
        up = 1.0 if rise is None else (percent - rise[0]) / (rise[1] - rise[0])
        down = 1.0 if fall is None else (fall[1] - percent) / (fall[1] - fall[0])
        return max(0.0, min(up, down, 1.0))

    def _rise(self, phrase: Phrase) -> Ramp | None:
        start, end = phrase.from_percent, phrase.to_percent
        if start == 0:
            return None
        leaving = [p.to_percent for p in self.phrases if p.from_percent < start < p.to_percent < end]
        return (start, min(leaving)) if leaving else (start - CROSSING / 2, start + CROSSING / 2)

    def _fall(self, phrase: Phrase) -> Ramp | None:
        start, end = phrase.from_percent, phrase.to_percent
        if end == 100:
            return None
        coming = [p.from_percent for p in self.phrases if start < p.from_percent < end < p.to_percent]
        return (max(coming), end) if coming else (end - CROSSING / 2, end + CROSSING / 2)


def gap(phrases: Sequence[Phrase]) -> Ramp | None:
    """The first stretch, in percent, in which none of the phrases holds."""
    reached = 0.0
    for phrase in sorted(phrases, key=lambda phrase: phrase.from_percent):
        if phrase.from_percent > reached:
            return reached, phrase.from_percent
        reached = max(reached, phrase.to_percent)
    return None if reached >= 100 else (reached, 100.0)
