"""What a recipe's text holds, read strictly: a stranger may have written it. Standard library alone.

Each function takes what `json` has read, and raises one of the errors that Python has for what is not as it
should be: TypeError, ValueError, KeyError, IndexError, OverflowError.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from generation.protocol import Manner, Motion, Noise, Phrase, Start, Turn

if TYPE_CHECKING:
    from generation.protocol import Target

MAX_PHRASES: Final = 64
MAX_TARGETS: Final = 8
MAX_WORD: Final = 200  #: characters of a name or a hash
MAX_NUMBER: Final = 2**53 - 1


@dataclass(frozen=True, slots=True)
class NamedTarget:
    """A target image, named by the hash of its file."""

    sha256: str
    weight: float
    stop: float = -math.inf

    @classmethod
    def of(cls, target: Target) -> NamedTarget:
        """The name of a target that is at hand."""
        return cls(hashlib.sha256(target.picture).hexdigest(), target.weight, target.stop)


def read_manner(values: Any) -> Manner:
    """How the picture was gone about."""
    start = values["start"]
    noises = [Noise(read_whole(one["seed"], 0), read_number(one["weight"])) for one in values["noises"]]
    return Manner(
        tile=bool(values["tile"]),
        start=None if start is None else Start(start),
        letters=bool(values["letters"]),
        noises=tuple(noises),
        patience=read_whole(values["patience"], 0),
    )


def read_motion(values: Any) -> Motion:
    """How the camera moved."""
    moves = {name: read_number(values[name]) for name in ("zoom", "right", "down", "turn")}
    return Motion(read_whole(values["lead"], 0), read_whole(values["every"], 1), **moves)


def read_turn(values: Any) -> Turn:
    """What the run was steered to."""
    phrases, steps = read_phrases(values["phrases"]), read_whole(values["steps"], 1)
    return Turn(read_whole(values["step"], 0), phrases, steps)


def read_targets(values: Any) -> tuple[NamedTarget, ...]:
    """The pictures that it was drawn to."""
    if len(values) > MAX_TARGETS:
        raise ValueError("too many targets")
    return tuple(
        NamedTarget(read_word(one["sha256"]), read_number(one["weight"]), _read_stop(one["stop"]))
        for one in values
    )


def read_phrases(values: Any) -> tuple[Phrase, ...]:
    """The parts of the prompt."""
    if not 0 < len(values) <= MAX_PHRASES:
        raise ValueError("no phrases, or too many")
    return tuple(_read_phrase(phrase) for phrase in values)


def _read_phrase(values: Any) -> Phrase:
    text, weight, stop = values["text"], read_number(values["weight"]), _read_stop(values["stop"])
    if not isinstance(text, str):
        raise TypeError("no text")
    start, end = read_number(values.get("from_percent", 0.0)), read_number(values.get("to_percent", 100.0))
    return Phrase(text, weight, stop, start, end)


def _read_stop(value: Any) -> float:
    return -math.inf if value is None else read_number(value)


def read_word(value: Any) -> str:
    """A name or a hash."""
    if not isinstance(value, str) or len(value) > MAX_WORD or not value.isprintable():
        raise TypeError("no word")
    return value


def read_whole(value: Any, least: int) -> int:
    """A whole number, `least` or more."""
    if type(value) is not int or not least <= value <= MAX_NUMBER:
        raise TypeError("no whole number, or out of range")
    return value


def read_number(value: Any) -> float:
    """A finite number."""
    if type(value) not in (int, float) or not math.isfinite(value):
        raise TypeError("no finite number")
    return float(value)
