"""The last stretch of a job: the picture into the channel, or the word that there will be none.

What is to be told is first in the database, and `told` there says that it has been: so after a crash nothing
is forgotten, and the listener (which looks before it posts) tells nothing twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from bot.errors import Astray, Undeliverable
from bot.holding import outcome, refused
from bot.order import SETTLED
from bot.places import fallback
from bot.turns import steered
from generation.protocol import Shot
from storage.errors import ImageDamaged, ImageMissing, StorageError, StorageFull
from storage.jobs import Check, Job, Jobs, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Coroutine

    from bot.holding import Holding
    from bot.line import Place
    from generation.protocol import Checkpoint, Failed, Finished, Progress
    from storage.frames import Frames
    from storage.images import Images

T = TypeVar("T")

log = logging.getLogger(__name__)


class Listener(Protocol):
    """Who is told of the jobs: the poster."""

    def moved(self, job: Job, place: Place) -> None:
        """Show the job's place in line. Never waits; the latest counts."""

    def progressed(self, job: Job, progress: Progress, left_s: float | None) -> None:
        """Show a frame. Never waits; the latest counts."""

    async def deliver(self, job: Job, picture: bytes) -> int:
        """Post the picture unless it is there already; return the message's id.

        Raises `Undeliverable`; `Astray` where `bot.places.fallback` knows another channel.
        """

    async def report(self, job: Job, largest: tuple[int, int] | None = None) -> None:
        """Tell that the job has failed, is cancelled, or is held. Raises `Undeliverable`."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long what may pass is waited for."""

    tries: int = 8  #: of a delivery that fails for no known reason
    pause_s: float = 1.0  #: after the first failed try; then twice as long each time
    storage_pause_s: float = 2.0  #: between tries to write the database
    close_s: float = 10.0  #: for deliveries under way when the bot leaves
    crashes: int = 3  #: generation processes that a job may take with it


class Delivery:
    """Ends jobs: in the database and before the member."""

    def __init__(
        self,
        jobs: Jobs,
        images: Images,
        frames: Frames,
        listener: Listener,
        clock: Callable[[], float],
        patience: Patience,
        holding: Holding | None = None,
    ) -> None:
        self._jobs, self._images, self._frames = jobs, images, frames
        self._holding = holding
        self._listener = listener
        self._clock = clock
        self._patience = patience

    async def settle(self, job_id: str, expected: Collection[Status], **values: Any) -> Job | None:
        """Change a job, and keep trying while the database cannot be written."""
        while True:
            try:
                return await self._jobs.change(job_id, expected, **values)
            except StorageError as error:
                log.error("job %s cannot be written, trying again: %s", job_id, error)
                await asyncio.sleep(self._patience.storage_pause_s)

    async def check_for(self, job: Job) -> Check | None:
        """Whether the job's picture is to be checked, as its row says it."""
        concerned = self._holding is not None and await self._holding.concerns(job)
        return Check.DUE if concerned else None

    async def keep_checkpoint(self, job: Job, event: Checkpoint) -> str | None:
        """Keep a running job's newest, return its hash. A lost one costs time, not the job."""
        try:
            sha256 = await self._images.put(event.data)
            values = {"checkpoint_sha256": sha256, "seconds": event.seconds}
            if await self._jobs.change(job.id, {Status.RUNNING}, **values) is None:
                return None
        except StorageError as error:
            log.warning("job %s has no new checkpoint: %s", job.id, error)
            return None
        if job.checkpoint_sha256 != sha256:
            await self._drop(job.checkpoint_sha256)
        return sha256

    async def keep_frame(self, job: Job, frame: Progress | Shot) -> None:
        """Keep a frame for the film, of a camera's way a shot. A lost one is a film a little less smooth."""
        try:
            if isinstance(frame, Shot):
                await self._frames.keep_shot(frame.job, frame.number, frame.frame)
            elif job.motion is None:
                await self._frames.keep(frame.job, frame.step, frame.steps, frame.frame)
        except StorageError as error:
            log.info("%s", error)

    async def finish(self, job: Job, event: Finished) -> Job | None:
        """Keep the picture; return the job, now `posting`, or None where that was its end."""
        sha256 = await self._keep(event.picture)
        if sha256 is None:
            await self._end(job, Status.FAILED, failure="storage-full")
            return None
        posting = await self.settle(
            job.id,
            {Status.RUNNING},
            status=Status.POSTING,
            checkpoint_sha256=None,
            picture_sha256=sha256,
            score=event.score,
            seconds=event.seconds,
            stop_step=event.steps if event.steps < steered(job).steps else None,
            recipe=json.dumps(asdict(event.recipe)),
            scores=json.dumps(event.scores) if event.scores else None,
            output_check=await self.check_for(job),
            detail=SETTLED if event.settled and job.detail is None else job.detail,
        )
        await self._drop(job.checkpoint_sha256)
        return posting

    async def fail(self, job: Job, event: Failed, **values: Any) -> None:
        """End a queued or running job without a picture, and tell it."""
        values = {"failure": str(event.reason), "detail": event.detail, **values}
        await self._end(job, Status.FAILED, event.largest, **values)

    async def cancel(self, job: Job, seconds: float | None = None) -> None:
        """End a queued or running job as its member has asked, and tell it.

        `seconds` of the GPU have gone into it; None where no frame of it was seen.
        """
        values: dict[str, Any] = {} if seconds is None else {"seconds": seconds}
        await self._end(job, Status.CANCELLED, **values)

    async def post(self, job: Job) -> bool:
        """Deliver a `posting` job's picture; False where its file is lost, and it must be painted again.

        A picture that the check does not let through is not posted, and that is told.
        """
        try:
            picture = await self._images.get(job.picture_sha256 or "")
        except (ImageMissing, ImageDamaged) as error:
            log.error("job %s: %s", job.id, error)
            return False
        passed = await self._pass(job, picture)
        if passed is None:
            return True
        job = passed
        try:
            result_id = await self._deliver(job, picture)
        except Undeliverable as error:
            log.warning("job %s: %s", job.id, error)
            end: dict[str, object] = {"failure": "undeliverable", "detail": error.reason}
            status = Status.FAILED
            await self._frames.drop(job.id)
        else:
            end = {"result_id": result_id}
            status = Status.FINISHED
        values = {"status": status, "ended_at": self._clock(), "told": True}
        await self.settle(job.id, {Status.POSTING}, **values, **end)
        return True

    async def _pass(self, job: Job, picture: bytes) -> Job | None:
        """Let the check have its say; None where the picture is not to be posted, or not yet."""
        if self._holding is None or job.output_check not in (Check.DUE, Check.HELD):
            return job
        now: Job | None = job
        if job.output_check is Check.DUE:
            seen = await self._holding.inspect(job, picture)
            now = await self.settle(job.id, {Status.POSTING}, **outcome(seen, self._clock()))
        if now is not None and now.output_check is Check.HELD:
            now = await self._hold(self._holding, now)
        if now is None or now.output_check is not Check.REFUSED:
            return now
        await self._frames.drop(now.id)
        await self.tell(now)
        return None

    async def _hold(self, holding: Holding, job: Job) -> Job | None:
        """Have the moderators asked, and its author told; the refused job where nobody can be asked."""
        with contextlib.suppress(Undeliverable):
            await self._persist(job, lambda: self._listener.report(job))
        if not await self._persist(job, lambda: holding.bench.bring(job)):
            return await self.settle(job.id, {Status.POSTING}, **refused(self._clock()))
        await self._jobs.rest(job.id)
        return None

    async def _deliver(self, job: Job, picture: bytes) -> int:
        """Have it posted. A move is written down first, lest a crash have it posted twice."""
        while True:
            try:
                return await self._persist(job, partial(self._listener.deliver, job, picture))
            except Astray as error:
                log.warning("job %s: %s", job.id, error)
                moved = await self.settle(job.id, {Status.POSTING}, **(fallback(job) or {}))
                if moved is None:
                    raise
                job = moved

    async def tell(self, job: Job, largest: tuple[int, int] | None = None) -> None:
        """Report an ended job."""
        try:
            await self._persist(job, lambda: self._listener.report(job, largest))
        except Undeliverable as error:
            log.warning("job %s: %s", job.id, error)
        await self.settle(job.id, {job.status}, told=True)

    async def _end(
        self, job: Job, status: Status, largest: tuple[int, int] | None = None, **values: Any
    ) -> None:
        end = {"status": status, "ended_at": self._clock(), "checkpoint_sha256": None}
        ended = await self.settle(job.id, {Status.QUEUED, Status.RUNNING}, **end, **values)
        await self._drop(job.checkpoint_sha256)
        await self._frames.drop(job.id)
        if ended is not None:
            await self.tell(ended, largest)

    async def _keep(self, data: bytes) -> str | None:
        """Write a picture file; None where there is no room. Other faults are waited out."""
        while True:
            try:
                return await self._images.put(data)
            except StorageFull as error:
                log.error("%s", error)
                return None
            except StorageError as error:
                log.error("trying again: %s", error)
                await asyncio.sleep(self._patience.storage_pause_s)

    async def _drop(self, checkpoint_sha256: str | None) -> None:
        if checkpoint_sha256 is None:
            return
        try:
            await self._images.drop(checkpoint_sha256)
        except OSError as error:
            log.warning("a checkpoint's file cannot be removed: %s", error)

    async def _persist(self, job: Job, act: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Try until it is done or known to be impossible. Any other exception is a fault, and tried again."""
        for attempt in range(self._patience.tries):
            task = asyncio.create_task(act(), name=f"tell-{job.id}")
            try:
                await asyncio.wait({task})
            finally:
                task.cancel()
            error = asyncio.CancelledError() if task.cancelled() else task.exception()
            if error is None:
                return task.result()
            if isinstance(error, Undeliverable):
                raise error
            log.error("job %s: try %d to tell of it failed", job.id, attempt + 1, exc_info=error)
            await asyncio.sleep(self._patience.pause_s * 2**attempt)
        code = secrets.token_hex(4)
        log.error("job %s cannot be told of; code %s", job.id, code)
        raise Undeliverable(code)
