"""What the generation process knows of a request: that it waits, or what its run has sent so far."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from generation.codec import encode_png
from generation.edge import attempt
from generation.engine import Refusal
from generation.models import catalogue, fit_size
from generation.protocol import Finished, Reason
from generation.recipes import recipe_of

if TYPE_CHECKING:
    from collections.abc import Callable

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

    def is_done(self) -> bool:
        """Whether the run has come to its end, or to where its member has asked it to stop."""
        last, stop = self.run.steps, self.request.stop_step
        return self.run.step >= (last if stop is None else min(last, stop))

    def finished(self, now: float) -> Callable[[], Finished]:
        """Take the run's end down; the call that encodes it may come later, and on another thread.

        Raises `Refusal` where the run has diverged since its engine last looked.
        """
        picture, score = self.picture(), self.engine.score(self.run)
        if score is not None and not math.isfinite(score):
            raise Refusal(Reason.DIVERGED, f"step {self.run.step}")
        made = self.engine.recipe(self.run)
        end = partial(
            Finished,
            self.request.job,
            width=self.request.width,
            height=self.request.height,
            steps=self.run.step,
            seconds=self.seconds(now),
            score=score,
            recipe=made,
        )
        recipe = recipe_of(self.request, self.run.step, made)
        return lambda: end(picture=encode_png(picture, recipe))


@dataclass(slots=True)
class Waiting:
    """A request that has no run yet; `alone`: it may only run by itself."""

    request: Generate
    alone: bool = False


def fitting(request: Generate, max_pixels: int, models_dir: str | None) -> tuple[int, int] | None:
    """Return the request's size made smaller to hold at most so many pixels, as far as its model is known."""
    models = attempt(lambda: catalogue(models_dir))
    if isinstance(models, Refusal) or request.model not in models:
        return None
    fitted = fit_size(models[request.model], request.width, request.height, max_pixels)
    return fitted if math.prod(fitted) < request.width * request.height else None
