"""What the bot asks of the CLIPs: vectors and scores, a few pictures at a time between the runs' steps."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from generation.codec import PictureError, decode_rgb
from generation.edge import attempt
from generation.engine import Engine, Judge, Refusal
from generation.protocol import MOST_ASKED, Answer, Embed, Embedded, Question, Reason, Scored, Unanswered

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    Vector = NDArray[np.float32]  # [D], of unit length
    Thinking = Generator[None, None, Answer]  # yields between small pieces of work

T = TypeVar("T")
U = TypeVar("U")

PIECE_S = 0.05  # about as long as a piece of work may take
SHARE = 0.1  # of the time that patient questions may take while runs advance
MOST_AT_ONCE = 16


@dataclass(slots=True)
class Open:
    """A question, and how far its answer has come."""

    question: Question
    thinking: Thinking


class Questions:
    """The questions that have no answer yet. Those for which somebody waits come first."""

    def __init__(self, engines: Mapping[str, Engine], send: Callable[[Answer], None]) -> None:
        self._engines = engines
        self._send = send
        self._urgent: deque[Open] = deque()
        self._patient: deque[Open] = deque()
        self._rest_until = 0.0

    def __bool__(self) -> bool:
        return bool(self._urgent or self._patient)

    def ask(self, question: Question) -> None:
        """Take a question; it gets one answer."""
        line = self._patient if question.patient else self._urgent
        line.append(Open(question, self._think(question)))

    def work(self, busy: bool) -> None:
        """Do a piece of work, if one is due; `busy`: runs advance meanwhile, and should not feel it."""
        begun_at = time.monotonic()
        if self._urgent:
            self._go_on(self._urgent)
        elif self._patient and not (busy and begun_at < self._rest_until):
            self._go_on(self._patient)
            now = time.monotonic()
            self._rest_until = now + (now - begun_at) * (1 / SHARE - 1)

    def _go_on(self, line: deque[Open]) -> None:
        item = line[0]
        answer = attempt(lambda: _piece(item.thinking))
        if answer is None:
            return
        line.popleft()
        if isinstance(answer, Refusal):
            answer = Unanswered(item.question.question, answer.reason, answer.detail)
        self._send(answer)

    def _think(self, asked: Question) -> Thinking:
        if max(len(asked.pictures), len(asked.texts)) > MOST_ASKED:
            raise Refusal(Reason.BAD_REQUEST, f"more than {MOST_ASKED} pictures or texts in one question")
        judge = self._judge(asked.model)
        yield
        pictures = yield from _by_pieces(asked.pictures, lambda some: _see(judge, some))
        texts = yield from _by_pieces(asked.texts, lambda some: list(_sound(judge.read(some))))
        if isinstance(asked, Embed):
            seen = tuple(None if vector is None else _packed(vector) for vector in pictures)
            read = tuple(map(_packed, texts))
            return Embedded(asked.question, asked.model, judge.clip_sha256, seen, read)
        scores = tuple(None if vector is None else _cosines(vector, texts) for vector in pictures)
        return Scored(asked.question, asked.model, judge.clip_sha256, scores, judge.scale)

    def _judge(self, model: str) -> Judge:
        for engine in self._engines.values():
            if model in engine.info.models:
                return engine.judge(model)
        raise Refusal(Reason.MODEL_MISSING, f"no engine has a model called {model!r}")


def _piece(thinking: Thinking) -> Answer | None:
    """Think on; None where that has not led to the answer yet."""
    try:
        next(thinking)
    except StopIteration as end:
        answer: Answer = end.value
        return answer
    return None


def _by_pieces(things: Sequence[T], work: Callable[[Sequence[T]], list[U]]) -> Generator[None, None, list[U]]:
    """Work through all things, as many at once as take about `PIECE_S`."""
    done: list[U] = []
    count = 1
    while len(done) < len(things):
        begun_at = time.monotonic()
        done += work(things[len(done) : len(done) + count])
        took_s = time.monotonic() - begun_at
        count = max(count // 2, 1) if took_s > PIECE_S else count
        count = min(count * 2, MOST_AT_ONCE) if took_s < PIECE_S / 2 else count
        yield
    return done


def _see(judge: Judge, pictures: Iterable[bytes]) -> list[Vector | None]:
    arrays = [_decoded(data) for data in pictures]
    whole = [array for array in arrays if array is not None]
    vectors = iter(_sound(judge.see(whole)) if whole else ())
    return [None if array is None else next(vectors) for array in arrays]


def _decoded(data: bytes) -> NDArray[np.uint8] | None:
    try:
        return decode_rgb(data)
    except PictureError:
        return None


def _sound(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    if not np.isfinite(vectors).all():
        raise ValueError("a CLIP's vector is not finite")
    return vectors


def _packed(vector: Vector) -> bytes:
    return vector.astype("<f2").tobytes()


def _cosines(vector: Vector, texts: Sequence[Vector]) -> tuple[float, ...]:
    return tuple(float(np.clip(vector @ text, -1, 1)) for text in texts)
