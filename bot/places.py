"""Where a picture goes: what admins have said of its place, and what is left where that is closed. Pure.

Of a thread, its channel and its category the nearest of which something was said decides, then the guild.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.order import ASTRAY, Order
from storage.guilds import HERE, ChannelSettings, GuildSettings, Tidy
from storage.jobs import Job

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Habit:
    """What holds in a place."""

    results_channel_id: int | None = None  #: None: pictures stand where they were asked for
    tidy: Tidy = Tidy.CARD


def habit_of(
    settings: GuildSettings, channels: Mapping[int, ChannelSettings], places: Sequence[int]
) -> Habit:
    """What holds in a place; `places` are the thread, its channel and its category, nearest first."""
    said = [channels[place] for place in places if place in channels]
    results = nearest(said, lambda each: each.results_channel_id, settings.results_channel_id)
    tidy = nearest(said, lambda each: each.tidy, settings.tidy)
    return Habit(None if results == HERE else results, tidy or Tidy.CARD)


def nearest(said: Sequence[ChannelSettings], pick: Callable[[ChannelSettings], T | None], otherwise: T) -> T:
    """The first thing that was said, or else this."""
    return next((found for each in said if (found := pick(each)) is not None), otherwise)


def destination(habit: Habit, order: Order) -> int | None:
    """The channel for the order's result, where it is another than that in which it is asked for.

    What is asked for in the chosen channel or in its threads stays there; so does what is asked for in a
    private thread, which others are not to see.
    """
    chosen = habit.results_channel_id
    return None if order.private or chosen in (order.channel_id, order.place_id) else chosen


def fallback(job: Job) -> dict[str, Any] | None:
    """What to change of a `posting` job whose channel is closed, so that its result stands elsewhere.

    From the chosen channel to where it was asked for; from a thread to its channel. None: nothing is left.
    """
    if job.result_channel_id is not None and job.result_channel_id != job.place_id:
        return {"result_channel_id": None, "detail": ASTRAY}
    in_thread = job.result_channel_id is None and job.place_id not in (0, job.channel_id)
    if in_thread and not job.private:
        return {"result_channel_id": job.place_id, "detail": ASTRAY}
    return None
