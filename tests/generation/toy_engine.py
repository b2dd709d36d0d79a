"""A small real engine for the tests of the pipe: it paints from the seed, and misbehaves as its prompt says.

The phrases are orders such as `crash@3` (end the process at step 3), `hang@3`, `oom@3`, `raise@3`,
`diverge@3`, `settle@3` (end there, as if nothing more happened), `slow@20` (20 ms a step), `refuse`,
`unscored` (its score is no number), `unsound` (a picture of the wrong shape), `noisy` (one that does not
compress), `heavy@1000` (bytes of memory), and `crash-times@N:FILE` (crash at the second step until FILE is N
bytes long).

Its judge sees a picture's mean colour and reads the colours' names in a text; as texts it takes the orders
`crash@0`, `raise@0`, `oom@0`, `slow@20` and `crash-times@N:FILE`, too.
"""

from __future__ import annotations

import hashlib
import math
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from generation.codec import decode_rgb
from generation.engine import Candidates, Refusal
from generation.protocol import EngineInfo, Generate, Reason, Recipe, Settings, Turn
from generation.recipes import read_recipe
from generation.sheets import cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(slots=True, eq=False)
class ToyRun:
    request: Generate
    lane: int
    digest: bytes
    step: int
    steps: int
    loss: float | None = None
    words: bytes = b""  #: that it was steered by
    settled: bool = False


def create(settings: Settings) -> ToyEngine:
    return ToyEngine(settings)


class ToyEngine:
    def __init__(self, settings: Settings) -> None:
        self.info = EngineInfo("toy", ("toy",), 512 * 512)
        self._settings = settings

    def memory(self, request: Generate) -> int:
        return next((int(value) for order, value in orders(request) if order == "heavy"), 100)

    def begin(self, request: Generate, lane: int) -> ToyRun:
        if any(phrase.text == "refuse" for phrase in request.phrases):
            raise Refusal(Reason.BAD_REQUEST, "refused, as asked")
        if request.checkpoint is None:
            return ToyRun(request, lane, first_digest(request), 0, request.steps)
        if len(request.checkpoint) != 40:
            raise Refusal(Reason.BAD_REQUEST, "not a checkpoint of this engine")
        step, digest = int.from_bytes(request.checkpoint[:8], "big"), request.checkpoint[8:]
        return ToyRun(request, lane, digest, step, request.steps)

    def advance(self, runs: Sequence[ToyRun]) -> list[tuple[ToyRun, Refusal]]:
        refused = []
        for run in runs:
            for order, value in orders(run.request):
                if order == "slow":
                    time.sleep(float(value) / 1000)
                elif order == "diverge" and run.step == int(value):
                    refused.append((run, Refusal(Reason.DIVERGED)))
                else:
                    misbehave(order, value, run.step)
            run.digest = hashlib.sha256(run.digest + run.words).digest()
            run.step += 1
            run.loss = 1 / run.step
            if ("settle", str(run.step)) in orders(run.request):
                run.steps, run.settled = run.step, True
        return refused

    def steer(self, run: ToyRun, turn: Turn) -> None:
        if any(phrase.text == "unsteerable" for phrase in turn.phrases):
            raise Refusal(Reason.BAD_REQUEST, "refused, as asked")
        run.words = words_of(turn)
        run.steps = max(turn.steps, run.step)

    def picture(self, run: ToyRun) -> NDArray[np.uint8]:
        return paint(run.request, run.digest)

    def candidates(self, run: ToyRun) -> Candidates | None:
        count = run.request.grid
        if count == 1:
            return None
        pictures = np.stack(
            [paint(run.request, hashlib.sha256(run.digest + bytes([i])).digest()) for i in range(count)]
        )
        whole = run.step == run.steps
        scores = tuple((0.5 - 0.125 * i) * whole for i in range(count)) if whole else ()
        return Candidates(pictures, np.zeros((count, 4), np.int32), scores)

    def snapshot(self, run: ToyRun) -> bytes:
        return run.step.to_bytes(8, "big") + run.digest

    def score(self, run: ToyRun) -> float | None:
        return math.nan if ("unscored", "") in orders(run.request) else run.digest[0] / 255

    def recipe(self, run: ToyRun) -> Recipe:
        return Recipe("0", "none", self._settings.device, self._settings.dtype, run.lane, "0" * 64)

    def judge(self, model: str) -> ToyJudge:
        return ToyJudge(("c" if self._settings.dtype == "float32" else "d") * 64)


COLOURS = {
    "red": (1, 0, 0),
    "green": (0, 1, 0),
    "blue": (0, 0, 1),
    "yellow": (1, 1, 0),
    "white": (1, 1, 1),
    "красный": (1, 0, 0),
    "зелёный": (0, 1, 0),
    "синий": (0, 0, 1),
}


class ToyJudge:
    def __init__(self, clip_sha256: str) -> None:
        self.clip_sha256 = clip_sha256
        self.scale = 20.0

    def see(self, pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        return unit([picture.mean((0, 1)) for picture in pictures])

    def read(self, texts: Sequence[str]) -> NDArray[np.float32]:
        for text in texts:
            obey(text)
        return unit([read_colours(text) for text in texts])


def read_colours(text: str) -> NDArray[np.float64]:
    """The sum of the colours that are named; grey where there is none."""
    named = [colour for name, colour in COLOURS.items() if name in text]
    return np.sum(named, 0) if named else np.ones(3)


def unit(vectors: list[NDArray[np.float64]]) -> NDArray[np.float32]:
    array = np.asarray(vectors, np.float32) + 1e-6
    return np.asarray(array / np.linalg.norm(array, axis=1, keepdims=True), np.float32)


def obey(text: str) -> None:
    order, _, value = text.partition("@")
    if order == "slow":
        time.sleep(float(value) / 1000)
    elif order == "crash-times":
        times, _, path = value.partition(":")
        crash_times(int(times), Path(path))
    else:
        misbehave(order, value, 0)


def orders(request: Generate) -> list[tuple[str, str]]:
    found = []
    for phrase in request.phrases:
        order, _, value = phrase.text.partition("@")
        found.append((order, value))
    return found


def misbehave(order: str, value: str, step: int) -> None:
    if order == "crash-times" and step == 2:
        times, _, path = value.partition(":")
        crash_times(int(times), Path(path))
    if not value.isdigit() or step != int(value):
        return
    if order == "crash":
        os.kill(os.getpid(), signal.SIGKILL)
    if order == "hang":
        time.sleep(1000)
    if order == "oom":
        raise MemoryError
    if order == "raise":
        raise ZeroDivisionError("as asked")


def crash_times(times: int, path: Path) -> None:
    if not path.exists() or path.stat().st_size < times:
        with path.open("ab") as file:
            file.write(b"x")
        os.kill(os.getpid(), signal.SIGKILL)


def first_digest(request: Generate) -> bytes:
    return hashlib.sha256(f"{request.seed} {request.phrases}".encode()).digest()


def words_of(turn: Turn) -> bytes:
    return str(turn.phrases).encode()


def paint(request: Generate, digest: bytes) -> NDArray[np.uint8]:
    height = (
        request.height + 1 if any(phrase.text == "unsound" for phrase in request.phrases) else request.height
    )
    if any(phrase.text == "noisy" for phrase in request.phrases):
        chance = np.random.default_rng(int.from_bytes(digest[:8], "big"))
        return chance.integers(0, 256, (height, request.width, 3), np.uint8)
    for phrase in request.phrases:
        colour = COLOURS.get(phrase.text.removeprefix("only "))
        if colour and phrase.text.startswith("only "):
            return np.full((height, request.width, 3), [250 * part + 3 for part in colour], np.uint8)
    tile = np.frombuffer(digest, np.uint8)[:30].reshape(1, 10, 3)
    repeat = (height, math.ceil(request.width / 10), 1)
    picture = np.tile(tile, repeat)[:, : request.width].copy()
    if request.candidate is not None:
        kept = round(height * (1 if request.keep is None else request.keep))
        picture[:kept] = chosen(request)[:kept]
    return picture


def chosen(request: Generate) -> NDArray[np.uint8]:
    """The picture of the sheet that the request starts from."""
    assert request.init is not None
    recipe = read_recipe(request.init)
    assert recipe is not None
    assert request.candidate is not None
    return cut(decode_rgb(request.init), recipe.grid, request.candidate - 1)


def expected_picture(request: Generate) -> NDArray[np.uint8]:
    """What a whole run of the request must end in."""
    digest, words, turns = first_digest(request), b"", list(request.turns)
    step, steps = 0, request.steps
    while True:
        while turns and turns[0].step <= step:
            steps = max(turns[0].steps, step)
            words = words_of(turns.pop(0))
        if step >= steps:
            return paint(request, digest)
        digest = hashlib.sha256(digest + words).digest()
        step += 1
