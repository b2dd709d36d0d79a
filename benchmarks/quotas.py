"""How long a question to the quotas takes, with 10,000 rules and 1,000,000 rows in the ledger.

`python -m benchmarks.quotas [--rows N] [--rules N]` builds a database in a temporary folder (a minute or two)
and asks, as /imagine does, how a member stands; then it charges. Two worlds: the rows of a year in a hundred
guilds, and the worst case: all of them in one guild and in this very month, under limits of every kind.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.quota import Ask, Asker
from bot.till import Till
from storage.database import Database
from storage.jobs import Job, Jobs, Status, new_id
from storage.quotas import Kind, Period, Quotas, Rule, Scope

NOW = time.mktime((2026, 11, 28, 12, 0, 0, 0, 0, 0))
DAY_S = 86_400
MEMBERS, CHANNELS, ROLES = 2000, 40, 200
REPEATS = 40


@dataclass(frozen=True, slots=True)
class World:
    """Where the rows lie: in so many guilds, over so many days before now."""

    name: str
    guilds: int
    days: int


WORLDS = (World("a year in 100 guilds", 100, 365), World("a month in one guild", 1, 27))


def ledger(world: World, rows: int) -> Iterator[tuple[object, ...]]:
    """The rows, as INSERT takes them."""
    chance = random.Random(1)
    for _ in range(rows):
        guild, seconds = 1 + chance.randrange(world.guilds), chance.random() * 20
        yield (
            *(guild, chance.randrange(CHANNELS), chance.randrange(MEMBERS)),
            *(NOW - chance.random() * world.days * DAY_S, "role 1", seconds, "settled", 1, seconds),
        )


def rules(count: int) -> Iterator[tuple[object, ...]]:
    """Limits of every kind and period, for everybody, roles, channels, members, and the guild together."""
    targets = [("guild", 1), ("role", 1), *(("role", 10**6 + n) for n in range(ROLES))]
    targets += [*(("channel", n) for n in range(CHANNELS)), *(("member", n) for n in range(10**6))]
    limits = [(kind, str(period)) for kind in ("pictures", "seconds") for period in Period if period]
    every = ((scope, target, *limit) for scope, target in targets for limit in limits)
    for _, (scope, target, kind, period) in zip(range(count), every, strict=False):
        yield (1, scope, target, kind, period, 1e9, "", 0, 0.0)


async def build(database: Database, world: World, rows: int, count: int) -> None:
    """Fill the database."""
    async with database.transaction() as transaction:
        await transaction.executemany(
            "INSERT INTO quota_ledger (guild_id, channel_id, member_id, charged_at, rule, estimate_s, state,"
            " pictures, seconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            ledger(world, rows),
        )
        await transaction.executemany(
            "INSERT INTO quota_rules"
            " (guild_id, scope, target_id, kind, period, amount, detail, set_by, set_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rules(count),
        )


async def measure(world: World, rows: int, count: int) -> list[tuple[str, list[float]]]:
    """Milliseconds of each question, with what it was."""
    host = [
        Rule(0, scope, 0, kind, 1e9, period)
        for scope in (Scope.HOST_MEMBER, Scope.HOST_GUILD)
        for kind in (Kind.PICTURES, Kind.SECONDS)
        for period in Period
        if period
    ]
    with tempfile.TemporaryDirectory() as folder:
        async with Database.open(Path(folder) / "gala.db") as database:
            await build(database, world, rows, count)
            quotas = Quotas(database)
            till = Till(quotas, lambda: NOW, ceilings=host)
            return [
                ("how a member stands", await repeated(lambda n: stand(till, n))),
                ("the same, and the charge on the disk", await repeated(lambda n: submit(till, database, n))),
                ("a page of the rules", await repeated(lambda n: page(quotas, n))),
            ]


async def stand(till: Till, number: int) -> None:
    await till.standing(asker(number))


async def submit(till: Till, database: Database, number: int) -> None:
    charge, _ = await till.charge(asker(number), Ask(5.0))
    job = Job(new_id(), 1, 1, number, "en-US", "a", "e", "m", 64, 64, 9, 1, None, 0.0, 1, Status.QUEUED, NOW)
    await Jobs(database).add(job, charge)


async def page(quotas: Quotas, number: int) -> None:
    await quotas.count_rules(1)
    await quotas.rules(1, offset=15 * number, limit=15)


def asker(number: int) -> Asker:
    """A member with ten roles besides everybody's."""
    return Asker(1, number % CHANNELS, 1500 + number, (1, *(10**6 + n for n in range(10))))


async def repeated(ask: Callable[[int], Awaitable[None]]) -> list[float]:
    """The milliseconds of each asking."""
    times = []
    for number in range(REPEATS):
        begun = time.perf_counter()
        await ask(number)
        times.append(1000 * (time.perf_counter() - begun))
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rules", type=int, default=10_000)
    arguments = parser.parse_args()
    print(f"{arguments.rules} rules in one guild, {arguments.rows} rows; milliseconds over {REPEATS} askings")
    print(f"{'rows':24} {'question':40} {'median':>8} {'worst':>8}")
    for world in WORLDS:
        for question, times in asyncio.run(measure(world, arguments.rows, arguments.rules)):
            print(
                f"{world.name:24} {question:40} {statistics.median(times):8.1f} {max(times):8.1f}", flush=True
            )


if __name__ == "__main__":
    main()
