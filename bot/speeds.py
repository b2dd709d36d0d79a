"""How fast this machine paints, learned from what it has painted: seconds per step and pixel, by model."""

from __future__ import annotations

from collections import deque
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

REMEMBERED = 8
UNKNOWN_SPEED = 1e-6  # seconds per step and pixel: a usual picture on two processor cores


class Speeds:
    """The median of each model's latest jobs, newest last; before the first, what a running one shows."""

    def __init__(self, known: Mapping[str, Sequence[float]] | None = None) -> None:
        self._known = {model: deque(reversed(speeds[:REMEMBERED])) for model, speeds in (known or {}).items()}
        self._shown: dict[str, float] = {}

    def learn(self, model: str, speed: float) -> None:
        """A job has finished at this speed."""
        speeds = self._known.setdefault(model, deque())
        speeds.append(speed)
        if len(speeds) > REMEMBERED:
            speeds.popleft()

    def show(self, model: str, speed: float) -> bool:
        """A running job goes at this speed; True where that is the first that is known of the model."""
        first = model not in self._known and model not in self._shown
        self._shown[model] = speed
        return first

    def of(self, model: str) -> float | None:
        """Return seconds per step and pixel; None while nothing is known."""
        speeds = self._known.get(model)
        return median(speeds) if speeds else self._shown.get(model)

    def guess(self, model: str) -> float:
        """Return the model's speed, or for want of it the slowest known one, or else a guess."""
        speed = self.of(model)
        known = (self.of(other) or 0.0 for other in (*self._known, *self._shown))
        return speed if speed is not None else max(known, default=0.0) or UNKNOWN_SPEED
