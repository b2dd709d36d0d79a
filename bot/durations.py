"""Spans of time as people write them: 30m, 2 h, 3 days, 1w, 2 ч, 3 дня. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from bot.errors import UserError

MINUTE_S: Final = 60
HOUR_S: Final = 60 * MINUTE_S
DAY_S: Final = 24 * HOUR_S
WEEK_S: Final = 7 * DAY_S
LONGEST_S: Final = 3650 * DAY_S

UNITS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("m", "min", "minute", "minutes", "м", "мин", "минута", "минуты", "минут"), MINUTE_S),
    **dict.fromkeys(("h", "hour", "hours", "ч", "час", "часа", "часов"), HOUR_S),
    **dict.fromkeys(("d", "day", "days", "д", "день", "дня", "дней"), DAY_S),
    **dict.fromkeys(("w", "week", "weeks", "н", "нед", "неделя", "недели", "недель"), WEEK_S),
}
SPAN: Final = re.compile(r"\s*([0-9]{1,6})\s*([^\W\d_]+)\.?\s*")
USUAL: Final = (HOUR_S, 6 * HOUR_S, DAY_S, 3 * DAY_S, WEEK_S, 4 * WEEK_S, 365 * DAY_S)


def read_span(text: str) -> int:
    """The span in seconds, at least a minute. Raises `UserError`."""
    found = SPAN.fullmatch(text.casefold())
    unit = UNITS.get(found[2]) if found else None
    seconds = int(found[1]) * unit if found and unit else 0
    if not MINUTE_S <= seconds <= LONGEST_S:
        raise UserError("span-not-read", value=text.strip()[:40].replace("`", "ˋ"))
    return seconds


def split(seconds: int) -> tuple[int, str]:
    """The largest unit that measures a span without a rest: how many, and its name in English."""
    for unit, length in (("week", WEEK_S), ("day", DAY_S), ("hour", HOUR_S)):
        if seconds % length == 0:
            return seconds // length, unit
    return seconds // MINUTE_S, "minute"
