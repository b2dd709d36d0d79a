"""What waiting members are told, and when it is told anew."""

from __future__ import annotations

import asyncio

import pytest

from bot import board
from bot.board import Promise
from bot.config import Queue
from bot.line import Line, Place
from bot.running import Running
from generation.protocol import Progress
from tests.bot.samples import job


@pytest.mark.parametrize(
    ("place", "now", "holds"),
    [
        (Place(2, 60.0), 0.0, True),
        (Place(2, 30.0), 30.0, True),  # half of it has passed, as it should
        (Place(2, 55.0), 10.0, True),  # a little late
        (Place(2, 60.0), 30.0, False),  # nothing has moved for half a minute
        (Place(2, 20.0), 0.0, False),  # far sooner
        (Place(1, 60.0), 0.0, False),
        (Place(2, None), 0.0, False),
    ],
)
def test_a_promise_holds_while_it_is_about_right(place, now, holds):
    assert Promise(Place(2, 60.0), 0.0).holds(place, now) is holds


def test_a_promise_of_nothing_holds_until_the_wait_is_known():
    assert Promise(Place(2, None), 0.0).holds(Place(2, None), 1000.0)
    assert not Promise(Place(2, None), 0.0).holds(Place(2, 5.0), 1.0)


class Ear:
    """Hears what waiting members are told."""

    def __init__(self):
        self.heard: list[Place] = []

    def moved(self, job, place):
        self.heard.append(place)


async def test_a_job_that_turns_out_slow_is_told_to_who_waits_behind_it(monkeypatch):
    """Nothing changes in line, but what runs takes far longer than pictures took so far."""
    monkeypatch.setattr(board, "RECHECK_S", 0.05)
    line, ear = Line(Queue()), Ear()
    ahead = Running(job(id="AHEAD000", steps=100))
    written = board.Board(line, {"AHEAD000": ahead}, lambda: 1, ear)  # type: ignore[arg-type]
    written.speeds.learn("pocket", 0.001 / 256**2)
    line.add(job(id="BEHIND00", steps=100))
    written.changed()
    task = asyncio.create_task(written.run())
    try:
        await asyncio.sleep(0.3)
        assert [round(place.wait_s or 0.0, 1) for place in ear.heard] == [0.2]
        ahead.hear(Progress("AHEAD000", 1, 100, None, 1.0, b""))
        ahead.hear(Progress("AHEAD000", 2, 100, None, 4.0, b""))
        await asyncio.sleep(0.3)
        assert [round(place.wait_s or 0.0) for place in ear.heard] == [0, 294]
    finally:
        task.cancel()
