"""The ends of jobs: each takes its time beside everything else, and the bot waits for them when it leaves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine


class Ends:
    """Deliveries and last words under way. To be made inside a task group, which hears of their faults."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self._group = group
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def begin(self, end: Coroutine[Any, Any, None]) -> None:
        """Let a job's end take its course. Once this is closed, the next start finds it in the database."""
        if self._closed:
            end.close()
            return
        task = self._group.create_task(end)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self, timeout_s: float) -> None:
        """Begin no more; let those under way finish, but not for longer than this."""
        self._closed = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=timeout_s)
        for task in self._tasks:
            task.cancel()
