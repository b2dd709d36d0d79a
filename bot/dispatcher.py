"""The life of a job: queued -> running -> posting -> finished | failed | cancelled.

`submit` answers when the job is on the disk; from then on it ends in one posted picture or one told
failure, whatever dies in between. Each change of status is one transaction, made here or in `delivery`. At
start, what was queued or running goes back into line, what was posting is posted, what was untold is told.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.board import Board
from bot.delivery import Delivery, Listener, Patience
from bot.ends import Ends
from bot.errors import GalaError
from bot.groups import unwrapped
from bot.handover import request_for
from bot.helm import Helm
from bot.intake import Intake
from bot.line import Limits, Line, Place
from bot.order import Order
from bot.running import Running
from bot.speeds import Speeds
from generation import protocol
from storage.errors import StorageError
from storage.jobs import Job, Jobs, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Coroutine

    from bot.holding import Holding
    from bot.quota import Ask
    from bot.screening import Screening
    from bot.till import Till
    from bot.worker import Worker
    from storage.frames import Frames
    from storage.images import Images

__all__ = ["Dispatcher", "Limits", "Listener", "Order", "Patience", "Place"]


class Dispatcher:
    """Submits, hands on, receives; the only writer of a job's status."""

    def __init__(
        self,
        jobs: Jobs,
        images: Images,
        frames: Frames,
        worker: Worker,
        listener: Listener,
        till: Till,
        *,
        limits: Limits,
        paused: Collection[int] = (),
        frame_interval_s: float = 1.0,
        clock: Callable[[], float] = time.time,
        patience: Patience | None = None,
        screening: Screening | None = None,
        holding: Holding | None = None,
    ) -> None:
        self._jobs, self._images, self._worker, self._listener = jobs, images, worker, listener
        self._frame_interval_s, self._clock = frame_interval_s, clock
        self._patience = patience or Patience()
        self._delivery = Delivery(jobs, images, frames, listener, clock, self._patience, holding)
        self._line = Line(limits, paused)
        self._running: dict[str, Running] = {}
        self.board = Board(self._line, self._running, self._lanes, listener)
        self._intake = Intake(jobs, images, self._line, till, self.board.seconds, clock, screening)
        self.helm = Helm(jobs, worker, self._running)
        self._hungry = asyncio.Event()
        self.opened, self._closing, self._ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._ended.set()

    # --- what members do

    async def submit(self, order: Order) -> Job:
        """Accept a job. When this returns, it is on the disk. Raises `UserError`, `StorageError`."""
        await self.opened.wait()
        return await self._intake.accept(order, self._line_changed)

    def ask(self, job: Job | Order) -> Ask:
        """What one more such job would ask of the quotas."""
        return self._intake.ask(job)

    def place(self, job_id: str) -> Place | None:
        """Return where a waiting job stands; None where it does not wait (any more)."""
        return self.board.place(job_id)

    async def attach_card(self, job_id: str, message_id: int) -> Job | None:
        """Note the ticket's message; None where the job's end has begun, and it needs no card any more."""
        job = await self._jobs.change(job_id, {Status.QUEUED, Status.RUNNING}, card_id=message_id)
        if job_id in self._line:
            self._line.attach_card(job_id, message_id)
            self.board.forget(job_id)
        elif running := self._running.get(job_id):
            running.job = replace(running.job, card_id=message_id)
            self._show(running)
        return job

    def pause(self, guild_id: int, *, paused: bool) -> None:
        """Let a guild's line stand still, or go on; what is being painted goes on."""
        self._line.pause(guild_id, paused=paused)
        self._line_changed()

    async def cancel(self, job_id: str, detail: str | None = None) -> Job | None:
        """Have a job dropped, and that told; None where it is too late for that, or there is no such job.

        A running job is only asked to end, and may finish before it hears of it.
        """
        if running := self._running.get(job_id):
            running.cancelled = True
            if running.sent:
                self._worker.send(protocol.Cancel(job_id))
            return running.job
        if not self._line.remove(job_id):
            return None
        self._line_changed()
        values = {"status": Status.CANCELLED, "ended_at": self._clock(), "detail": detail}
        if job := await self._delivery.settle(job_id, {Status.QUEUED}, **values):
            self._ends.begin(self._delivery.tell(job))
        return job

    async def stop(self, job_id: str) -> Job | None:
        """Have a job end with the picture as it is; None where it is too late, or there is no such job.

        Raises `UserError` where nothing is there yet that could be kept.
        """
        return await self.helm.stop(job_id, waiting=job_id in self._line)

    # --- what moderators do

    async def decide(self, job_id: str, *, post: bool) -> Job | None:
        """Post a picture that is held or was refused, or refuse a held one; None where there is no such."""
        job = await (self._jobs.release(job_id) if post else self._jobs.refuse(job_id, self._clock()))
        if job is not None:
            self._ends.begin(self._post(job) if post else self._delivery.tell(job))
        return job

    # --- from start to end

    async def run(self) -> None:
        """Work until `close`. Raises `StorageError` or `WorkerError` where there is nothing to work with."""
        self._ended.clear()
        try:
            with unwrapped(GalaError, StorageError):
                async with asyncio.TaskGroup() as group:
                    self._ends = Ends(group)
                    await self._recover()
                    loops = (self._feed(), self._receive(), self.board.run())
                    tasks = [group.create_task(loop) for loop in loops]
                    self.opened.set()
                    await self._closing.wait()
                    for task in tasks:
                        task.cancel()
                    await self._ends.close(self._patience.close_s)
        finally:
            self._ended.set()

    async def close(self) -> None:
        """Hand out nothing more, let deliveries under way finish; running jobs resume at the next start."""
        self._closing.set()
        await self._ended.wait()

    async def _recover(self) -> None:
        await self._images.sweep()
        self.board.speeds = Speeds(await self._jobs.speeds())
        for job in await self._jobs.unfinished():
            if job.status is Status.POSTING:
                self._ends.begin(self._post(job))
            else:
                await self._requeue(job)
        for job in await self._jobs.untold():
            self._ends.begin(self._delivery.tell(job))

    async def _requeue(self, job: Job) -> None:
        """Put an unfinished job into line (again), with its checkpoint if it has one."""
        before = (Status.QUEUED, Status.RUNNING, Status.POSTING)
        if row := await self._delivery.settle(job.id, before, status=Status.QUEUED, picture_sha256=None):
            self._line.add(row)
            self._line_changed()

    def _line_changed(self) -> None:
        self._hungry.set()
        self.board.changed()

    # --- down

    async def _feed(self) -> None:
        while True:
            self._hungry.clear()
            while self._has_room() and (
                job := self._line.take([running.job for running in self._running.values()])
            ):
                await self._begin(job)
            await self._hungry.wait()

    def _has_room(self) -> bool:
        alone = any(running.job.crashes for running in self._running.values())
        return not alone and len(self._running) < self._lanes()

    def _lanes(self) -> int:
        return 0 if self._worker.ready is None else self._worker.ready.lanes

    async def _begin(self, job: Job) -> None:
        running = self._running[job.id] = Running(job)
        self.board.changed()
        values = {"status": Status.RUNNING, "started_at": job.started_at or self._clock()}
        check = await self._delivery.check_for(job)
        row = await self._delivery.settle(job.id, {Status.QUEUED}, **values, output_check=check)
        if row is None:
            self._running.pop(job.id)
            return
        running.job = row
        request = await request_for(row, self._images, self._frame_interval_s)
        if running.cancelled:
            self._over(job.id, self._delivery.cancel(job, running.seconds()))
        elif isinstance(request, protocol.Failed):
            self._over(job.id, self._delivery.fail(running.job, request))
        else:
            self._worker.send(request)
            running.sent = True
            self.helm.catch_up(running, row)

    # --- up

    async def _receive(self) -> None:
        async for event in self._worker.events():
            if isinstance(event, protocol.Ready | protocol.Heartbeat):
                self._line_changed()
            elif running := self._running.get(event.job):
                await self._hear(running, event)

    async def _hear(self, running: Running, event: protocol.Event) -> None:
        job_id = running.job.id
        match event:
            case protocol.Progress():
                self._progress(running, event)
                await self._delivery.keep_frame(running.job, event)
            case protocol.Shot():
                await self._delivery.keep_frame(running.job, event)
            case protocol.Checkpoint():
                if sha256 := await self._delivery.keep_checkpoint(running.job, event):
                    running.job = replace(running.job, checkpoint_sha256=sha256, seconds=event.seconds)
            case protocol.Steered():
                await self.helm.heard(running, event)
            case protocol.Finished():
                self._over(job_id, self._finish(running.job, event))
            case protocol.Failed(reason=protocol.Reason.WORKER_LOST):
                self._ends.begin(self._lost(running, event))
            case protocol.Failed():
                self._over(job_id, self._delivery.fail(running.job, event))
            case protocol.Cancelled():
                self._over(job_id, self._delivery.cancel(running.job, running.seconds()))
            case _:
                running.first = running.latest = None  # Started, perhaps once more

    def _progress(self, running: Running, event: protocol.Progress) -> None:
        running.hear(event)
        self.board.timed(running)
        self._show(running)

    def _show(self, running: Running) -> None:
        if running.latest is not None:
            self._listener.progressed(running.job, running.latest, running.left_s(self.board.speeds))

    def _over(self, job_id: str, end: Coroutine[Any, Any, None]) -> None:
        """The job has left the generation process: its lane is free, and its end takes its course."""
        self._running.pop(job_id, None)
        self._line_changed()
        self._ends.begin(end)

    async def _finish(self, job: Job, event: protocol.Finished) -> None:
        self.board.learn(job, event)
        if posting := await self._delivery.finish(job, event):
            await self._post(posting)

    async def _post(self, job: Job) -> None:
        if not await self._delivery.post(job):
            await self._requeue(job)

    async def _lost(self, running: Running, event: protocol.Failed) -> None:
        """The generation process has died under the job: once more by itself, or never again."""
        job, crashes = running.job, running.job.crashes + 1
        if crashes >= self._patience.crashes and not running.cancelled:
            self._running.pop(job.id)
            self._line_changed()
            await self._delivery.fail(job, event, failure="parked", crashes=crashes)
            return
        row = await self._delivery.settle(job.id, {Status.RUNNING}, status=Status.QUEUED, crashes=crashes)
        self._running.pop(job.id)
        if running.cancelled:
            await self._delivery.cancel(job, running.seconds())
        elif row is not None:
            self._line.add(row)
        self._line_changed()
