"""The rows of `generations`: finished pictures, named by short codes, and who loves them.

A row is written by a trigger (see the migration) in the transaction that says that the picture is on the
disk. Lists are cut to what the asker may see: `Sight` comes from `bot/visibility.py`.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection

    from storage.database import Database

LETTERS = "abcdefghjkmnpqrstuvwxyz"  # none that looks like another, or like a digit
CODE_LENGTH = 6


def new_code() -> str:
    """Return six letters by chance: one in 148 million."""
    return "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))


@dataclass(frozen=True, slots=True)
class Generation:
    """A finished picture. Times are Unix seconds, sizes pixels."""

    id: int  #: grows with time
    code: str
    job_id: str
    guild_id: int  #: 0 in direct messages
    place_id: int  #: the channel, or of a thread the channel that it belongs to
    channel_id: int
    message_id: int | None
    member_id: int
    private: bool  #: made in a private thread
    hidden: bool  #: its author has chosen to be the only one who sees it
    parent: str | None  #: the code of the generation that it was made from
    prompt: str
    engine: str
    model: str
    width: int
    height: int
    steps: int  #: really done
    seed: int
    init_sha256: str | None
    init_weight: float
    seconds: float | None
    score: float | None
    recipe: str | None  #: JSON of a `generation.protocol.Recipe`; None for those of an old Gala
    picture_sha256: str
    created_at: float
    hearts: int
    blurred: bool = False  #: by a moderator: shown only to who asks for it
    targets: str | None = None  #: the pictures that it was drawn to; `bot.targets` reads it


class Sight(Protocol):
    """What an asker may see of a guild."""

    @property
    def guild_id(self) -> int:
        """0 in direct messages."""

    @property
    def member_id(self) -> int:
        """Who asks."""

    @property
    def channel_id(self) -> int:
        """Where they ask."""

    @property
    def places(self) -> Collection[int]:
        """The channels whose past they may read."""


class Order(StrEnum):
    """How a list is ordered."""

    NEWEST = "newest"
    LOVED = "loved"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which generations a list has; None does not narrow. `before` is Unix time."""

    member_id: int | None = None
    model: str | None = None
    loved_by: int | None = None
    album_id: int | None = None
    before: float | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list: after the generation of this id (and, where ordered by them, this many hearts).

    `back` turns round: the page before that generation.
    """

    id: int
    hearts: int = 0
    back: bool = False


#: What of a candidate `g` an asker may see, beside its place: not what was made in another private thread.
OPEN = "(g.member_id = :me OR (g.hidden = 0 AND (g.private = 0 OR g.channel_id = :here)))"
HERE = "g.guild_id = :guild AND g.place_id = p.value"
SEEN = "g.place_id IN (SELECT value FROM json_each(:places))"
AIMS = "SELECT target_sha256 FROM targets WHERE code = ?"  #: the files of what a picture was drawn to
#: Ids grow with time, and lists go by ids; so a time becomes an id first.
BEFORE = (
    "SELECT t.id FROM generations t WHERE t.guild_id = :guild AND t.created_at < :before"
    " ORDER BY t.created_at DESC, t.id DESC LIMIT 1"
)


class Generations:
    """The generations of a database. Every method may raise `StorageError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, code: str) -> Generation | None:
        """Return the generation of this code."""
        return _first(await self._all("SELECT * FROM generations WHERE code = ?", (code,)))

    async def of_job(self, job_id: str) -> Generation | None:
        """Return the generation that this job became."""
        return _first(await self._all("SELECT * FROM generations WHERE job_id = ?", (job_id,)))

    async def of_message(self, message_id: int) -> Generation | None:
        """Return the generation whose result this message is."""
        return _first(await self._all("SELECT * FROM generations WHERE message_id = ?", (message_id,)))

    async def children(self, code: str, limit: int = 25) -> list[Generation]:
        """Return what was made from a generation, oldest first."""
        rows = await self._all(
            "SELECT * FROM generations WHERE parent = ? ORDER BY id LIMIT ?", (code, limit)
        )
        return [read_generation(row) for row in rows]

    async def page(
        self, sight: Sight, chosen: Filter, order: Order, cursor: Cursor | None, limit: int
    ) -> list[Generation]:
        """Return up to `limit` generations that the asker may see, in order, from the cursor on."""
        turned = cursor is not None and cursor.back
        sql = page_sql(chosen, order, cursor)
        values = {
            "guild": sight.guild_id,
            "me": sight.member_id,
            "here": sight.channel_id,
            "places": json.dumps(sorted(sight.places)),
            "member": chosen.member_id,
            "model": chosen.model,
            "lover": chosen.loved_by,
            "album": chosen.album_id,
            "before": chosen.before,
            "id": cursor.id if cursor else None,
            "hearts": cursor.hearts if cursor else None,
            "limit": limit,
        }
        found = [read_generation(row) for row in await self._all(sql, values)]
        return found[::-1] if turned else found

    async def hide(self, code: str, *, hidden: bool) -> Generation | None:
        """Show a generation to its author alone, or to others again; return it as it now is."""
        sql = "UPDATE generations SET hidden = ? WHERE code = ? RETURNING *"
        return _first(await self._all(sql, (hidden, code)))

    # --- hearts

    async def give_heart(self, member_id: int, generation_id: int, now: float) -> bool:
        """Give a heart, or take it back where it was given; return whether it is given now."""
        async with self._database.transaction() as transaction:
            taken = list(
                await transaction.execute_fetchall(
                    "DELETE FROM hearts WHERE member_id = ? AND generation_id = ? RETURNING 1",
                    (member_id, generation_id),
                )
            )
            if not taken:
                await transaction.execute_fetchall(
                    "INSERT INTO hearts VALUES (?, ?, ?)", (member_id, generation_id, now)
                )
        return not taken

    async def blur(self, code: str) -> None:
        """Note that a generation is to be shown only to who asks for it."""
        async with self._database.transaction() as transaction:
            for table in ("generations", "jobs"):
                await transaction.execute_fetchall(f"UPDATE {table} SET blurred = 1 WHERE code = ?", (code,))  # noqa: S608

    # --- deletion

    async def delete(self, code: str) -> list[str]:
        """Remove a generation, and what its job's row says of it. Return the files that nothing needs now."""
        async with self._database.transaction() as transaction:
            aims = list(await transaction.execute_fetchall(AIMS, (code,)))
            rows = list(
                await transaction.execute_fetchall(
                    "DELETE FROM generations WHERE code = ? RETURNING job_id, picture_sha256, init_sha256",
                    (code,),
                )
            )
            for job_id, *_ in rows:
                await transaction.execute_fetchall(
                    "UPDATE jobs SET prompt = '', picture_sha256 = NULL, init_sha256 = NULL, detail = NULL,"
                    " turns = NULL, targets = NULL WHERE id = ?",
                    (job_id,),
                )
            files = {sha256 for _, *of in rows for sha256 in of if sha256} | {sha256 for (sha256,) in aims}
            return [sha256 for sha256 in sorted(files) if not await _needed(transaction, sha256)]

    async def _all(self, sql: str, values: Any) -> list[sqlite3.Row]:
        return await self._database.all(sql, values)


def page_sql(chosen: Filter, order: Order, cursor: Cursor | None) -> str:
    """The statement of a page: from each visible channel the next few, then the first few of those.

    So it reads at most `limit` rows a channel, however many there are.
    """
    turned = cursor is not None and cursor.back
    down = "ASC" if turned else "DESC"
    sort = f"g.hearts {down}, g.id {down}" if order is Order.LOVED else f"g.id {down}"
    sign = ">" if turned else "<"
    row = "(g.hearts, g.id)" if order is Order.LOVED else "g.id"
    value = "(:hearts, :id)" if order is Order.LOVED else ":id"
    wanted = [OPEN]
    if chosen.member_id is not None:
        wanted.append("g.member_id = :member")
    if chosen.model is not None:
        wanted.append("g.model = :model")
    if chosen.before is not None:
        wanted.append(f"g.id <= ({BEFORE})")
    if cursor is not None:
        wanted.append(f"{row} {sign} {value}")
    conditions = " AND ".join(wanted)
    tail = f"ORDER BY {sort} LIMIT :limit"
    kept = _kept(chosen)
    if kept:  # a member's own choice: few rows
        return f"SELECT g.* FROM {kept} AND g.guild_id = :guild AND {SEEN} AND {conditions} {tail}"  # noqa: S608
    one = f"SELECT g.id FROM generations g WHERE {HERE} AND {conditions} {tail}"  # noqa: S608
    each = f"json_each(:places) p CROSS JOIN generations g ON g.id IN ({one})"
    return f"SELECT g.* FROM {each} {tail}"  # noqa: S608


def _kept(chosen: Filter) -> str:
    if chosen.loved_by is not None:
        return "hearts k JOIN generations g ON g.id = k.generation_id WHERE k.member_id = :lover"
    if chosen.album_id is not None:
        own = "SELECT id FROM albums WHERE id = :album AND member_id = :me"
        return f"album_pictures k JOIN generations g ON g.id = k.generation_id WHERE k.album_id = ({own})"
    return ""


async def _needed(transaction: Any, sha256: str) -> bool:
    """Whether any row still points to this file."""
    rows = await transaction.execute_fetchall(
        "SELECT EXISTS (SELECT 1 FROM generations WHERE picture_sha256 = ?1)"
        " OR EXISTS (SELECT 1 FROM generations WHERE init_sha256 = ?1)"
        " OR EXISTS (SELECT 1 FROM jobs WHERE picture_sha256 = ?1)"
        " OR EXISTS (SELECT 1 FROM jobs WHERE init_sha256 = ?1)"
        " OR EXISTS (SELECT 1 FROM jobs WHERE checkpoint_sha256 = ?1)"
        " OR EXISTS (SELECT 1 FROM targets WHERE target_sha256 = ?1)",
        (sha256,),
    )
    return bool(next(iter(rows))[0])


def _first(rows: list[sqlite3.Row]) -> Generation | None:
    return read_generation(rows[0]) if rows else None


def read_generation(row: sqlite3.Row) -> Generation:
    """The row as a value."""
    values = {field.name: row[field.name] for field in fields(Generation)}
    values |= {name: bool(row[name]) for name in ("private", "hidden", "blurred")}
    return Generation(**values)
