"""Who waits, in which order, and for how long: the fair queue, and before it those that must run alone.

Pure bookkeeping. A job that was running when a generation process died goes to the head of the line, and
while one of those waits or runs, nothing runs beside it: so the next crash has only one suspect.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from bot.errors import QueueFull
from bot.queue import Entry, FairQueue

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from bot.order import Order
    from bot.speeds import Speeds
    from storage.jobs import Job


class Limits(Protocol):
    """How many jobs may wait; `bot.config` has the values."""

    @property
    def max_waiting(self) -> int:
        """In all."""

    @property
    def max_waiting_per_guild(self) -> int:
        """Of one guild; direct messages are not counted together."""

    @property
    def max_waiting_per_member(self) -> int:
        """Of one member."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a job stands. `wait_s` is the time until its picture is there; None while no speed is known."""

    position: int  #: 1 is next
    wait_s: float | None
    held: bool = False  #: the line of its guild stands still, and it keeps its place there

    def differs(self, other: Place) -> bool:
        """Tell whether a member should hear of the other place; a wait that merely shrinks is no news."""
        mine = (self.position, self.held, self.wait_s is None)
        return mine != (other.position, other.held, other.wait_s is None)


class Line:
    """The waiting jobs."""

    def __init__(self, limits: Limits, paused: Collection[int] = ()) -> None:
        self._limits = limits
        self._paused = set(paused)  # guilds
        self._queue = FairQueue()
        self._suspects: dict[str, None] = {}  # in order
        self._jobs: dict[str, Job] = {}

    def __len__(self) -> int:
        return len(self._jobs)

    def __contains__(self, job_id: object) -> bool:
        return job_id in self._jobs

    def check(self, guild_id: int, member_id: int) -> None:
        """Raise `QueueFull` where one more of this member's jobs would be too many."""
        limits = self._limits
        members = Counter(job.member_id for job in self._jobs.values())
        guilds = Counter(job.guild_id for job in self._jobs.values())
        if members[member_id] >= limits.max_waiting_per_member:
            raise QueueFull("queue-full-member", limit=limits.max_waiting_per_member)
        if guild_id and guilds[guild_id] >= limits.max_waiting_per_guild:
            raise QueueFull("queue-full-guild", limit=limits.max_waiting_per_guild)
        if len(self._jobs) >= limits.max_waiting:
            raise QueueFull("queue-full", limit=limits.max_waiting)

    def waiting(self, guild_id: int, member_id: int) -> int:
        """Count a member's jobs of one guild that are in line."""
        return sum(party(job) == (guild_id, member_id) for job in self._jobs.values())

    def pause(self, guild_id: int, *, paused: bool) -> None:
        """Let a guild's jobs stay where they are, or go on."""
        (self._paused.add if paused else self._paused.discard)(guild_id)

    def add(self, job: Job) -> None:
        """Put a job into line; one that has seen a crash goes to the head."""
        self._jobs[job.id] = job
        if job.crashes:
            self._suspects[job.id] = None
        else:
            self._queue.add(Entry(job.id, job.guild_id, job.member_id, cost(job) * job.grid))

    def take(self, running: Collection[Job]) -> Job | None:
        """Take the next job out, if one may start beside those that are running now."""
        suspects = (job_id for job_id in self._suspects if not self._is_held(self._jobs[job_id]))
        if suspect := next(suspects, None):
            return None if running else self._pop(suspect)
        side_by_side = Counter(party(job) for job in running)
        entry = self._queue.take(lambda entry: self._may_start(self._jobs[entry.job], side_by_side))
        return None if entry is None else self._pop(entry.job)

    def remove(self, job_id: str) -> bool:
        """Take a job out of the line; False where it is not in it."""
        if job_id not in self._jobs:
            return False
        if job_id not in self._suspects:
            self._queue.remove(job_id)
        self._pop(job_id)
        return True

    def attach_card(self, job_id: str, card_id: int) -> Job:
        """Note the job's card, and return it with that."""
        self._jobs[job_id] = replace(self._jobs[job_id], card_id=card_id)
        return self._jobs[job_id]

    def places(self, running_s: float | None, lanes: int, speeds: Speeds) -> Mapping[Job, Place]:
        """All waiting jobs in their order. `running_s` is the work left in the running ones, in seconds."""
        ahead_s, places, position = running_s, {}, 0
        held: Counter[int] = Counter()
        for job in self._in_order():
            if self._is_held(job):
                held[job.guild_id] += 1
                places[job] = Place(held[job.guild_id], None, held=True)
                continue
            position, speed = position + 1, speeds.of(job.pace)
            if ahead_s is None or speed is None:
                ahead_s, places[job] = None, Place(position, None)
                continue
            own_s = speed * cost(job)
            places[job] = Place(position, ahead_s / lanes + own_s)
            ahead_s += own_s
        return places

    def _is_held(self, job: Job) -> bool:
        return job.guild_id in self._paused

    def _may_start(self, job: Job, side_by_side: Mapping[tuple[int, int], int]) -> bool:
        room = job.most_running is None or side_by_side[party(job)] < job.most_running
        return room and not self._is_held(job)

    def _in_order(self) -> list[Job]:
        queued = (entry.job for entry in self._queue.waiting())
        return [self._jobs[job_id] for job_id in (*self._suspects, *queued)]

    def _pop(self, job_id: str) -> Job:
        self._suspects.pop(job_id, None)
        return self._jobs.pop(job_id)


def party(job: Job) -> tuple[int, int]:
    """Whose job it is: a member's, in one guild."""
    return job.guild_id, job.member_id


def cost(job: Job | Order) -> float:
    """What a job takes of the machine: pixels times steps."""
    return float(job.width * job.height * job.steps)
