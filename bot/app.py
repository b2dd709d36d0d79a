"""`gala run`: has the parts put together, runs them side by side, and closes them in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import bot.loopback
from bot.assembly import Means, Parts, assemble
from bot.check import PULSE
from bot.config import Config, load_config, read_token, token_warning
from storage.database import Database

log = logging.getLogger(__name__)

PULSE_INTERVAL_S = 20


async def run(config_path: Path | None, means_of: Callable[[Config], Means] = Means.of) -> int:
    """Run the bot until it is told to stop (SIGINT, SIGTERM)."""
    config = load_config(config_path)
    token = read_token(config, os.environ)
    if warning := token_warning(config, os.environ):
        log.warning(warning)
    if config.discord.endpoint:
        bot.loopback.redirect(config.discord.endpoint)
    async with build(config, means_of(config)) as parts:
        return await serve(parts, token, config.directory / PULSE)


@asynccontextmanager
async def build(config: Config, means: Means) -> AsyncIterator[Parts]:
    """All parts, on the database of the bot's folder, which closes last."""
    config.directory.mkdir(parents=True, exist_ok=True)
    async with Database.open(config.directory / "gala.db") as database:
        yield await assemble(config, means, database)


async def serve(parts: Parts, token: str, pulse: Path) -> int:
    """Run all parts side by side until one ends or a signal comes, then close them.

    The order: the client takes no more commands; the dispatcher hands out no more work and lets deliveries
    finish; the generation process leaves. What was running stays `running` in the database and resumes.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await parts.worker.start()
    tasks: set[asyncio.Task[Any]] = {
        asyncio.create_task(stop.wait(), name="stop"),
        asyncio.create_task(parts.client.serve(token), name="client"),
        asyncio.create_task(parts.dispatcher.run(), name="dispatcher"),
        asyncio.create_task(parts.poster.run(), name="poster"),
        asyncio.create_task(show_pulse(parts, pulse), name="pulse"),
        asyncio.create_task(parts.films.run(), name="films"),
        asyncio.create_task(parts.embedder.run(), name="embedder"),
        asyncio.create_task(parts.upkeep.run(), name="upkeep"),
        asyncio.create_task(parts.weekly.run(), name="weekly"),
        asyncio.create_task(parts.eraser.run(parts.client, parts.client.desk), name="eraser"),
    }
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return end(done)
    finally:
        await parts.dispatcher.close()
        await parts.poster.close()
        await parts.client.close()
        await parts.worker.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def end(done: Iterable[asyncio.Task[Any]]) -> int:
    """The exit status after the first part has ended; raises what it ended with."""
    for task in done:
        log.info("the %s has ended", task.get_name())
        task.result()
    return 0


async def show_pulse(parts: Parts, pulse: Path) -> None:
    """Touch the pulse file while the bot is connected and its generation process lives."""
    while True:
        if parts.client.is_ready() and parts.worker.ready is not None:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(pulse.touch)
        await asyncio.sleep(PULSE_INTERVAL_S)
