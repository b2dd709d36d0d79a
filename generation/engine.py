"""The contract that every engine keeps, and the table from an engine's name to its module.

Several runs advance together, a step at a time, joining and leaving between steps. The laws, held by
`tests/generation/contract.py` for every engine: the same request gives the same bytes on the same device and
lane, whatever its neighbours do; the size is as asked; steps rise; a run that is dropped frees its memory; a
snapshot resumes to the same picture; picture, score and recipe can be asked for after any step, for a run may
be stopped there, and asking changes nothing; no global state of torch is touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from generation.protocol import EngineInfo, Generate, Reason, Recipe, Settings, Turn

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ENGINES = (
    ("vqgan-clip", "generation.engines.vqgan_clip"),
    ("dalle", "generation.engines.dalle"),
    ("dalle-mini", "generation.engines.dalle_mini"),
    ("real-esrgan", "generation.engines.real_esrgan"),
    ("second-stage", "generation.engines.second_stage"),
)


class Refusal(Exception):
    """A request that an engine will not or cannot carry out; becomes a `Failed`."""

    def __init__(self, reason: Reason, detail: str = "", largest: tuple[int, int] | None = None) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.largest = largest


class Run(Protocol):
    """A job's picture in the making."""

    @property
    def step(self) -> int:
        """Steps done so far."""

    @property
    def steps(self) -> int:
        """Steps in all."""

    @property
    def loss(self) -> float | None:
        """The loss of the last step; reading it may wait for the device."""

    @property
    def settled(self) -> bool:
        """Whether it has ended early, because nothing more happened."""


class Judge(Protocol):
    """A model's CLIP, asked about pictures and texts of any origin. Vectors are of unit length, float32."""

    clip_sha256: str
    scale: float  #: by what cosines are multiplied before a softmax makes shares of them

    def see(self, pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """uint8 [H, W, 3], of any sizes → [N, D]."""

    def read(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts, cut where they are too long → [N, D]."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """The pictures of a run that shows several, best first once they are whole, and what they are made of."""

    pictures: NDArray[np.uint8]  #: [n, H, W, 3]
    codes: NDArray[np.int32]  #: [n, cells]; -1 where nothing is drawn yet
    scores: tuple[float, ...]  #: of each; none before they are whole, or without a CLIP
    basis: NDArray[np.int32] | None = None  #: [cells], tokens of a picture that was shown for all of them


class Engine(Protocol):
    """A way to make pictures."""

    info: EngineInfo

    def memory(self, request: Generate) -> int:
        """Bytes that a run of this request takes at its peak, beyond the weights."""

    def begin(self, request: Generate, lane: int) -> Run:
        """Start a run, or resume it where the request carries a checkpoint. Raises `Refusal`."""

    def advance(self, runs: Sequence[Run]) -> list[tuple[Run, Refusal]]:
        """Do one step of each run; returns those that cannot go on, each with its reason."""

    def steer(self, run: Run, turn: Turn) -> None:
        """Go on by the turn's phrases and steps from the next step on. Raises `Refusal`, and changes nothing.

        A resumed run is told its past turns again, in their order, before its next step.
        """

    def picture(self, run: Run) -> NDArray[np.uint8]:
        """The run as it stands: uint8 [H, W, 3], or [H, W, 4] of a whole picture that is cut out."""

    def candidates(self, run: Run) -> Candidates | None:
        """All pictures of a run whose request asks for a grid, as they stand; None for any other run."""

    def snapshot(self, run: Run) -> bytes:
        """The run's whole state, for `Generate.checkpoint`."""

    def score(self, run: Run) -> float | None:
        """CLIP cosine between the picture as it stands and the prompt, -1..1."""

    def recipe(self, run: Run) -> Recipe:
        """What, beside the request, decides the picture's bytes."""

    def judge(self, model: str) -> Judge:
        """The CLIP of one of the models in `info`, loaded if need be. Raises `Refusal`."""


def modules(settings: Settings) -> dict[str, str]:
    """The module of each engine that is to be loaded."""
    return dict(settings.engines or ENGINES)


def load_engine(name: str, settings: Settings) -> Engine:
    """Import the engine's module (this is where torch is loaded) and make the engine."""
    engine: Engine = import_module(modules(settings)[name]).create(settings)
    return engine
