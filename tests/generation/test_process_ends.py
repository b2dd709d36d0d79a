"""How runs of the real process end: cancelled, stopped and kept, refused, or left alone by the bot."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from generation.protocol import (
    Cancel,
    Cancelled,
    Checkpoint,
    Failed,
    Finished,
    Generate,
    Progress,
    Reason,
    Started,
    Stop,
)
from tests.generation.pipe import TOY, a_request
from tests.generation.process_bot import Bot, assert_kept, assert_whole, bot

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def shared() -> Iterator[Bot]:
    """One process for the tests that leave it as they found it."""
    with bot() as one:
        yield one


# --- ends of other kinds


def test_a_running_and_a_waiting_job_are_cancelled_and_free_their_places(shared: Bot):
    shared.send(*(a_request(name, "slow@50", steps=1000) for name in "abc"))
    shared.until(Started)
    shared.send(Cancel("c"), Cancel("a"), Cancel("b"))
    assert shared.answers(3) == {name: Cancelled(name) for name in "abc"}
    request = a_request("d")
    shared.send(request)
    assert_whole(shared.answers(1)["d"], request)


def test_a_cancel_for_a_job_that_is_over_or_unknown_is_not_answered(shared: Bot):
    shared.send(Cancel("x"), a_request("a"))
    assert isinstance(shared.answers(1)["a"], Finished)
    shared.send(Cancel("a"), a_request("b"))
    assert list(shared.answers(1)) == ["b"]


# --- stop and keep


def test_a_run_that_is_stopped_ends_with_its_picture_as_it_stands(shared: Bot):
    request = a_request("a", "slow@20", steps=1000)
    shared.send(request)
    seen = 0
    while seen < 3:
        event = shared.until(Progress)[-1]
        assert isinstance(event, Progress)
        seen = event.step
    shared.send(Stop("a", seen))
    kept = assert_kept(shared.answers(1)["a"], request, seen)
    assert kept.steps < 100
    assert kept.score is not None


def test_a_stop_further_on_waits_for_its_step_and_one_beyond_the_end_changes_nothing(shared: Bot):
    early, late = a_request("a", "slow@5"), a_request("b", "slow@5", seed=2)
    shared.send(early, Stop("a", 7), late, Stop("b", 100))
    answers = shared.answers(2)
    assert assert_kept(answers["a"], early).steps == 7
    assert_whole(answers["b"], late)


def test_a_resumed_run_goes_on_to_where_it_was_to_stop(shared: Bot):
    request = a_request("a", "slow@20", steps=1000)
    shared.send(request)
    checkpoint = shared.until(Checkpoint)[-1]
    assert isinstance(checkpoint, Checkpoint)
    shared.send(Cancel("a"))
    shared.answers(1)
    resumed = replace(request, checkpoint=checkpoint.data)
    for asked, done in ((checkpoint.step + 3, checkpoint.step + 3), (0, checkpoint.step)):
        shared.send(replace(resumed, stop_step=asked))
        assert assert_kept(shared.answers(1)["a"], request).steps == done


def test_a_run_that_starts_anew_has_nothing_to_stop_at(shared: Bot):
    request = a_request("a")
    shared.send(replace(request, checkpoint=b"useless", stop_step=0))
    assert_whole(shared.answers(1)["a"], request)


def test_a_job_that_waits_in_the_process_is_stopped_when_its_turn_has_come(shared: Bot):
    others = [a_request(name, "slow@10", steps=20) for name in "ab"]
    waiting = a_request("c", "slow@1", steps=1000)
    shared.send(*others, waiting, Stop("c", 4))
    answers = shared.answers(3)
    assert assert_kept(answers["c"], waiting).steps == 4
    assert_whole(answers["a"], others[0])


def test_a_stop_for_a_job_that_is_over_or_unknown_is_not_answered(shared: Bot):
    shared.send(Stop("x"), a_request("a"))
    assert isinstance(shared.answers(1)["a"], Finished)
    shared.send(Stop("a"), a_request("b"))
    assert list(shared.answers(1)) == ["b"]


def test_of_stop_and_cancel_the_first_counts(shared: Bot):
    shared.send(*(a_request(name, "slow@20", steps=1000) for name in "ab"))
    for _ in range(2):
        shared.until(Started)
    shared.send(Stop("a"), Cancel("a"), Cancel("b"), Stop("b"))
    answers = shared.answers(2)
    assert isinstance(answers["a"], Finished | Cancelled)  # the cancel may be read before the stop is done
    assert answers["b"] == Cancelled("b")


def test_a_picture_that_cannot_be_kept_fails_alone(shared: Bot):
    innocent = a_request("b", "slow@5", steps=30, seed=5)
    shared.send(a_request("a", "unscored", "slow@5", steps=1000), innocent, Stop("a", 3))
    answers = shared.answers(2)
    failed = answers["a"]
    assert isinstance(failed, Failed)
    assert failed.reason is Reason.DIVERGED
    assert_whole(answers["b"], innocent)


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (a_request("a", "refuse"), Reason.BAD_REQUEST),
        (a_request("a", steps=0), Reason.BAD_REQUEST),
        (a_request("a", width=0), Reason.BAD_REQUEST),
        (replace(a_request("a"), engine="oil"), Reason.BAD_REQUEST),
        (a_request("a", width=1024, height=512), Reason.TOO_LARGE),
        (a_request("a", "heavy@1001"), Reason.TOO_LARGE),
        (a_request("a", "oom@3"), Reason.OUT_OF_MEMORY),
        (a_request("a", "diverge@3"), Reason.DIVERGED),
        (a_request("a", "raise@3"), Reason.INTERNAL),
        (a_request("a", "raise@9"), Reason.INTERNAL),
        (a_request("a", "unsound"), Reason.INTERNAL),
    ],
    ids=lambda value: value.phrases[0].text if isinstance(value, Generate) else value,
)
def test_what_cannot_be_done_is_refused_and_the_process_lives_on(shared: Bot, request_: Generate, reason):
    after = replace(a_request("b"), seed=99)
    shared.send(request_, after)
    answers = shared.answers(2)
    failed = answers["a"]
    assert isinstance(failed, Failed)
    assert failed.reason is reason
    assert_whole(answers["b"], after)


@pytest.mark.parametrize("order", ["raise@7", "oom@7", "diverge@7"])
def test_a_neighbours_fault_changes_no_byte_of_the_other_picture(shared: Bot, order: str):
    innocent = a_request("b", "slow@5", steps=30, seed=5)
    shared.send(a_request("a", order), innocent)
    answers = shared.answers(2)
    assert isinstance(answers["a"], Failed)
    assert_whole(answers["b"], innocent)


def test_an_engine_that_does_not_load_fails_its_jobs_and_not_the_others():
    engines = (*TOY.engines, ("gone", "tests.generation.no_such_engine"))
    with bot(replace(TOY, engines=engines)) as one:
        one.send(replace(a_request("a"), engine="gone"), a_request("b"))
        answers = one.answers(2)
        assert isinstance(answers["a"], Failed)
        assert answers["a"].reason is Reason.MODEL_MISSING
        assert isinstance(answers["b"], Finished)


# --- leaving


def test_shutdown_ends_the_process_though_runs_are_open():
    with bot() as one:
        one.send(a_request("a", "slow@20", steps=100_000))
        one.until(Started)


def test_ctrl_c_is_left_to_the_bot():
    with bot() as one:
        assert one.process.pid is not None
        os.kill(one.process.pid, signal.SIGINT)
        request = a_request("a")
        one.send(request)
        assert_whole(one.answers(1)["a"], request)


@pytest.mark.parametrize("order", ["slow@20", "hang@2"])
def test_when_the_bot_is_gone_the_process_ends_even_in_the_middle_of_a_step(order: str):
    one = Bot(TOY)
    one.send(a_request("a", order, steps=100_000))
    one.until(Started)
    time.sleep(0.2)
    one.pipe.close()
    one.process.join(5)
    assert one.process.exitcode is not None
