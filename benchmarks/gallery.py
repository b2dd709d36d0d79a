"""How long a page of the gallery takes: python -m benchmarks.gallery [--rows 1000000].

Rows are generated: one guild with most of them, 50 channels of which the asker sees 40, 5,000 members.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks.machine import describe
from bot.visibility import Sight
from storage.database import Database
from storage.generations import Cursor, Filter, Generations, Order

FILL = """
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)
INSERT INTO generations (code, job_id, guild_id, place_id, channel_id, member_id, private, prompt, engine,
                         model, width, height, steps, seed, init_weight, picture_sha256, created_at, hearts)
SELECT printf('%06x', i), printf('%08d', i), 1 + (i % 10 = 0), 100 + abs(random() % 50), 100,
       abs(random() % 5000), 0, 'a picture of number ' || i, 'vqgan-clip', 'model-' || abs(random() % 4),
       256, 256, 28, i, 0.0, printf('%064x', i), 1.6e9 + i * 60.0,
       max(0, random() % 40) * (random() % 9 = 0) FROM n
"""


async def measure(rows: int, rounds: int) -> dict[str, float]:
    """Median milliseconds by what was asked."""
    with tempfile.TemporaryDirectory() as folder:
        async with Database.open(Path(folder) / "gala.db") as database:
            await database.all(FILL, {"rows": rows})  # type: ignore[arg-type]
            generations = Generations(database)
            sight = Sight(1, 7, 100, frozenset(range(100, 140)))
            middle = Cursor(rows // 2, 1)
            old = 1.6e9 + rows * 20.0
            newest, loved = Order.NEWEST, Order.LOVED
            asked = {
                "newest, first page": (Filter(), newest, None),
                "newest, from the middle": (Filter(), newest, middle),
                "newest, the page before": (Filter(), newest, Cursor(rows // 2, back=True)),
                "most loved, first page": (Filter(), loved, None),
                "most loved, from one heart on": (Filter(), loved, middle),
                "of a member": (Filter(member_id=7), newest, None),
                "of a model": (Filter(model="model-2"), newest, None),
                "up to a day": (Filter(before=old), newest, None),
            }
            found = {}
            for name, (chosen, order, cursor) in asked.items():
                found[name] = await timed(
                    lambda c=chosen, o=order, u=cursor: generations.page(sight, c, o, u, 10), rounds
                )
            found["by its code"] = await timed(lambda: generations.get("0f4240"), rounds)
            return found


async def timed(ask: Callable[[], Awaitable[object]], rounds: int) -> float:
    """Median milliseconds."""
    times = []
    for _ in range(rounds):
        since = time.perf_counter()
        await ask()
        times.append((time.perf_counter() - since) * 1000)
    return statistics.median(times)


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=15)
    chosen = options.parse_args()
    print(f"| of {chosen.rows:,} pictures | ms |\n|---|---|")
    for name, milliseconds in asyncio.run(measure(chosen.rows, chosen.rounds)).items():
        print(f"| {name} | {milliseconds:.1f} |")
    print("\n".join(f"- {line}" for line in describe("cpu", 1)))


if __name__ == "__main__":
    main()
