"""Pruning a real folder: what goes first, what goes last, and that nothing of what is gone is left."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.config import Config
from bot.gallery_command import forget_nothing, past_of
from bot.upkeep import Pruned, Upkeep
from storage.backup import DATABASE
from storage.database import Database
from storage.frames import Frames
from storage.images import Images
from storage.inspection import inspect
from storage.pruning import LOVED, UNLOVED
from tests.storage.rows import a_generation

KB = 1000
LONG_AGO_S = 10 * 24 * 3600


@dataclass
class Folder:
    """A bot's folder with things that lie there for days."""

    path: Path
    database: Database
    images: Images
    frames: Frames

    async def paint(self, text: str, hearts: int = 0, **changes: object) -> int:
        """A picture of 10 kB and its thumbnail of 1 kB."""
        sha256 = await self.images.put(text.encode().ljust(10 * KB))
        await Images(self.path / "thumbnails").put_as(sha256, bytes(KB))
        id_ = await a_generation(self.database, text, picture_sha256=sha256, **changes)
        for member in range(hearts):
            await self.database.all("INSERT INTO hearts VALUES (?, ?, 0)", (member, id_))
        return id_

    async def keep_in_album(self, id_: int) -> None:
        await self.database.all("INSERT INTO albums (id, member_id, name, made_at) VALUES (1, 1, 'a', 0)")
        await self.database.all("INSERT INTO album_pictures VALUES (1, ?, 0)", (id_,))

    async def film(self, job_id: str) -> None:
        await self.frames.keep(job_id, 1, 2, bytes(5 * KB))

    def age(self, seconds: float = LONG_AGO_S) -> None:
        then = time.time() - seconds
        for path in sorted(self.path.rglob("*"), reverse=True):
            if path.parent != self.path:
                os.utime(path, (then, then))

    async def prune(self, budget_bytes: int = 0) -> Pruned:
        config = Config.model_validate(
            {"storage": {"directory": str(self.path), "budget_bytes": budget_bytes}}
        )
        past = past_of(config, self.database)
        return await Upkeep.of(config, self.database, past, forget_nothing).prune(time.time())

    async def prompts(self) -> list[str]:
        return [row[0] for row in await self.database.all("SELECT prompt FROM generations ORDER BY id")]

    def job_folders(self) -> set[str]:
        return {path.name for path in (self.path / "frames").glob("*")}


@asynccontextmanager
async def a_folder(path: Path) -> AsyncIterator[Folder]:
    async with Database.open(path / DATABASE) as database:
        yield Folder(path, database, Images(path / "pictures"), Frames(path / "frames"))


async def test_what_nothing_points_to_goes_and_everything_else_stays(tmp_path: Path):
    async with a_folder(tmp_path) as folder:
        await folder.paint("kept")
        await folder.images.put(b"nobody's")
        await Images(tmp_path / "thumbnails").put_as("a" * 64, b"of nothing")
        (tmp_path / "pictures" / "ab").mkdir(exist_ok=True)
        (tmp_path / "pictures" / "ab" / ".new-1").write_bytes(b"half")
        folder.age()
        await folder.images.put(b"its row comes in a moment")
        pruned = await folder.prune()
        assert pruned.orphans == 3
        assert pruned.freed_bytes == len(b"nobody's") + len(b"of nothing") + len(b"half")
        assert pruned.left_bytes == 11 * KB + len(b"its row comes in a moment")
        assert inspect(tmp_path).orphans == []
        assert (await folder.prune()).orphans == 0


async def test_without_a_budget_nothing_that_is_of_use_goes(tmp_path: Path):
    async with a_folder(tmp_path) as folder:
        await folder.paint("old")
        await folder.film("job1")
        folder.age()
        assert await folder.prune() == Pruned(left_bytes=16 * KB)


async def test_the_order_is_films_then_the_unloved_then_favourites(tmp_path: Path):
    async with a_folder(tmp_path) as folder:
        await folder.paint("oldest, loved by two", hearts=2)
        album = await folder.paint("in an album")
        await folder.paint("old")
        await folder.paint("loved", hearts=1)
        await folder.paint("newer")
        await folder.keep_in_album(album)
        await folder.film("job1")
        await folder.film("job2")
        folder.age()
        assert (await folder.prune(60 * KB)).films == 1
        pruned = await folder.prune(50 * KB)
        assert (pruned.films, pruned.unloved) == (1, 1)
        assert folder.job_folders() == set()
        left = ["oldest, loved by two", "in an album", "loved", "newer"]
        assert await folder.prompts() == left
        await folder.prune(33 * KB)
        assert await folder.prompts() == left[:3]
        for budget, expected in ((32, [left[0], left[2]]), (21, left[:1]), (1, [])):
            pruned = await folder.prune(budget * KB)
            assert pruned.loved == 1
            assert await folder.prompts() == expected
        assert pruned.left_bytes == 0


async def test_what_is_pruned_leaves_nothing_behind(tmp_path: Path):
    async with a_folder(tmp_path) as folder:
        id_ = await folder.paint("gone", hearts=1)
        await folder.database.all("INSERT INTO clips VALUES (1, ?, 'toy', 1)", ("c" * 64,))
        await folder.database.all("INSERT INTO vectors VALUES (1, 10, ?, x'00')", (id_,))
        await folder.database.all(
            "INSERT INTO searches VALUES ('x', 1, 10, '', 'like', ?, NULL, NULL, 0)", (id_,)
        )
        folder.age()
        await folder.prune(1)
        for table in ("generations", "hearts", "vectors", "unseen", "searches"):
            assert (await folder.database.all(f"SELECT count(*) FROM {table}"))[0][0] == 0, table
        matches = await folder.database.all("SELECT count(*) FROM words WHERE words MATCH 'gone'")
        assert matches[0][0] == 0
        assert [path for path in tmp_path.rglob("*") if path.is_file() and "gala" not in path.name] == []


async def test_a_file_that_two_pictures_share_goes_with_the_second(tmp_path: Path):
    async with a_folder(tmp_path) as folder:
        await folder.paint("twin")
        await folder.paint("twin")
        folder.age()
        pruned = await folder.prune(5 * KB)
        assert (pruned.unloved, pruned.left_bytes) == (2, 0)


async def test_what_was_made_within_a_day_stays_however_small_the_budget(tmp_path: Path):
    async with a_folder(tmp_path) as folder:
        await folder.paint("new", created_at=time.time())
        await folder.film("job1")
        folder.age(2 * 3600)
        pruned = await folder.prune(1)
        assert (pruned.unloved, pruned.loved, pruned.films) == (0, 0, 0)
        assert await folder.prompts() == ["new"]


async def test_no_pruning_scans_the_table(tmp_path: Path):
    async with a_folder(tmp_path) as folder:
        for sql in (UNLOVED, LOVED):
            rows = await folder.database.all(f"EXPLAIN QUERY PLAN {sql}", (0, 9))
            plan = [row["detail"] for row in rows]
            assert any("generations_unloved" in line for line in plan), plan
            assert not any("TEMP B-TREE" in line for line in plan), plan
