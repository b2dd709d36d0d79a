"""The rows of the preferences: what a member gets where they ask for nothing else, wherever they are."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3

    from storage.database import Database


@dataclass(frozen=True, slots=True)
class Preference:
    """What a member has chosen; None: what everybody gets."""

    language: str | None = None  #: of Gala's answers, as in `bot.locales`; None: that of their Discord
    model: str | None = None
    shape: str | None = None  #: a ratio such as 3:2, or a size in px such as 512x256
    steps: int | None = None
    init_weight: float | None = None
    unwanted: str | None = None  #: as it is written after --no
    style: str | None = None  #: one of the host's, by name; see `bot.styles`


class Preferences:
    """The preferences of a database's members. Every method may raise `StorageError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, member_id: int) -> Preference:
        """Return what a member has chosen."""
        rows = await self._database.all("SELECT * FROM preferences WHERE member_id = ?", (member_id,))
        return _preference(rows[0]) if rows else Preference()

    async def change(self, member_id: int, /, **values: Any) -> Preference:
        """Set fields of a member's preference, and return it as it now is."""
        names = [field.name for field in fields(Preference) if field.name in values]
        if len(names) != len(values) or not names:
            raise ValueError(f"not fields of a preference: {sorted(values)}")
        new = ", ".join(f"{name} = excluded.{name}" for name in names)
        rows = await self._database.all(
            f"INSERT INTO preferences (member_id, {', '.join(names)}) VALUES (?{', ?' * len(names)})"  # noqa: S608 our own names
            f" ON CONFLICT (member_id) DO UPDATE SET {new} RETURNING *",
            (member_id, *(values[name] for name in names)),
        )
        return _preference(rows[0])

    async def clear(self, member_id: int) -> None:
        """Forget what a member has chosen."""
        await self._database.all("DELETE FROM preferences WHERE member_id = ?", (member_id,))


def _preference(row: sqlite3.Row) -> Preference:
    return Preference(**{field.name: row[field.name] for field in fields(Preference)})
