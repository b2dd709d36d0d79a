"""How long searches take where there is much to search: python -m benchmarks.search [generations] [vectors].

By meaning: the product of the vectors of a guild with a query, and its ranking, with as many dimensions as
the CLIP of pocket has, and ViT-B/32. In the database: generated rows, every second one of a single guild;
each statement is run for several queries on a database just opened; the slowest is told beside the median,
and beside the clock the median time of the processor, which other programs hardly touch.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import describe
from bot.nearest import Space
from bot.visibility import Sight
from storage.database import Database
from storage.generations import LETTERS, Cursor, Filter, Generations, Order
from storage.images import Images
from storage.pruning import Candidates
from storage.references import References
from storage.searches import Searches
from storage.vectors import Vectors
from storage.words import Words

GENERATIONS, VECTORS = 1_000_000, 200_000
GUILDS, PLACES, RARE = 200, 8, 20_000
RUNS = 20
WORDS = (
    "red green blue yellow car cat dog sea dragon dragons castle mountain night day by the a of in on with "
    "under oil painting lighthouse storm rainbow forest море красный дом кот солнце небо закат город зелёный"
)
INSERT = (
    "INSERT INTO generations (code, job_id, guild_id, place_id, channel_id, member_id, prompt,"
    " picture_sha256, created_at, hearts, private, engine, model, width, height, steps, seed, init_weight)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 'e', 'm', 256, 256, 60, 7, 0)"
)

Call = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds that something took."""

    clock_s: float
    processor_s: float

    @classmethod
    def since(cls, began: Took) -> Took:
        """From a moment until now."""
        now = cls.now()
        return cls(now.clock_s - began.clock_s, now.processor_s - began.processor_s)

    @classmethod
    def now(cls) -> Took:
        """At this moment."""
        return cls(time.perf_counter(), time.process_time())


def show(what: str, took: list[Took]) -> None:
    """A line of the table."""
    clock, processor = [one.clock_s * 1000 for one in took], [one.processor_s * 1000 for one in took]
    median, slowest, work = statistics.median(clock), max(clock), statistics.median(processor)
    print(f"{what:<64} {median:8.1f} ms {slowest:8.1f} ms {work:8.1f} ms", flush=True)


def by_meaning(count: int, dimensions: int) -> None:
    """Rank a guild's vectors, as a search does, within all channels but one."""
    rng = np.random.default_rng(0)
    space = Space(dimensions, count)
    for start in range(0, count, 10_000):
        ids = range(start, min(start + 10_000, count))
        some = rng.standard_normal((len(ids), dimensions)).astype(np.float32)
        some /= np.linalg.norm(some, axis=1, keepdims=True)
        space.extend(list(ids), [id_ % PLACES for id_ in ids], some.astype("<f2").tobytes())
    took = []
    for run in range(RUNS):
        query = space.vector(run)
        assert query is not None
        began = Took.now()
        best = list(itertools.islice(space.rank(query, range(PLACES - 1)), 180))
        took.append(Took.since(began))
        assert best[0].id == run or run % PLACES == PLACES - 1
    show(f"by meaning: {count:,} vectors of {dimensions}, {space.size_bytes >> 20} MiB", took)


def rows(count: int) -> Iterator[tuple[Any, ...]]:
    """Values of generations: every second one of guild 1, the others of many; one in fifty has a heart."""
    chance = random.Random(1)
    common, rare = WORDS.split(), ["".join(chance.choices("abcdefghij", k=6)) for _ in range(RARE)]
    for number in range(1, count + 1):
        guild = 1 if number % 2 else chance.randrange(2, GUILDS)
        place = guild * 1000 + chance.randrange(PLACES)
        prompt = " ".join([*chance.choices(common, k=6), *chance.choices(rare, k=3)])
        where = (guild, place, place, number % 5000)
        yield (code(number), f"j{number}", *where, prompt, f"{number:064x}", float(number), number % 50 == 0)


def code(number: int) -> str:
    """Six letters for a number."""
    return "".join(LETTERS[number // len(LETTERS) ** power % len(LETTERS)] for power in range(6))


async def fill(database: Database, count: int) -> None:
    """Write the rows, with all that their triggers do."""
    began, numbered = time.perf_counter(), rows(count)
    while some := list(itertools.islice(numbered, 20_000)):
        async with database.transaction() as connection:
            await connection.executemany(INSERT, some)
    size = database.path.stat().st_size >> 20
    print(f"{count:,} generations written in {time.perf_counter() - began:.0f} s, {size:,} MiB", flush=True)


async def measure(what: str, calls: list[Call]) -> None:
    """Run each call once."""
    took = []
    for call in calls:
        began = Took.now()
        await call()
        took.append(Took.since(began))
    show(what, took)


async def search(database: Database, sight: Sight, guild: str, count: int) -> None:
    """What a member's search and its pages ask."""
    chance, words = random.Random(2), Words(database)
    searches, generations = Searches(database), Generations(database)

    async def find(text: str) -> None:
        await words.find(text, sight)

    for number in (1, 2, 4, 6):
        texts = [" ".join(chance.sample(WORDS.split(), number)) for _ in range(RUNS)]
        await measure(f"search by {number} words, {guild}", [lambda text=text: find(text) for text in texts])
    texts = [word[:3] for word in chance.sample(WORDS.split(), RUNS)]
    await measure(f"search by three letters, {guild}", [lambda text=text: find(text) for text in texts])
    await measure(f"search by words that are nowhere, {guild}", [lambda: find("zzzz yyyy")] * RUNS)
    lists = [[chance.randrange(1, count) for _ in range(270)] for _ in range(RUNS)]
    await measure(
        f"what of 270 results may be shown, {guild}",
        [lambda ids=ids: searches.shown(sight, ids) for ids in lists],
    )
    cursors = [Cursor(chance.randrange(count // 2, count)) for _ in range(RUNS)]
    pages = [lambda at=at: generations.page(sight, Filter(), Order.NEWEST, at, 10) for at in cursors]
    await measure(f"a page of the newest, {guild}", pages)


async def keep(database: Database, count: int) -> None:
    """What the daily prune and the embedder ask, and the look-up of a code."""
    chance, vectors, candidates = random.Random(3), Vectors(database), Candidates(database)
    references, generations = References(database, Images(database.path.parent)), Generations(database)
    codes = [code(number) for number in chance.sample(range(1, count), RUNS)]
    await measure("a code", [lambda each=each: generations.get(each) for each in codes])
    lists = [[f"{chance.randrange(2 * count):064x}" for _ in range(4000)] for _ in range(RUNS)]
    await measure(
        "prune: which of 4,000 files (a folder of a million) nothing needs",
        [lambda names=names: references.unreferenced(names) for names in lists],
    )
    await measure("prune: the 50 oldest without a heart", [lambda: candidates.unloved(1e12, 50)] * RUNS)
    await measure("prune: the 50 with the fewest hearts", [lambda: candidates.loved(1e12, 50)] * RUNS)
    gone = [code(number) for number in range(1, RUNS + 1)]
    await measure("prune: delete a generation", [lambda each=each: generations.delete(each) for each in gone])
    await measure("embedder: the next 8 pictures", [lambda: vectors.due(8)] * RUNS)


async def in_database(count: int, folder: Path) -> None:
    """Write the rows, open the database again, measure."""
    async with Database.open(folder / "gala.db") as database:
        await fill(database, count)
    for guild, name in ((1, "a guild with half of all"), (77, "a small guild")):
        sight = Sight(guild, 1, guild * 1000, frozenset(range(guild * 1000, guild * 1000 + PLACES)))
        async with Database.open(folder / "gala.db") as database:
            await search(database, sight, name, count)
    async with Database.open(folder / "gala.db") as database:
        await keep(database, count)


def main() -> None:
    """Print the tables."""
    count, vectors = (*map(int, sys.argv[1:3]), *(GENERATIONS, VECTORS)[len(sys.argv[1:3]) :])
    print(*describe("cpu", len(os.sched_getaffinity(0))), sep="\n")
    print(f"numpy {np.__version__}, SQLite {sqlite3.sqlite_version}\n")
    print(f"{'':<64} {'median':>11} {'slowest':>11} {'processor':>11}")
    for dimensions in (192, 512):
        by_meaning(vectors, dimensions)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(in_database(count, Path(folder)))


if __name__ == "__main__":
    main()
