"""Whether anything still happens: the best loss so far, and how long ago that was."""

from __future__ import annotations

import math
from dataclasses import dataclass

#: Of the loss's running mean, what the last value makes up: cutouts are random, and so is a single loss.
SHARE = 0.1
#: The part of the best mean by which another must be lower to be a gain.
GAIN = 0.002


@dataclass(slots=True)
class Plateau:
    """The lowest running mean of the loss, and the step at which it was seen."""

    best: float = math.inf
    since: int = 0

    def look(self, mean: float, step: int, patience: int) -> bool:
        """Take a mean in; True where there has been no gain for `patience` steps."""
        if not mean < self.best - GAIN * abs(self.best) and math.isfinite(self.best):
            return step - self.since >= patience
        self.best, self.since = mean, step
        return False

    def forget(self, step: int) -> None:
        """Begin anew: from here on the loss is another one."""
        self.best, self.since = math.inf, step
