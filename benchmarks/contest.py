"""Contestants, each in a process of its own that works only when it is asked to."""

from __future__ import annotations

import multiprocessing
import os
import time
from contextlib import redirect_stdout
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from benchmarks.cases import Case, Files

if TYPE_CHECKING:
    from benchmarks.measure import Lap, Peak


class Contestant(Protocol):
    """A program that paints."""

    def first_frame(self) -> float:
        """Make the first picture; returns when it was there (Unix seconds)."""

    def rest(self) -> None:
        """Give back all but the weights."""

    def start(self) -> None:
        """Be ready to step."""

    def step(self) -> None:
        """One step of the optimiser."""


@dataclass(frozen=True, slots=True)
class Entrant:
    """Who takes part: the peer from its checkout, or Gala in a precision."""

    name: str
    dtype: str = ""
    checkout: Path | None = None


class Remote:
    """A contestant's process, seen from outside."""

    def __init__(self, entrant: Entrant, files: Files, case: Case) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, far = context.Pipe()
        arguments = (far, entrant, files, case, time.time())
        self._process = context.Process(target=_serve, args=arguments, daemon=True)
        self._process.start()
        far.close()
        self.start_up: float = self._pipe.recv()  #: seconds from the process's start to its first picture

    def step(self) -> Lap:
        """One step's time."""
        return self._ask("step")  # type: ignore[return-value]

    def peak(self) -> Peak:
        """The peak of memory over all steps."""
        return self._ask("peak")  # type: ignore[return-value]

    def close(self) -> None:
        """End the process."""
        self._pipe.send("stop")
        self._process.join()

    def _ask(self, what: str) -> object:
        self._pipe.send(what)
        return self._pipe.recv()


def _serve(pipe: Connection, entrant: Entrant, files: Files, case: Case, born: float) -> None:
    """The life of a contestant's process."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        contestant = _enter(entrant, files, case)
        pipe.send(contestant.first_frame() - born)
        _compete(pipe, contestant, case.device)


def _compete(pipe: Connection, contestant: Contestant, device: str) -> None:
    """Answer until asked to stop."""
    from benchmarks.measure import PeakMeter, lap

    contestant.rest()
    meter = PeakMeter(device)
    contestant.start()
    while (what := pipe.recv()) != "stop":
        pipe.send(lap(contestant.step, device) if what == "step" else meter.read())


def _enter(entrant: Entrant, files: Files, case: Case) -> Contestant:
    import torch

    torch.set_num_threads(case.threads)
    if entrant.checkout is not None:
        from benchmarks.peer import Peer

        return Peer(entrant.checkout, files, case)
    from benchmarks.own import Gala

    return Gala(files, case, entrant.dtype)
