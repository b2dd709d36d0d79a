"""The rows of the suspensions: members who may not paint in a guild for a time."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

    from storage.database import Database


@dataclass(frozen=True, slots=True)
class Suspension:
    """Until when a member may not paint, and why. Times are Unix seconds; it ends by itself."""

    guild_id: int
    member_id: int
    until: float
    reason: str
    suspended_by: int
    suspended_at: float


class Suspensions:
    """The suspensions of a database. Every method may raise `StorageError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, suspension: Suspension) -> None:
        """Suspend a member, in place of an earlier suspension in that guild."""
        await self._database.all(
            "INSERT OR REPLACE INTO suspensions"
            " (guild_id, member_id, until, reason, suspended_by, suspended_at) VALUES (?, ?, ?, ?, ?, ?)",
            astuple(suspension),
        )

    async def get(self, guild_id: int, member_id: int, now: float) -> Suspension | None:
        """Return a member's suspension; None where there is none, or it is over."""
        rows = await self._database.all(
            "SELECT * FROM suspensions WHERE guild_id = ? AND member_id = ? AND until > ?",
            (guild_id, member_id, now),
        )
        return _suspension(rows[0]) if rows else None

    async def end(self, guild_id: int, member_id: int, now: float) -> Suspension | None:
        """End a member's suspension and return it; None where there is none, or it is over."""
        rows = await self._database.all(
            "DELETE FROM suspensions WHERE guild_id = ? AND member_id = ? AND until > ? RETURNING *",
            (guild_id, member_id, now),
        )
        return _suspension(rows[0]) if rows else None

    async def all(self, guild_id: int, now: float, *, limit: int = 100) -> list[Suspension]:
        """Return a guild's suspensions that are not over; the one that ends next first."""
        rows = await self._database.all(
            "SELECT * FROM suspensions WHERE guild_id = ? AND until > ? ORDER BY until LIMIT ?",
            (guild_id, now, limit),
        )
        return [_suspension(row) for row in rows]


def _suspension(row: sqlite3.Row) -> Suspension:
    return Suspension(**{field.name: row[field.name] for field in fields(Suspension)})
