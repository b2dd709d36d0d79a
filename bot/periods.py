"""Hours, days, weeks and months as a guild's calendar has them. Pure; times are Unix seconds.

The periods of one kind follow each other without a gap or an overlap, whatever the zone does: a day may have
23 or 25 hours, and an hour that the clock repeats is two hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from storage.quotas import Period

HOUR_S: Final = 3600


@dataclass(frozen=True, slots=True)
class Window:
    """One period: `start` belongs to it, `end` is the start of the next one."""

    start: float
    end: float


def zone_of(name: str) -> ZoneInfo:
    """The time zone of this name; UTC where there is none (any more)."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def window(period: Period, at: float, zone: ZoneInfo) -> Window:
    """The period that this moment belongs to."""
    if period is Period.HOUR:
        return _hour(at, zone)
    first = _first(period, datetime.fromtimestamp(at, zone).date())
    following = _next(period, first)
    if at >= _midnight(following, zone):
        # The clock was set back over midnight, and the new day had begun before that.
        first, following = following, _next(period, following)
    return Window(_midnight(first, zone), _midnight(following, zone))


def _first(period: Period, day: date) -> date:
    if period is Period.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if period is Period.MONTH else day


def _next(period: Period, first: date) -> date:
    if period is Period.MONTH:
        return (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    return first + timedelta(days=7 if period is Period.WEEK else 1)


def _midnight(day: date, zone: ZoneInfo) -> float:
    """Where a day begins: at its first midnight, or, where the clock leaps over it, at the leap."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()


def _hour(at: float, zone: ZoneInfo) -> Window:
    offset = _offset_s(at, zone)
    start = (at + offset) // HOUR_S * HOUR_S - offset
    end = start + HOUR_S
    if _offset_s(start, zone) != offset:
        start = _change(start, at, zone)
    if _offset_s(end, zone) != offset:
        end = _change(at, end, zone)
    return Window(start, end)


def _change(before: float, after: float, zone: ZoneInfo) -> float:
    """The whole second at which the offset changes, found by halving."""
    low, high = int(before // 1), int(-(-after // 1))
    old = _offset_s(low, zone)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset_s(middle, zone) == old else (low, middle)
    return float(high)


def _offset_s(at: float, zone: ZoneInfo) -> float:
    offset = datetime.fromtimestamp(at, UTC).astimezone(zone).utcoffset()
    assert offset is not None
    return offset.total_seconds()
