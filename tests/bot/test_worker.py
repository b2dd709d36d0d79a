"""The worker with the real process at its other end."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from bot.worker import WorkerError
from generation.codec import decode_rgb
from generation.protocol import (
    VERSION,
    Cancel,
    Cancelled,
    Event,
    Failed,
    Finished,
    Generate,
    Progress,
    Ready,
    Reason,
    Started,
)
from tests.bot.working import ANSWERS, a_worker, alive
from tests.generation.pipe import TOY, a_request
from tests.generation.toy_engine import expected_picture


def assert_whole(answer: Event, request: Generate) -> None:
    assert isinstance(answer, Finished), answer
    assert (decode_rgb(answer.picture) == expected_picture(request)).all()


async def test_a_request_becomes_a_picture():
    async with a_worker() as one:
        request = a_request("a")
        one.worker.send(request)  # before the process is there: it goes as soon as it is
        events = await one.until(*ANSWERS)
        assert isinstance(events[0], Ready)
        assert one.worker.ready == events[0]
        assert isinstance(events[1], Started)
        assert_whole(events[-1], request)


async def test_a_cancel_is_answered():
    async with a_worker() as one:
        one.worker.send(a_request("a", "slow@20", steps=10_000))
        await one.until(Started)
        one.worker.send(Cancel("a"))
        assert await one.answers(1) == {"a": Cancelled("a")}


async def test_of_frames_that_nobody_has_read_only_the_latest_is_kept():
    async with a_worker() as one:
        await one.until(Ready)
        one.worker.send(a_request("a", "slow@10", steps=60, frame_interval_s=0.01))
        await asyncio.sleep(1.2)
        frames = [event for event in await one.until(*ANSWERS) if isinstance(event, Progress)]
        assert len(frames) == 1
        assert frames[0].step > 30


async def test_a_large_command_does_not_hold_up_the_loop():
    async with a_worker() as one:
        await one.until(Ready)
        assert one.worker.pid is not None
        os.kill(one.worker.pid, signal.SIGSTOP)  # nobody reads the pipe
        since = time.monotonic()
        one.worker.send(replace(a_request("a"), init=bytes(50_000_000)))
        assert time.monotonic() - since < 0.1
        os.kill(one.worker.pid, signal.SIGCONT)
        assert isinstance((await one.answers(1))["a"], Finished)


# --- death


async def test_a_dead_process_is_answered_for_and_replaced():
    async with a_worker() as one:
        before = await one.next_pid()
        one.worker.send(a_request("a", "slow@20", steps=1000))
        one.worker.send(a_request("b", "slow@20", steps=1000))
        await one.until(Started)
        os.kill(before, signal.SIGKILL)
        answers = await one.answers(2)
        assert answers == {name: Failed(name, Reason.WORKER_LOST, "signal 9") for name in "ab"}
        assert await one.next_pid() != before
        assert not alive(before)
        request = a_request("c")
        one.worker.send(request)
        assert_whole((await one.answers(1))["c"], request)


async def test_what_is_sent_while_there_is_no_process_goes_to_the_next():
    async with a_worker(backoff_s=(0.5, 0.5)) as one:
        os.kill(await one.next_pid(), signal.SIGKILL)
        while one.worker.pid is not None:
            await asyncio.sleep(0.01)
        request = a_request("a")
        one.worker.send(request)
        assert_whole((await one.answers(1))["a"], request)


async def test_a_hung_process_is_killed_and_replaced():
    async with a_worker(hang_s=1.5) as one:
        before = await one.next_pid()
        one.worker.send(a_request("a", "hang@3"))
        answer = (await one.answers(1))["a"]
        assert answer == Failed("a", Reason.WORKER_LOST, "hung, signal 9")
        assert await one.next_pid() != before
        assert not alive(before)


async def test_a_long_run_with_a_pulse_is_no_hang():
    async with a_worker(hang_s=1.0) as one:
        await one.until(Ready)
        request = a_request("a", "slow@100", steps=30)
        one.worker.send(request)
        assert_whole((await one.answers(1))["a"], request)


async def test_a_loop_that_was_held_up_does_not_take_that_for_a_hang():
    async with a_worker(hang_s=1.0) as one:
        before = await one.next_pid()
        time.sleep(2.5)
        await asyncio.sleep(0.5)
        assert one.worker.pid == before


async def test_every_request_gets_one_answer_whenever_the_process_is_killed():
    """Kills at random moments, in the middle of a stream of requests."""
    chance = random.Random(7)
    async with a_worker() as one:
        requests = {str(number): a_request(str(number), "slow@3", seed=number) for number in range(24)}
        for request in requests.values():
            one.worker.send(request)
            await asyncio.sleep(chance.random() * 0.05)
            if chance.random() < 0.3 and one.worker.pid is not None:
                with suppress(ProcessLookupError):  # it is dead already, and not yet noticed
                    os.kill(one.worker.pid, signal.SIGKILL)
        answers = await one.answers(len(requests))
        last = a_request("last")
        one.worker.send(last)
        assert list(await one.answers(1)) == ["last"]  # and no second answer for anybody before it
    assert set(answers) == set(requests)
    for name, answer in answers.items():
        if isinstance(answer, Finished):
            assert_whole(answer, requests[name])
        else:
            assert isinstance(answer, Failed)
            assert answer.reason is Reason.WORKER_LOST


async def test_a_process_that_never_starts_is_given_up_in_words(tmp_path: Path):
    async with a_worker(replace(TOY, lanes=0, device="no such device"), max_failed_starts=2) as one:
        with pytest.raises(WorkerError, match="does not start"):
            await one.until(Ready, Finished)


async def test_another_version_of_the_protocol_is_refused_in_words(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bot.worker.VERSION", 0)  # the process is spawned, and keeps its own
    async with a_worker() as one:
        with pytest.raises(WorkerError, match=f"version {VERSION} of the protocol, the bot 0"):
            await one.until(Ready, Finished)
