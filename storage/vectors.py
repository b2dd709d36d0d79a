"""Where pictures lie in the space of a CLIP: one vector for each generation, and those that have none yet.

Spaces are never mixed: a vector belongs to the CLIP by which it was made, told by the hash of its file. When
the CLIP changes, every generation is due again; the old vectors go when all new ones are there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import AsyncIterator, Iterable

    from storage.database import Database

ROWS_AT_ONCE = 2000  #: so that no statement holds the database for long


@dataclass(frozen=True, slots=True)
class Clip:
    """The CLIP in whose space pictures are looked for. `id` is the database's own."""

    id: int
    sha256: str
    model: str


@dataclass(frozen=True, slots=True)
class Due:
    """A generation that has no vector yet."""

    id: int
    home_id: int
    place_id: int
    picture_sha256: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A generation's vector: little-endian float16."""

    id: int
    place_id: int
    vector: bytes


def home_of(guild_id: int, place_id: int) -> int:
    """What is searched together: a guild, or a channel of direct messages."""
    return guild_id or place_id


class Vectors:
    """The vectors of a database. Every method may raise `StorageError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def clip(self) -> Clip | None:
        """Return the CLIP that is in use, if there ever was one."""
        rows = await self._database.all("SELECT id, clip_sha256, model FROM clips WHERE in_use = 1")
        return Clip(rows[0]["id"], rows[0]["clip_sha256"], rows[0]["model"]) if rows else None

    async def use(self, clip_sha256: str, model: str) -> Clip:
        """Use a CLIP from now on; what has no vector of it becomes due."""
        async with self._database.transaction() as connection:
            await connection.execute("UPDATE clips SET in_use = 0")
            await connection.execute(
                "INSERT INTO clips (clip_sha256, model, in_use) VALUES (?1, ?2, 1)"
                " ON CONFLICT (clip_sha256) DO UPDATE SET in_use = 1, model = ?2",
                (clip_sha256, model),
            )
            await connection.execute(
                "INSERT OR IGNORE INTO unseen SELECT id FROM generations WHERE NOT EXISTS ("
                " SELECT 1 FROM vectors JOIN clips ON clips.id = vectors.clip_id AND clips.in_use = 1"
                " WHERE vectors.generation_id = generations.id)"
            )
        clip = await self.clip()
        assert clip is not None
        return clip

    async def due(self, limit: int) -> list[Due]:
        """Return the newest generations that have no vector yet."""
        rows = await self._database.all(
            "SELECT generations.id, generations.guild_id, generations.place_id, generations.picture_sha256"
            " FROM unseen JOIN generations ON generations.id = unseen.generation_id"
            " ORDER BY unseen.generation_id DESC LIMIT ?",
            (limit,),
        )
        return [_due(row) for row in rows]

    async def count_due(self) -> int:
        """Count the generations that have no vector yet."""
        return int((await self._database.all("SELECT count(*) FROM unseen"))[0][0])

    async def put(self, clip: Clip, vectors: Iterable[tuple[Due, bytes | None]]) -> None:
        """Keep vectors, of what is not deleted by now; None for a picture that cannot be looked at."""
        async with self._database.transaction() as connection:
            for due, vector in vectors:
                await connection.execute(
                    "INSERT OR REPLACE INTO vectors (clip_id, home_id, generation_id, vector)"
                    " SELECT ?, ?, id, ? FROM generations WHERE id = ?",
                    (clip.id, due.home_id, vector, due.id),
                )
                await connection.execute("DELETE FROM unseen WHERE generation_id = ?", (due.id,))

    async def has(self, clip: Clip, generation_id: int) -> bool:
        """Tell whether the CLIP has looked at a generation."""
        rows = await self._database.all(
            "SELECT 1 FROM vectors WHERE generation_id = ? AND clip_id = ? AND vector IS NOT NULL",
            (generation_id, clip.id),
        )
        return bool(rows)

    async def of_home(self, clip: Clip, home_id: int) -> AsyncIterator[list[Placed]]:
        """All vectors of a guild, or of a channel of direct messages, some at a time."""
        last = -1
        while True:
            rows = await self._database.all(
                "SELECT vectors.generation_id AS id, generations.place_id, vectors.vector"
                " FROM vectors JOIN generations ON generations.id = vectors.generation_id"
                " WHERE vectors.clip_id = ? AND vectors.home_id = ? AND vectors.generation_id > ?"
                " AND vectors.vector IS NOT NULL ORDER BY vectors.generation_id LIMIT ?",
                (clip.id, home_id, last, ROWS_AT_ONCE),
            )
            if not rows:
                return
            yield [Placed(row["id"], row["place_id"], row["vector"]) for row in rows]
            last = rows[-1]["id"]

    async def forget_others(self, clip: Clip) -> bool:
        """Drop some vectors of other CLIPs; False once there are none."""
        rows = await self._database.all(
            "DELETE FROM vectors WHERE (clip_id, home_id, generation_id) IN ("
            " SELECT clip_id, home_id, generation_id FROM vectors WHERE clip_id IN ("
            "  SELECT id FROM clips WHERE id <> ?) LIMIT ?) RETURNING clip_id",
            (clip.id, ROWS_AT_ONCE),
        )
        return bool(rows)


def _due(row: sqlite3.Row) -> Due:
    home_id = home_of(row["guild_id"], row["place_id"])
    return Due(row["id"], home_id, row["place_id"], row["picture_sha256"])
