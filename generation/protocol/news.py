"""What comes up the pipe while pictures are made."""

from __future__ import annotations

from dataclasses import dataclass

from generation.protocol.values import Reason


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What an engine can do on this device."""

    name: str
    models: tuple[str, ...]
    max_pixels: int  #: the largest picture that the memory allows


@dataclass(frozen=True, slots=True)
class Ready:
    """The first message of a generation process."""

    version: int
    device: str
    dtype: str
    lanes: int
    engines: tuple[EngineInfo, ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that is needed, with the request, to repeat a picture byte for byte."""

    gala: str
    torch: str
    device: str
    dtype: str
    lane: int
    model_sha256: str


@dataclass(frozen=True, slots=True)
class Started:
    """The job's run exists and has its first picture."""

    job: str
    step: int
    steps: int


@dataclass(frozen=True, slots=True)
class Progress:
    """A frame: WebP bytes of the run as it stands. `seconds` is what the run has taken so far."""

    job: str
    step: int
    steps: int
    loss: float | None
    seconds: float
    frame: bytes


@dataclass(frozen=True, slots=True)
class Shot:
    """A whole frame of a film, as WebP bytes that lose next to nothing. None of them is lost on the way."""

    job: str
    number: int  #: from 0; it may come once more after a crash
    frame: bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A run's whole state; a `Generate` that carries it goes on to the very same picture."""

    job: str
    step: int
    data: bytes
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Steered:
    """The run has turned, for the `number`-th time (from 0), after `step` steps."""

    job: str
    number: int
    step: int


@dataclass(frozen=True, slots=True)
class Finished:
    """The picture, as PNG bytes. `score` is the CLIP cosine between picture and prompt, -1..1.

    `steps` are those done: fewer than asked for where the run was told to stop. Of a sheet `width` and
    `height` are each picture's, `score` is that of the first, and `scores` are all, in their order.
    """

    job: str
    picture: bytes
    width: int
    height: int
    steps: int
    seconds: float
    score: float | None
    recipe: Recipe
    settled: bool = False  #: it ended early because nothing more happened
    scores: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """No picture. For TOO_LARGE and OUT_OF_MEMORY `largest` is a size (width, height) that would fit."""

    job: str
    reason: Reason
    detail: str = ""
    largest: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The job's run is gone, as asked."""

    job: str


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Sent between steps, at least once a second while idle: the process is alive and not stuck."""
