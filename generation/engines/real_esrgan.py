"""Real-ESRGAN (Wang et al. 2021): an earlier picture, larger, with detail that it did not have.

The network is shown the picture in tiles that overlap, so that any size takes the memory of one tile. The
prompt says nothing to it; so there is nothing to steer, and a seed changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from generation.device import resolve
from generation.engine import Refusal, Run
from generation.engines.common import DTYPES, as_refusal, made_with, or_missing
from generation.engines.enlarging import CROSSING, CheckpointError, Enlargement, read_source, tile_side
from generation.engines.judging import ClipJudge
from generation.models import ENLARGING, Model, catalogue, locate, open_model
from generation.protocol import EngineInfo, Generate, Reason, Recipe, Settings, Turn
from generation.rrdbnet import RRDBNet, load_rrdbnet

NAME = ENLARGING
#: Bytes for each pixel that is asked for: of a canvas of up to four times as many, and of its copies.
_PIXEL_BYTES = 40
#: Copies of the widest features that are alive at once, at the small size and at the large.
_SMALL, _LARGE = 4, 4


@dataclass(frozen=True, slots=True)
class Loaded:
    """A network in memory, and the hash of its file."""

    network: RRDBNet
    sha256: str


class RealESRGAN:
    """The engine. `info.max_pixels` is 0 while no model's file is there."""

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
        config = self._load(request.model).network.config
        side = tile_side(config.scale) + 2 * CROSSING
        inner = side // 2 if config.scale == 2 else side
        small = inner**2 * (config.features + 4 * config.growth) * _SMALL
        large = (side * config.scale) ** 2 * config.features * _LARGE
        return (small + large) * self._dtype.itemsize + _PIXEL_BYTES * request.width * request.height

    def begin(self, request: Generate, lane: int) -> Enlargement:
        """Start or resume a run. Raises `Refusal`."""
        self._refuse_bad(request)
        network = self._load(request.model).network
        source = read_source(request, network.config.scale).to(self._device)
        run = Enlargement(request, lane, network, source)
        if request.checkpoint is not None:
            try:
                run.restore(request.checkpoint)
            except CheckpointError as error:
                raise Refusal(Reason.BAD_REQUEST, str(error)) from error
        return run

    def advance(self, runs: Sequence[Run]) -> list[tuple[Run, Refusal]]:
        """One step of each run: its share of the tiles."""
        refused: list[tuple[Run, Refusal]] = []
        for run in map(_own, runs):
            try:
                if run.step < run.steps and not run.advance():
                    refused.append((run, Refusal(Reason.DIVERGED, f"step {run.step}")))
            except (MemoryError, RuntimeError) as error:
                refused.append((run, as_refusal(error)))
        return refused

    def steer(self, run: Run, turn: Turn) -> None:
        """Refused: no prompt has a say in it."""
        raise Refusal(Reason.BAD_REQUEST, "this engine enlarges a picture and knows no prompt")

    def picture(self, run: Run) -> NDArray[np.uint8]:
        """The run as it stands, uint8 [H, W, 3]; merely enlarged where no tile is done yet."""
        enlarged, request = _own(run), _own(run).request
        size = (request.width, request.height)
        if enlarged.canvas.shape[1::-1] == size:
            return enlarged.canvas.copy()
        return np.asarray(Image.fromarray(enlarged.canvas).resize(size, Image.Resampling.LANCZOS))

    def candidates(self, run: Run) -> None:
        """There is one picture alone."""

    def snapshot(self, run: Run) -> bytes:
        """Step and canvas."""
        return _own(run).snapshot()

    def score(self, run: Run) -> float | None:
        """None: there is no CLIP that would judge."""
        return None

    def recipe(self, run: Run) -> Recipe:
        """What, beside the request, decides the picture."""
        request = _own(run).request
        return made_with(self._settings, _own(run).lane, self._loaded[request.model].sha256)

    def judge(self, model: str) -> ClipJudge:
        """Refused: there is none."""
        self._model(model)
        raise Refusal(Reason.MODEL_MISSING, f"the model {model!r} names no CLIP")

    def _refuse_bad(self, request: Generate) -> None:
        self._model(request.model)
        if min(request.width, request.height, request.steps) < 1:
            raise Refusal(Reason.BAD_REQUEST, f"{request.width}x{request.height}, {request.steps} steps")
        if request.init is None:
            raise Refusal(Reason.BAD_REQUEST, "there is no picture to enlarge")
        needed, budget = self.memory(request), self._settings.memory_bytes
        if needed > budget:
            fixed = self.memory(request) - _PIXEL_BYTES * request.width * request.height
            share = max(0, budget - fixed) / (_PIXEL_BYTES * request.width * request.height)
            largest = int(request.width * share**0.5), int(request.height * share**0.5)
            words = f"needs {needed >> 20} MiB of {budget >> 20} MiB"
            raise Refusal(Reason.TOO_LARGE, words, largest if min(largest) > 0 else None)

    def _model(self, name: str) -> Model:
        if name not in self._models:
            raise Refusal(Reason.BAD_REQUEST, f"no model of this engine is called {name!r}")
        return self._models[name]

    def _load(self, name: str) -> Loaded:
        self._model(name)
        if name not in self._loaded:
            found = or_missing(lambda: open_model(name, self._settings.models_dir))
            (path,) = found.files.values()
            network = or_missing(lambda: load_rrdbnet(path)).requires_grad_(False).eval()
            network.to(self._device, self._dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]
            self._loaded[name] = Loaded(network, found.sha256)
        return self._loaded[name]

    def _max_pixels(self) -> int:
        """Of the largest picture, where a model's file is there."""
        places = [locate(model, self._settings.models_dir) for model in self._models.values()]
        there = any(all(path.is_file() for path in place.values()) for place in places)
        return self._settings.memory_bytes // _PIXEL_BYTES if there else 0


def create(settings: Settings) -> RealESRGAN:
    """The engine on the device and in the precision that the settings ask for."""
    return RealESRGAN(settings)


def _own(run: Run) -> Enlargement:
    assert isinstance(run, Enlargement)
    return run
