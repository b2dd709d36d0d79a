"""The audit log's rows: what admins and moderators have done. Rows are only ever added."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import AsyncIterator

    from storage.database import Database

BATCH = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """One deed. `at` is Unix time."""

    id: int
    guild_id: int
    at: float
    actor_id: int
    action: str  #: in code, such as "suspend"
    subject: str  #: what it was done to: "member 12", "channel 34", "job K7QX…", or ""
    detail: str  #: in words, perhaps a member's own: never to be shown as markup


class Audit:
    """The audit log of a database. Every method may raise `StorageError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self, guild_id: int, actor_id: int, action: str, subject: str, detail: str, now: float
    ) -> Entry:
        """Write down what was done, and return the row."""
        rows = await self._database.all(
            "INSERT INTO audit (guild_id, at, actor_id, action, subject, detail) VALUES (?, ?, ?, ?, ?, ?)"
            " RETURNING *",
            (guild_id, now, actor_id, action, subject, detail),
        )
        return _entry(rows[0])

    async def page(self, guild_id: int, *, before: int | None = None, limit: int = 10) -> list[Entry]:
        """Return a guild's newest rows, newest first; with `before`, those older than the row of that id."""
        rows = await self._database.all(
            "SELECT * FROM audit WHERE guild_id = ?1 AND (?2 IS NULL OR id < ?2) ORDER BY id DESC LIMIT ?3",
            (guild_id, before, limit),
        )
        return [_entry(row) for row in rows]

    async def after(self, guild_id: int, entry_id: int, *, limit: int = 10) -> list[Entry]:
        """Return a guild's rows that came next after the row of this id, newest first."""
        rows = await self._database.all(
            "SELECT * FROM (SELECT * FROM audit WHERE guild_id = ? AND id > ? ORDER BY id LIMIT ?)"
            " ORDER BY id DESC",
            (guild_id, entry_id, limit),
        )
        return [_entry(row) for row in rows]

    async def count(self, guild_id: int) -> int:
        """Count a guild's rows."""
        rows = await self._database.all("SELECT count(*) FROM audit WHERE guild_id = ?", (guild_id,))
        return int(rows[0][0])

    async def export(self, guild_id: int) -> AsyncIterator[Entry]:
        """All rows of a guild, oldest first, read in pieces so that others get their turn."""
        last = 0
        while True:
            rows = await self._database.all(
                "SELECT * FROM audit WHERE guild_id = ? AND id > ? ORDER BY id LIMIT ?",
                (guild_id, last, BATCH),
            )
            for row in rows:
                yield _entry(row)
            if len(rows) < BATCH:
                return
            last = int(rows[-1]["id"])


def _entry(row: sqlite3.Row) -> Entry:
    return Entry(**{field.name: row[field.name] for field in fields(Entry)})
