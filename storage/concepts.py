"""The rows of the concepts: what guilds do not want to be posted as it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from storage.database import Database


class Action(StrEnum):
    """What becomes of a picture in which a concept is seen; the mildest first."""

    SPOILER = "spoiler"  #: it is posted, covered
    HOLD = "hold"  #: it waits for the moderators' word
    REFUSE = "refuse"  #: it is not posted


@dataclass(frozen=True, slots=True)
class Concept:
    """What a CLIP is to look for. Thresholds are shares, 0..1; None: it is not looked for there."""

    guild_id: int
    words: str
    action: Action
    threshold: float
    restricted: float | None  #: the threshold in age-restricted channels
    added_by: int = 0
    added_at: float = 0.0
    id: int = 0  #: given by the database
    channels: tuple[tuple[int, float | None], ...] = ()  #: channels with a threshold of their own


class Concepts:
    """The concepts of a database. Every method may raise `StorageError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, concept: Concept) -> Concept:
        """Write a concept, in place of one with the same words, whose channels stay; return it as it is."""
        await self._database.all(
            "INSERT INTO concepts (guild_id, words, action, threshold, restricted, added_by, added_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (guild_id, words) DO UPDATE SET"
            " action = excluded.action, threshold = excluded.threshold, restricted = excluded.restricted,"
            " added_by = excluded.added_by, added_at = excluded.added_at",
            (
                *(concept.guild_id, concept.words, concept.action, concept.threshold, concept.restricted),
                *(concept.added_by, float(concept.added_at)),
            ),
        )
        return next(each for each in await self.of(concept.guild_id) if each.words == concept.words)

    async def of(self, guild_id: int) -> list[Concept]:
        """Return a guild's concepts, oldest first."""
        rows = await self._database.all("SELECT * FROM concepts WHERE guild_id = ? ORDER BY id", (guild_id,))
        if not rows:
            return []
        exceptions = await self._database.all(
            "SELECT concept_channels.* FROM concept_channels JOIN concepts ON concepts.id = concept_id"
            " WHERE guild_id = ? ORDER BY channel_id",
            (guild_id,),
        )
        return [_concept(row, exceptions) for row in rows]

    async def remove(self, guild_id: int, concept_id: int) -> bool:
        """Remove a guild's concept; False where the guild has no such one."""
        rows = await self._database.all(
            "DELETE FROM concepts WHERE id = ? AND guild_id = ? RETURNING 1", (concept_id, guild_id)
        )
        return bool(rows)

    async def except_channel(self, concept_id: int, channel_id: int, threshold: float | None) -> None:
        """Give a channel a threshold of its own; None: the concept is not looked for there."""
        await self._database.all(
            "INSERT OR REPLACE INTO concept_channels (concept_id, channel_id, threshold) VALUES (?, ?, ?)",
            (concept_id, channel_id, threshold),
        )

    async def end_exception(self, concept_id: int, channel_id: int) -> None:
        """Have a channel go by what holds elsewhere."""
        await self._database.all(
            "DELETE FROM concept_channels WHERE concept_id = ? AND channel_id = ?", (concept_id, channel_id)
        )


def _concept(row: Any, exceptions: list[Any]) -> Concept:
    channels = tuple(
        (each["channel_id"], each["threshold"]) for each in exceptions if each["concept_id"] == row["id"]
    )
    return Concept(
        row["guild_id"],
        row["words"],
        Action(row["action"]),
        row["threshold"],
        row["restricted"],
        row["added_by"],
        float(row["added_at"]),
        row["id"],
        channels,
    )
