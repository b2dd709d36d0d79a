"""VQGAN+CLIP (Crowson et al., 2022): a latent is optimised until CLIP finds the prompt in its picture.

Each run keeps to itself; `advance` does one step of each in turn. Weights stay loaded between runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from generation.device import resolve
from generation.engine import Candidates, Refusal, Run
from generation.engines.common import DTYPES, made_with, or_missing, read_init
from generation.engines.composition import Composition
from generation.engines.draft_model import DraftModel
from generation.engines.drafting import draft_prompt
from generation.engines.guided import to_pixels
from generation.engines.inpainting import read_hole
from generation.engines.judging import ClipJudge
from generation.engines.loading import Loaded, footprint, load
from generation.engines.painting import CheckpointError, Painting
from generation.engines.prompts import Prompt, extras_of, read_prompt
from generation.engines.starting import candidates_of, given_codes, refuse_bad_start, starts_drawn
from generation.engines.targets import target_extras
from generation.engines.travel import AnyRun, Lead, Travel, painting_of, refuse_bad_motion
from generation.engines.tuning import Tuning, departing, grown, refinement, repeating
from generation.faults import out_of_memory
from generation.memory import Footprint, Plan
from generation.models import Model, catalogue
from generation.protocol import EngineInfo, Generate, Phrase, Reason, Recipe, Settings, Turn

NAME = "vqgan-clip"
#: Reading whether a run is still finite waits for the device, so it is done every so many steps.
_CHECK_INTERVAL = 10


class VQGANCLIP:
    """The engine. `info.max_pixels` is 0 while no model's files are there."""

    def __init__(self, settings: Settings) -> None:
        self._settings = resolve(settings)
        self._device = torch.device(self._settings.device)
        self._dtype = DTYPES[self._settings.dtype]
        self._models = {
            name: model for name, model in catalogue(settings.models_dir).items() if model.engine == NAME
        }
        self._footprints: dict[str, Footprint] = {}
        self._loaded: dict[str, Loaded] = {}
        self.info = EngineInfo(NAME, tuple(self._models), self._max_pixels())

    def memory(self, request: Generate) -> int:
        """Bytes that the run takes at its peak. Raises `Refusal` where the model cannot be used."""
        footprint = self._footprint(request.model)
        painting = footprint.run_bytes(request.width, request.height, self._plan(request))
        return painting + self._draft_bytes(request)

    def begin(self, request: Generate, lane: int) -> AnyRun:
        """Start or resume a run. Raises `Refusal`."""
        self._refuse_bad(request)
        self._refuse_too_large(request)
        try:
            return self._begin(request, lane)
        except (MemoryError, RuntimeError) as error:
            raise self._as_refusal(error, request) from error

    def advance(self, runs: Sequence[Run]) -> list[tuple[Run, Refusal]]:
        """One step of each run."""
        refused: list[tuple[Run, Refusal]] = []
        for run in runs:
            refusal = self._advance(painting_of(run))
            if refusal is not None:
                refused.append((run, refusal))
        return refused

    def steer(self, run: Run, turn: Turn) -> None:
        """Go on by other phrases and steps; latent and optimiser stay as they are. Raises `Refusal`."""
        painting = painting_of(run)
        if turn.steps < 1:
            raise Refusal(Reason.BAD_REQUEST, f"{turn.steps} steps")
        if painting.request.grid > 1:
            raise Refusal(Reason.BAD_REQUEST, "a draft keeps to the prompt that it began with")
        loaded = self._loaded[painting.request.model]
        prompt = _read(painting.request, turn.phrases, turn.steps, loaded)
        painting.steer(prompt, turn.steps, again=turn.step < painting.step)

    def picture(self, run: Run) -> NDArray[np.uint8]:
        """The run as it stands, uint8 [H, W, 3]; nothing is decoded for it."""
        return to_pixels(painting_of(run).full_picture())

    def candidates(self, run: Run) -> Candidates | None:
        """The drafts, where a grid of them is asked for."""
        return run.candidates() if isinstance(run, Composition) else None

    def snapshot(self, run: Run) -> bytes:
        """Latent, optimiser and step."""
        return painting_of(run).snapshot()

    def score(self, run: Run) -> float | None:
        """Cosine of the whole picture to each phrase, weighted: negative phrases count against it."""
        return painting_of(run).score()

    def recipe(self, run: Run) -> Recipe:
        """What, beside the request, decides the picture."""
        painting = painting_of(run)
        return made_with(self._settings, painting.lane, self._loaded[painting.request.model].sha256)

    def judge(self, model: str) -> ClipJudge:
        """The model's CLIP. Raises `Refusal`."""
        loaded = self._load(model)
        return ClipJudge(loaded.network.viewer, loaded.clip_sha256)

    def _begin(self, request: Generate, lane: int) -> AnyRun:
        loaded = self._load(request.model)
        prompt = _read(request, request.phrases, request.steps, loaded)
        begin = self._paint if request.motion is None else self._travel
        painting: AnyRun = begin(request, lane, loaded, prompt)
        if request.checkpoint is not None:
            try:
                painting.restore(request.checkpoint)
            except CheckpointError as error:
                raise Refusal(Reason.BAD_REQUEST, str(error)) from error
        return painting

    def _paint(self, request: Generate, lane: int, loaded: Loaded, prompt: Prompt) -> Painting | Composition:
        network = loaded.network
        from_nothing = request.init is None and request.manner.start is None
        if loaded.draft is not None and (from_nothing or starts_drawn(request)):
            return self._compose(request, lane, loaded, loaded.draft, prompt)
        hole = read_hole(request, network.config.factor, network.device)
        seen = None if request.init is None else read_init(request) if hole is None else hole.picture
        anchor = None if seen is None else network.latent(seen)
        tuning, plan = self._tuning(request, loaded.tuning), self._plan(request)
        return Painting(request, lane, network, tuning, prompt, anchor, plan, hole=hole)

    def _travel(self, request: Generate, lane: int, loaded: Loaded, prompt: Prompt) -> Travel:
        lead: Lead = partial(self._paint, lane=lane, loaded=loaded)
        return Travel(request, lane, loaded.network, loaded.tuning, prompt, lead, self._plan(request))

    def _tuning(self, request: Generate, tuning: Tuning) -> Tuning:
        tuning = repeating(tuning) if request.manner.tile else tuning
        if request.origin is not None and request.init is not None:
            return departing(tuning, request.origin)
        return grown(tuning, (request.width, request.height), self._models[request.model].native)

    def _compose(
        self, request: Generate, lane: int, loaded: Loaded, model: DraftModel, prompt: Prompt
    ) -> Composition:
        def refine(rest: Generate, z: Tensor) -> Painting:
            before = request.steps - rest.steps
            tuning = repeating(refinement()) if request.manner.tile else refinement()
            return Painting(rest, lane, loaded.network, tuning, prompt, z, self._plan(rest), before)

        captions = tuple(phrase.text for phrase in request.phrases)
        spoken = read_prompt(request.phrases, loaded.network, request.steps)
        weights = partial(spoken.schedule.at, steps=prompt.whole or request.steps)
        drafted = draft_prompt(model, captions, spoken.judged, weights)
        if request.targets:  # which no transformer reads; so the best draft is the one nearest to them, too
            drafted = replace(
                drafted, judged=prompt.judged, weights=partial(prompt.each, steps=request.steps)
            )
        forced = given_codes(request, model, loaded.sha256, (model.grid,) * 2)
        return Composition(request, lane, model, drafted, self._dtype, refine, forced)

    def _plan(self, request: Generate) -> Plan:
        """The same whatever runs beside it: what fits a lane's share of the memory, or else all of it."""
        budget = self._settings.memory_bytes
        share = budget // max(1, self._settings.lanes)
        return self._footprint(request.model).plan(request.width, request.height, share, budget)

    def _draft_bytes(self, request: Generate) -> int:
        if not self._model(request.model).draws:
            return 0  # known without loading the model
        draft = self._load(request.model).draft
        if draft is None:
            return 0
        candidates = candidates_of(request, draft)
        pictures = 4 * 3 * candidates * request.width * request.height if request.grid > 1 else 0
        return pictures + draft.cache_bytes(len(request.phrases), candidates, self._dtype.itemsize)

    def _advance(self, run: AnyRun) -> Refusal | None:
        try:
            run.advance()
        except (MemoryError, RuntimeError) as error:
            return self._as_refusal(error, run.request)
        if run.step % _CHECK_INTERVAL == 0 or run.step == run.steps:
            if not run.is_finite():
                return Refusal(Reason.DIVERGED, f"step {run.step}")
            run.settle()
        return None

    def _refuse_bad(self, request: Generate) -> None:
        model = self._model(request.model)
        refuse_bad_start(request)
        if starts_drawn(request) and not model.draws:
            raise Refusal(Reason.BAD_REQUEST, f"the model {model.name!r} draws no codes")
        if request.steps < 1:
            raise Refusal(Reason.BAD_REQUEST, f"{request.steps} steps")
        refuse_bad_motion(request)
        for side in (request.width, request.height):
            if side < model.factor or side % model.factor:
                raise Refusal(Reason.BAD_REQUEST, f"a side of {side} px is not a multiple of {model.factor}")

    def _refuse_too_large(self, request: Generate) -> None:
        footprint, budget = self._footprint(request.model), self._settings.memory_bytes
        needed = footprint.run_bytes(request.width, request.height, self._plan(request))
        if needed > budget:
            largest = footprint.largest(request.width, request.height, budget)
            detail = f"needs {needed >> 20} MiB of {budget >> 20} MiB"
            raise Refusal(Reason.TOO_LARGE, detail, largest if min(largest) else None)

    def _as_refusal(self, error: MemoryError | RuntimeError, request: Generate) -> Refusal:
        """Out of memory becomes a refusal with half of the pixels; any other error goes on its way."""
        if not out_of_memory(error):
            raise error
        footprint = self._footprint(request.model)
        budget = footprint.run_bytes(request.width, request.height // 2, footprint.plans()[-1])
        largest = footprint.largest(request.width, request.height, budget)
        return Refusal(Reason.OUT_OF_MEMORY, largest=largest if min(largest) else None)

    def _model(self, name: str) -> Model:
        if name not in self._models:
            raise Refusal(Reason.BAD_REQUEST, f"no model of this engine is called {name!r}")
        return self._models[name]

    def _load(self, name: str) -> Loaded:
        if name not in self._loaded:
            open_it = partial(load, name, self._settings.models_dir, self._device, self._dtype)
            self._loaded[name] = or_missing(open_it)
        return self._loaded[name]

    def _footprint(self, name: str) -> Footprint:
        if name not in self._footprints:
            measure = partial(footprint, self._model(name), self._settings.models_dir, self._dtype.itemsize)
            self._footprints[name] = or_missing(measure)
        return self._footprints[name]

    def _max_pixels(self) -> int:
        """The most pixels of a square picture, over the models whose files are there."""
        most = 0
        for name in self._models:
            try:
                side, _ = self._footprint(name).largest(1 << 15, 1 << 15, self._settings.memory_bytes)
            except Refusal:
                continue
            most = max(most, side * side)
        return most


def create(settings: Settings) -> VQGANCLIP:
    """The engine on the device and in the precision that the settings ask for."""
    return VQGANCLIP(settings)


def _read(request: Generate, phrases: Sequence[Phrase], steps: int, loaded: Loaded) -> Prompt:
    """The phrases, what the request's manner adds to them, and its targets. Raises `Refusal`."""
    extras = extras_of(request, phrases, loaded.tuning.lettering)
    targets = target_extras(request, loaded.tuning.cutouts)
    return read_prompt(phrases, loaded.network, steps, [*extras, *targets])
