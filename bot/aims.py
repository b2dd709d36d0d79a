"""How strongly targets draw a picture, as flags say it: `--tw 0.5,-0.2`, `--target abcdef:0.5`. Pure."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

MAX_AIMS: Final = 8  #: of one picture

_NUMBER = r"[+-]?[0-9]++(?:\.[0-9]++)?(?:e[+-]?[0-9]++)?"
_WEIGHING = re.compile(rf"({_NUMBER})(?::({_NUMBER}))?")
_NAMED = re.compile(rf"([a-z]{{6}})(?::({_NUMBER})(?::({_NUMBER}))?)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Aim:
    """What a target weighs, and its stop; `code` is that of an earlier picture, or "" for one attached."""

    weight: float = 1.0
    stop: float = -math.inf
    code: str = ""

    @property
    def numbers(self) -> tuple[float, ...]:
        """Weight and stop, as far as they are told."""
        return (self.weight,) if self.stop == -math.inf else (self.weight, self.stop)


def read_weights(text: str) -> tuple[Aim, ...] | None:
    """Weights of attached targets, each with a stop or without: "0.5,-0.3:-0.9"."""
    found = [_WEIGHING.fullmatch(item) for item in text.split(",")]
    return _checked([_aim(one[1], one[2], "") for one in found if one], len(found))


def read_codes(text: str) -> tuple[Aim, ...] | None:
    """Codes of earlier pictures, each with weight and stop or without: "abcdef:0.5,ghjkmn"."""
    found = [_NAMED.fullmatch(item) for item in text.split(",")]
    return _checked([_aim(one[2], one[3], one[1].lower()) for one in found if one], len(found))


def _aim(weight: str | None, stop: str | None, code: str) -> Aim:
    return Aim(float(weight or 1), -math.inf if stop is None else float(stop), code)


def _checked(aims: list[Aim], count: int) -> tuple[Aim, ...] | None:
    fit = all(0 < abs(aim.weight) < math.inf and aim.stop < math.inf for aim in aims)
    return tuple(aims) if fit and len(aims) == count <= MAX_AIMS else None
