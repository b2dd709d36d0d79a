"""Searches that were made, so that their pages can be turned for months; and what of a result is shown."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from storage.generations import OPEN, SEEN, Generation, read_generation
from storage.jobs import CROCKFORD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.database import Database
    from storage.generations import Sight

KEPT_DAYS = 180
DAY_S = 86_400
ROWS_AT_ONCE = 1000

SHOWN = (
    "SELECT g.* FROM json_each(:ids) AS wanted CROSS JOIN generations g ON g.id = wanted.value"  # noqa: S608 names of ours
    f" WHERE g.guild_id = :guild AND {SEEN} AND {OPEN}"
)


class Way(StrEnum):
    """How is searched."""

    BOTH = "both"
    MEANING = "meaning"
    WORDS = "words"
    LIKE = "like"  #: what looks like a given generation


@dataclass(frozen=True, slots=True)
class Search:
    """A search. `vector` is what its words mean to the CLIP `clip_id`, if that was asked already."""

    id: str
    member_id: int
    guild_id: int
    words: str
    way: Way
    generation_id: int | None
    clip_id: int | None
    vector: bytes | None
    made_at: float


def new_search_id() -> str:
    """Return 10 characters of Crockford's base 32."""
    return "".join(secrets.choice(CROCKFORD) for _ in range(10))


class Searches:
    """The searches of a database. Every method may raise `StorageError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, search: Search) -> None:
        """Keep a search."""
        await self._database.all(
            "INSERT INTO searches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                search.id,
                search.member_id,
                search.guild_id,
                search.words,
                search.way,
                search.generation_id,
                search.clip_id,
                search.vector,
                search.made_at,
            ),
        )

    async def get(self, search_id: str) -> Search | None:
        """Return a search, if it is (still) there."""
        rows = await self._database.all("SELECT * FROM searches WHERE id = ?", (search_id,))
        return Search(**{**dict(rows[0]), "way": Way(rows[0]["way"])}) if rows else None

    async def learn(self, search_id: str, clip_id: int, vector: bytes) -> None:
        """Note what a search's words mean to a CLIP."""
        await self._database.all(
            "UPDATE searches SET clip_id = ?, vector = ? WHERE id = ?", (clip_id, vector, search_id)
        )

    async def shown(self, sight: Sight, ids: Sequence[int]) -> list[Generation]:
        """Return those of the generations that the asker may see, in the order given."""
        values = {
            "ids": json.dumps(list(ids)),
            "guild": sight.guild_id,
            "me": sight.member_id,
            "here": sight.channel_id,
            "places": json.dumps(sorted(sight.places)),
        }
        rows = {row["id"]: row for row in await self._database.all(SHOWN, values)}
        return [read_generation(rows[id_]) for id_ in ids if id_ in rows]

    async def forget_old(self, now: float) -> bool:
        """Drop some searches that are older than `KEPT_DAYS`; False once there are none."""
        rows = await self._database.all(
            "DELETE FROM searches WHERE id IN ("
            " SELECT id FROM searches WHERE made_at < ? ORDER BY made_at LIMIT ?) RETURNING 1",
            (now - KEPT_DAYS * DAY_S, ROWS_AT_ONCE),
        )
        return bool(rows)
