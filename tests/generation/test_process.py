"""The real process at the other end of a real pipe, without the bot."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generation import process
from generation.codec import decode_rgb
from generation.models import open_model
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
    Phrase,
    Progress,
    Ready,
    Reason,
    Settings,
    Shutdown,
    Started,
    Steer,
    Steered,
    Stop,
    Turn,
)
from tests.generation.pipe import TOY, a_request
from tests.generation.toy_engine import expected_picture
from tests.generation.toys import REQUEST, toy_settings, write_toy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.context import SpawnProcess
    from pathlib import Path

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


@pytest.fixture(scope="module")
def shared() -> Iterator[Bot]:
    """One process for the tests that leave it as they found it."""
    with bot() as one:
        yield one


def assert_whole(answer: Event, request: Generate) -> None:
    assert isinstance(answer, Finished), answer
    assert (decode_rgb(answer.picture) == expected_picture(request)).all()


# --- a run


def test_ready_announces_what_there_is():
    one = Bot(TOY)
    ready = one.receive()
    assert isinstance(ready, Ready)
    assert (ready.version, ready.device, ready.dtype, ready.lanes) == (VERSION, "cpu", "float32", 2)
    assert [engine.name for engine in ready.engines] == ["toy"]
    assert one.end() == 0


def test_a_request_becomes_its_picture_with_frames_on_the_way(shared: Bot):
    request = a_request("a", "slow@20")
    shared.send(request)
    events = shared.until(*ANSWERS)
    assert events[0] == Started("a", 0, 10)
    assert isinstance(events[1], Progress)  # a first frame at once
    assert events[1].step == 0
    steps = [event.step for event in events if isinstance(event, Progress)]
    assert steps == sorted(set(steps))
    assert len(steps) >= 3
    assert_whole(events[-1], request)
    finished = events[-1]
    assert isinstance(finished, Finished)
    assert (finished.width, finished.height, finished.steps) == (64, 48, 10)
    assert finished.score is not None
    assert finished.seconds >= 0.2
    assert finished.recipe.lane in (0, 1)


def test_frames_keep_their_distance(shared: Bot):
    shared.send(a_request("a", "slow@10", steps=30, frame_interval_s=0.1))
    frames = [event for event in shared.until(*ANSWERS) if isinstance(event, Progress)]
    assert 2 <= len(frames) < 30
    assert all(b.seconds - a.seconds >= 0.09 for a, b in pairwise(frames))


def test_a_checkpoint_resumes_to_the_same_picture_and_keeps_count_of_the_time(shared: Bot):
    request = a_request("a", "slow@20", steps=20)
    shared.send(request)
    checkpoint = shared.until(Checkpoint)[-1]
    assert isinstance(checkpoint, Checkpoint)
    assert 0 < checkpoint.step < 20
    shared.answers(1)
    shared.send(replace(request, checkpoint=checkpoint.data, seconds=checkpoint.seconds))
    events = shared.until(*ANSWERS)
    assert events[0] == Started("a", checkpoint.step, 20)
    assert_whole(events[-1], request)
    assert isinstance(events[-1], Finished)
    assert events[-1].seconds > checkpoint.seconds > 0


def test_a_checkpoint_of_another_kind_means_from_the_start(shared: Bot):
    request = a_request("a")
    shared.send(replace(request, checkpoint=b"of an earlier version", seconds=100.0))
    finished = shared.answers(1)["a"]
    assert_whole(finished, request)
    assert isinstance(finished, Finished)
    assert finished.seconds < 50


def test_runs_advance_side_by_side_and_the_rest_waits_its_turn(shared: Bot):
    requests = {name: a_request(name, "slow@10", seed=ord(name)) for name in "abcd"}
    shared.send(*requests.values())
    started, open_, most = [], set(), 0
    answers: dict[str, Event] = {}
    while len(answers) < 4:
        match event := shared.receive():
            case Started():
                started.append(event.job)
                open_.add(event.job)
                most = max(most, len(open_))
            case Finished():
                open_.remove(event.job)
                answers[event.job] = event
            case _:
                pass
    assert started == list("abcd")
    assert most == 2
    for name, request in requests.items():
        assert_whole(answers[name], request)


def test_memory_bounds_what_runs_side_by_side(shared: Bot):
    shared.send(a_request("a", "heavy@700", "slow@10"), a_request("b", "heavy@700"))
    order = [event.job for event in shared.until(*ANSWERS) if isinstance(event, Started)]
    assert order == ["a"]
    shared.answers(1)


def test_the_process_shows_a_pulse_while_idle_and_while_busy(shared: Bot):
    shared.until(Heartbeat)
    since = time.monotonic()
    shared.until(Heartbeat)
    assert time.monotonic() - since < 1
    shared.send(a_request("a", "slow@100", steps=15))
    events = [shared.receive() for _ in range(30)]
    assert sum(isinstance(event, Heartbeat) for event in events) >= 2
    shared.send(Cancel("a"))
    shared.answers(1)


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


def assert_kept(answer: Event, request: Generate, least: int = 1) -> Finished:
    """The picture is that of the full recipe after so many steps."""
    assert isinstance(answer, Finished), answer
    assert least <= answer.steps <= request.steps
    whole = expected_picture(replace(request, steps=answer.steps))
    assert (decode_rgb(answer.picture) == whole).all()
    return answer


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


# --- the shipped engine


def test_the_shipped_engine_gives_the_same_bytes_alone_beside_others_and_resumed(tmp_path: Path):
    """With a model of random weights; the engine's own tests say what it paints."""
    write_toy(tmp_path)
    (write_toy(tmp_path, "broken") / "vqgan.safetensors").unlink()
    settings = replace(toy_settings(tmp_path), lanes=2, threads=1, checkpoint_interval_s=0.01)
    request = replace(REQUEST, job="alone", steps=6, frame_interval_s=0.01)
    with bot(settings) as one:
        one.send(request)
        events = one.until(*ANSWERS)
        alone = events[-1]
        assert isinstance(alone, Finished), alone
        checkpoint = next(event for event in events if isinstance(event, Checkpoint))
        beside = replace(request, job="beside")
        one.send(beside, replace(request, job="other", seed=8), replace(request, job="bad", width=1))
        one.send(replace(request, job="missing", model="broken"))
        answers = one.answers(4)
        one.send(replace(request, job="resumed", checkpoint=checkpoint.data))
        answers |= one.answers(1)
    for job in ("beside", "resumed"):
        answer = answers[job]
        assert isinstance(answer, Finished), answer
        assert (answer.picture, answer.score) == (alone.picture, alone.score)
    other, bad, missing = answers["other"], answers["bad"], answers["missing"]
    assert isinstance(other, Finished)
    assert other.picture != alone.picture
    assert isinstance(bad, Failed)
    assert bad.reason is Reason.BAD_REQUEST
    assert isinstance(missing, Failed)
    assert missing.reason is Reason.MODEL_MISSING
    assert alone.recipe.model_sha256 == open_model("toy", tmp_path).sha256


# --- the law of the pipe

ORDERS = st.sampled_from(
    [
        "plain",
        "slow@1",
        "refuse",
        "raise@1",
        "raise@2",
        "oom@0",
        "diverge@1",
        "heavy@600",
        "heavy@2000",
        "unsound",
    ]
)
ENDS = st.tuples(st.sampled_from([Cancel, Stop]), st.integers(0, 11))
MOVES = st.lists(
    st.one_of(ORDERS, ENDS), min_size=1, max_size=12
)  # a request's order, or a cancel or a stop of the n-th job


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MOVES)
def test_every_generate_gets_exactly_one_answer(
    shared: Bot, moves: list[str | tuple[type[Cancel | Stop], int]]
):
    prefix = f"{time.monotonic_ns()}-"
    requests: dict[str, Generate] = {}
    for number, move in enumerate(moves):
        if isinstance(move, str):
            job = f"{prefix}{number}"
            requests[job] = a_request(job, move, steps=1 + number % 4, seed=number)
            shared.send(requests[job])
        else:
            end, target = move
            shared.send(end(f"{prefix}{target}"))
    last = a_request(f"{prefix}last")
    shared.send(last)
    answers = shared.answers(len(requests) + 1)  # fails on a second answer for a job
    assert set(answers) == {*requests, last.job}
    for job, answer in answers.items():
        if isinstance(answer, Finished):
            assert_kept(answer, requests.get(job, last), 0)


# --- steering


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
