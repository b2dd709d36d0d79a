"""A worker with the real process at its other end, and what it has said."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.worker import Worker
from generation.protocol import Cancelled, Event, Failed, Finished, Ready, Settings
from tests.generation.pipe import TOY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ANSWERS = (Finished, Failed, Cancelled)


class Listening:
    """A worker and what it has said."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self._events = worker.events()

    async def until(self, *kinds: type) -> list[Event]:
        events: list[Event] = []
        async with asyncio.timeout(60):
            while not events or not isinstance(events[-1], kinds):
                events.append(await anext(self._events))
        return events

    async def answers(self, count: int) -> dict[str, Event]:
        found: dict[str, Event] = {}
        while len(found) < count:
            event = (await self.until(*ANSWERS))[-1]
            assert isinstance(event, ANSWERS)
            assert event.job not in found
            found[event.job] = event
        return found

    async def next_pid(self) -> int:
        await self.until(Ready)
        assert self.worker.pid is not None
        return self.worker.pid


@asynccontextmanager
async def a_worker(settings: Settings = TOY, **options: Any) -> AsyncIterator[Listening]:
    worker = Worker(settings, **{"backoff_s": (0.05, 0.2), **options})
    await worker.start()
    try:
        yield Listening(worker)
    finally:
        await worker.close()
        assert worker.pid is None
        assert no_child_is_left()


def no_child_is_left() -> bool:
    """No process of ours is running or unburied; multiprocessing's own resource tracker does not count."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            rest = status.read_text().rpartition(")")[2]
            command = (status.parent / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(rest.split()[1]) == os.getpid() and b"resource_tracker" not in command:
            return False
    return True


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
