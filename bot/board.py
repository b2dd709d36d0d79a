"""Tells waiting jobs their places, as the departures board of a station does."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.line import cost
from bot.speeds import Speeds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.delivery import Listener
    from bot.line import Line, Place
    from bot.order import Order
    from bot.running import Running
    from generation.protocol import Finished
    from storage.jobs import Job

NOTICE_S = 0.05  # changes of the line within this time are told together
RECHECK_S = 5.0  # while nothing changes, what was promised is compared with what is to be expected
DRIFT_S = 10.0  # a promise may be off by this, or by a quarter of the wait, before it is made anew


@dataclass(frozen=True, slots=True)
class Promise:
    """A place as it was told, and when, in the loop's seconds."""

    place: Place
    at: float

    def holds(self, place: Place, now: float) -> bool:
        """Whether a member who was told this need not hear of the place that it is now."""
        before = self.place
        if before.differs(place):
            return False
        if before.wait_s is None or place.wait_s is None:
            return True
        late_s = (now + place.wait_s) - (self.at + before.wait_s)
        return abs(late_s) <= max(DRIFT_S, place.wait_s / 4)


class Board:
    """Knows what waits, what runs and how fast this machine is; `lanes` says how many run side by side."""

    def __init__(
        self, line: Line, running: Mapping[str, Running], lanes: Callable[[], int], listener: Listener
    ) -> None:
        self._line, self._running, self._lanes, self._listener = line, running, lanes, listener
        self._told: dict[str, Promise] = {}
        self._changed = asyncio.Event()
        self.speeds = Speeds()

    def changed(self) -> None:
        """The line, the running jobs or a speed are no longer what they were."""
        self._changed.set()

    def forget(self, job_id: str) -> None:
        """Tell this job's place again, as if for the first time."""
        self._told.pop(job_id, None)
        self._changed.set()

    def places(self) -> Mapping[Job, Place]:
        """All waiting jobs, in their order."""
        left = [running.left_s(self.speeds) for running in self._running.values()]
        known = [seconds for seconds in left if seconds is not None]
        return self._line.places(
            sum(known) if len(known) == len(left) else None, max(1, self._lanes()), self.speeds
        )

    def of(self, guild_id: int) -> tuple[list[Running], list[tuple[Job, Place]]]:
        """A guild's jobs: those being painted, and those that wait, in their order."""
        running = [each for each in self._running.values() if each.job.guild_id == guild_id]
        return running, [(job, place) for job, place in self.places().items() if job.guild_id == guild_id]

    def seconds(self, job: Job | Order) -> float:
        """How long the job will take the GPU, as far as that can be told."""
        return self.speeds.guess(job.pace) * cost(job)

    def timed(self, running: Running) -> None:
        """Note how fast a running job goes; who waits hears of the first speed of its like."""
        speed = running.speed()
        if speed is not None and self.speeds.show(running.job.pace, speed):
            self.changed()

    def learn(self, job: Job, event: Finished) -> None:
        """Note how fast a job went."""
        if event.seconds > 0 and event.steps > 0:
            self.speeds.learn(job.pace, event.seconds / cost(replace(job, steps=event.steps)))

    def knows(self, job_id: str) -> bool:
        """Whether the job waits or is painted."""
        return job_id in self._line or job_id in self._running

    def place(self, job_id: str) -> Place | None:
        """Return where one job stands; None where it does not wait."""
        if job_id not in self._line:
            return None
        return next(place for job, place in self.places().items() if job.id == job_id)

    async def run(self) -> None:
        """Tell each job's place when it has changed, or when what was promised no longer holds."""
        while True:
            with suppress(TimeoutError):  # not `wait_for`, which may swallow a cancellation
                async with asyncio.timeout(RECHECK_S):
                    await self._changed.wait()
            await asyncio.sleep(NOTICE_S)
            self._changed.clear()
            self._tell(asyncio.get_running_loop().time())

    def _tell(self, now: float) -> None:
        told = {}
        for job, place in self.places().items():
            promise = self._told.get(job.id)
            if promise is None or not promise.holds(place, now):
                self._listener.moved(job, place)
                promise = Promise(place, now)
            told[job.id] = promise
        self._told = told
