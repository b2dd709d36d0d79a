"""The only place that builds the parts, and closes them in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import bot.loopback
from bot.check import PULSE
from bot.checking import OutputCheck
from bot.client import Client
from bot.config import Config, load_config, read_token, token_warning, worker_settings
from bot.dispatcher import Dispatcher
from bot.embedder import Embedder
from bot.exporting import Exporter
from bot.films import Films
from bot.holding import Holding
from bot.lexicon import lexicons
from bot.looking import Looking
from bot.past import Past
from bot.poster import Poster
from bot.routing import in_turn
from bot.screening import Screening
from bot.searching import Searcher
from bot.till import Till, host_rules
from bot.upkeep import Upkeep
from bot.views.bench import ModeratorsBench
from bot.views.erasing import Eraser
from bot.views.inbox import Inbox
from bot.views.showcase import Herald
from bot.views.threads import Corners
from bot.views.tickets import Desk
from bot.views.whispers import Whispers
from bot.weekly import Weekly
from bot.worker import Worker
from generation.models import catalogue
from storage.albums import Albums
from storage.audit import Audit
from storage.cases import Cases
from storage.concepts import Concepts
from storage.database import Database
from storage.filters import Filters
from storage.frames import Frames
from storage.generations import Generation, Generations
from storage.guilds import Guilds
from storage.images import Images
from storage.jobs import Jobs
from storage.preferences import Preferences
from storage.privacy import Privacy
from storage.quotas import Quotas
from storage.references import References
from storage.searches import Searches
from storage.showcase import Showcase
from storage.suspensions import Suspensions
from storage.threads import Threads
from storage.vectors import Vectors
from storage.words import Words

log = logging.getLogger(__name__)

PULSE_INTERVAL_S = 20


@dataclass(frozen=True, slots=True)
class Parts:
    """What runs, built and not yet started."""

    client: Client
    poster: Poster
    dispatcher: Dispatcher
    worker: Worker
    films: Films
    embedder: Embedder
    upkeep: Upkeep
    weekly: Weekly
    eraser: Eraser


async def run(config_path: Path | None) -> int:
    """Run the bot until it is told to stop (SIGINT, SIGTERM)."""
    config = load_config(config_path)
    token = read_token(config, os.environ)
    if warning := token_warning(config, os.environ):
        log.warning(warning)
    if config.discord.endpoint:
        bot.loopback.redirect(config.discord.endpoint)
    async with build(config) as parts:
        return await serve(parts, token, config.directory / PULSE)


@asynccontextmanager
async def build(config: Config) -> AsyncIterator[Parts]:
    """Build everything from the bottom up; the database closes last."""
    config.directory.mkdir(parents=True, exist_ok=True)
    async with Database.open(config.directory / "gala.db") as database:
        jobs, images = Jobs(database), Images(config.directory / "pictures")
        frames = Frames(config.directory / "frames")
        films, whispers = Films(frames, images, config.storage.frames_days), Whispers()
        cards = config.cards
        poster = Poster(cards.edit_interval_s, cards.channel_interval_s, whispers=whispers, films=films)
        worker = Worker(worker_settings(config))
        guilds = Guilds(database)
        ceilings = host_rules(config.ceilings)
        till = Till(Quotas(database), time.time, ceilings=ceilings, time_zone=guilds.time_zone)
        screening, cases, privacy = Screening(Filters(database)), Cases(database), Privacy(database)
        models = catalogue(config.models_dir)
        known = lexicons(models, config.models_dir)
        generations, showcase = Generations(database), Showcase(database)
        past = Past(generations, images, frames, Images(config.directory / "thumbnails"))
        inbox = Inbox(cases, guilds, generations, past, jobs)
        bench = ModeratorsBench(inbox)
        check = OutputCheck(Concepts(database), worker.questions, known, config.painting.model)
        holding = Holding(check, frames, bench)
        dispatcher = Dispatcher(
            jobs,
            images,
            frames,
            worker,
            poster,
            till,
            limits=config.queue,
            paused=await guilds.paused(),
            frame_interval_s=config.painting.frame_interval_s,
            screening=screening,
            holding=holding,
        )
        looking = Looking(worker.questions, known, config.painting.model)
        vectors, eye = Vectors(database), config.search.model or config.painting.model
        searcher = Searcher(
            Searches(database), Words(database), vectors, worker.questions, eye, config.search.memory_bytes
        )
        desk = Desk(
            dispatcher=dispatcher,
            jobs=jobs,
            images=images,
            films=films,
            till=till,
            guilds=guilds,
            suspensions=Suspensions(database),
            audit=Audit(database),
            screening=screening,
            cases=cases,
            inbox=inbox,
            exporter=Exporter(privacy, past),
            eraser=Eraser(privacy, References(database, images)),
            generations=generations,
            showcase=showcase,
            past=past,
            albums=Albums(database),
            searcher=searcher,
            painting=config.painting,
            models=models,
            looking=looking,
            lexicons=known,
            others=in_turn(models.values(), config.models_dir),
            preferences=Preferences(database),
            corners=Corners(Threads(database)),
            whispers=whispers,
            holding=holding,
            bench=bench,
        )
        client = Client(desk, poster)
        yield Parts(
            client,
            poster,
            dispatcher,
            worker,
            films,
            Embedder(vectors, images, worker.questions, eye, searcher),
            Upkeep.of(config, database, past, partial(pruned, desk)),
            Weekly(showcase, Herald(client, guilds), time.time),
            desk.eraser,
        )


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


async def pruned(desk: Desk, generation: Generation) -> None:
    """What else is to follow a picture that was pruned."""
    await desk.searcher.forget(generation)
    desk.eraser.hurry()  # it stands in a showcase, perhaps


async def show_pulse(parts: Parts, pulse: Path) -> None:
    """Touch the pulse file while the bot is connected and its generation process lives."""
    while True:
        if parts.client.is_ready() and parts.worker.ready is not None:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(pulse.touch)
        await asyncio.sleep(PULSE_INTERVAL_S)
