"""How far a picture has come, as people read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.order import SETTLED
from bot.turns import steered
from bot.zoom import of_row

if TYPE_CHECKING:
    from bot.locales import Texts
    from storage.jobs import Job

BAR_CELLS: Final = 14


def time_left(left_s: float, texts: Texts) -> str:
    """About how long it will take, in seconds below a minute and a half, else in minutes."""
    if left_s < 90:
        return texts.get("card-left-seconds", seconds=max(round(left_s), 1))
    return texts.get("card-left-minutes", minutes=round(left_s / 60))


def percent(step: int, steps: int) -> int:
    """How much is done, 0..100."""
    return min(100 * step // max(steps, 1), 100)


def bar(step: int, steps: int) -> str:
    """A progress bar in characters."""
    full = min(BAR_CELLS * step // max(steps, 1), BAR_CELLS)
    return "▰" * full + "▱" * (BAR_CELLS - full)


def steps_done(job: Job, texts: Texts) -> str:
    """How many steps the picture has had."""
    steps = steered(job).steps
    if job.stop_step is None:
        return texts.get("card-steps", steps=steps)
    said = "card-settled" if job.detail == SETTLED else "card-stopped"
    return texts.get(said, step=job.stop_step, steps=steps)


def origin(job: Job, texts: Texts) -> list[str]:
    """What it has to do with the picture that it started from, and that it is a film."""
    motion = of_row(job.motion)
    steps = job.steps if job.stop_step is None else job.stop_step
    said = [] if motion is None else [texts.get("card-frames", frames=motion.frames(steps))]
    said += [] if job.origin is None else [texts.get(f"card-origin-{job.origin}")]
    said += [] if job.candidate is None else [texts.get("grid-from", number=job.candidate)]
    return said + ([] if not job.keep else [texts.get("grid-kept", percent=round(100 * job.keep))])
