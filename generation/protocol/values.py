"""Plain values that messages are made of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a run failed, or a question has no answer; the bot has a sentence for each."""

    BAD_REQUEST = "bad-request"  #: no such engine or model, or a value out of range
    BAD_INIT = "bad-init"  #: the init image cannot be read
    BAD_TARGET = "bad-target"  #: a target image cannot be read
    TOO_LARGE = "too-large"  #: refused before the start: it would not fit the memory
    OUT_OF_MEMORY = "out-of-memory"  #: it was started, and did not fit
    MODEL_MISSING = "model-missing"  #: a model's file is absent, or not what its hash says
    DIVERGED = "diverged"  #: the loss or the latent is no longer a finite number
    WORKER_LOST = "worker-lost"  #: the generation process died or hung
    INTERNAL = "internal"  #: a fault of ours; `detail` holds the code under which it is logged
    NEEDS_PICTURE = "needs-picture"  #: the model paints from a picture, and there is none
    UNKNOWN_CLASS = "unknown-class"  #: the model paints classes, and the prompt names none of them


class Origin(StrEnum):
    """What is to become of an earlier picture that a run starts from."""

    LARGER = "larger"  #: the same with more detail
    NEAR = "near"  #: much the same
    FAR = "far"  #: something that still reminds of it


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
    """A part of a prompt. Once its signed distance is below `stop`, it no longer pulls.

    It holds from one percentage of the steps to another; `generation.schedule` says how it comes and goes.
    """

    text: str
    weight: float = 1.0
    stop: float = -math.inf
    from_percent: float = 0.0
    to_percent: float = 100.0


@dataclass(frozen=True, slots=True)
class Target:
    """An image prompt: a picture that the one in the making is to resemble, or with a negative weight is not.

    Weight and stop are those of a `Phrase`.
    """

    picture: bytes  #: made by `codec`
    weight: float = 1.0
    stop: float = -math.inf


class Start(StrEnum):
    """What a picture begins as, where no picture is given."""

    NOISE = "noise"  #: fractal noise: large soft patches, finer ones upon them
    GRADIENT = "gradient"  #: one colour passes into another, across and down
    SNOW = "snow"  #: each pixel by itself


@dataclass(frozen=True, slots=True)
class Noise:
    """A random direction of CLIP's space that the picture is drawn to, or pushed from."""

    seed: int
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Manner:
    """How a picture is gone about, as far as its member has a say; the defaults leave it to the model."""

    tile: bool = False  #: its edges fit each other, so that it can be repeated without a seam
    start: Start | None = None
    letters: bool = False  #: words may be written into it
    noises: tuple[Noise, ...] = ()
    patience: int = 0  #: steps without gain after which it ends early; 0: it never does


@dataclass(frozen=True, slots=True)
class Turn:
    """From `step` on a run goes by other phrases, and to another number of steps in all."""

    step: int
    phrases: tuple[Phrase, ...]
    steps: int


@dataclass(frozen=True, slots=True)
class Motion:
    """How a film's camera moves: each frame is the one before, warped, and painted on for `every` steps."""

    lead: int  #: steps that the first frame takes
    every: int
    zoom: float = 1.0  #: by what everything grows from frame to frame; below 1 the camera goes back
    right: float = 0.0  #: share of the width by which the camera moves
    down: float = 0.0  #: share of the height
    turn: float = 0.0  #: degrees by which the picture turns clockwise

    def frame_at(self, step: int) -> int | None:
        """Which frame, from 0, is whole after so many steps; None in the middle of one."""
        frame, left = divmod(step - self.lead, self.every)
        return frame if frame >= 0 and left == 0 else None

    def frames(self, steps: int) -> int:
        """The frames that are whole after so many steps."""
        return max(0, (steps - self.lead) // self.every + 1)

    def steps(self, frames: int) -> int:
        """The steps that so many frames take."""
        return self.lead + (frames - 1) * self.every
