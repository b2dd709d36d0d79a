"""Who may see which generation: the one decision, asked at every look.

A generation is as visible as the channel that it was made in, to whoever may read that channel's past; one
from a private thread only there, and to its author; a hidden one to its author alone. In direct messages a
member sees what was made for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Sight:
    """What a member may see from where they ask. `places` are the channels whose past they may read."""

    guild_id: int  #: 0 in direct messages
    member_id: int
    channel_id: int
    places: frozenset[int]


class Made(Protocol):
    """Where something was made, and by whom."""

    @property
    def guild_id(self) -> int:
        """0 in direct messages."""

    @property
    def place_id(self) -> int:
        """The channel, or of a thread the channel that it belongs to."""

    @property
    def channel_id(self) -> int:
        """The channel or thread."""

    @property
    def member_id(self) -> int:
        """Who has asked for it."""

    @property
    def private(self) -> bool:
        """Whether in a private thread."""

    @property
    def hidden(self) -> bool:
        """Whether its author has chosen to be the only one who sees it."""


def sees(sight: Sight, made: Made) -> bool:
    """Whether this may be shown to who asks, there."""
    if made.guild_id != sight.guild_id:
        return False
    if sight.guild_id == 0:
        return made.member_id == sight.member_id
    if made.place_id not in sight.places:
        return False
    if made.member_id == sight.member_id:
        return True
    return not made.hidden and (not made.private or made.channel_id == sight.channel_id)
