"""The generation process's way up: one thread encodes and sends, so that no engine waits for a picture."""

from __future__ import annotations

import os
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from generation.protocol import Event, Failed, Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    Making = tuple[str, Callable[[], Event]]  # a job, or "", and what makes its event


class Outbox:
    """Events leave in the order in which they came. When the other end is gone, the process ends."""

    def __init__(self, send: Callable[[Event], None]) -> None:
        self._send = send
        self._queue: SimpleQueue[Making | None] = SimpleQueue()
        self._frames: set[str] = set()
        self._thread = Thread(target=self._work, name="outbox", daemon=True)
        self._thread.start()

    def put(self, event: Event) -> None:
        """Send an event that needs no making."""
        self._queue.put(("", lambda: event))

    def put_result(self, job: str, make: Callable[[], Event]) -> None:
        """Make and send a job's answer; where it cannot be made for want of memory, say that instead."""
        self._queue.put((job, make))

    def put_frame(self, job: str, make: Callable[[], Event]) -> None:
        """Make and send a frame."""
        self._frames.add(job)
        self._queue.put((job, make))

    def wants_frame(self, job: str) -> bool:
        """Tell whether the job's last frame has left; until then another one would only queue up."""
        return job not in self._frames

    def close(self, timeout_s: float) -> None:
        """Send what is there, then end."""
        self._queue.put(None)
        self._thread.join(timeout_s)

    def _work(self) -> None:
        clean = False
        try:
            while (making := self._queue.get()) is not None:
                self._send(self._made(*making))
                self._frames.discard(making[0])
            clean = True
        except OSError:  # nobody is left to hear
            os._exit(0)
        finally:
            if not clean:  # better no process than one that works and cannot say so
                os._exit(1)

    def _made(self, job: str, make: Callable[[], Event]) -> Event:
        try:
            return make()
        except MemoryError:
            self._frames.discard(job)
            return Failed(job, Reason.OUT_OF_MEMORY)
