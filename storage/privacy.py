"""All that is kept of a member: given to them, and erased.

Every table with a column `member_id` is about members, whatever part of Gala it belongs to; so a new table is
exported and erased without a word here. What is not to go at once stands in `WAITING`, with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from storage.generations import Generation, read_generation

if TYPE_CHECKING:
    from storage.database import Database

LEDGER_S = 32 * 24 * 3600.0  #: for so long a picture may still count in a month's quota

TABLES = """
SELECT tables.name FROM sqlite_master AS tables JOIN pragma_table_info(tables.name) AS columns
WHERE tables.type = 'table' AND columns.name = 'member_id' AND tables.name <> 'erasures'
ORDER BY tables.name
"""
#: What of a table an erasure leaves for now; of the others nothing. What is held was told: it goes.
WAITING = {
    "generations": "1",  # go one by one, with their files and messages
    "jobs": "status IN ('queued', 'running', 'posting') AND told = 0",  # until they are over
    "quota_ledger": "charged_at > :now - :ledger",  # or erasing would be a way round every quota
    "quota_grants": "EXISTS (SELECT 1 FROM quota_ledger WHERE grant_id = quota_grants.id)",  # still counted
    "suspensions": "until > :now",  # or erasing would be a way round them
    "cases": "closed_at IS NULL",  # before the moderators
}
#: The files that a member's jobs name which need not wait.
NAMED = """
WITH over AS (
 SELECT * FROM jobs WHERE member_id = :member
 AND (status NOT IN ('queued', 'running', 'posting') OR told = 1))
SELECT picture_sha256 FROM over UNION SELECT init_sha256 FROM over UNION SELECT checkpoint_sha256 FROM over
UNION SELECT target_sha256 FROM targets JOIN over USING (code)
"""
#: What may still be there once the member knows that they are forgotten, and when it was made: who comes back
#: after that loses nothing new.
LATER = {
    "quota_ledger": "charged_at",  # first, since grants hang on it
    "quota_grants": "given_at",
    "suspensions": "suspended_at",
    "cases": "opened_at",
}


@dataclass(frozen=True, slots=True)
class Erasure:
    """A member's wish to be forgotten."""

    member_id: int
    locale: str
    asked_at: float
    told: bool = False


class Privacy:
    """What a database keeps of members. Every method may raise `StorageError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- to be given to them

    async def rows(self, member_id: int) -> dict[str, list[dict[str, Any]]]:
        """Return every row that is about a member, by table; columns of bytes are left out."""
        found: dict[str, list[dict[str, Any]]] = {}
        for table in await self.tables():
            rows = await self._database.all(rows_sql(table), (member_id,))
            plain = [
                {key: row[key] for key in row.keys() if not isinstance(row[key], bytes)}  # noqa: SIM118 a Row
                for row in rows
            ]
            if plain:
                found[table] = plain
        return found

    async def tables(self) -> list[str]:
        """Return the tables that are about members."""
        return [str(row["name"]) for row in await self._database.all(TABLES)]

    async def generations(self, member_id: int, after: int, limit: int) -> list[Generation]:
        """Return a member's pictures in all guilds, oldest first, from after the one of this id."""
        rows = await self._database.all(
            "SELECT * FROM generations WHERE member_id = ? AND id > ? ORDER BY id LIMIT ?",
            (member_id, after, limit),
        )
        return [read_generation(row) for row in rows]

    async def count(self, member_id: int) -> int:
        """Count a member's pictures in all guilds."""
        rows = await self._database.all("SELECT count(*) FROM generations WHERE member_id = ?", (member_id,))
        return int(rows[0][0])

    # --- to be kept for a time

    async def retentions(self) -> list[tuple[int, int]]:
        """Return the guilds that keep pictures for a time: each with its days."""
        rows = await self._database.all(
            "SELECT guild_id, retention_days FROM guilds WHERE retention_days IS NOT NULL"
        )
        return [(int(row[0]), int(row[1])) for row in rows]

    async def unloved(self, guild_id: int, before: float, limit: int) -> list[Generation]:
        """Return a guild's oldest pictures from before a time that have no heart and are in no album."""
        rows = await self._database.all(
            "SELECT g.* FROM generations g WHERE g.guild_id = ? AND g.created_at < ? AND g.hearts = 0"
            " AND NOT EXISTS (SELECT 1 FROM album_pictures a WHERE a.generation_id = g.id)"
            " ORDER BY g.created_at, g.id LIMIT ?",
            (guild_id, before, limit),
        )
        return [read_generation(row) for row in rows]

    # --- to be erased

    async def ask(self, member_id: int, locale: str, now: float) -> None:
        """Write down that a member wants to be forgotten."""
        await self._database.all(
            "INSERT OR REPLACE INTO erasures (member_id, locale, asked_at) VALUES (?, ?, ?)",
            (member_id, locale, now),
        )

    async def open(self) -> list[Erasure]:
        """Return the erasures that are not complete, oldest first."""
        rows = await self._database.all("SELECT * FROM erasures ORDER BY asked_at")
        return [
            Erasure(row["member_id"], row["locale"], float(row["asked_at"]), bool(row["told"]))
            for row in rows
        ]

    async def told(self, member_id: int) -> None:
        """Note that the member knows that their pictures are gone."""
        await self._database.all("UPDATE erasures SET told = 1 WHERE member_id = ?", (member_id,))

    async def cards(self, member_id: int) -> list[tuple[int, int, int]]:
        """Return where cards may stand that tell of a job's end: guild, channel, message."""
        rows = await self._database.all(
            "SELECT guild_id, channel_id, card_id FROM jobs WHERE member_id = ?"
            " AND card_id IS NOT NULL AND (status IN ('failed', 'cancelled')"
            " OR status = 'posting' AND told = 1"
            " OR status = 'finished' AND result_channel_id IS NOT NULL)",
            (member_id,),
        )
        return [(int(row[0]), int(row[1]), int(row[2])) for row in rows]

    async def erase(self, member_id: int, now: float) -> list[str]:
        """Remove the rows that need not wait; return the files that they named."""
        values = {"member": member_id, "now": now, "ledger": LEDGER_S}
        tables = await self.tables()
        async with self._database.transaction() as transaction:
            named = await transaction.execute_fetchall(NAMED, values)
            files = {row[0] for row in named if row[0]}
            for table in sorted(tables, key=lambda name: name != "quota_ledger"):  # grants hang on it
                await transaction.execute_fetchall(erase_sql(table), values)
        return sorted(files)

    async def erase_later(self, erasure: Erasure, now: float) -> bool:
        """Remove what had to wait and need not any more; False where something still has to."""
        values = {"member": erasure.member_id, "now": now, "ledger": LEDGER_S, "asked": erasure.asked_at}
        left = 0
        async with self._database.transaction() as transaction:
            for table, made_at in LATER.items():
                await transaction.execute_fetchall(f"{erase_sql(table)} AND {made_at} <= :asked", values)
                rows = await transaction.execute_fetchall(
                    f"SELECT 1 FROM {table} WHERE member_id = :member AND {made_at} <= :asked LIMIT 1",  # noqa: S608 ours
                    values,
                )
                left += len(list(rows))
            if not left:
                await transaction.execute_fetchall("DELETE FROM erasures WHERE member_id = :member", values)
        return not left


def rows_sql(table: str) -> str:
    """All rows of a table about a member."""
    return f'SELECT * FROM "{table}" WHERE member_id = ?'  # noqa: S608 a table of ours


def erase_sql(table: str) -> str:
    """Erase a member from a table. What was charged goes on counting, for nobody."""
    kept = f" AND NOT ({WAITING[table]})" if table in WAITING else ""
    if table == "quota_ledger":
        return f"UPDATE quota_ledger SET member_id = 0, grant_id = NULL WHERE member_id = :member{kept}"  # noqa: S608
    return f'DELETE FROM "{table}" WHERE member_id = :member{kept}'  # noqa: S608 a table of ours
