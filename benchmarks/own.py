"""Gala's engine, driven as its generation process drives it."""

from __future__ import annotations

import time
from dataclasses import replace

from benchmarks.cases import PROMPT, Case, Files
from generation.codec import encode_png
from generation.engines.painting import Painting
from generation.engines.vqgan_clip import create
from generation.memory import Plan
from generation.protocol import Generate, Phrase, Settings

_ENDLESS = 1_000_000


class Gala:
    """An engine with one run."""

    def __init__(self, files: Files, case: Case, dtype: str) -> None:
        self._engine = create(
            Settings(str(files.models_dir), case.device, dtype, lanes=1, memory_bytes=1 << 40)
        )
        self._request = Generate(
            "job", "vqgan-clip", files.model, (Phrase(PROMPT),), case.side, case.side, _ENDLESS, seed=0
        )
        self._cutouts = case.cutouts
        self._run: Painting | None = None
        self.start()

    def first_frame(self) -> float:
        """The start as a PNG; returns when (Unix seconds)."""
        assert self._run is not None
        encode_png(self._engine.picture(self._run))
        return time.time()

    def rest(self) -> None:
        """Drop the run; the weights stay."""
        self._run = None

    def start(self) -> None:
        """Begin a run."""
        run = self._engine.begin(self._request, 0)
        run.tuning = replace(run.tuning, cutouts=replace(run.tuning.cutouts, count=self._cutouts))
        run.plan = Plan(self._cutouts)
        self._run = run

    def step(self) -> None:
        """One step."""
        assert self._run is not None
        refused = self._engine.advance([self._run])
        if refused:
            raise SystemExit(f"the engine refused: {refused[0][1]}")
