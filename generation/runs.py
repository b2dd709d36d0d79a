"""What the generation process knows of a request: that it waits, or what its run has sent so far."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from generation.codec import encode_png
from generation.edge import attempt
from generation.engine import Refusal
from generation.models import catalogue, fit_size
from generation.protocol import Finished, Reason, Steer, Steered, Stop
from generation.recipes import recipe_of
from generation.sheets import sheet, with_codes

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from generation.engine import Candidates, Engine, Run
    from generation.protocol import Generate


log = logging.getLogger(__name__)


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
    turned: int = 0  #: how many of the request's turns the engine has been told

    def seconds(self, now: float) -> float:
        """What the run has taken, earlier processes included."""
        return self.request.seconds + now - self.begun_at

    def picture(self) -> NDArray[np.uint8]:
        """Return the run as it stands, uint8 [H, W, 3 or 4], or the sheet of its candidates.

        Raises ValueError where the size is not as asked.
        """
        several = self.engine.candidates(self.run)
        return self._sized(self.engine.picture(self.run)) if several is None else self._sheet(several)

    def _sheet(self, several: Candidates) -> NDArray[np.uint8]:
        for picture in several.pictures:
            self._sized(picture)
        return sheet(several.pictures)

    def _sized(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        expected = (self.request.height, self.request.width)
        if picture.shape[:2] != expected or picture.shape[2:] not in ((3,), (4,)):
            raise ValueError(f"a picture of shape {picture.shape} instead of {expected}")
        return picture

    def turn(self) -> list[Steered]:
        """Tell the engine of the turns that are due; what it refuses changes nothing."""
        told = []
        for number, turn in enumerate(self.request.turns[self.turned :], start=self.turned):
            if turn.step > self.run.step:
                break
            self.turned = number + 1
            refused = attempt(lambda turn=turn: self.engine.steer(self.run, turn))  # type: ignore[misc]
            if isinstance(refused, Refusal):
                log.warning("job %s does not turn: %s", self.request.job, refused)
            told.append(Steered(self.request.job, number, turn.step))
        return told

    def is_done(self) -> bool:
        """Whether the run has come to its end, or to where its member has asked it to stop."""
        last, stop = self.run.steps, self.request.stop_step
        return self.run.step >= (last if stop is None else min(last, stop))

    def finished(self, now: float) -> Callable[[], Finished]:
        """Take the run's end down; the call that encodes it may come later, and on another thread.

        Raises `Refusal` where the run has diverged since its engine last looked.
        """
        several, score = self.engine.candidates(self.run), self.engine.score(self.run)
        picture = self._sized(self.engine.picture(self.run)) if several is None else self._sheet(several)
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
            settled=self.run.settled,
            scores=() if several is None else several.scores,
        )
        recipe = recipe_of(self.request, self.run.step, made)
        if several is None:
            return lambda: end(picture=encode_png(picture, recipe))
        return lambda: end(picture=with_codes(encode_png(picture, recipe), several.codes, several.basis))

    def direct(self, command: Stop | Steer) -> None:
        """Note what the run is to do otherwise; a turn at its step, or now."""
        if isinstance(command, Steer):
            turn = replace(command.turn, step=max(command.turn.step, self.run.step))
            command = replace(command, turn=turn)
        self.request = directed(self.request, command)


@dataclass(slots=True)
class Waiting:
    """A request that has no run yet; `alone`: it may only run by itself."""

    request: Generate
    alone: bool = False

    def direct(self, command: Stop | Steer) -> None:
        """Note what the run is to do otherwise."""
        self.request = directed(self.request, command)


def directed(request: Generate, command: Stop | Steer) -> Generate:
    """The request with the command in it."""
    if isinstance(command, Stop):
        return replace(request, stop_step=command.step)
    return replace(request, turns=(*request.turns, command.turn))


def fitting(request: Generate, max_pixels: int, models_dir: str | None) -> tuple[int, int] | None:
    """Return the request's size made smaller to hold at most so many pixels, as far as its model is known."""
    models = attempt(lambda: catalogue(models_dir))
    if isinstance(models, Refusal) or request.model not in models:
        return None
    fitted = fit_size(models[request.model], request.width, request.height, max_pixels)
    return fitted if math.prod(fitted) < request.width * request.height else None


def refuse_bad(request: Generate, max_pixels: int, models_dir: str | None) -> None:
    """Raise `Refusal` for what no engine can do, and for more than `max_pixels` (0: nobody knows)."""
    if min(request.width, request.height, request.steps) < 1:
        raise Refusal(Reason.BAD_REQUEST, f"{request.width}x{request.height}, {request.steps} steps")
    if 0 < max_pixels < request.width * request.height:
        raise Refusal(Reason.TOO_LARGE, largest=fitting(request, max_pixels, models_dir))
