"""The second stage: a transformer tells a VQGAN's codes, from a class, a painted or grey picture, or nothing.

Several candidates are told at once. What fits the grid is told with a cache of keys and values, anything
larger by a window that slides over the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps

from generation import codec
from generation.classes import class_of
from generation.conditions import SHOWN, Kind, places
from generation.device import resolve
from generation.engine import Refusal, Run
from generation.engines.common import DTYPES, made_with, or_missing, read_init
from generation.engines.draft_model import AT_ONCE
from generation.engines.guided import load_network, to_pixels, to_tensor
from generation.engines.judging import ClipJudge, judge_of
from generation.engines.painting import CheckpointError
from generation.engines.stage_model import CANDIDATES, StageModel, encode
from generation.engines.starting import starts_drawn
from generation.engines.telling_run import MOST_ROWS, StagePrompt, Telling
from generation.faults import out_of_memory
from generation.losses import normalise_weights
from generation.memory import decoder_values
from generation.models import Model, catalogue, locate, open_model
from generation.protocol import EngineInfo, Generate, Reason, Recipe, Settings, Turn

NAME = "second-stage"
#: Of the native size, that a picture may cover.
MOST_AREAS = 16


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model in memory. `sha256` is that of its files, `clip_sha256` that of the CLIP's alone."""

    model: StageModel
    sha256: str
    clip_sha256: str


class SecondStageEngine:
    """The engine. `info.max_pixels` is 0 while no model's files are there."""

    def __init__(self, settings: Settings) -> None:
        self._settings = resolve(settings)
        self._device = torch.device(self._settings.device)
        self._dtype = DTYPES[self._settings.dtype]
        self._models = {
            name: model for name, model in catalogue(settings.models_dir).items() if model.engine == NAME
        }
        self._loaded: dict[str, Loaded] = {}
        self.info = EngineInfo(NAME, tuple(self._models), self._max_pixels())

    def memory(self, request: Generate) -> int:
        """Bytes that the run takes at its peak. Raises `Refusal` where the model cannot be used."""
        model = self._load(request.model).model
        itemsize, pixels = self._dtype.itemsize, request.width * request.height
        seen = 4 * model.eye.config.in_channels if model.eye else 0
        pictures = itemsize * AT_ONCE * decoder_values(model.network.config) + 4 * 3 * CANDIDATES
        return int(1.35 * (_told_bytes(request, model) + pixels * (pictures + seen)))

    def begin(self, request: Generate, lane: int) -> Telling:
        """Start or resume a run. Raises `Refusal`."""
        self._refuse_bad(request)
        try:
            return self._begin(request, lane)
        except (MemoryError, RuntimeError) as error:
            raise _as_refusal(error) from error

    def advance(self, runs: Sequence[Run]) -> list[tuple[Run, Refusal]]:
        """One step of each run. Each goes alone: its candidates and fronts are a batch already."""
        refused: list[tuple[Run, Refusal]] = []
        for run in map(_telling, runs):
            try:
                if run.step < run.steps:
                    run.advance()
            except (MemoryError, RuntimeError) as error:
                refused.append((run, _as_refusal(error)))
                continue
            if not run.is_finite():
                refused.append((run, Refusal(Reason.DIVERGED, f"step {run.step}")))
        return refused

    def steer(self, run: Run, turn: Turn) -> None:
        """Refused: every code stands on what the picture began with."""
        raise Refusal(Reason.BAD_REQUEST, "this engine keeps to the prompt that it began with")

    def picture(self, run: Run) -> NDArray[np.uint8]:
        """The run as it stands, uint8 [H, W, 3]; grey where there is nothing yet."""
        return to_pixels(_telling(run).picture())

    def candidates(self, run: Run) -> None:
        """Only the best is shown."""

    def snapshot(self, run: Run) -> bytes:
        """Step and codes."""
        return _telling(run).snapshot()

    def score(self, run: Run) -> float | None:
        """Cosine of the picture to each phrase, weighted; None without a CLIP."""
        return _telling(run).score()

    def recipe(self, run: Run) -> Recipe:
        """What, beside the request, decides the picture."""
        telling = _telling(run)
        return made_with(self._settings, telling.lane, self._loaded[telling.request.model].sha256)

    def judge(self, model: str) -> ClipJudge:
        """The model's CLIP. Raises `Refusal`."""
        loaded = self._load(model)
        return judge_of(model, loaded.model.viewer, loaded.clip_sha256)

    def _begin(self, request: Generate, lane: int) -> Telling:
        model = self._load(request.model).model
        run = Telling(request, lane, model, _read_prompt(request, model))
        if request.checkpoint is not None:
            try:
                run.restore(request.checkpoint)
            except CheckpointError as error:
                raise Refusal(Reason.BAD_REQUEST, str(error)) from error
        return run

    def _refuse_bad(self, request: Generate) -> None:
        self._model(request.model)
        model = self._load(request.model).model
        if starts_drawn(request):
            raise Refusal(Reason.BAD_REQUEST, "this engine has no grids")
        if request.steps < 1:
            raise Refusal(Reason.BAD_REQUEST, f"{request.steps} steps")
        for side in (request.width, request.height):
            if side < model.side or side % model.factor:
                words = f"this model paints sides of {model.side} px or more, in multiples of {model.factor}"
                raise Refusal(Reason.BAD_REQUEST, words)
        most, asked = MOST_AREAS * model.side**2, request.width * request.height
        if asked > most:
            raise Refusal(Reason.TOO_LARGE, f"at most {most} pixels", _largest(request, model, most))
        needed, budget = self.memory(request), self._settings.memory_bytes
        if needed > budget:
            raise Refusal(Reason.TOO_LARGE, f"needs {needed >> 20} MiB of {budget >> 20} MiB")

    def _model(self, name: str) -> Model:
        if name not in self._models:
            raise Refusal(Reason.BAD_REQUEST, f"no model of this engine is called {name!r}")
        return self._models[name]

    def _load(self, name: str) -> Loaded:
        self._model(name)
        if name not in self._loaded:
            found = or_missing(lambda: open_model(name, self._settings.models_dir))
            network = or_missing(lambda: load_network(found, self._device, self._dtype, guided=False))
            model = or_missing(lambda: StageModel.load(found.files, network, self._dtype))
            self._loaded[name] = Loaded(model, found.sha256, found.clip_sha256)
        return self._loaded[name]

    def _max_pixels(self) -> int:
        """Of the largest picture, over the models whose files are there."""
        there = [
            model
            for model in self._models.values()
            if all(path.is_file() for path in locate(model, self._settings.models_dir).values())
        ]
        return max((MOST_AREAS * model.native[0] * model.native[1] for model in there), default=0)


def create(settings: Settings) -> SecondStageEngine:
    """The engine on the device and in the precision that the settings ask for."""
    return SecondStageEngine(settings)


def _telling(run: Run) -> Telling:
    assert isinstance(run, Telling)
    return run


def _as_refusal(error: MemoryError | RuntimeError) -> Refusal:
    """Out of memory becomes a refusal; any other error goes on its way."""
    if not out_of_memory(error):
        raise error
    return Refusal(Reason.OUT_OF_MEMORY)


def _told_bytes(request: Generate, model: StageModel) -> int:
    """What the transformer takes: keys and values of all places, or the windows that go through at once."""
    config, itemsize = model.gpt.config, model.dtype.itemsize
    rows = CANDIDATES * (len(request.phrases) if model.condition.kind is Kind.CLASS else 1)
    places = config.block * config.width
    if model.field(request.width, request.height).slides:
        rows = max(rows, MOST_ROWS)
        return rows * (places * (8 * itemsize + 12) + 16 * config.vocab)
    return rows * (2 * itemsize * config.layers * places + places * (8 * itemsize + 12) + 16 * config.vocab)


def _largest(request: Generate, model: StageModel, most: int) -> tuple[int, int]:
    """The largest size of the request's shape within so many pixels."""
    scale = sqrt(most / (request.width * request.height))
    width, height = (
        max(model.grid, int(side * scale) // model.factor) * model.factor
        for side in (request.width, request.height)
    )
    return width, height


def _read_prompt(request: Generate, model: StageModel) -> StagePrompt:
    try:
        weights = tuple(normalise_weights(request.phrases))
    except ValueError as error:
        raise Refusal(Reason.BAD_REQUEST, str(error)) from error
    shares = weights if model.condition.kind is Kind.CLASS else (1.0,)
    texts = [phrase.text for phrase in request.phrases]
    vectors = None if model.viewer is None else model.viewer.read(texts)
    device = model.network.device
    given = torch.empty(0, dtype=torch.long) if model.condition.kind in SHOWN else _given(request, model)
    return StagePrompt(_conditions(request, model).to(device), shares, given.to(device), vectors, weights)


def _conditions(request: Generate, model: StageModel) -> torch.Tensor:
    """The tokens on which the codes stand: [B, 1], or [1, cells]. Raises `Refusal`."""
    field, kind, number = (
        model.field(request.width, request.height),
        model.condition.kind,
        model.condition.number,
    )
    match kind:
        case Kind.NOTHING:
            return torch.tensor([[number]])
        case Kind.CLASS:
            return torch.tensor([[_class(phrase.text, number)] for phrase in request.phrases])
        case Kind.PLACE:
            return places(field, model.factor, number)[None]
        case _:
            assert model.eye is not None
            sight = model.eye.sight(kind, _shown(request, kind))
            codes: torch.Tensor = model.eye(sight.to(model.network.device))
            return codes[None]


def _class(text: str, count: int) -> int:
    number = class_of(text, count)
    if number is None:
        raise Refusal(Reason.UNKNOWN_CLASS, f"{text[:40]!r} names none of {count} classes")
    return number


def _shown(request: Generate, kind: Kind) -> torch.Tensor:
    """The picture that the model is shown, [1, 3, H, W] in 0..1. Colours of labels are never blended."""
    if request.init is None:
        raise Refusal(Reason.NEEDS_PICTURE, f"this model paints from a picture of {kind}")
    if kind is Kind.DEPTH:
        return read_init(request)
    try:
        pixels = codec.decode_rgb(request.init)
    except codec.PictureError as error:
        raise Refusal(Reason.BAD_INIT, str(error)) from error
    size = (request.width, request.height)
    return to_tensor(np.asarray(ImageOps.fit(Image.fromarray(pixels), size, Image.Resampling.NEAREST)))


def _given(request: Generate, model: StageModel) -> torch.Tensor:
    """Codes of the init image's top rows, the more of them the greater its weight; 1 keeps half of them."""
    field = model.field(request.width, request.height)
    if request.init is None:
        return torch.empty(0, dtype=torch.long)
    weight = max(0.0, request.init_weight)
    kept = min(round(field.rows * weight / (1 + weight)), field.rows - 1) * field.columns
    return encode(model.network, read_init(request))[:kept]
