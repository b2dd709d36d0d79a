"""What the generation process knows of a request: that it waits, or what its run has sent so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from generation.engine import Engine, Run
    from generation.protocol import Generate


@dataclass(slots=True)
class Active:
    """A run, and when what was last sent of it. Times are of the monotonic clock."""

    request: Generate
    engine: Engine
    run: Run
    lane: int
    memory: int
    begun_at: float
    frame_at: float
    checkpoint_at: float
    alone: bool

    def seconds(self, now: float) -> float:
        """What the run has taken, earlier processes included."""
        return self.request.seconds + now - self.begun_at

    def picture(self) -> NDArray[np.uint8]:
        """Return the run as it stands, uint8 [H, W, 3]. Raises ValueError where the size is not as asked."""
        picture = self.engine.picture(self.run)
        expected = (self.request.height, self.request.width, 3)
        if picture.shape != expected:
            raise ValueError(f"a picture of shape {picture.shape} instead of {expected}")
        return picture


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that has no run yet; `alone`: it may only run by itself."""

    request: Generate
    alone: bool = False
