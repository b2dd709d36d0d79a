"""The generation process: receive, admit, advance, encode, send.

Three threads: one receives commands and ends the process when the bot is gone, one encodes and sends
(`outbox`), and the main one alone touches the engines. Importing this module loads no torch.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from collections import deque
from dataclasses import replace
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from generation.device import resolve, set_threads
from generation.edge import attempt, load_engines
from generation.engine import Engine, Refusal
from generation.outbox import Outbox
from generation.protocol import (
    VERSION,
    Cancel,
    Cancelled,
    Command,
    Event,
    Failed,
    Generate,
    Heartbeat,
    Ready,
    Reason,
    Settings,
    Shutdown,
    Started,
    Steer,
    Stop,
)
from generation.questions import Questions
from generation.reports import save, shoot, show
from generation.runs import Active, Waiting, fitting, refuse_bad

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection

IDLE_S, CLOSE_S = 0.5, 10.0

log = logging.getLogger(__name__)


def main(connection: Connection[Event, Command], settings: Settings) -> None:
    """The spawned process, from start to end. It ends at `Shutdown` or when the bot is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches us too; the bot decides
    # torch's threads must not spin while they wait: on a busy machine each step took twenty times as long.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    inbox: SimpleQueue[Command] = SimpleQueue()
    Thread(target=_receive, args=(connection, inbox), name="inbox", daemon=True).start()
    outbox = Outbox(connection.send)
    Process(inbox, outbox, settings).run()
    outbox.close(CLOSE_S)


def _receive(connection: Connection[Event, Command], inbox: SimpleQueue[Command]) -> None:
    try:
        while True:
            command = connection.recv()
            inbox.put(command)
            if isinstance(command, Shutdown):
                return
    except (EOFError, OSError):
        os._exit(0)  # the bot is gone, and an engine may be deep in a step


class Process:
    """The loop and what it holds: engines, runs, and requests that wait for room."""

    def __init__(self, inbox: SimpleQueue[Command], outbox: Outbox, settings: Settings) -> None:
        self._inbox = inbox
        self._outbox = outbox
        self._settings = resolve(settings)
        self._engines: dict[str, Engine] = {}
        self._missing: dict[str, Refusal] = {}
        self._active: list[Active] = []
        self._waiting: deque[Waiting] = deque()
        self._questions = Questions(self._engines, outbox.put)
        self._beat_at = 0.0

    def run(self) -> None:
        """Announce, then work until told to leave."""
        self._load()
        while self._receive():
            self._admit()
            self._keep()
            self._advance()
            self._questions.work(busy=bool(self._active))
            self._beat()

    # --- what there is

    def _load(self) -> None:
        engines, self._missing = load_engines(self._settings)
        self._engines.update(engines)
        set_threads(self._settings.threads)
        infos, chosen = tuple(engine.info for engine in self._engines.values()), self._settings
        self._outbox.put(Ready(VERSION, chosen.device, chosen.dtype, chosen.lanes, infos))

    def _beat(self) -> None:
        now = time.monotonic()
        if now - self._beat_at >= IDLE_S:
            self._beat_at = now
            self._outbox.put(Heartbeat())

    # --- commands

    def _receive(self) -> bool:
        """Take all commands that are there; wait a little where there is nothing else to do."""
        try:
            busy = self._active or self._waiting or self._questions
            command = self._inbox.get_nowait() if busy else self._inbox.get(timeout=IDLE_S)
            while self._obey(command):
                command = self._inbox.get_nowait()
        except Empty:
            return True
        return False

    def _obey(self, command: Command) -> bool:
        match command:
            case Generate():
                self._accept(command)
            case Cancel():
                self._cancel(command.job)
            case Stop() | Steer():
                self._direct(command)
            case Shutdown():
                return False
            case _:
                self._questions.ask(command)
        return True

    def _accept(self, request: Generate) -> None:
        known = [active.request.job for active in self._active] + [item.request.job for item in self._waiting]
        if request.job in known:
            log.error("job %s was sent twice; the second is ignored", request.job)
        else:
            self._waiting.append(Waiting(request))

    def _cancel(self, job: str) -> None:
        before = len(self._active) + len(self._waiting)
        self._waiting = deque(item for item in self._waiting if item.request.job != job)
        self._active = [active for active in self._active if active.request.job != job]
        if len(self._active) + len(self._waiting) < before:
            self._outbox.put(Cancelled(job))

    def _direct(self, command: Stop | Steer) -> None:
        items: tuple[Active | Waiting, ...] = (*self._active, *self._waiting)
        for item in items:
            if item.request.job == command.job:
                item.direct(command)

    # --- admission

    def _admit(self) -> None:
        """Begin waiting requests in their order, as far as lanes and memory allow."""
        while self._waiting and self._has_room_for(self._waiting[0]):
            item = self._waiting.popleft()
            begun = attempt(lambda item=item: self._begin(item))  # type: ignore[misc]
            if isinstance(begun, Refusal):
                self._refuse(item, begun)
            self._beat()

    def _refuse(self, item: Waiting, refusal: Refusal) -> None:
        """A checkpoint that is of no use (any more) only means that the run starts anew."""
        if item.request.checkpoint is None or refusal.reason not in (Reason.BAD_REQUEST, Reason.INTERNAL):
            self._fail(item.request, refusal)
            return
        log.warning("job %s starts anew: %s", item.request.job, refusal)
        anew = replace(item.request, checkpoint=None, seconds=0.0, stop_step=item.request.stop_step or None)
        self._waiting.appendleft(replace(item, request=anew))

    def _has_room_for(self, item: Waiting) -> bool:
        if not self._active:
            return True
        if item.alone or len(self._active) >= self._settings.lanes or self._active[0].alone:
            return False
        engine = self._engines.get(item.request.engine)
        needed = attempt(lambda: engine.memory(item.request) if engine else 0)
        taken = sum(active.memory for active in self._active)
        return isinstance(needed, Refusal) or taken + needed <= self._settings.memory_bytes

    def _begin(self, item: Waiting) -> None:
        request = item.request
        engine = self._engine_for(request)
        lane = min(set(range(self._settings.lanes)) - {active.lane for active in self._active})
        memory = engine.memory(request)
        if memory > self._settings.memory_bytes:
            pixels = request.width * request.height * self._settings.memory_bytes // memory
            raise Refusal(Reason.TOO_LARGE, largest=fitting(request, pixels, self._settings.models_dir))
        started_at = time.monotonic()
        run = engine.begin(request, lane)
        now = time.monotonic()
        active = Active(request, engine, run, lane, memory, started_at, now, now, item.alone)
        self._outbox.put(Started(request.job, run.step, run.steps))
        show(self._outbox, active, now)
        shoot(self._outbox, active)
        self._active.append(active)

    def _engine_for(self, request: Generate) -> Engine:
        if request.engine in self._missing:
            raise self._missing[request.engine]
        engine = self._engines.get(request.engine)
        if engine is None:
            raise Refusal(Reason.BAD_REQUEST, f"no engine is called {request.engine!r}")
        refuse_bad(request, engine.info.max_pixels, self._settings.models_dir)
        return engine

    # --- steps

    def _keep(self) -> None:
        """Turn the runs that are to turn, finish those that are to stop where they are."""
        for active in list(self._active):
            self._try(active, self._settle)

    def _settle(self, active: Active) -> bool:
        """Take the turns that are due; True where the run was at its end, and is finished."""
        for steered in active.turn():
            self._outbox.put(steered)
        if done := active.is_done():
            self._finish(active)
        return done

    def _try(self, active: Active, action: Callable[[Active], object]) -> None:
        """Do something with a run; one that this is too much for fails alone."""
        refused = attempt(lambda: action(active))
        if isinstance(refused, Refusal):
            self._active.remove(active)
            self._fail(active.request, refused)

    def _advance(self) -> None:
        for engine in self._engines.values():
            group = [active for active in self._active if active.engine is engine]
            if group:
                self._step(engine, group)

    def _step(self, engine: Engine, group: Sequence[Active]) -> None:
        refused = attempt(lambda: engine.advance([active.run for active in group]))
        if isinstance(refused, Refusal):
            self._isolate(group, refused)
            return
        reasons = {id(run): refusal for run, refusal in refused}
        for active in group:
            self._try(active, partial(self._after_step, refusal=reasons.get(id(active.run))))

    def _isolate(self, group: Sequence[Active], refusal: Refusal) -> None:
        """A step of several has failed, and nobody knows whose fault it was: each goes on by itself."""
        self._active = [active for active in self._active if active not in group]
        if len(group) == 1:
            self._fail(group[0].request, refusal)
            return
        self._waiting.extendleft(Waiting(active.request, alone=True) for active in reversed(group))

    def _after_step(self, active: Active, refusal: Refusal | None) -> None:
        if refusal is not None:
            raise refusal
        shoot(self._outbox, active)
        if self._settle(active):
            return
        now = time.monotonic()
        if now - active.frame_at >= active.request.frame_interval_s:
            show(self._outbox, active, now)
        if now - active.checkpoint_at >= self._settings.checkpoint_interval_s:
            save(self._outbox, active, now)

    def _finish(self, active: Active) -> None:
        finished = active.finished(time.monotonic())
        self._active.remove(active)
        self._outbox.put_result(active.request.job, finished)

    def _fail(self, request: Generate, refusal: Refusal) -> None:
        largest = refusal.largest
        if largest is None and refusal.reason in (Reason.TOO_LARGE, Reason.OUT_OF_MEMORY):
            largest = fitting(request, request.width * request.height // 2, self._settings.models_dir)
        self._outbox.put(Failed(request.job, refusal.reason, refusal.detail, largest))
