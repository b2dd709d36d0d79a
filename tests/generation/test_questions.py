"""Vectors and scores, asked of the real process over a real pipe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from generation.codec import encode_png
from generation.models import open_model
from generation.protocol import (
    MOST_ASKED,
    Answer,
    Embed,
    Embedded,
    Finished,
    Heartbeat,
    Reason,
    Score,
    Scored,
    Started,
    Stop,
    Unanswered,
)
from tests.generation.pipe import a_request
from tests.generation.process_bot import Bot, assert_whole, bot
from tests.generation.toys import toy_settings, write_toy

ANSWERS = (Embedded, Scored, Unanswered)


def plain(*colour: int, size: tuple[int, int] = (8, 12)) -> bytes:
    """A picture of one colour."""
    return encode_png(np.full((*size, 3), colour, np.uint8))


RED, BLUE = plain(255, 0, 0), plain(0, 0, 255, size=(20, 5))


@pytest.fixture(scope="module")
def shared() -> Iterator[Bot]:
    """One process for the tests that leave it as they found it."""
    with bot() as one:
        yield one


def answer(one: Bot) -> Answer:
    event = one.until(*ANSWERS)[-1]
    assert isinstance(event, ANSWERS)
    return event


def vector(data: bytes | None) -> NDArray[np.float32]:
    assert data is not None
    return np.frombuffer(data, "<f2").astype(np.float32)


def test_pictures_and_texts_lie_where_they_belong(shared: Bot):
    shared.send(Embed("q", "toy", (RED, BLUE), ("a red car", "синий дом", "blue")))
    embedded = answer(shared)
    assert isinstance(embedded, Embedded)
    assert (embedded.question, embedded.model, embedded.clip_sha256) == ("q", "toy", "c" * 64)
    red, blue = map(vector, embedded.pictures)
    assert np.linalg.norm(red) == pytest.approx(1, abs=1e-3)
    texts = [vector(text) for text in embedded.texts]
    assert [float(red @ text) > 0.9 for text in texts] == [True, False, False]
    assert [float(blue @ text) > 0.9 for text in texts] == [False, True, True]


def test_scores_are_the_cosines(shared: Bot):
    shared.send(Score("q", "toy", (RED, BLUE), ("red", "blue", "red blue")))
    scored = answer(shared)
    assert isinstance(scored, Scored)
    expected = [(1.0, 0.0, 0.5**0.5), (0.0, 1.0, 0.5**0.5)]
    for scores, each in zip(scored.scores, expected, strict=True):
        assert scores == pytest.approx(each, abs=1e-3)


def test_what_is_no_picture_costs_only_itself(shared: Bot):
    pictures = (b"not a picture", RED, BLUE[:45], b"")
    shared.send(Embed("q", "toy", pictures), Score("s", "toy", pictures, ("red",)))
    embedded, scored = answer(shared), answer(shared)
    assert isinstance(embedded, Embedded)
    assert [data is None for data in embedded.pictures] == [True, False, True, True]
    assert isinstance(scored, Scored)
    assert [each is None for each in scored.scores] == [True, False, True, True]


def test_a_question_of_nothing_is_answered_with_nothing(shared: Bot):
    shared.send(Embed("q", "toy"), Score("s", "toy", (), ()))
    assert answer(shared) == Embedded("q", "toy", "c" * 64, (), ())
    assert answer(shared) == Scored("s", "toy", "c" * 64, (), 20.0)


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        (Embed("q", "no such model", (RED,)), Reason.MODEL_MISSING),
        (Embed("q", "toy", (RED,) * (MOST_ASKED + 1)), Reason.BAD_REQUEST),
        (Score("q", "toy", (RED,), ("red",) * (MOST_ASKED + 1)), Reason.BAD_REQUEST),
        (Embed("q", "toy", texts=("raise@0",)), Reason.INTERNAL),
        (Embed("q", "toy", texts=("oom@0",), patient=True), Reason.OUT_OF_MEMORY),
    ],
    ids=["model", "pictures", "texts", "fault", "memory"],
)
def test_what_has_no_answer_is_told_so_and_the_next_is_answered(shared: Bot, question, reason):
    shared.send(question, Embed("after", "toy", (RED,)))
    answers = {each.question: each for each in (answer(shared), answer(shared))}
    refused = answers["q"]
    assert isinstance(refused, Unanswered)
    assert refused.reason is reason
    assert isinstance(answers["after"], Embedded)


def test_many_pictures_come_back_in_their_order(shared: Bot):
    shades = [plain(shade, 255 - shade, 0) for shade in range(0, 256, 4)]
    shared.send(Embed("q", "toy", tuple(shades)))
    embedded = answer(shared)
    assert isinstance(embedded, Embedded)
    angles = [float(np.arctan2(v[0], v[1])) for v in map(vector, embedded.pictures)]
    assert len(angles) == 64
    assert angles == sorted(angles)


def test_runs_go_on_while_questions_are_answered_and_paint_the_same(shared: Bot):
    request = a_request("a", "slow@5", steps=40)
    shared.send(request)
    shared.until(Started)
    shared.send(*(Embed(str(number), "toy", (RED,) * 8, patient=True) for number in range(4)))
    found: list[str] = []
    while len(found) < 5:
        match event := shared.receive():
            case Embedded():
                found.append(event.question)
            case Finished():
                found.append("run")
                assert_whole(event, request)
            case _:
                pass
    assert [name for name in found if name != "run"] == ["0", "1", "2", "3"]


def test_the_patient_wait_for_those_who_are_waited_for(shared: Bot):
    shared.send(a_request("a", "slow@20", steps=1000))
    shared.until(Started)
    shared.send(Embed("patient", "toy", (RED,) * 64, ("slow@200",), patient=True))
    shared.send(Embed("urgent", "toy", texts=("red",)))
    first = answer(shared)
    assert first.question == "urgent"
    shared.send(Stop("a", 1))
    seen = {type(event) for event in (*shared.until(Embedded, Finished), *shared.until(Embedded, Finished))}
    assert seen >= {Embedded, Finished}


def test_patient_questions_take_a_small_share_of_the_time():
    """A second and a half of reading is far from done when half a second of painting is."""
    with bot() as one:
        one.send(Embed("q", "toy", texts=("slow@100",) * 15, patient=True))
        request = a_request("a", "slow@10", steps=40)
        one.send(request)
        events = one.until(Finished)
        finished = events[-1]
        assert isinstance(finished, Finished)
        assert not any(isinstance(event, Embedded) for event in events)
        assert isinstance(answer(one), Embedded)


def test_the_pulse_is_seen_through_a_long_question(shared: Bot):
    shared.send(Embed("q", "toy", texts=("slow@100",) * 20))
    events = shared.until(Heartbeat)
    while not isinstance(events[-1], Embedded):
        events += shared.until(Heartbeat, Embedded)
    assert sum(isinstance(event, Heartbeat) for event in events) >= 3


def test_a_shipped_engines_clip_answers_though_the_model_was_never_painted_with(tmp_path: Path):
    write_toy(tmp_path)
    (write_toy(tmp_path, "broken") / "clip.safetensors").unlink()
    settings = replace(toy_settings(tmp_path), threads=1)
    with bot(settings) as one:
        one.send(Embed("q", "toy", (RED, b"", BLUE), ("red", "красный")), Embed("b", "broken", (RED,)))
        embedded, refused = answer(one), answer(one)
    assert isinstance(embedded, Embedded), embedded
    assert embedded.clip_sha256 == open_model("toy", tmp_path).hashes["clip.safetensors"]
    assert [None if data is None else len(data) for data in embedded.pictures] == [32, None, 32]  # 16 numbers
    assert [len(data) for data in embedded.texts] == [32, 32]
    assert isinstance(refused, Unanswered)
    assert refused.reason is Reason.MODEL_MISSING
    assert "clip.safetensors is missing" in refused.detail
