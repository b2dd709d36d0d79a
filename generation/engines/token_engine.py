"""What all engines share that tell a picture's codes: models, refusals, and all that is asked of a run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from generation.device import resolve
from generation.engine import Candidates, Refusal, Run
from generation.engines.code_model import AT_ONCE, CodeModel
from generation.engines.code_run import CodeRun
from generation.engines.common import DTYPES, as_refusal, made_with, or_missing
from generation.engines.guided import GuidedModel, Painter, load_network, to_pixels
from generation.engines.judging import ClipJudge, judge_of
from generation.engines.painting import CheckpointError
from generation.engines.prompts import Sought
from generation.engines.starting import candidates_of, refuse_bad_start
from generation.languages import languages_of
from generation.losses import normalise_weights
from generation.memory import decoder_values
from generation.models import Model, catalogue, locate, open_model
from generation.protocol import EngineInfo, Generate, Reason, Recipe, Settings, Turn

M = TypeVar("M", bound=CodeModel)


@dataclass(frozen=True, slots=True)
class Loaded(Generic[M]):
    """A model in memory. `sha256` is that of its files, `clip_sha256` that of the CLIP's alone."""

    model: M
    sha256: str
    clip_sha256: str


class TokenEngine(ABC, Generic[M]):
    """The engine. `info.max_pixels` is 0 while no model's files are there."""

    name: ClassVar[str]
    most_areas: ClassVar[int]  #: of the native size, that a picture may cover

    def __init__(self, settings: Settings) -> None:
        self._settings = resolve(settings)
        self._device = torch.device(self._settings.device)
        self._dtype = DTYPES[self._settings.dtype]
        self._models = {
            name: model for name, model in catalogue(settings.models_dir).items() if model.engine == self.name
        }
        self._loaded: dict[str, Loaded[M]] = {}
        self.info = EngineInfo(self.name, tuple(self._models), self._max_pixels())

    def memory(self, request: Generate) -> int:
        """Bytes that the run takes at its peak. Raises `Refusal` where the model cannot be used."""
        model = self._load(request.model).model
        pictures = self._dtype.itemsize * AT_ONCE * decoder_values(model.network.config)
        shown = 4 * 3 * candidates_of(request, model)
        told = self._told_bytes(request, model) + model.finishing_bytes
        return int(1.35 * (told + request.width * request.height * (pictures + shown)))

    def begin(self, request: Generate, lane: int) -> CodeRun:
        """Start or resume a run. Raises `Refusal`."""
        self._refuse_bad(request)
        try:
            run = self._begin(request, lane, self._load(request.model))
            if request.checkpoint is not None:
                run.restore(request.checkpoint)
            return run
        except CheckpointError as error:
            raise Refusal(Reason.BAD_REQUEST, str(error)) from error
        except (MemoryError, RuntimeError) as error:
            raise as_refusal(error) from error

    def advance(self, runs: Sequence[Run]) -> list[tuple[Run, Refusal]]:
        """One step of each run; those that share a batch go together."""
        groups: dict[int, list[CodeRun]] = {}
        for run in map(_code_run, runs):
            groups.setdefault(id(run.company), []).append(run)
        return [refused for group in groups.values() for refused in self._advance(group)]

    def steer(self, run: Run, turn: Turn) -> None:
        """Refused: what a code means hangs on what stands before it."""
        raise Refusal(Reason.BAD_REQUEST, "this engine keeps to the prompt that it began with")

    def picture(self, run: Run) -> NDArray[np.uint8]:
        """The run as it stands, uint8 [H, W, 3], grey where there is nothing; [H, W, 4] if it is cut out."""
        told = _code_run(run)
        pixels = to_pixels(told.picture())
        return told.model.finish(pixels) if told.step == told.steps else pixels

    def candidates(self, run: Run) -> Candidates | None:
        """All of them, where a grid is asked for."""
        told = _code_run(run)
        return told.candidates() if told.request.grid > 1 else None

    def snapshot(self, run: Run) -> bytes:
        """Step and codes."""
        return _code_run(run).snapshot()

    def score(self, run: Run) -> float | None:
        """Cosine of the picture to each phrase, weighted; None without a CLIP."""
        return _code_run(run).score()

    def recipe(self, run: Run) -> Recipe:
        """What, beside the request, decides the picture."""
        told = _code_run(run)
        return made_with(self._settings, told.lane, self._loaded[told.request.model].sha256)

    def judge(self, model: str) -> ClipJudge:
        """The model's CLIP. Raises `Refusal`."""
        loaded = self._load(model)
        return judge_of(model, loaded.model.network.viewer, loaded.clip_sha256)

    @abstractmethod
    def _open(self, name: str, files: Mapping[str, Path], network: Painter) -> M:
        """The transformer, to go with a VQGAN. Raises `ModelFileError`."""

    @abstractmethod
    def _told_bytes(self, request: Generate, model: M) -> int:
        """What a run takes beside its pictures: keys and values, above all."""

    @abstractmethod
    def _begin(self, request: Generate, lane: int, loaded: Loaded[M]) -> CodeRun:
        """A run at its first step. Raises `Refusal`."""

    @abstractmethod
    def _step(self, group: Sequence[CodeRun]) -> None:
        """One step of each of these runs, which are of one company and not at their ends."""

    @abstractmethod
    def _refuse_too_large(self, request: Generate, model: M) -> None:
        """Raise `Refusal` for a size that takes too long."""

    def _advance(self, group: Sequence[CodeRun]) -> list[tuple[Run, Refusal]]:
        going = [run for run in group if run.step < run.steps]
        try:
            if going:
                self._step(going)
        except (MemoryError, RuntimeError) as error:
            return [(run, as_refusal(error)) for run in going]
        lost = [run for run in going if not run.is_finite()]
        return [(run, Refusal(Reason.DIVERGED, f"step {run.step}")) for run in lost]

    def _refuse_bad(self, request: Generate) -> None:
        self._model(request.model)
        refuse_bad_start(request)
        if request.steps < 1:
            raise Refusal(Reason.BAD_REQUEST, f"{request.steps} steps")
        model = self._load(request.model).model
        for side in (request.width, request.height):
            if side < model.side or side % model.factor:
                words = f"this model paints sides of {model.side} px or more, in multiples of {model.factor}"
                raise Refusal(Reason.BAD_REQUEST, words)
        self._refuse_too_large(request, model)
        needed, budget = self.memory(request), self._settings.memory_bytes
        if needed > budget:
            raise Refusal(Reason.TOO_LARGE, f"needs {needed >> 20} MiB of {budget >> 20} MiB")

    def _model(self, name: str) -> Model:
        if name not in self._models:
            raise Refusal(Reason.BAD_REQUEST, f"no model of this engine is called {name!r}")
        return self._models[name]

    def _load(self, name: str) -> Loaded[M]:
        self._model(name)
        if name not in self._loaded:
            found = or_missing(lambda: open_model(name, self._settings.models_dir))
            network = or_missing(lambda: load_network(found, self._device, self._dtype, guided=False))
            model = or_missing(lambda: self._open(name, found.files, network))
            self._loaded[name] = Loaded(model, found.sha256, found.clip_sha256)
        return self._loaded[name]

    def _max_pixels(self) -> int:
        """Of the largest picture, over the models whose files are there."""
        there = [
            model
            for model in self._models.values()
            if all(path.is_file() for path in locate(model, self._settings.models_dir).values())
        ]
        return max((self.most_areas * model.native[0] * model.native[1] for model in there), default=0)


def read_phrases(request: Generate, model: CodeModel) -> tuple[list[float], Sought | None]:
    """The phrases' weights [P], and what the CLIP makes of them that judges. Raises `Refusal`."""
    try:
        weights = normalise_weights(request.phrases)
    except ValueError as error:
        raise Refusal(Reason.BAD_REQUEST, str(error)) from error
    texts = [phrase.text for phrase in request.phrases]
    network = model.network
    judge = network.ranker(languages_of(texts)) if isinstance(network, GuidedModel) else None
    return list(weights), None if judge is None else Sought(judge, judge.read(texts), 1.0)


def _code_run(run: Run) -> CodeRun:
    assert isinstance(run, CodeRun)
    return run
