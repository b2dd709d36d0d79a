"""The real process at the other end of a real pipe, without the bot."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generation.models import open_model
from generation.protocol import (
    VERSION,
    Cancel,
    Checkpoint,
    Event,
    Failed,
    Finished,
    Generate,
    Heartbeat,
    Progress,
    Ready,
    Reason,
    Started,
    Stop,
)
from tests.generation.pipe import TOY, a_request
from tests.generation.process_bot import ANSWERS, Bot, assert_kept, assert_whole, bot
from tests.generation.toys import REQUEST, toy_settings, write_toy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def shared() -> Iterator[Bot]:
    """One process for the tests that leave it as they found it."""
    with bot() as one:
        yield one


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
