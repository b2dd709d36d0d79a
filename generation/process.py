"""The generation process: receive, admit, advance, encode, send.

Three threads: one receives commands and ends the process when the bot is gone, one encodes and sends
(`outbox`), and the main one alone touches the engines. Importing this module loads no torch.
"""

from __future__ import annotations

import logging
import math
import os
import signal
import time
from collections import deque
from dataclasses import replace
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from generation.codec import encode_frame, encode_png
from generation.device import resolve, set_threads
from generation.edge import attempt
from generation.engine import Engine, Refusal, load_engine, modules
from generation.models import catalogue, fit_size
from generation.outbox import Outbox
from generation.protocol import (
    VERSION,
    Cancel,
    Cancelled,
    Checkpoint,
    Command,
    Event,
    Failed,
    Finished,
    Generate,
    Heartbeat,
    Progress,
    Ready,
    Reason,
    Settings,
    Shutdown,
    Started,
)
from generation.runs import Active, Waiting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.connection import Connection

IDLE_S = 0.5
CLOSE_S = 10.0

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
        self._beat_at = 0.0

    def run(self) -> None:
        """Announce, then work until told to leave."""
        self._load()
        while self._receive():
            self._admit()
            self._advance()
            self._beat()

    # --- what there is

    def _load(self) -> None:
        for name in modules(self._settings):
            engine = attempt(lambda name=name: load_engine(name, self._settings))  # type: ignore[misc]
            if isinstance(engine, Refusal):
                log.error("engine %s cannot be loaded: %s", name, engine)
                self._missing[name] = Refusal(Reason.MODEL_MISSING, engine.detail)
            else:
                self._engines[name] = engine
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
            busy = self._active or self._waiting
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
            case Shutdown():
                return False
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
        anew = replace(item.request, checkpoint=None, seconds=0.0)
        self._waiting.appendleft(replace(item, request=anew))

    def _has_room_for(self, item: Waiting) -> bool:
        if not self._active:
            return True
        if item.alone or any(active.alone for active in self._active):
            return False
        if len(self._active) >= self._settings.lanes:
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
            fitting = request.width * request.height * self._settings.memory_bytes // memory
            raise Refusal(Reason.TOO_LARGE, largest=self._fit(request, fitting))
        started_at = time.monotonic()
        run = engine.begin(request, lane)
        now = time.monotonic()
        active = Active(request, engine, run, lane, memory, started_at, now, now, item.alone)
        self._outbox.put(Started(request.job, run.step, run.steps))
        self._show(active, now)
        self._active.append(active)

    def _engine_for(self, request: Generate) -> Engine:
        if request.engine in self._missing:
            raise self._missing[request.engine]
        engine = self._engines.get(request.engine)
        if engine is None:
            raise Refusal(Reason.BAD_REQUEST, f"no engine is called {request.engine!r}")
        if min(request.width, request.height, request.steps) < 1:
            raise Refusal(Reason.BAD_REQUEST, f"{request.width}x{request.height}, {request.steps} steps")
        if 0 < engine.info.max_pixels < request.width * request.height:  # 0: there is no model to ask
            raise Refusal(Reason.TOO_LARGE, largest=self._fit(request, engine.info.max_pixels))
        return engine

    # --- steps

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
            after = reasons.get(id(active.run)) or attempt(lambda active=active: self._after_step(active))  # type: ignore[misc]
            if isinstance(after, Refusal):
                self._active.remove(active)
                self._fail(active.request, after)

    def _isolate(self, group: Sequence[Active], refusal: Refusal) -> None:
        """A step of several has failed, and nobody knows whose fault it was: each goes on by itself."""
        self._active = [active for active in self._active if active not in group]
        if len(group) == 1:
            self._fail(group[0].request, refusal)
            return
        self._waiting.extendleft(Waiting(active.request, alone=True) for active in reversed(group))

    def _after_step(self, active: Active) -> None:
        now = time.monotonic()
        if active.run.step >= active.run.steps:
            self._finish(active, now)
            return
        if now - active.frame_at >= active.request.frame_interval_s:
            self._show(active, now)
        if now - active.checkpoint_at >= self._settings.checkpoint_interval_s:
            active.checkpoint_at = now
            data = active.engine.snapshot(active.run)
            self._outbox.put(Checkpoint(active.request.job, active.run.step, data, active.seconds(now)))
            active.request = replace(active.request, checkpoint=data, seconds=active.seconds(now))
            active.begun_at = now

    # --- up

    def _show(self, active: Active, now: float) -> None:
        job, run = active.request.job, active.run
        if not self._outbox.wants_frame(job):
            return
        active.frame_at = now
        picture, step, loss = active.picture(), run.step, run.loss
        steps, seconds = run.steps, active.seconds(now)
        self._outbox.put_frame(job, lambda: Progress(job, step, steps, loss, seconds, encode_frame(picture)))

    def _finish(self, active: Active, now: float) -> None:
        request, picture, seconds = active.request, active.picture(), active.seconds(now)
        finished = partial(
            Finished,
            request.job,
            width=request.width,
            height=request.height,
            steps=request.steps,
            seconds=seconds,
            score=active.engine.score(active.run),
            recipe=active.engine.recipe(active.run),
        )
        self._active.remove(active)
        self._outbox.put_result(request.job, lambda: finished(picture=encode_png(picture)))

    def _fail(self, request: Generate, refusal: Refusal) -> None:
        largest = refusal.largest
        if largest is None and refusal.reason in (Reason.TOO_LARGE, Reason.OUT_OF_MEMORY):
            largest = self._fit(request, request.width * request.height // 2)
        self._outbox.put(Failed(request.job, refusal.reason, refusal.detail, largest))

    def _fit(self, request: Generate, max_pixels: int) -> tuple[int, int] | None:
        models = attempt(lambda: catalogue(self._settings.models_dir))
        if isinstance(models, Refusal) or request.model not in models:
            return None
        fitted = fit_size(models[request.model], request.width, request.height, max_pixels)
        return fitted if math.prod(fitted) < request.width * request.height else None
