"""What was used in some time, asked in one statement for as many times and parties as are needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.quotas import Kind

HOUR_S = 3600
SECONDS = "seconds"  # the kind that is not counted in pictures

SUMS = "SELECT sum(pictures) AS pictures, sum(seconds) AS seconds FROM quota_ledger"
HOURS = "SELECT sum(pictures) AS pictures, sum(micros) / 1e6 AS seconds FROM quota_hours"


@dataclass(frozen=True, slots=True)
class Use:
    """What was used in some time."""

    pictures: int
    seconds: float

    def of(self, kind: Kind) -> float:
        """The part that a limit of this kind counts."""
        return self.seconds if kind == SECONDS else float(self.pictures)


@dataclass(frozen=True, slots=True)
class Span:
    """A time, `start` in it and `end` not, and whose use of it is asked for.

    A member in a guild: without what was charged to grants. A member alone: everywhere. A channel of a guild,
    with its threads; or a guild alone.
    """

    start: float
    end: float
    guild_id: int | None = None
    channel_id: int | None = None
    member_id: int | None = None


def statement(spans: Sequence[Span]) -> tuple[str, tuple[object, ...]]:
    """One SELECT with a row for each span, in their order: its number, pictures, seconds."""
    terms: list[str] = []
    values: list[object] = []
    for number, span in enumerate(spans):
        sums, given = _many(span) if span.member_id is None else _member(span)
        total = f"SELECT {number} AS number, coalesce(sum(pictures), 0), coalesce(sum(seconds), 0.0)"
        terms.append(f"{total} FROM ({sums})")
        values += given
    return f"{' UNION ALL '.join(terms)} ORDER BY number", tuple(values)


def _member(span: Span) -> tuple[str, list[object]]:
    """A member's use: their rows are few enough to be read."""
    times: list[object] = [span.start, span.end]
    if span.guild_id is None:
        return f"{SUMS} WHERE member_id = ? AND charged_at >= ? AND charged_at < ?", [span.member_id, *times]
    where = "guild_id = ? AND member_id = ? AND charged_at >= ? AND charged_at < ? AND grant_id IS NULL"
    return f"{SUMS} WHERE {where}", [span.guild_id, span.member_id, *times]


def _many(span: Span) -> tuple[str, list[object]]:
    """A guild's or a channel's: whole hours from their abstract, what is before and after them row by row."""
    whose: list[object] = [span.guild_id] if span.channel_id is None else [span.guild_id, span.channel_id]
    where = "guild_id = ?" if span.channel_id is None else "guild_id = ? AND channel_id = ?"
    rows = f"{SUMS} WHERE {where} AND charged_at >= ? AND charged_at < ?"
    first, last = int(-(-span.start // HOUR_S)), int(span.end // HOUR_S)
    if first >= last:
        return rows, [*whose, span.start, span.end]
    hours = f"{HOURS} WHERE {where} AND hour >= ? AND hour < ?"
    edges = [[span.start, first * HOUR_S], [last * HOUR_S, span.end]]
    values = [*whose, first, last, *whose, *edges[0], *whose, *edges[1]]
    return f"{hours} UNION ALL {rows} UNION ALL {rows}", values
