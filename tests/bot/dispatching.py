"""A bot without Discord: real database, files and generation process, and a listener that keeps books."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.dispatcher import Dispatcher, Order, Patience, Place
from bot.prompt import parse
from bot.till import Till
from bot.worker import Worker
from generation.codec import decode_rgb
from generation.protocol import Generate, Progress, Settings
from storage.database import Database
from storage.frames import Frames
from storage.images import Images
from storage.jobs import Job, Jobs, Status
from storage.quotas import Quotas
from tests.generation.pipe import TOY
from tests.generation.toy_engine import expected_picture

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

OVER = (Status.FINISHED, Status.FAILED, Status.CANCELLED)
PATIENCE = Patience(tries=4, pause_s=0.02, storage_pause_s=0.05, close_s=2.0)


@dataclass(frozen=True)
class Limits:
    max_waiting: int = 100
    max_waiting_per_guild: int = 50
    max_waiting_per_member: int = 40


@dataclass
class Channel:
    """What a channel would show. Like Discord with a nonce, it takes each job's result and word once."""

    pictures: dict[str, bytes] = field(default_factory=dict)
    words: dict[str, Job] = field(default_factory=dict)
    largest: dict[str, tuple[int, int] | None] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    places: list[tuple[str, Place]] = field(default_factory=list)
    frames: list[tuple[Job, Progress, float | None]] = field(default_factory=list)
    delay_s: float = 0.0
    trouble: Callable[[Job, int], None] | None = None  # may raise, at the n-th call for a job

    def moved(self, job: Job, place: Place) -> None:
        self.places.append((job.id, place))

    def progressed(self, job: Job, progress: Progress, left_s: float | None) -> None:
        self.frames.append((job, progress, left_s))

    async def deliver(self, job: Job, picture: bytes) -> int:
        await self._arrive(job)
        self.pictures.setdefault(job.id, picture)
        await asyncio.sleep(self.delay_s)
        return 1000 + list(self.pictures).index(job.id)

    async def report(self, job: Job, largest: tuple[int, int] | None = None) -> None:
        await self._arrive(job)
        self.words.setdefault(job.id, job)
        self.largest[job.id] = largest

    async def _arrive(self, job: Job) -> None:
        self.calls[job.id] += 1
        await asyncio.sleep(self.delay_s)
        if self.trouble is not None:
            self.trouble(job, self.calls[job.id])


def order(*orders: str, **changes: Any) -> Order:
    """A member's order for the toy engine."""
    values: dict[str, Any] = {
        "guild_id": 1,
        "channel_id": 2,
        "member_id": 3,
        "locale": "en-US",
        "prompt": " | ".join(orders or ("a red car",)),
        "engine": "toy",
        "model": "toy",
        "width": 64,
        "height": 48,
        "steps": 10,
        "seed": 7,
        "init": None,
        "init_weight": 0.0,
        "upload_limit_bytes": 10 * 2**20,
    }
    return Order(**{**values, **changes})


@dataclass
class House:
    """The parts of a running bot."""

    jobs: Jobs
    images: Images
    frames: Frames
    quotas: Quotas
    worker: Worker
    channel: Channel
    dispatcher: Dispatcher
    running: asyncio.Task[None]

    async def job(self, job_id: str) -> Job:
        job = await self.jobs.get(job_id)
        assert job is not None
        return job

    async def wait(self, *job_ids: str, told: bool = True, timeout_s: float = 60) -> list[Job]:
        """The jobs, once all are over, and told."""
        async with asyncio.timeout(timeout_s):
            while True:
                jobs = [await self.job(job_id) for job_id in job_ids]
                if all(job.status in OVER and job.told >= told for job in jobs):
                    return jobs
                assert not self.running.done(), self.running.exception()
                await asyncio.sleep(0.01)

    async def until(self, condition: Callable[[], object], timeout_s: float = 60) -> None:
        async with asyncio.timeout(timeout_s):
            while not condition():
                await asyncio.sleep(0.005)

    async def until_running(self, *job_ids: str) -> None:
        """Until each has shown a frame."""
        await self.until(lambda: {job.id for job, _, _ in self.channel.frames} >= set(job_ids))


@asynccontextmanager
async def a_house(
    folder: Path,
    channel: Channel | None = None,
    *,
    settings: Settings = TOY,
    limits: Limits | None = None,
    patience: Patience = PATIENCE,
    abrupt: bool = False,
    clock: Callable[[], float] = time.time,
    **options: Any,
) -> AsyncIterator[House]:
    """A bot on the folder. `abrupt`: at the end it is dropped, not closed."""
    channel = channel or Channel()
    worker = Worker(settings, **{"backoff_s": (0.02, 0.1), **options})
    async with Database.open(folder / "gala.db") as database:
        jobs, images = Jobs(database), Images(folder / "pictures")
        frames, quotas = Frames(folder / "frames"), Quotas(database)
        dispatcher = Dispatcher(
            jobs,
            images,
            frames,
            worker,
            channel,
            Till(quotas, clock),
            limits=limits or Limits(),
            frame_interval_s=0.02,
            patience=patience,
            clock=clock,
        )
        await worker.start()
        running = asyncio.create_task(dispatcher.run())
        try:
            yield House(jobs, images, frames, quotas, worker, channel, dispatcher, running)
        finally:
            if abrupt:
                running.cancel()
                await asyncio.wait({running})
            else:
                await dispatcher.close()
            await worker.close()
            await asyncio.gather(running, return_exceptions=True)


def request_of(job: Job) -> Generate:
    """The request that the job stands for; of a stopped one, as far as it came."""
    phrases = parse(job.prompt)[0].phrases
    steps = job.steps if job.stop_step is None else job.stop_step
    return Generate(job.id, job.engine, job.model, phrases, job.width, job.height, steps, job.seed)


def assert_posted(channel: Channel, job: Job) -> None:
    """The job's own and whole picture is in the channel, and no word of failure."""
    assert job.status is Status.FINISHED, job
    assert job.id not in channel.words
    assert (decode_rgb(channel.pictures[job.id]) == expected_picture(request_of(job))).all()


def assert_told(channel: Channel, job: Job, status: Status, failure: str | None = None) -> None:
    """The member has been told that there will be no picture, and why."""
    assert (job.status, job.failure, job.told) == (status, failure, True), job
    assert job.id not in channel.pictures
    assert channel.words[job.id].status is status
    assert channel.words[job.id].failure == failure
