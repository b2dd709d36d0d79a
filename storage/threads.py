"""The rows of the threads that Gala has made in channels: for each member one, and one of the day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.database import Database


@dataclass(frozen=True, slots=True)
class Whose:
    """What a thread is for: a member, or (member 0) a day such as "2026-11-24"."""

    guild_id: int
    channel_id: int
    member_id: int = 0
    day: str = ""


class Threads:
    """The threads of a database. Every method may raise `StorageError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, whose: Whose) -> int | None:
        """Return the id of the thread for this, if there was one."""
        rows = await self._database.all(
            "SELECT thread_id FROM threads"
            " WHERE guild_id = ? AND channel_id = ? AND member_id = ? AND day = ?",
            (whose.guild_id, whose.channel_id, whose.member_id, whose.day),
        )
        return int(rows[0][0]) if rows else None

    async def keep(self, whose: Whose, thread_id: int) -> None:
        """Note the thread for this; of the days of a channel only the newest is known."""
        await self._database.all(
            "INSERT OR REPLACE INTO threads (guild_id, channel_id, member_id, day, thread_id)"
            " VALUES (?, ?, ?, ?, ?)",
            (whose.guild_id, whose.channel_id, whose.member_id, whose.day, thread_id),
        )
