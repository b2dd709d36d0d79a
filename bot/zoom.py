"""What `/zoom` asks for, as a camera's way and its story. Pure.

In a job's row the way is JSON of a `Motion`; the story is the turns that the run takes on its way, planned
before it begins.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from bot.errors import UserError
from bot.prompt import Prompt, format_prompt, parse
from bot.turns import Turning, written
from generation.protocol import Motion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
MOST_SCENES: Final = 12
OF_STEPS: Final = 25  #: a frame takes this part of the steps that the model gives a picture, two at least
BETWEEN_SCENES: Final = re.compile(r"(?<!\\);")


def motion_of(way: str, lead: int, steps: int) -> Motion:
    """The camera's way after `lead` steps; `steps` are the model's own for a picture."""
    return Motion(lead, max(2, round(steps / OF_STEPS)), **WAYS[way])


def scenes_of(text: str) -> tuple[Prompt, ...]:
    """The scenes of a story: "a forest; a sea --seed 7". All have the last's flags. Raises `UserError`."""
    parts = [part.replace("\\;", ";") for part in BETWEEN_SCENES.split(text) if part.strip()]
    if len(parts) > MOST_SCENES:
        raise UserError("zoom-too-many-scenes", limit=MOST_SCENES)
    scenes = [parse(part, limit=1)[0] for part in parts or [""]]
    return tuple(replace(scene, flags=scenes[-1].flags) for scene in scenes)


def story(scenes: Sequence[Prompt], motion: Motion, frames: int) -> str | None:
    """The turns at which the later scenes begin, evenly apart, for a job's row; None for one scene."""
    steps = motion.steps(frames)
    turnings = tuple(
        Turning(motion.steps(max(1, round(frames * number / len(scenes)))), format_prompt(scene), steps)
        for number, scene in enumerate(scenes)
    )
    return written(turnings[1:]) if turnings[1:] else None


def to_row(motion: Motion | None) -> str | None:
    """As it stands in a job's row."""
    return None if motion is None else json.dumps(asdict(motion))


def of_row(text: str | None) -> Motion | None:
    """What stands in a job's row."""
    return None if text is None else Motion(**json.loads(text))
