"""Target images: how flags name and weigh them, and how they stand in a row. Pure.

A prompt's targets are first the attached ones, one for each weight of `--tw`, then the earlier pictures that
`--target` names. In a row they are JSON: [[SHA-256, weight, stop or null], …], in that order.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.aims import MAX_AIMS, Aim
from bot.errors import UserError
from generation.protocol import Target
from generation.recipe_values import NamedTarget

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.prompt import Flags, Prompt

#: What an attached target weighs where nothing is said: as much as a part of the prompt.
USUAL: Final = Aim()


def with_attached(prompt: Prompt, count: int) -> Prompt:
    """The prompt with a weight for each of so many attached targets. Raises `UserError`."""
    told = prompt.flags.tw or ()
    if len(told) > count:
        raise UserError("target-not-attached", count=len(told), given=count)
    aims = (*told, *[USUAL] * (count - len(told)))
    if len(aims) + len(prompt.flags.target or ()) > MAX_AIMS:
        raise UserError("target-too-many", limit=MAX_AIMS)
    return replace(prompt, flags=replace(prompt.flags, tw=aims or None))


def aims_of(flags: Flags) -> tuple[Aim, ...]:
    """All that the flags weigh, in the order of the targets."""
    return (*(flags.tw or ()), *(flags.target or ()))


def weighed(aims: Iterable[Aim], pictures: Iterable[bytes]) -> tuple[Target, ...]:
    """The targets, one picture for each aim."""
    return tuple(Target(picture, aim.weight, aim.stop) for aim, picture in zip(aims, pictures, strict=True))


def to_row(targets: Sequence[NamedTarget]) -> str | None:
    """As it stands in a row."""
    rows = [[one.sha256, one.weight, None if one.stop == -math.inf else one.stop] for one in targets]
    return json.dumps(rows) if rows else None


def of_row(text: str | None) -> tuple[NamedTarget, ...]:
    """What stands in a row."""
    rows = json.loads(text) if text else ()
    return tuple(
        NamedTarget(sha256, weight, -math.inf if stop is None else stop) for sha256, weight, stop in rows
    )
