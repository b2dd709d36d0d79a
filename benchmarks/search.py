"""How long searches take, where there is much to search: python -m benchmarks.search [rows] [vectors].

By meaning: the product of a guild's vectors with a query, and the ranking, at the sizes of the shipped CLIP and
of ViT-B/32. In the database: a generated one, whose every second generation is one guild's; each statement is
run for several queries, and the slowest of its runs is told beside the median.
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
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np

from benchmarks.machine import describe
from bot.nearest import Space
from bot.visibility import Sight
from storage.database import Database
from storage.generations import LETTERS, Cursor, Filter, Generations, Order
from storage.images import Images
from storage.references import References
from storage.searches import Searches
from storage.words import Words

ROWS, VECTORS = 1_000_000, 200_000
GUILDS, PLACES = 200, 8
RUNS = 20
WORDS = [
    "red",
    "green",
    "blue",
    "yellow",
    "car",
    "cat",
    "dog",
    "sea",
    "dragon",
    "dragons",
    "castle",
    "mountain",
    "night",
    "day",
    "by",
    "the",
    "a",
    "of",
    "in",
    "on",
    "with",
    "under",
    "oil",
    "painting",
    "lighthouse",
    "storm",
    "rainbow",
    "forest",
    "море",
    "красный",
    "дом",
    "кот",
    "солнце",
    "небо",
    "закат",
    "город",
    "зелёный",
]


def show(what: str, seconds: list[float]) -> None:
    """A line of the table."""
    print(f"{what:<58} {statistics.median(seconds) * 1000:8.1f} ms {max(seconds) * 1000:8.1f} ms")


def by_meaning(count: int, dimensions: int) -> None:
    rng = np.random.default_rng(0)
    space = Space(dimensions, count)
    for start in range(0, count, 10_000):
        some = rng.standard_normal((min(10_000, count - start), dimensions)).astype(np.float32)
        some /= np.linalg.norm(some, axis=1, keepdims=True)
        ids = range(start, start + len(some))
        space.extend(list(ids), [id_ % PLACES for id_ in ids], some.astype("<f2").tobytes())
    took = []
    for run in range(RUNS):
        query = space.vector(run)
        assert query is not None
        began = time.perf_counter()
        best = list(itertools.islice(space.rank(query, range(PLACES - 1)), 180))
        took.append(time.perf_counter() - began)
        assert best[0].id == run or run % PLACES == PLACES - 1
    show(f"by meaning: {count:,} vectors of {dimensions}, {space.size_bytes >> 20} MiB", took)


def rows(count: int):
    """Values of generations: every second one of guild 1, the others of many."""
    chance = random.Random(1)
    rare = ["".join(chance.choices("abcdefghij", k=6)) for _ in range(20_000)]
    for number in range(1, count + 1):
        guild = 1 if number % 2 else chance.randrange(2, GUILDS)
        place = guild * 1000 + chance.randrange(PLACES)
        prompt = " ".join([*chance.choices(WORDS, k=6), *chance.choices(rare, k=3)]) + f" --seed {number}"
        yield (
            code(number),
            f"job{number}",
            guild,
            place,
            place,
            number % 5000,
            prompt,
            f"{number:064x}",
            number,
        )


def code(number: int) -> str:
    """Six letters for a number."""
    return "".join(LETTERS[number // len(LETTERS) ** power % len(LETTERS)] for power in range(6))


async def fill(database: Database, count: int) -> None:
    began = time.perf_counter()
    numbered = rows(count)
    while some := list(itertools.islice(numbered, 20_000)):
        async with database.transaction() as connection:
            await connection.executemany(
                "INSERT INTO generations (code, job_id, guild_id, place_id, channel_id, member_id, private, prompt,"
                " engine, model, width, height, steps, seed, init_weight, picture_sha256, created_at, hearts)"
                " VALUES (?, ?, ?, ?, ?, ?, 0, ?, 'e', 'm', 256, 256, 60, 7, 0, ?, ?, abs(random()) % 50 = 0)",
                some,
            )
    size = os.path.getsize(database.path) >> 20
    print(f"{count:,} generations written in {time.perf_counter() - began:.0f} s, {size:,} MiB")


async def each(what: str, calls: list[Callable[[], Awaitable[object]]]) -> None:
    took = []
    for call in calls:
        began = time.perf_counter()
        await call()
        took.append(time.perf_counter() - began)
    show(what, took)


async def in_database(count: int, folder: Path) -> None:
    async with Database.open(folder / "gala.db") as database:
        await fill(database, count)
        chance = random.Random(2)
        sights = [Sight(g, 1, g * 1000, frozenset(range(g * 1000, g * 1000 + PLACES))) for g in (1, 77)]
        words, generations = Words(database), Generations(database)
        searches, references = Searches(database), References(database, Images(folder))
        for sight, guild in zip(sights, ("a guild of half of all", "a small guild"), strict=True):
            for number in (1, 2, 4):
                texts = [" ".join(chance.sample(WORDS, number)) for _ in range(RUNS)]
                calls = [lambda text=text, s=sight: words.find(text, s) for text in texts]
                await each(f"{number} words, {guild}", calls)
            texts = [text[:4] for text in chance.sample(WORDS, RUNS)]
            await each(f"a beginning, {guild}", [lambda t=t, s=sight: words.find(t, s) for t in texts])
            calls = [lambda s=sight: words.find("zzzz yyyy", s)] * RUNS
            await each(f"nothing to be found, {guild}", calls)
            lists = [[chance.randrange(1, count) for _ in range(270)] for _ in range(RUNS)]
            await each(
                f"what of 270 may be shown, {guild}",
                [lambda i=i, s=sight: searches.shown(s, i) for i in lists],
            )
            await each(
                f"a page of the newest, {guild}",
                [
                    lambda c=Cursor(chance.randrange(count // 2, count)), s=sight: generations.page(
                        s, Filter(), Order.NEWEST, c, 9
                    )
                    for _ in range(RUNS)
                ],
            )
        await each(
            "a code", [lambda n=n: generations.get(code(n)) for n in chance.sample(range(1, count), RUNS)]
        )
        hashes = [[f"{chance.randrange(2 * count):064x}" for _ in range(500)] for _ in range(RUNS)]
        await each(
            "prune: which of 500 files nothing needs",
            [lambda h=h: references.unreferenced(h) for h in hashes],
        )


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    vectors = int(sys.argv[2]) if len(sys.argv) > 2 else VECTORS
    cores = len(os.sched_getaffinity(0))
    print(*describe("cpu", cores), f"numpy {np.__version__}, SQLite {sqlite3.sqlite_version}", sep="\n")
    print(f"{'':<58} {'median':>11} {'slowest':>11}")
    for dimensions in (192, 512):
        by_meaning(vectors, dimensions)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(in_database(count, Path(folder)))


if __name__ == "__main__":
    main()
