"""What goes where there is no room: files that nothing points to, then what is loved least and oldest."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from storage.generations import Generation, read_generation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from storage.database import Database

UNLOVED = (
    "SELECT g.* FROM generations g WHERE g.hearts = 0 AND g.created_at < ?"
    " AND NOT EXISTS (SELECT 1 FROM album_pictures a WHERE a.generation_id = g.id) ORDER BY g.id LIMIT ?"
)
LOVED = "SELECT g.* FROM generations g WHERE g.created_at < ? ORDER BY g.hearts, g.id LIMIT ?"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file below a folder of pictures. `added_at` is Unix time."""

    name: str
    size_bytes: int
    added_at: float
    path: Path


async def entries(directory: Path) -> AsyncIterator[list[Entry]]:
    """All files of a folder of pictures or thumbnails, one of its folders at a time."""
    for folder in await asyncio.to_thread(lambda: sorted(directory.glob("??"))):
        yield await asyncio.to_thread(lambda folder=folder: list(_entries(folder)))  # type: ignore[misc]


def _entries(folder: Path) -> Iterator[Entry]:
    for path in folder.iterdir():
        try:
            stat = path.stat()
        except FileNotFoundError:  # removed meanwhile
            continue
        yield Entry(path.name, stat.st_size, stat.st_mtime, path)


class Candidates:
    """The generations that would go first. Every method may raise `StorageError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def unloved(self, before: float, limit: int) -> list[Generation]:
        """Return the oldest without a heart and in no album, made before a time."""
        rows = await self._database.all(UNLOVED, (before, limit))
        return [read_generation(row) for row in rows]

    async def loved(self, before: float, limit: int) -> list[Generation]:
        """Return those with the fewest hearts, of them the oldest, made before a time."""
        return [read_generation(row) for row in await self._database.all(LOVED, (before, limit))]
