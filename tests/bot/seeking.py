"""A search without Discord: real database, files and generation process, whose CLIP knows colours."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.embedder import Embedder, Pace
from bot.searching import Searcher
from bot.visibility import Sight
from bot.worker import Worker
from storage.database import Database
from storage.images import Images
from storage.searches import Searches, Way
from storage.vectors import Vectors
from storage.words import Words
from tests.generation.pipe import TOY
from tests.generation.test_questions import plain
from tests.storage.rows import GUILD, MEMBER, PLACE, a_generation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.searching import Results
    from generation.protocol import Settings

COLOURS = {"red": (250, 5, 5), "green": (5, 250, 5), "blue": (5, 5, 250), "yellow": (250, 250, 5)}
EYES = Sight(GUILD, MEMBER, PLACE, frozenset({PLACE}))


@dataclass
class Seeking:
    """The parts of a search."""

    database: Database
    images: Images
    vectors: Vectors
    worker: Worker
    searcher: Searcher
    embedder: Embedder

    async def paint(self, colour: str, prompt: str = "something", **changes: Any) -> int:
        """A generation whose picture has one colour."""
        sha256 = await self.images.put(plain(*COLOURS[colour]))
        return await a_generation(self.database, prompt, picture_sha256=sha256, **changes)

    async def find(self, text: str, way: Way = Way.BOTH, sight: Sight = EYES) -> Results:
        """Begin a search, and look at it at once."""
        return await self.searcher.find(await self.searcher.begin(sight, text, way), sight)

    async def ids(self, text: str, way: Way = Way.MEANING, sight: Sight = EYES) -> list[int]:
        """The ids that a search finds."""
        return [each.id for each in (await self.find(text, way, sight)).generations]


@asynccontextmanager
async def seeking(
    folder: Path, *, settings: Settings = TOY, model: str = "toy", start: bool = True
) -> AsyncIterator[Seeking]:
    """All parts, built and started; the embedder works when it is told to."""
    worker = Worker(settings, backoff_s=(0.02, 0.1))
    async with Database.open(folder / "gala.db") as database:
        images, vectors = Images(folder / "pictures"), Vectors(database)
        searcher = Searcher(
            Searches(database), Words(database), vectors, worker.questions, model, memory_bytes=10**6
        )
        embedder = Embedder(vectors, images, worker.questions, model, searcher, Pace(0.01, 0.01))
        if start:
            await worker.start()
        try:
            yield Seeking(database, images, vectors, worker, searcher, embedder)
        finally:
            await worker.close()
