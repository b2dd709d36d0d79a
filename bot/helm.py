"""Steering: a running job's author gives it another prompt, or other steps, or an early end, on the way.

What was asked for is in the job's row before the generation process hears of it: so a crash resumes to the
same turns. The step in the row is first the one that the author had seen, then the one that it really was.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.errors import UserError
from bot.turns import Turning, settled, turnings, with_turning
from generation.protocol import Steer, Steered, Stop
from storage.errors import StorageError
from storage.jobs import Job, Jobs, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.running import Running
    from bot.worker import Worker

log = logging.getLogger(__name__)


class Helm:
    """Steers the jobs in the generation process."""

    def __init__(self, jobs: Jobs, worker: Worker, running: Mapping[str, Running]) -> None:
        self._jobs, self._worker, self._running = jobs, worker, running

    async def steer(self, job_id: str, prompt: str, steps: int) -> Job | None:
        """Turn a job; None where it does not run (any more). Raises `PromptError`, `StorageError`."""
        running = self._running.get(job_id)
        if running is None or running.cancelled:
            return None
        turning = Turning(running.latest.step if running.latest else 0, prompt, steps)
        command = Steer(job_id, turning.turn())
        running.job = replace(running.job, turns=with_turning(running.job, turning))
        job = await self._jobs.change(job_id, {Status.RUNNING}, turns=running.job.turns)
        if job is not None and running.sent:
            self._worker.send(command)
        return job

    async def stop(self, job_id: str, *, waiting: bool) -> Job | None:
        """Have a job end with the picture as it is; None where it is too late, or there is no such job.

        `waiting`: it stands in line. Raises `UserError` where nothing is there yet that could be kept.
        """
        running = self._running.get(job_id)
        if not waiting and (running is None or running.cancelled):
            return None
        seen = running.latest.step if running and running.latest else 0
        job = await self._jobs.get(job_id)
        if seen == 0 and job is not None and job.checkpoint_sha256 is None:
            raise UserError("stop-too-early")
        job = await self._jobs.change(job_id, {Status.QUEUED, Status.RUNNING}, stop_step=seen)
        if job is not None and (running := self._running.get(job_id)):
            running.job = replace(running.job, stop_step=seen)
            if running.sent:
                self._worker.send(Stop(job_id, seen))
        return job

    def catch_up(self, running: Running, row: Job) -> None:
        """Send what was asked for since the row was read, for its request was on its way."""
        for turning in turnings(running.job)[len(turnings(row)) :]:
            self._worker.send(Steer(row.id, turning.turn()))
        if running.job.stop_step != row.stop_step:
            self._worker.send(Stop(row.id, running.job.stop_step or 0))

    async def heard(self, running: Running, event: Steered) -> None:
        """Note at which step a turn was really taken. A lost note costs the same picture after a crash."""
        text = settled(running.job, event.number, event.step)
        if text is None:
            return
        running.job = replace(running.job, turns=text)
        try:
            await self._jobs.change(event.job, {Status.RUNNING}, turns=text)
        except StorageError as error:
            log.warning("job %s: a turn's step is not noted: %s", event.job, error)
