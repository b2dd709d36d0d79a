"""What goes down the pipe to make pictures."""

from __future__ import annotations

from dataclasses import dataclass, field

from generation.protocol.values import Manner, Motion, Origin, Phrase, Target, Turn


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
    origin: Origin | None = None  #: where `init` is an earlier picture
    turns: tuple[Turn, ...] = ()  #: as if told to `Steer` there, in this order
    manner: Manner = field(default_factory=Manner)
    grid: int = 1  #: how many candidates to show; more than one come as a sheet (see `generation.sheets`)
    candidate: int | None = None  #: of the sheet that `init` is, the picture to go on from: 1, 2, …
    keep: float | None = None  #: the share of the init image's rows whose codes stay, from the top; 0..1
    motion: Motion | None = None  #: where it is to be a film; its frames come as `Shot`s
    targets: tuple[
        Target, ...
    ] = ()  #: what it is drawn to beside the phrases; a turn leaves them as they are


@dataclass(frozen=True, slots=True)
class Cancel:
    """Drop the job's run; answered by `Cancelled`, unless another answer was already on its way."""

    job: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Finish the job's run now, or once it has done `step` steps, and keep its picture as it then stands."""

    job: str
    step: int = 0  #: so that a run that is resumed comes to the very picture that was to be kept


@dataclass(frozen=True, slots=True)
class Steer:
    """Turn the job's run at the turn's step, or now if it is further; answered by `Steered` once it has."""

    job: str
    turn: Turn


@dataclass(frozen=True, slots=True)
class Shutdown:
    """Leave. Runs in the making are dropped without an answer."""
