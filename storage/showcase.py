"""The rows of the showcase: what authors have offered, and which was the best of each week."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.generations import Generation, read_generation

if TYPE_CHECKING:
    from storage.database import Database


@dataclass(frozen=True, slots=True)
class Offer:
    """What an author has offered, and where it stands; without a message it does not stand there yet."""

    generation_id: int
    channel_id: int | None
    message_id: int | None


@dataclass(frozen=True, slots=True)
class Leftover:
    """A message whose picture is not to stand in the showcase any more."""

    message_id: int
    channel_id: int
    guild_id: int


@dataclass(frozen=True, slots=True)
class Week:
    """A guild's week and its best, who may since have been deleted. `began_at` is Unix time."""

    guild_id: int
    began_at: float
    generation_id: int | None
    message_id: int | None


class Showcase:
    """The showcases of a database. Every method may raise `StorageError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def offer(self, generation: Generation, now: float) -> Offer:
        """Write an offer down, or return the one that is there."""
        rows = await self._database.all(
            "INSERT INTO showcase (generation_id, guild_id, offered_at) VALUES (?, ?, ?)"
            " ON CONFLICT (generation_id) DO UPDATE SET guild_id = guild_id"
            " RETURNING generation_id, channel_id, message_id",
            (generation.id, generation.guild_id, now),
        )
        return Offer(*rows[0])

    async def of(self, generation_id: int) -> Offer | None:
        """Return a generation's offer."""
        rows = await self._database.all(
            "SELECT generation_id, channel_id, message_id FROM showcase WHERE generation_id = ?",
            (generation_id,),
        )
        return Offer(*rows[0]) if rows else None

    async def stands(self, generation_id: int, channel_id: int, message_id: int) -> None:
        """Note where an offer stands."""
        await self._database.all(
            "UPDATE showcase SET channel_id = ?, message_id = ? WHERE generation_id = ?",
            (channel_id, message_id, generation_id),
        )

    async def withdraw(self, generation_id: int) -> bool:
        """Take an offer back; where its messages stand is a leftover then. False where there was none."""
        rows = await self._database.all(
            "DELETE FROM showcase WHERE generation_id = ? RETURNING 1", (generation_id,)
        )
        return bool(rows)

    async def leftovers(self, limit: int = 100) -> list[Leftover]:
        """Return messages that are not to stand there any more, oldest first."""
        rows = await self._database.all(
            "SELECT message_id, channel_id, guild_id FROM leftovers ORDER BY message_id LIMIT ?", (limit,)
        )
        return [Leftover(*row) for row in rows]

    async def removed(self, message_id: int) -> None:
        """Note that a leftover stands there no more."""
        await self._database.all("DELETE FROM leftovers WHERE message_id = ?", (message_id,))

    async def give_up(self, before: float) -> None:
        """Forget the leftovers of before a time: nobody can remove them."""
        await self._database.all("DELETE FROM leftovers WHERE left_at < ?", (before,))

    async def choose(self, guild_id: int, began_at: float, ended_at: float) -> Week:
        """The week's row; if there is none yet, the most loved of its offers is chosen, once and for all."""
        async with self._database.transaction() as transaction:
            await transaction.execute_fetchall(
                "INSERT OR IGNORE INTO showcase_weeks (guild_id, began_at, generation_id) VALUES (?1, ?2, ("
                " SELECT g.id FROM showcase s JOIN generations g ON g.id = s.generation_id"
                " WHERE s.guild_id = ?1 AND s.offered_at >= ?2 AND s.offered_at < ?3"
                " AND s.message_id IS NOT NULL AND g.hearts > 0 ORDER BY g.hearts DESC, g.id LIMIT 1))",
                (guild_id, began_at, ended_at),
            )
            rows = await transaction.execute_fetchall(
                "SELECT guild_id, began_at, generation_id, message_id FROM showcase_weeks"
                " WHERE guild_id = ? AND began_at = ?",
                (guild_id, began_at),
            )
            return Week(*next(iter(rows)))

    async def announced(self, week: Week, message_id: int) -> None:
        """Note that a week's best is told of."""
        await self._database.all(
            "UPDATE showcase_weeks SET message_id = ? WHERE guild_id = ? AND began_at = ?",
            (message_id, week.guild_id, week.began_at),
        )

    async def guilds(self) -> list[tuple[int, int, str]]:
        """Return each guild that has a showcase: its id, the channel's, its time zone."""
        rows = await self._database.all(
            "SELECT guild_id, showcase_channel_id, time_zone FROM guilds"
            " WHERE showcase_channel_id IS NOT NULL"
        )
        return [(row[0], row[1], row[2]) for row in rows]

    async def generation(self, generation_id: int) -> Generation | None:
        """Return the generation of this id."""
        rows = await self._database.all("SELECT * FROM generations WHERE id = ?", (generation_id,))
        return read_generation(rows[0]) if rows else None
