"""How a picture is gone about, as flags say it and as the generation process takes it. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.errors import UserError
from generation.protocol import Manner, Start

if TYPE_CHECKING:
    from bot.flags import Flags

#: The flags that say it.
FLAGS = ("tile", "start", "letters", "noise", "patience")


def manner_of(flags: Flags) -> Manner:
    """What the flags say."""
    return Manner(
        tile=bool(flags.tile),
        start=None if flags.start is None else Start(flags.start),
        letters=bool(flags.letters),
        noises=flags.noise or (),
        patience=flags.patience or 0,
    )


def with_manner(flags: Flags, manner: Manner) -> Flags:
    """The flags that say it."""
    return replace(
        flags,
        tile=manner.tile or None,
        start=None if manner.start is None else str(manner.start),
        letters=manner.letters or None,
        noise=manner.noises or None,
        patience=manner.patience or None,
    )


def refuse_manner(flags: Flags, model: str) -> None:
    """Refuse what a model that tells its pictures code by code cannot heed. Raises `UserError`."""
    for name in FLAGS:
        if name != "tile" and getattr(flags, name) is not None:
            raise UserError("flag-not-here", flag=name, model=model)
