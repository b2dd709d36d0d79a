"""Runs of the real process that turn on their way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from generation.codec import decode_rgb
from generation.protocol import (
    Cancel,
    Checkpoint,
    Finished,
    Phrase,
    Progress,
    Steer,
    Steered,
    Turn,
)
from tests.generation.pipe import a_request
from tests.generation.process_bot import ANSWERS, Bot, assert_whole, bot
from tests.generation.toy_engine import expected_picture

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def shared() -> Iterator[Bot]:
    """One process for the tests that leave it as they found it."""
    with bot() as one:
        yield one


def turn(step: int, steps: int, words: str = "a blue boat") -> Turn:
    return Turn(step, (Phrase(words),), steps)


def test_a_run_turns_where_it_stands_and_says_so(shared: Bot):
    request = a_request("a", "slow@10", steps=1000)
    shared.send(request)
    shared.until(Progress)
    shared.send(Steer("a", turn(0, 60)), Steer("a", turn(0, 70, "a green hill")))
    events = shared.until(*ANSWERS)
    steered = [event for event in events if isinstance(event, Steered)]
    assert [event.number for event in steered] == [0, 1]
    finished = events[-1]
    assert isinstance(finished, Finished)
    assert finished.steps == 70
    told = replace(
        request,
        turns=(turn(steered[0].step, 60), turn(steered[1].step, 70, "a green hill")),
    )
    assert (decode_rgb(finished.picture) == expected_picture(told)).all()


def test_a_resumed_run_takes_the_turns_that_it_was_told(shared: Bot):
    request = a_request("a", "slow@10", steps=1000)
    shared.send(request)
    checkpoint = shared.until(Checkpoint)[-1]
    assert isinstance(checkpoint, Checkpoint)
    shared.send(Cancel("a"))
    shared.answers(1)
    first, later = checkpoint.step - 1, checkpoint.step + 3
    for step in (first, later):
        told = replace(request, turns=(turn(step, checkpoint.step + 9),))
        shared.send(replace(told, checkpoint=checkpoint.data))
        answer = shared.answers(1)["a"]
        assert isinstance(answer, Finished)
        assert answer.steps == checkpoint.step + 9
        if step == later:
            assert (decode_rgb(answer.picture) == expected_picture(told)).all()


def test_a_job_that_waits_turns_when_its_step_has_come(shared: Bot):
    others = [a_request(name, "slow@10", steps=20) for name in "ab"]
    waiting = a_request("c", steps=10)
    shared.send(*others, waiting, Steer("c", turn(4, 12)), Steer("x", turn(1, 1)))
    answer = shared.answers(3)["c"]
    assert isinstance(answer, Finished)
    told = replace(waiting, turns=(turn(4, 12),))
    assert (decode_rgb(answer.picture) == expected_picture(told)).all()


def test_a_turn_that_the_engine_refuses_leaves_the_run_as_it_is(shared: Bot):
    request = a_request("a", "slow@5", steps=40)
    shared.send(request, Steer("a", turn(2, 9, "unsteerable")))
    assert_whole(shared.answers(1)["a"], request)
