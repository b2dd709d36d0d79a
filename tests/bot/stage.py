"""A stage for tests: the local Discord, and the real bot connected to it, in one event loop."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.checking import OutputCheck
from bot.client import Client
from bot.config import Painting
from bot.dispatcher import Dispatcher, Patience
from bot.embedder import Embedder, Pace
from bot.exporting import Exporter
from bot.films import Films
from bot.holding import Holding
from bot.lexicon import Lexicon
from bot.locales import texts_for
from bot.looking import Looking
from bot.loopback import redirect
from bot.loopback.member import Message
from bot.loopback.server import Limits, LocalDiscord
from bot.past import Past
from bot.poster import Poster
from bot.screening import Screening
from bot.searching import Searcher
from bot.till import Till
from bot.views import cards
from bot.views.bench import ModeratorsBench
from bot.views.erasing import Eraser
from bot.views.inbox import Inbox
from bot.views.messages import channel_of
from bot.views.threads import Corners
from bot.views.tickets import Desk
from bot.views.whispers import Whispers
from bot.worker import Worker
from generation.models import Model, ModelFile
from generation.protocol import Settings
from storage.albums import Albums
from storage.audit import Audit
from storage.cases import Cases
from storage.concepts import Concepts
from storage.database import Database
from storage.filters import Filters
from storage.frames import Frames
from storage.generations import Generations
from storage.guilds import Guilds
from storage.images import Images
from storage.jobs import Job, Jobs, Status
from storage.preferences import Preferences
from storage.privacy import Privacy
from storage.quotas import Quotas, Rule
from storage.references import References
from storage.searches import Searches
from storage.showcase import Showcase
from storage.suspensions import Suspensions
from storage.threads import Threads
from storage.vectors import Vectors
from storage.words import Words
from tests.bot.samples import job

CHANNEL = "painting"
RECORD = "bot-requests.jsonl"
TOY = Model("toy", "toy", 16, (64, 64), 5, "MIT", "the tests", (ModelFile("transformer.safetensors"),))
PAINTING = Painting(engine="toy", model="toy", max_pixels=512 * 512, max_steps=1000, max_permutations=4)
SETTINGS = Settings(
    device="cpu",
    lanes=2,
    threads=1,
    engines=(("toy", "tests.generation.toy_engine"),),
    checkpoint_interval_s=0.2,
)
PATIENCE = Patience(pause_s=0.05, storage_pause_s=0.05, close_s=2.0)


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """How many may wait."""

    max_waiting: int = 50
    max_waiting_per_guild: int = 40
    max_waiting_per_member: int = 10


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs, and what Discord was asked."""

    discord: LocalDiscord
    client: Client
    poster: Poster
    dispatcher: Dispatcher
    worker: Worker
    jobs: Jobs
    images: Images
    frames: Frames
    quotas: Quotas
    guilds: Guilds
    suspensions: Suspensions
    audit: Audit
    record: Path
    database: Database
    generations: Generations
    albums: Albums

    def requests(self, method: str, part: str = "") -> list[dict[str, Any]]:
        """The requests that the bot has made so far, by method and a part of their path."""
        lines = self.record.read_text(encoding="utf-8").splitlines() if self.record.exists() else []
        entries = [json.loads(line) for line in lines]
        return [entry for entry in entries if entry["method"] == method and part in entry["path"]]

    async def messages(self, channel: str | int = CHANNEL) -> list[Message]:
        """What the channel shows to an admin."""
        return await self.discord.member("Ada").messages(channel)

    def member_id(self, name: str) -> int:
        """A member's id."""
        return next(user.id for user in self.discord.state.users.values() if user.name == name)

    def job(self, **changes: Any) -> Job:
        """A job of Ben's in the channel."""
        values = {
            "guild_id": self.discord.guild_id,
            "channel_id": self.discord.channel_id(CHANNEL),
            "member_id": self.member_id("Ben"),
            "status": Status.RUNNING,
            "created_at": time.time(),
        }
        return job(**{**values, **changes})

    async def carded(self, **changes: Any) -> Job:
        """A job whose card is in the channel."""
        bare = self.job(**changes)
        view = cards.waiting(bare, None, texts_for(bare.locale), bare.created_at)
        message = await channel_of(self.client, bare).send(view=view)
        return self.job(**changes, card_id=message.id)


@asynccontextmanager
async def stage(
    directory: Path,
    *,
    limits: Limits | None = None,
    queue: QueueLimits | None = None,
    painting: Painting = PAINTING,
    edit_interval_s: float = 0.1,
    channel_interval_s: float = 0.05,
    painter: bool = False,
    ceilings: Sequence[Rule] = (),
    lexicons: Mapping[str, Lexicon] | None = None,
) -> AsyncIterator[Stage]:
    """The bot, connected. Without `painter` there is no generation process, and jobs stay in line."""
    record = directory / RECORD
    async with (
        LocalDiscord(record=record, limits=limits) as discord,
        Database.open(directory / "gala.db") as database,
    ):
        redirect(discord.endpoint)
        jobs, images = Jobs(database), Images(directory / "pictures")
        frames = Frames(directory / "frames")
        films, whispers = Films(frames, images, 30), Whispers()
        poster = Poster(edit_interval_s, channel_interval_s, whispers=whispers, films=films)
        worker = Worker(SETTINGS)
        quotas = Quotas(database)
        guilds, suspensions, audit = Guilds(database), Suspensions(database), Audit(database)
        till = Till(quotas, time.time, ceilings=ceilings, time_zone=guilds.time_zone)
        screening, cases, privacy = Screening(Filters(database)), Cases(database), Privacy(database)
        known = lexicons or {}
        generations, showcase = Generations(database), Showcase(database)
        past = Past(generations, images, frames, Images(directory / "thumbnails"))
        inbox = Inbox(cases, guilds, generations, past, jobs)
        bench = ModeratorsBench(inbox, pause_s=0.02)
        check = OutputCheck(Concepts(database), worker.questions, known, painting.model)
        holding = Holding(check, frames, bench, pause_s=0.05)
        dispatcher = Dispatcher(
            jobs,
            images,
            frames,
            worker,
            poster,
            till,
            limits=queue or QueueLimits(),
            paused=await guilds.paused(),
            frame_interval_s=0.05,
            patience=PATIENCE,
            screening=screening,
            holding=holding,
        )
        looking = Looking(worker.questions, known, painting.model)
        vectors = Vectors(database)
        searcher = Searcher(
            Searches(database), Words(database), vectors, worker.questions, painting.model, 2**20
        )
        embedder = Embedder(vectors, images, worker.questions, painting.model, searcher, Pace(0.1, 0.5))
        desk = Desk(
            dispatcher=dispatcher,
            jobs=jobs,
            images=images,
            films=films,
            till=till,
            guilds=guilds,
            suspensions=suspensions,
            audit=audit,
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
            painting=painting,
            models={"toy": TOY},
            others=[],
            looking=looking,
            lexicons=known,
            preferences=Preferences(database),
            corners=Corners(Threads(database)),
            whispers=whispers,
            holding=holding,
            bench=bench,
        )
        client = Client(desk, poster)
        if painter:
            await worker.start()
        tasks = [
            asyncio.create_task(part)
            for part in (
                client.start(discord.token),
                dispatcher.run(),
                poster.run(),
                desk.eraser.run(client, desk),
            )
        ]
        if painter:
            tasks.append(asyncio.create_task(embedder.run()))
        try:
            await discord.wait_commands()
            await discord.wait_ready()
            await dispatcher.opened.wait()  # else it would take a test's jobs for what a dead bot has left
            yield Stage(
                discord=discord,
                client=client,
                poster=poster,
                dispatcher=dispatcher,
                worker=worker,
                jobs=jobs,
                images=images,
                frames=frames,
                quotas=quotas,
                guilds=guilds,
                suspensions=suspensions,
                audit=audit,
                record=record,
                database=database,
                generations=generations,
                albums=desk.albums,
            )
        finally:
            await dispatcher.close()
            await poster.close()
            await client.close()
            await worker.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
