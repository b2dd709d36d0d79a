"""A bot of the barest kind, for the tests of the real process."""

from __future__ import annotations

import multiprocessing
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from generation import process
from generation.codec import decode_rgb
from generation.protocol import (
    Cancelled,
    Command,
    Event,
    Failed,
    Finished,
    Generate,
    Heartbeat,
    Ready,
    Settings,
    Shutdown,
)
from tests.generation.pipe import TOY
from tests.generation.toy_engine import expected_picture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.context import SpawnProcess


ANSWERS = (Finished, Failed, Cancelled)
PATIENCE_S = 60


class Bot:
    """A bot of the barest kind: a pipe's end."""

    def __init__(self, settings: Settings) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(target=process.main, args=(theirs, settings))
        self.process.start()
        theirs.close()

    def send(self, *commands: Command) -> None:
        for command in commands:
            self.pipe.send(command)

    def receive(self) -> Event:
        assert self.pipe.poll(PATIENCE_S)
        event: Event = self.pipe.recv()
        return event

    def until(self, *kinds: type) -> list[Event]:
        """Everything up to the first of these kinds, heartbeats left out."""
        events: list[Event] = []
        while not events or not isinstance(events[-1], kinds):
            event = self.receive()
            if not isinstance(event, Heartbeat) or Heartbeat in kinds:
                events.append(event)
        return events

    def answers(self, count: int) -> dict[str, Event]:
        """The next answers, by job."""
        found: dict[str, Event] = {}
        while len(found) < count:
            event = self.until(*ANSWERS)[-1]
            assert isinstance(event, ANSWERS)
            assert event.job not in found
            found[event.job] = event
        return found

    def end(self) -> int | None:
        with suppress(OSError):
            self.send(Shutdown())
        self.process.join(PATIENCE_S)
        return self.process.exitcode


@contextmanager
def bot(settings: Settings = TOY) -> Iterator[Bot]:
    bot = Bot(settings)
    try:
        assert isinstance(bot.receive(), Ready)
        yield bot
        assert bot.end() == 0
    finally:
        bot.process.kill()
        bot.process.join()


def assert_whole(answer: Event, request: Generate) -> None:
    assert isinstance(answer, Finished), answer
    assert (decode_rgb(answer.picture) == expected_picture(request)).all()


def assert_kept(answer: Event, request: Generate, least: int = 1) -> Finished:
    """The picture is that of the full recipe after so many steps."""
    assert isinstance(answer, Finished), answer
    assert least <= answer.steps <= request.steps
    whole = expected_picture(replace(request, steps=answer.steps))
    assert (decode_rgb(answer.picture) == whole).all()
    return answer
