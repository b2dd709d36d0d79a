"""How long a member waits: from /imagine to the ticket, to the first frame, to the picture.

The whole way is real: a member of the local Discord, HTTP and gateway, the bot, the pipe, the shipped models.
Run it from the project's folder: python -m benchmarks.imagine [rounds]
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bot.demo import CHANNEL, close, ended
from bot.loopback.member import MemberClient, Message
from bot.loopback.server import LocalDiscord

PROMPT = "a red car under a rainbow"
TIMEOUT_S = 300


@dataclass(frozen=True, slots=True)
class Wait:
    """Seconds since the member pressed Enter."""

    ticket: float
    first_frame: float
    picture: float


async def measure(ben: MemberClient, seed: int) -> Wait:
    """One /imagine, watched as a member would."""
    started = time.perf_counter()
    ticket = await ben.slash(CHANNEL, "imagine", prompt=PROMPT, seed=seed)
    assert ticket.message is not None
    assert ticket.seconds is not None
    card = ticket.message

    def has_frame(messages: list[Message]) -> bool:
        return any(message.id >= card and message.files for message in messages)

    await ben.wait_until(CHANNEL, has_frame, timeout_s=TIMEOUT_S)
    first_frame = time.perf_counter() - started
    await ben.wait_until(CHANNEL, lambda messages: ended(messages, card), timeout_s=TIMEOUT_S)
    return Wait(ticket.seconds, first_frame, time.perf_counter() - started)


async def run(rounds: int) -> list[Wait]:
    """Start everything, and paint one picture after another; the first also loads the models."""
    with tempfile.TemporaryDirectory() as folder:
        async with LocalDiscord() as discord:
            config = Path(folder, "config.toml")
            config.write_text(
                f"[discord]\nendpoint = {json.dumps(discord.endpoint)}\n[storage]\ndirectory = '.'\n"
            )
            bot = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "run", "--config", str(config)),
                env={**os.environ, "GALA_TOKEN": discord.token},
                stderr=asyncio.subprocess.DEVNULL,
            )
            try:
                await discord.wait_ready(60)
                ben = discord.member("Ben")
                return [await measure(ben, seed) for seed in range(rounds + 1)]
            finally:
                await close(bot)


def main() -> None:
    """Print the first wait, and medians of those that follow."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    first, *rest = asyncio.run(run(rounds))
    print(f"{'seconds':24}{'first of all':>14}{f'median of {len(rest)}':>16}{'slowest':>10}")
    for name in ("ticket", "first_frame", "picture"):
        values = [getattr(wait, name) for wait in rest]
        median, slowest = statistics.median(values), max(values)
        label = f"/imagine to {name.replace('_', ' ')}"
        print(f"{label:24}{getattr(first, name):14.2f}{median:16.2f}{slowest:10.2f}")
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
