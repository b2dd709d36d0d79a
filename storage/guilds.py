"""The rows of the guilds: what their admins have chosen, for all of a guild, its channels and its roles.

Every row and every query carries the guild's id, so that no guild can read or change what is another's.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable

    from storage.database import Database


#: Instead of a channel for results: they stand where they were asked for, whatever is said further up.
HERE = 0


class LineState(StrEnum):
    """Whether a guild's line moves. Unless it is open, nothing new is accepted."""

    OPEN = "open"
    PAUSED = "paused"  #: what waits stays where it is
    DRAINING = "draining"  #: what waits is still painted


class Access(StrEnum):
    """What an admin says of painting in a channel, or with a role."""

    ALLOWED = "allowed"
    DENIED = "denied"


class Tidy(StrEnum):
    """What is seen of a job where it was asked for, before its picture."""

    CARD = "card"  #: a card in the channel
    MEMBER = "member"  #: a card, and the picture, in a thread for each member
    DAY = "day"  #: the same in a thread for each day
    FINAL = "final"  #: nothing; the member alone sees the card


@dataclass(frozen=True, slots=True)
class GuildSettings:
    """What holds in all of a guild."""

    guild_id: int
    language: str | None = None  #: of what everybody sees, as in `bot.locales`; None: of who has asked
    time_zone: str = "UTC"
    log_channel_id: int | None = None
    inbox_channel_id: int | None = None  #: of the moderators
    showcase_channel_id: int | None = None
    retention_days: int | None = None  #: None: pictures are kept
    line: LineState = LineState.OPEN
    results_channel_id: int | None = None  #: where finished pictures go; None: where they were asked for
    tidy: Tidy | None = None  #: None: `Tidy.CARD`


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """What differs in a channel, or in a category's channels; None: as in its category, else its guild."""

    guild_id: int
    channel_id: int
    painting: Access | None = None
    results_channel_id: int | None = None  #: or `HERE`
    tidy: Tidy | None = None


class Guilds:
    """The settings of a database's guilds. Every method may raise `StorageError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- guilds

    async def get(self, guild_id: int) -> GuildSettings:
        """Return a guild's settings; the defaults where nothing was chosen, and for direct messages (0)."""
        rows = await self._database.all("SELECT * FROM guilds WHERE guild_id = ?", (guild_id,))
        return _guild(rows[0]) if rows else GuildSettings(guild_id)

    async def change(self, guild_id: int, /, **values: Any) -> GuildSettings:
        """Set fields of a guild's settings, and return them as they now are."""
        sql = _upsert("guilds", ("guild_id",), GuildSettings, values)
        return _guild((await self._database.all(sql, (guild_id, *values.values())))[0])

    async def time_zone(self, guild_id: int) -> str:
        """Return the name of a guild's time zone."""
        return (await self.get(guild_id)).time_zone

    async def paused(self) -> frozenset[int]:
        """Return the guilds whose line stands still."""
        rows = await self._database.all("SELECT guild_id FROM guilds WHERE line = 'paused'")
        return frozenset(int(row[0]) for row in rows)

    # --- channels

    async def channel(self, guild_id: int, channel_id: int) -> ChannelSettings:
        """Return what differs in this very channel or category."""
        found = await self.channels(guild_id, (channel_id,))
        return found[0] if found else ChannelSettings(guild_id, channel_id)

    async def channels(
        self, guild_id: int, channel_ids: Collection[int] | None = None
    ) -> list[ChannelSettings]:
        """Return what differs in a guild's channels and categories, or in these of them."""
        rows = await self._database.all(
            "SELECT * FROM guild_channels WHERE guild_id = ?1"
            " AND (?2 IS NULL OR channel_id IN (SELECT value FROM json_each(?2)))",
            (guild_id, None if channel_ids is None else _json(channel_ids)),
        )
        return [_channel(row) for row in rows]

    async def change_channel(self, guild_id: int, channel_id: int, /, **values: Any) -> ChannelSettings:
        """Set fields of a channel's settings, and return them as they now are."""
        sql = _upsert("guild_channels", ("guild_id", "channel_id"), ChannelSettings, values)
        rows = await self._database.all(sql, (guild_id, channel_id, *values.values()))
        return _channel(rows[0])

    async def set_channels(self, guild_id: int, access: Access, channel_ids: Collection[int]) -> None:
        """Make these the channels and categories that are allowed, or denied; others are so no longer."""
        async with self._database.transaction() as transaction:
            await transaction.execute_fetchall(
                "UPDATE guild_channels SET painting = NULL WHERE guild_id = ? AND painting = ?",
                (guild_id, access),
            )
            await transaction.execute_fetchall(
                "INSERT INTO guild_channels (guild_id, channel_id, painting)"
                " SELECT ?1, value, ?2 FROM json_each(?3) WHERE true"
                " ON CONFLICT (guild_id, channel_id) DO UPDATE SET painting = excluded.painting",
                (guild_id, access, _json(channel_ids)),
            )

    # --- roles

    async def roles(self, guild_id: int) -> dict[int, Access]:
        """Return the roles of which something was said."""
        sql = "SELECT role_id, painting FROM guild_roles WHERE guild_id = ?"
        return {int(row[0]): Access(row[1]) for row in await self._database.all(sql, (guild_id,))}

    async def set_roles(self, guild_id: int, access: Access, role_ids: Collection[int]) -> None:
        """Make these the roles that are allowed, or denied; others are so no longer."""
        async with self._database.transaction() as transaction:
            await transaction.execute_fetchall(
                "DELETE FROM guild_roles WHERE guild_id = ? AND painting = ?", (guild_id, access)
            )
            await transaction.execute_fetchall(
                "INSERT INTO guild_roles (guild_id, role_id, painting)"
                " SELECT ?1, value, ?2 FROM json_each(?3) WHERE true"
                " ON CONFLICT (guild_id, role_id) DO UPDATE SET painting = excluded.painting",
                (guild_id, access, _json(role_ids)),
            )


def _upsert(table: str, keys: Iterable[str], kind: type, values: dict[str, Any]) -> str:
    keys = tuple(keys)
    unknown = values.keys() - {field.name for field in fields(kind)} | values.keys() & set(keys)
    if unknown or not values:
        raise ValueError(f"not settings: {sorted(unknown)}")
    columns = (*keys, *values)
    changes = ", ".join(f"{name} = excluded.{name}" for name in values)
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' for _ in columns)})"  # noqa: S608 names of our fields
        f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes} RETURNING *"
    )


def _json(ids: Collection[int]) -> str:
    return f"[{','.join(str(int(each)) for each in ids)}]"


def _guild(row: sqlite3.Row) -> GuildSettings:
    values = {field.name: row[field.name] for field in fields(GuildSettings)}
    return GuildSettings(**{**values, "line": LineState(row["line"]), "tidy": _tidy(row)})


def _channel(row: sqlite3.Row) -> ChannelSettings:
    painting = row["painting"]
    return ChannelSettings(
        int(row["guild_id"]),
        int(row["channel_id"]),
        None if painting is None else Access(painting),
        row["results_channel_id"],
        _tidy(row),
    )


def _tidy(row: sqlite3.Row) -> Tidy | None:
    return None if row["tidy"] is None else Tidy(row["tidy"])
