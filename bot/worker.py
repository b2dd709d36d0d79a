"""The bot's end of the pipe: spawns the generation process, sends, receives, watches, restarts.

A `Life` is one process with its pipe: one thread reads it and hops onto the loop, one writes to it, and
neither ever waits for the other. The supervisor lives one life after the other. Whatever a dead process
still owed is answered here, so that every `Generate` that was sent gets exactly one answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from bot.errors import GalaError
from bot.questions import Questions
from generation import process
from generation.protocol import (
    VERSION,
    Answer,
    Cancel,
    Cancelled,
    Command,
    Event,
    Failed,
    Finished,
    Generate,
    Heartbeat,
    News,
    Progress,
    Ready,
    Reason,
    Settings,
    Shutdown,
    Steer,
    Stop,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

WATCH_S = 0.5  # between two looks at a process that says nothing

log = logging.getLogger(__name__)


class WorkerError(GalaError):
    """The generation process cannot be used at all; the text is for the host."""


class Life:
    """One generation process, from its spawning to its burial. Everything here happens on the loop."""

    def __init__(self, settings: Settings, receive: Callable[[Event], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._receive = receive
        self._letters: SimpleQueue[Command | None] = SimpleQueue()
        self.ended = asyncio.Event()
        self.heard_at = self._loop.time()
        context = multiprocessing.get_context("spawn")
        self._ours, self._theirs = context.Pipe(duplex=True)
        self._process = context.Process(
            target=process.main, args=(self._theirs, settings), name="gala-generation", daemon=True
        )
        self._threads = (
            Thread(target=self._read, name="worker-reader", daemon=True),
            Thread(target=self._write, name="worker-writer", daemon=True),
        )

    async def begin(self) -> None:
        """Spawn, and start listening."""
        await asyncio.to_thread(self._process.start)
        self._theirs.close()  # now a dead process is the end of the file
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int | None:
        """The process's number."""
        return self._process.pid

    def send(self, command: Command) -> None:
        """Hand a command to the writer; never waits."""
        self._letters.put(command)

    async def end(self, grace_s: float) -> str:
        """Bring the process to its end by waiting, asking, killing; bury it; say how it ended."""
        await asyncio.to_thread(self._process.join, grace_s)
        if self._process.is_alive():
            self._process.terminate()
            await asyncio.to_thread(self._process.join, grace_s)
        if self._process.is_alive():
            self._process.kill()
            await asyncio.to_thread(self._process.join)
        code = self._process.exitcode or 0
        self._letters.put(None)
        await asyncio.to_thread(self._join_threads)
        self._ours.close()
        self._process.close()
        return f"signal {-code}" if code < 0 else f"exit status {code}"

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()

    def _join_threads(self) -> None:
        for thread in self._threads:
            thread.join()

    def _read(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                self._hop(self._heard, self._ours.recv())
        self._hop(self.ended.set)

    def _hop(self, call: Callable[..., object], *values: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
            self._loop.call_soon_threadsafe(call, *values)

    def _heard(self, event: Event) -> None:
        self.heard_at = self._loop.time()
        self._receive(event)

    def _write(self) -> None:
        with contextlib.suppress(OSError):  # a broken pipe; the reader sees it too
            while (command := self._letters.get()) is not None:
                self._ours.send(command)


class Worker:
    """The generation process as the bot sees it: commands go in, events come out.

    `hang_s` is the longest silence of a process that has announced itself, `start_s` of one that has not.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        hang_s: float = 120.0,
        start_s: float = 300.0,
        grace_s: float = 5.0,
        backoff_s: tuple[float, float] = (0.5, 30.0),
        max_failed_starts: int = 5,
    ) -> None:
        self._settings = settings
        self._hang_s, self._start_s, self._grace_s = hang_s, start_s, grace_s
        self._backoff_s, self._max_failed_starts = backoff_s, max_failed_starts
        self._life: Life | None = None
        self._backlog: list[Generate | Cancel | Stop | Steer] = []
        self._outstanding: set[str] = set()
        self._events: asyncio.Queue[News | str | None] = asyncio.Queue()  # a str: this job's latest frame
        self._frames: dict[str, Progress] = {}
        self._closing = asyncio.Event()
        self._fault: WorkerError | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self.questions = Questions()  #: to be asked of the living process, or of the next one
        self.ready: Ready | None = None  #: what the living process announced; None while there is none

    @property
    def pid(self) -> int | None:
        """The number of the living process."""
        return None if self._life is None else self._life.pid

    async def start(self) -> None:
        """Spawn the first process; its `Ready` will be among the events."""
        self._supervisor = asyncio.create_task(self._supervise(), name="worker-supervisor")

    def send(self, command: Generate | Cancel | Stop | Steer) -> None:
        """Send, now or to the next process if there is none; never waits."""
        if self._life is None:
            self._backlog.append(command)
            return
        if isinstance(command, Generate):
            self._outstanding.add(command.job)
        self._life.send(command)

    async def events(self) -> AsyncIterator[News]:
        """All that happens, for one consumer; of a job's frames only the latest. Ends at `close`.

        Raises `WorkerError` where no generation process can be had.
        """
        while (item := await self._events.get()) is not None:
            yield self._frames.pop(item) if isinstance(item, str) else item
        self._events.put_nowait(None)  # whoever asks again gets the same end
        if self._fault is not None:
            raise self._fault

    async def close(self) -> None:
        """Ask the process to leave, wait, make it leave; its open jobs stay unanswered."""
        self._closing.set()
        if self._supervisor is not None:
            await self._supervisor

    # --- one life after the other

    async def _supervise(self) -> None:
        failed_starts = 0
        while not self._closing.is_set():
            was_ready, how = await self._live()
            if self._closing.is_set():
                break
            log.error("the generation process ended: %s", how)
            self._answer_outstanding(how)
            failed_starts = 0 if was_ready else failed_starts + 1
            if failed_starts >= self._max_failed_starts:
                self._fault = WorkerError(f"the generation process does not start ({how}); see the log above")
                break
            await self._pause(failed_starts)
        self.questions.close()
        self._events.put_nowait(None)

    async def _live(self) -> tuple[bool, str]:
        """One life; returns whether it announced itself, and how it ended."""
        try:
            life = Life(self._settings, self._received)
            await life.begin()
        except OSError as error:
            return False, f"not spawned: {error}"
        self._life = life
        backlog, self._backlog = self._backlog, []
        for command in backlog:
            self.send(command)
        hung = await self._watch(life)
        if hung:
            life.kill()
        elif self._closing.is_set():
            life.send(Shutdown())
        how = await life.end(self._grace_s)
        was_ready, self.ready, self._life = self.ready is not None, None, None
        return was_ready, f"hung, {how}" if hung else how

    async def _watch(self, life: Life) -> bool:
        """Wait until the process has ended or is to end; True if it hangs."""
        loop = asyncio.get_running_loop()
        waits = {asyncio.create_task(life.ended.wait()), asyncio.create_task(self._closing.wait())}
        overdue = 0
        while overdue < 2:  # twice: after a sleep of the whole machine, give its messages time to arrive
            limit = self._start_s if self.ready is None else self._hang_s
            silence = loop.time() - life.heard_at
            overdue = overdue + 1 if silence > limit else 0
            done, _ = await asyncio.wait(waits, timeout=WATCH_S, return_when=asyncio.FIRST_COMPLETED)
            if done:
                break
        for wait in waits:
            wait.cancel()
        return overdue >= 2

    async def _pause(self, failed_starts: int) -> None:
        first, longest = self._backoff_s
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), min(longest, first * 2**failed_starts))

    # --- what comes up

    def _received(self, event: Event) -> None:
        match event:
            case Heartbeat():
                pass
            case Ready():
                self._greet(event)
            case Progress():
                self._keep_latest(event)
            case _ if isinstance(event, Answer):
                self.questions.answered(event)
            case Finished() | Failed() | Cancelled():
                if event.job in self._outstanding:
                    self._outstanding.remove(event.job)
                    self._events.put_nowait(event)
            case _:
                self._events.put_nowait(event)

    def _greet(self, ready: Ready) -> None:
        if ready.version == VERSION:
            self.ready = ready
            if self._life is not None:
                self.questions.begin(self._life.send)
            self._events.put_nowait(ready)
            return
        self._fault = WorkerError(
            f"the generation process speaks version {ready.version} of the protocol, the bot {VERSION}; "
            "install both from one release"
        )
        self._closing.set()

    def _keep_latest(self, event: Progress) -> None:
        if event.job not in self._frames:
            self._events.put_nowait(event.job)
        self._frames[event.job] = event

    def _answer_outstanding(self, how: str) -> None:
        self.questions.lost(how)
        lost, self._outstanding = sorted(self._outstanding), set()
        for job in lost:
            self._events.put_nowait(Failed(job, Reason.WORKER_LOST, how))
