"""What is reported of a run on its way: frames to watch, a film's shots, checkpoints."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from generation.codec import encode_frame
from generation.protocol import Checkpoint, Progress, Shot

if TYPE_CHECKING:
    from generation.outbox import Outbox
    from generation.runs import Active

SHOT_QUALITY: Final = 95  #: of WebP; the film's codec takes more away


def show(outbox: Outbox, active: Active, now: float) -> None:
    """Send a frame, unless the last one is still on its way."""
    job, run = active.request.job, active.run
    if not outbox.wants_frame(job):
        return
    active.frame_at = now
    picture, step, loss = active.picture(), run.step, run.loss
    steps, seconds = run.steps, active.seconds(now)
    outbox.put_frame(job, lambda: Progress(job, step, steps, loss, seconds, encode_frame(picture)))


def shoot(outbox: Outbox, active: Active) -> None:
    """Send the frame of a film that is whole now, if it is one."""
    job, motion = active.request.job, active.request.motion
    number = None if motion is None else motion.frame_at(active.run.step)
    if number is not None:
        picture = active.picture()
        side = max(picture.shape)
        outbox.put_result(job, lambda: Shot(job, number, encode_frame(picture, side, SHOT_QUALITY)))


def save(outbox: Outbox, active: Active, now: float) -> None:
    """Send the run's state, and hold it as what the run would go on from."""
    active.checkpoint_at = now
    data, seconds = active.engine.snapshot(active.run), active.seconds(now)
    outbox.put(Checkpoint(active.request.job, active.run.step, data, seconds))
    active.request = replace(active.request, checkpoint=data, seconds=seconds)
    active.begun_at = now
