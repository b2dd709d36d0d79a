"""DALL-E in ruDALL-E's architecture: a transformer tells a picture's codes, the CLIP picks the best one.

Several candidates of a prompt are drawn at once, and the runs of all lanes share a batch of a fixed shape.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from weakref import WeakValueDictionary

import numpy as np
import torch
from numpy.typing import NDArray

from generation.decoding import Batch
from generation.device import resolve
from generation.engine import Candidates, Refusal, Run
from generation.engines.common import DTYPES, as_refusal, made_with, or_missing
from generation.engines.draft_model import AT_ONCE, CodeModel, DraftModel, drafting_of
from generation.engines.drafting import Draft, DraftPrompt
from generation.engines.guided import Painter, load_network, to_pixels
from generation.engines.judging import ClipJudge, judge_of
from generation.engines.painting import CheckpointError
from generation.engines.starting import candidates_of, given_codes, refuse_bad_start
from generation.engines.windows import count_windows
from generation.losses import normalise_weights
from generation.memory import decoder_values
from generation.models import Model, catalogue, locate, open_model
from generation.protocol import EngineInfo, Generate, Reason, Recipe, Settings, Turn

#: Of the grid's size, that a picture may take: eight times as wide as high, or twice as large both ways.
MOST_WINDOWS = 16
MOST_AREAS = 8  #: of the native size, that a picture may cover


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model in memory. `sha256` is that of its files, `clip_sha256` that of the CLIP's alone."""

    model: CodeModel
    sha256: str
    clip_sha256: str


class DalleEngine:
    """The engine. `info.max_pixels` is 0 while no model's files are there."""

    name: ClassVar[str] = "dalle"

    def __init__(self, settings: Settings) -> None:
        self._settings = resolve(settings)
        self._device = torch.device(self._settings.device)
        self._dtype = DTYPES[self._settings.dtype]
        self._slots = self._settings.lanes
        self._models = {
            name: model for name, model in catalogue(settings.models_dir).items() if model.engine == self.name
        }
        self._loaded: dict[str, Loaded] = {}
        self._batches: WeakValueDictionary[tuple[str, tuple[int, int], int], Batch] = WeakValueDictionary()
        self._seats: WeakValueDictionary[tuple[int, int], Draft] = WeakValueDictionary()
        self.info = EngineInfo(self.name, tuple(self._models), self._max_pixels())

    def memory(self, request: Generate) -> int:
        """Bytes that the run takes at its peak. Raises `Refusal` where the model cannot be used."""
        model = self._load(request.model).model
        pixels, itemsize = request.width * request.height, self._dtype.itemsize
        candidates = candidates_of(request, model)
        cache = model.cache_bytes(len(request.phrases), candidates, itemsize)
        pictures = itemsize * AT_ONCE * decoder_values(model.network.config)
        return int(1.35 * (cache + pixels * (pictures + 4 * 3 * candidates)))

    def begin(self, request: Generate, lane: int) -> Draft:
        """Start or resume a run. Raises `Refusal`."""
        self._refuse_bad(request)
        try:
            return self._begin(request, lane)
        except (MemoryError, RuntimeError) as error:
            raise as_refusal(error) from error

    def advance(self, runs: Sequence[Run]) -> list[tuple[Run, Refusal]]:
        """One step of each run; those that share a batch go together."""
        groups: dict[int, list[Draft]] = {}
        for run in runs:
            groups.setdefault(id(_draft(run).decoder), []).append(_draft(run))
        return [refused for group in groups.values() for refused in self._advance(group)]

    def steer(self, run: Run, turn: Turn) -> None:
        """Refused: what a code means hangs on the caption that stands before it."""
        raise Refusal(Reason.BAD_REQUEST, "this engine keeps to the prompt that it began with")

    def picture(self, run: Run) -> NDArray[np.uint8]:
        """The run as it stands, uint8 [H, W, 3]; grey where there is nothing yet."""
        return to_pixels(_draft(run).picture())

    def candidates(self, run: Run) -> Candidates | None:
        """All of them, where a grid is asked for."""
        draft = _draft(run)
        return draft.candidates() if draft.request.grid > 1 else None

    def snapshot(self, run: Run) -> bytes:
        """Step and codes."""
        return _draft(run).snapshot()

    def score(self, run: Run) -> float | None:
        """Cosine of the picture to each phrase, weighted; None without a CLIP."""
        return _draft(run).score()

    def recipe(self, run: Run) -> Recipe:
        """What, beside the request, decides the picture."""
        draft = _draft(run)
        return made_with(self._settings, draft.lane, self._loaded[draft.request.model].sha256)

    def judge(self, model: str) -> ClipJudge:
        """The model's CLIP. Raises `Refusal`."""
        loaded = self._load(model)
        return judge_of(model, loaded.model.viewer, loaded.clip_sha256)

    def _begin(self, request: Generate, lane: int) -> Draft:
        loaded = self._load(request.model)
        model, shape = loaded.model, _shape(request, loaded.model)
        prompt = _read_prompt(request, model)
        forced = given_codes(request, model, loaded.sha256, shape)
        width = len(model.branches(prompt.captions)), len(forced)
        decoder, slot = self._seat(request.model, model, width, lane)
        draft = Draft(request, lane, model, decoder, slot, prompt, forced, shape)
        self._seats[id(decoder), slot] = draft
        if request.checkpoint is not None:
            try:
                draft.restore(request.checkpoint)
            except CheckpointError as error:
                raise Refusal(Reason.BAD_REQUEST, str(error)) from error
        return draft

    def _seat(self, name: str, model: CodeModel, width: tuple[int, int], lane: int) -> tuple[Batch, int]:
        """The lane's place in a batch whose runs have equally many branches and candidates."""
        key, slot = (name, width, lane // self._slots), lane % self._slots
        decoder = self._batches.get(key)
        if decoder is None or (id(decoder), slot) in self._seats:
            decoder = model.decoder(self._slots, *width, self._dtype)
            self._batches[key] = decoder
        return decoder, slot

    def _advance(self, group: Sequence[Draft]) -> list[tuple[Run, Refusal]]:
        going = [draft for draft in group if draft.step < draft.steps]
        ends = [draft.step + 1 for draft in going]
        try:
            while waiting := [draft for draft, end in zip(going, ends, strict=True) if draft.step < end]:
                counts = {draft.slot: draft.due() for draft in waiting}
                group[0].decoder.advance(counts)
                for draft in waiting:
                    draft.advanced(counts[draft.slot])
        except (MemoryError, RuntimeError) as error:
            return [(draft, as_refusal(error)) for draft in going]
        lost = [draft for draft in going if not draft.is_finite()]
        return [(draft, Refusal(Reason.DIVERGED, f"step {draft.step}")) for draft in lost]

    def _refuse_bad(self, request: Generate) -> None:
        model = self._model(request.model)
        refuse_bad_start(request)
        if request.steps < 1:
            raise Refusal(Reason.BAD_REQUEST, f"{request.steps} steps")
        for side in (request.width, request.height):
            if side < model.factor or side % model.factor:
                raise Refusal(Reason.BAD_REQUEST, f"a side of {side} px is not a multiple of {model.factor}")
        loaded = self._load(request.model).model
        if min(request.width, request.height) < loaded.side:
            raise Refusal(Reason.BAD_REQUEST, f"this model paints {loaded.side}x{loaded.side} px or more")
        count = count_windows(*_shape(request, loaded), loaded.grid)
        if count > MOST_WINDOWS:
            words = f"{count} windows of {loaded.side}x{loaded.side} px; at most {MOST_WINDOWS}"
            raise Refusal(Reason.TOO_LARGE, words, (2 * loaded.side, 2 * loaded.side))
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
            model = or_missing(lambda: self._open(name, found.files, network))
            self._loaded[name] = Loaded(model, found.sha256, found.clip_sha256)
        return self._loaded[name]

    def _open(self, name: str, files: Mapping[str, Path], network: Painter) -> CodeModel:
        """The transformer, to go with a VQGAN. Raises `ModelFileError`."""
        return DraftModel.load(files, network, self._dtype, drafting_of(name))

    def _max_pixels(self) -> int:
        """Of the largest picture, over the models whose files are there."""
        there = [
            model
            for model in self._models.values()
            if all(path.is_file() for path in locate(model, self._settings.models_dir).values())
        ]
        return max((MOST_AREAS * model.native[0] * model.native[1] for model in there), default=0)


def create(settings: Settings) -> DalleEngine:
    """The engine on the device and in the precision that the settings ask for."""
    return DalleEngine(settings)


def _draft(run: Run) -> Draft:
    assert isinstance(run, Draft)
    return run


def _read_prompt(request: Generate, model: CodeModel) -> DraftPrompt:
    try:
        weights = normalise_weights(request.phrases)
    except ValueError as error:
        raise Refusal(Reason.BAD_REQUEST, str(error)) from error
    captions = tuple(phrase.text for phrase in request.phrases)
    vectors = None if model.viewer is None else model.viewer.read(captions)
    return DraftPrompt(captions, vectors, lambda _step: weights)


def _shape(request: Generate, model: CodeModel) -> tuple[int, int]:
    """Rows and columns of the picture's codes."""
    factor = model.network.config.factor
    return request.height // factor, request.width // factor
