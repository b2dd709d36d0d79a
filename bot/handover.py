"""From a job's row and files to the request that the generation process receives."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.errors import PromptError
from bot.manner import manner_of
from bot.prompt import parse
from bot.targets import of_row as named_in
from bot.turns import turnings
from bot.zoom import of_row
from generation.protocol import Failed, Generate, Origin, Reason, Target
from storage.errors import StorageError

if TYPE_CHECKING:
    from storage.generations import Generation
    from storage.images import Images
    from storage.jobs import Job

log = logging.getLogger(__name__)


async def request_for(job: Job, images: Images, frame_interval_s: float) -> Generate | Failed:
    """Build the request, from the job's last checkpoint on; `Failed` where what it needs is lost."""
    lost = Reason.BAD_INIT
    try:
        prompt = parse(job.prompt)[0]
        init = None if job.init_sha256 is None else await images.get(job.init_sha256)
        lost = Reason.BAD_TARGET
        targets = await targets_of(job, images)
    except PromptError as error:  # written by a Gala with another grammar
        return Failed(job.id, Reason.BAD_REQUEST, str(error))
    except StorageError as error:
        log.error("job %s: %s", job.id, error)
        return Failed(job.id, lost, "missing")
    checkpoint = await _checkpoint(job, images)
    return Generate(
        job=job.id,
        engine=job.engine,
        model=job.model,
        phrases=prompt.phrases,
        width=job.width,
        height=job.height,
        steps=job.steps,
        seed=job.seed,
        init=init,
        init_weight=job.init_weight,
        frame_interval_s=frame_interval_s,
        checkpoint=checkpoint,
        seconds=(job.seconds or 0.0) if checkpoint else 0.0,
        turns=tuple(turning.turn() for turning in turnings(job)),
        origin=None if job.origin is None else Origin(job.origin),
        grid=job.grid,
        candidate=job.candidate,
        keep=job.keep,
        motion=of_row(job.motion),
        stop_step=job.stop_step if checkpoint else job.stop_step or None,  # 0: at the checkpoint
        manner=manner_of(prompt.flags),
        targets=targets,
    )


async def targets_of(row: Job | Generation, images: Images) -> tuple[Target, ...]:
    """The pictures that a row's picture is drawn to. Raises `StorageError` where one is lost."""
    named = named_in(row.targets)
    return tuple([Target(await images.get(one.sha256), one.weight, one.stop) for one in named])


async def _checkpoint(job: Job, images: Images) -> bytes | None:
    if job.checkpoint_sha256 is None:
        return None
    try:
        return await images.get(job.checkpoint_sha256)
    except StorageError as error:
        log.warning("job %s starts anew: %s", job.id, error)
        return None
