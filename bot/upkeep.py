"""Once a day: what nothing points to goes, and what is above the disk's budget, in a stated order.

First files that nothing points to; then frames and films, the oldest first; then pictures that nobody loves,
the oldest first; favourites last, those with the fewest hearts first. What was made within a day stays.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.errors import StorageError
from storage.frames import Frames
from storage.images import Images
from storage.pruning import Candidates, Entry, entries
from storage.references import References
from storage.searches import Searches

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from bot.config import Config
    from bot.past import Past
    from storage.database import Database
    from storage.generations import Generation

INTERVAL_S = 24 * 3600
START_S = 60  #: after the bot's start, so that it is not busy with this first
YOUNG_FILE_S = 3600.0  #: the row that points to a file is written after it
YOUNG_S = 24 * 3600.0  #: younger pictures are not pruned
AT_ONCE = 50
DRAWERS = ("pictures", "thumbnails")

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Pruned:
    """What a pruning has done."""

    left_bytes: int = 0  #: of pictures, thumbnails, frames and films
    freed_bytes: int = 0
    orphans: int = 0  #: files to which nothing pointed
    films: int = 0  #: jobs whose frames and film are gone
    unloved: int = 0  #: generations
    loved: int = 0  #: generations

    def take(self, size_bytes: int) -> None:
        """Something of this size is gone."""
        self.left_bytes -= size_bytes
        self.freed_bytes += size_bytes


class Upkeep:
    """The daily round. `budget_bytes` 0 is no bound."""

    def __init__(
        self,
        directory: Path,
        budget_bytes: int,
        candidates: Candidates,
        references: References,
        searches: Searches,
        frames: Frames,
        past: Past,
        forget: Callable[[Generation], Awaitable[None]],
    ) -> None:
        self._directory, self._budget_bytes = directory, budget_bytes
        self._candidates, self._references, self._searches = candidates, references, searches
        self._frames, self._past, self._forget = frames, past, forget

    @classmethod
    def of(
        cls, config: Config, database: Database, past: Past, forget: Callable[[Generation], Awaitable[None]]
    ) -> Upkeep:
        """The upkeep of a bot's folder; `forget` is told of generations that go."""
        images = Images(config.directory / "pictures")
        return cls(
            config.directory,
            config.storage.budget_bytes,
            Candidates(database),
            References(database, images),
            Searches(database),
            Frames(config.directory / "frames"),
            past,
            forget,
        )

    async def run(self) -> None:
        """Prune each day, without end."""
        await asyncio.sleep(START_S)
        while True:
            try:
                while await self._searches.forget_old(time.time()):
                    pass
                log.info("pruned: %s", await self.prune(time.time()))
            except (StorageError, OSError) as error:
                log.error("the disk could not be pruned: %s", error)
            await asyncio.sleep(INTERVAL_S)

    async def prune(self, now: float) -> Pruned:
        """Do it now. Raises `StorageError`, `OSError`."""
        pruned = Pruned()
        for drawer in DRAWERS:
            async for some in entries(self._directory / drawer):
                await self._drop_orphans(some, now, pruned)
        stock = await self._frames.stock()
        pruned.left_bytes += sum(size_bytes for _, _, size_bytes in stock)
        if self._budget_bytes:
            await self._drop_films(stock, now, pruned)
            pruned.unloved = await self._drop_pictures(self._candidates.unloved, now, pruned)
            pruned.loved = await self._drop_pictures(self._candidates.loved, now, pruned)
        return pruned

    def _fits(self, pruned: Pruned) -> bool:
        return pruned.left_bytes <= self._budget_bytes

    async def _drop_orphans(self, some: list[Entry], now: float, pruned: Pruned) -> None:
        pruned.left_bytes += sum(entry.size_bytes for entry in some)
        old = {entry.name: entry for entry in some if now - entry.added_at > YOUNG_FILE_S}
        for name in await self._references.unreferenced(old):
            await asyncio.to_thread(old[name].path.unlink, missing_ok=True)
            pruned.orphans += 1
            pruned.take(old[name].size_bytes)

    async def _drop_films(self, stock: list[tuple[float, str, int]], now: float, pruned: Pruned) -> None:
        for added_at, job_id, size_bytes in stock:
            if self._fits(pruned) or now - added_at < YOUNG_S:
                return
            await self._frames.drop(job_id)
            pruned.films += 1
            pruned.take(size_bytes)

    async def _drop_pictures(
        self, candidates: Callable[[float, int], Awaitable[list[Generation]]], now: float, pruned: Pruned
    ) -> int:
        gone = 0
        while not self._fits(pruned):
            some = await candidates(now - YOUNG_S, AT_ONCE)
            if not some:
                break
            for generation in some:
                if self._fits(pruned):
                    break
                pruned.take(await self._delete(generation))
                gone += 1
        return gone

    async def _delete(self, generation: Generation) -> int:
        """Forget a generation and all that hangs on it; returns the bytes of the files that are gone."""
        sha256 = generation.picture_sha256
        paths = [self._directory / drawer / sha256[:2] / sha256 for drawer in DRAWERS]
        sizes = {path: path.stat().st_size for path in paths if path.is_file()}
        await self._past.forget(generation.code, generation.job_id)
        await self._forget(generation)
        return sum(size_bytes for path, size_bytes in sizes.items() if not path.exists())
