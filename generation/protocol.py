"""What crosses the pipe between the bot and the generation process.

Standard library only: this is the one module that both sides import. Messages are frozen values; pictures
cross as encoded bytes, never as arrays. Every `Generate` is answered by exactly one of `Finished`, `Failed`
or `Cancelled`, every `Embed` and `Score` by `Embedded`, `Scored` or `Unanswered`; frames may be lost on the
way, results never.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

VERSION = 4


MOST_ASKED = 256  #: pictures, or texts, of one question


class Reason(StrEnum):
    """Why a run failed, or a question has no answer; the bot has a sentence for each."""

    BAD_REQUEST = "bad-request"  #: no such engine or model, or a value out of range
    BAD_INIT = "bad-init"  #: the init image cannot be read
    TOO_LARGE = "too-large"  #: refused before the start: it would not fit the memory
    OUT_OF_MEMORY = "out-of-memory"  #: it was started, and did not fit
    MODEL_MISSING = "model-missing"  #: a model's file is absent, or not what its hash says
    DIVERGED = "diverged"  #: the loss or the latent is no longer a finite number
    WORKER_LOST = "worker-lost"  #: the generation process died or hung
    INTERNAL = "internal"  #: a fault of ours; `detail` holds the code under which it is logged


@dataclass(frozen=True, slots=True)
class Settings:
    """How the generation process is to run. Zero means: choose by the machine."""

    models_dir: str | None = None
    device: str = "auto"  #: "auto", "cpu" or "cuda"
    dtype: str = "auto"  #: "auto", "float32" or "bfloat16"
    lanes: int = 0  #: runs that advance side by side
    threads: int = 0
    memory_bytes: int = 0  #: what all runs together may take
    checkpoint_interval_s: float = 15.0
    engines: tuple[tuple[str, str], ...] = ()  #: each engine's name and module; none: those that ship


@dataclass(frozen=True, slots=True)
class Phrase:
    """A part of a prompt. Once its signed distance is below `stop`, it no longer pulls."""

    text: str
    weight: float = 1.0
    stop: float = -math.inf


@dataclass(frozen=True, slots=True)
class Generate:
    """Make one picture. Sizes are pixels; `init` and `checkpoint` are bytes made by `codec` and by a run."""

    job: str
    engine: str
    model: str
    phrases: tuple[Phrase, ...]
    width: int
    height: int
    steps: int
    seed: int
    init: bytes | None = None
    init_weight: float = 0.0
    frame_interval_s: float = 1.0
    checkpoint: bytes | None = None
    seconds: float = 0.0  #: that went into the checkpoint
    stop_step: int | None = None  #: as if told to `Stop` there; 0 is at the checkpoint, if that is of any use


@dataclass(frozen=True, slots=True)
class Cancel:
    """Drop the job's run; answered by `Cancelled`, unless another answer was already on its way."""

    job: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Finish the job's run now, or once it has done `step` steps, and keep its picture as it then stands.

    Answered by `Finished` with the steps really done. A run that is resumed for a stop that was asked for
    before comes to the very picture that was asked to be kept: hence the step.
    """

    job: str
    step: int = 0


@dataclass(frozen=True, slots=True)
class Embed:
    """Where pictures and texts lie in the space of a model's CLIP; `question` is the asker's name for it.

    At most `MOST_ASKED` pictures and as many texts. `patient`: while runs advance, this takes but a small
    share of the time; otherwise somebody waits for it, and it comes between the next steps.
    """

    question: str
    model: str
    pictures: tuple[bytes, ...] = ()
    texts: tuple[str, ...] = ()
    patient: bool = False


@dataclass(frozen=True, slots=True)
class Score:
    """How near each picture is to each text; otherwise as `Embed`."""

    question: str
    model: str
    pictures: tuple[bytes, ...]
    texts: tuple[str, ...]
    patient: bool = False


@dataclass(frozen=True, slots=True)
class Shutdown:
    """Leave. Runs in the making are dropped without an answer."""


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
class Checkpoint:
    """A run's whole state; a `Generate` that carries it goes on to the very same picture."""

    job: str
    step: int
    data: bytes
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Finished:
    """The picture, as PNG bytes. `score` is the CLIP cosine between picture and prompt, -1..1.

    `steps` are those done: fewer than asked for where the run was told to stop.
    """

    job: str
    picture: bytes
    width: int
    height: int
    steps: int
    seconds: float
    score: float | None
    recipe: Recipe


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
class Embedded:
    """Vectors of unit length, little-endian float16, in the order asked; None for bytes that are no picture.

    Only vectors of one `clip_sha256`, the hash of the CLIP's file, may be compared.
    """

    question: str
    model: str
    clip_sha256: str
    pictures: tuple[bytes | None, ...]
    texts: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Scored:
    """For each picture its cosines to the texts, -1..1; None for bytes that are no picture.

    `scale`: by what the CLIP multiplies a cosine, so that a softmax gives the shares that it was trained for.
    """

    question: str
    model: str
    clip_sha256: str
    scores: tuple[tuple[float, ...] | None, ...]
    scale: float


@dataclass(frozen=True, slots=True)
class Unanswered:
    """No vectors and no scores. `detail` is for the host; of an internal fault it is the code in the log."""

    question: str
    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Sent between steps, at least once a second while idle: the process is alive and not stuck."""


Question = Embed | Score
Answer = Embedded | Scored | Unanswered
Command = Generate | Cancel | Stop | Question | Shutdown
News = Ready | Started | Progress | Checkpoint | Finished | Failed | Cancelled | Heartbeat
Event = News | Answer
