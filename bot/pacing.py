"""When which card may be edited: pure bookkeeping over a clock that the caller reads.

Discord lets a bot edit about five messages in five seconds in a channel, all cards together. So a card keeps
its distance between two edits, a channel `channel_interval_s` between any two, and among the cards of a
channel that wait, the one that has been due for longest is next.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(slots=True)
class Slot:
    """A card: whether it has news, and when it may be edited again."""

    channel: int
    due: float = -math.inf
    dirty: bool = False
    urgent: bool = False
    busy: bool = False


class Pacing:
    """Which cards are to be edited now. A card is named by its job, a channel by its id; times in seconds."""

    def __init__(self, channel_interval_s: float) -> None:
        self._channel_interval_s = channel_interval_s
        self._slots: dict[str, Slot] = {}
        self._channels: dict[int, float] = {}

    def mark(self, card: str, channel: int, *, urgent: bool = False, first_due: float = -math.inf) -> None:
        """The card has news. Urgent news pass over the card's own distance, not over the channel's.

        `first_due` is when a card may be edited for the first time.
        """
        slot = self._slots.setdefault(card, Slot(channel, due=first_due))
        slot.dirty = True
        slot.urgent = slot.urgent or urgent

    def take(self, now: float) -> list[str]:
        """The cards to edit now, at most one a channel; each counts as busy until `done`."""
        taken: list[str] = []
        for moment, card in sorted(self._moments()):
            slot = self._slots[card]
            if max(moment, self._channels.get(slot.channel, moment)) > now:
                continue
            slot.dirty, slot.urgent, slot.busy = False, False, True
            self._channels[slot.channel] = now + self._channel_interval_s
            taken.append(card)
        return taken

    def done(self, card: str, due: float) -> None:
        """The card's edit has ended; the next may follow at `due`."""
        slot = self._slots.get(card)
        if slot is not None:
            slot.busy, slot.due = False, due

    def forget(self, card: str) -> None:
        """The card takes no more edits."""
        self._slots.pop(card, None)

    def next_due(self) -> float | None:
        """When `take` will have something, as things stand; None if nothing waits."""
        moments = [
            max(moment, self._channels.get(self._slots[card].channel, moment))
            for moment, card in self._moments()
        ]
        return min(moments, default=None)

    def prune(self, now: float) -> None:
        """Drop what is remembered of channels whose distance has passed."""
        self._channels = {channel: moment for channel, moment in self._channels.items() if moment > now}

    def _moments(self) -> list[tuple[float, str]]:
        return [
            (-math.inf if slot.urgent else slot.due, card)
            for card, slot in self._slots.items()
            if slot.dirty and not slot.busy
        ]
