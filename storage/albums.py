"""The rows of `albums`: a member's own, seen by nobody else. One of another's is as one that is not there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.errors import StorageError

if TYPE_CHECKING:
    from storage.database import Database

MOST_ALBUMS = 100  # of one member


class NameTaken(StorageError):
    """The member has an album of this name already."""


class TooManyAlbums(StorageError):
    """The member has as many as one may have."""


@dataclass(frozen=True, slots=True)
class Album:
    """A member's album and how many pictures are in it."""

    id: int
    name: str
    pictures: int


class Albums:
    """The albums of a database. Every method may raise `StorageError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, member_id: int) -> list[Album]:
        """Return a member's albums, by name."""
        rows = await self._database.all(
            "SELECT id, name, (SELECT count(*) FROM album_pictures WHERE album_id = albums.id) AS pictures"
            " FROM albums WHERE member_id = ? ORDER BY name",
            (member_id,),
        )
        return [Album(row["id"], row["name"], row["pictures"]) for row in rows]

    async def named(self, member_id: int, name: str) -> Album | None:
        """Return the member's album of this name."""
        return next((album for album in await self.of(member_id) if album.name == name), None)

    async def owned(self, member_id: int, album_id: int) -> Album | None:
        """Return the album, if it is the member's."""
        return next((album for album in await self.of(member_id) if album.id == album_id), None)

    async def make(self, member_id: int, name: str, now: float) -> Album:
        """Make an album, or return the one of this name. Raises `TooManyAlbums`."""
        if found := await self.named(member_id, name):
            return found
        rows = await self._database.all(
            "INSERT INTO albums (member_id, name, made_at) SELECT ?1, ?2, ?3"
            " WHERE (SELECT count(*) FROM albums WHERE member_id = ?1) < ?4 RETURNING id",
            (member_id, name, now, MOST_ALBUMS),
        )
        if not rows:
            raise TooManyAlbums(f"{MOST_ALBUMS} albums")
        return Album(rows[0]["id"], name, 0)

    async def add(self, member_id: int, album_id: int, generation_id: int, now: float) -> bool:
        """Put a picture into the member's album; False where it was in it, or the album is not theirs."""
        rows = await self._database.all(
            "INSERT OR IGNORE INTO album_pictures SELECT id, ?3, ?4 FROM albums"
            " WHERE id = ?2 AND member_id = ?1 RETURNING 1",
            (member_id, album_id, generation_id, now),
        )
        return bool(rows)

    async def remove(self, member_id: int, album_id: int, generation_id: int) -> bool:
        """Take a picture out of the member's album; False where it was not in it."""
        rows = await self._database.all(
            "DELETE FROM album_pictures WHERE generation_id = ?3"
            " AND album_id = (SELECT id FROM albums WHERE id = ?2 AND member_id = ?1) RETURNING 1",
            (member_id, album_id, generation_id),
        )
        return bool(rows)

    async def rename(self, member_id: int, album_id: int, name: str) -> bool:
        """Give the member's album another name; False where it is not theirs. Raises `NameTaken`."""
        if await self.named(member_id, name):
            raise NameTaken(name)
        rows = await self._database.all(
            "UPDATE albums SET name = ?3 WHERE id = ?2 AND member_id = ?1 RETURNING 1",
            (member_id, album_id, name),
        )
        return bool(rows)

    async def delete(self, member_id: int, album_id: int) -> bool:
        """Remove the member's album, not its pictures; False where it is not theirs."""
        rows = await self._database.all(
            "DELETE FROM albums WHERE id = ?2 AND member_id = ?1 RETURNING 1", (member_id, album_id)
        )
        return bool(rows)
