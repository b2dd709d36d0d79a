"""What `/zoom` asks for, as a camera's way. Pure. In a job's row it is JSON of a `Motion`."""

from __future__ import annotations

import json
from dataclasses import asdict
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from generation.protocol import Motion

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What each direction does from one frame to the next.
WAYS: Final[Mapping[str, Mapping[str, float]]] = MappingProxyType(
    {
        "in": {"zoom": 1.04},
        "out": {"zoom": 1 / 1.04},
        "left": {"right": -0.025},
        "right": {"right": 0.025},
        "up": {"down": -0.025},
        "down": {"down": 0.025},
        "rotate": {"turn": 3.0, "zoom": 1.015},
    }
)
LEAST_FRAMES: Final = 8
MOST_FRAMES: Final = 240
USUAL_FRAMES: Final = 48
OF_STEPS: Final = 25  #: a frame takes this part of the steps that the model gives a picture, two at least


def motion_of(way: str, lead: int, steps: int) -> Motion:
    """The camera's way after `lead` steps; `steps` are the model's own for a picture."""
    return Motion(lead, max(2, round(steps / OF_STEPS)), **WAYS[way])


def to_row(motion: Motion | None) -> str | None:
    """As it stands in a job's row."""
    return None if motion is None else json.dumps(asdict(motion))


def of_row(text: str | None) -> Motion | None:
    """What stands in a job's row."""
    return None if text is None else Motion(**json.loads(text))
