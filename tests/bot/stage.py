"""A stage for tests: the local Discord, and the real bot connected to it, in one event loop."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.assembly import Means, Parts, Rests, assemble
from bot.client import Client
from bot.config import Cards, Ceilings, Config, Painting, Queue, Search, Storage
from bot.dispatcher import Dispatcher, Patience
from bot.embedder import Pace
from bot.lexicon import Lexicon
from bot.locales import texts_for
from bot.loopback import redirect
from bot.loopback.member import Message
from bot.loopback.server import Limits, LocalDiscord
from bot.poster import Poster
from bot.views import cards
from bot.views.messages import channel_of
from bot.worker import Worker
from generation.models import ClipFile, Model, ModelFile
from generation.protocol import Settings
from storage.albums import Albums
from storage.audit import Audit
from storage.database import Database
from storage.frames import Frames
from storage.generations import Generations
from storage.guilds import Guilds
from storage.images import Images
from storage.jobs import Job, Jobs, Status
from storage.quotas import Quotas
from storage.suspensions import Suspensions
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
RESTS = Rests(
    Patience(pause_s=0.05, storage_pause_s=0.05, close_s=2.0),
    moderation_s=0.02,
    checks_s=0.05,
    embedder=Pace(0.1, 0.5),
)


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

    @classmethod
    def of(cls, discord: LocalDiscord, parts: Parts, record: Path, database: Database) -> Stage:
        """Of these parts, with what tests want to look into at hand."""
        shelves = parts.shelves
        return cls(
            discord=discord,
            client=parts.client,
            poster=parts.poster,
            dispatcher=parts.dispatcher,
            worker=parts.worker,
            jobs=shelves.jobs,
            images=shelves.images,
            frames=shelves.frames,
            quotas=shelves.quotas,
            guilds=shelves.guilds,
            suspensions=shelves.suspensions,
            audit=shelves.audit,
            record=record,
            database=database,
            generations=shelves.generations,
            albums=shelves.albums,
        )

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


def configured(
    directory: Path,
    painting: Painting,
    queue: Queue | None,
    ceilings: Ceilings | None,
    edit_interval_s: float,
    channel_interval_s: float,
) -> Config:
    """As from a host's file, but for the haste: shorter intervals than these no host may ask for."""
    return Config.model_construct(
        storage=Storage(directory=directory),
        painting=painting.model_copy(update={"frame_interval_s": 0.05}),
        search=Search(memory_bytes=2**20),
        styles={},
        queue=queue or Queue(),
        cards=Cards.model_construct(edit_interval_s=edit_interval_s, channel_interval_s=channel_interval_s),
        ceilings=ceilings or Ceilings(),
    )


@asynccontextmanager
async def stage(
    directory: Path,
    *,
    limits: Limits | None = None,
    queue: Queue | None = None,
    painting: Painting = PAINTING,
    edit_interval_s: float = 0.1,
    channel_interval_s: float = 0.05,
    painter: bool = False,
    ceilings: Ceilings | None = None,
    lexicons: Mapping[str, Lexicon] | None = None,
) -> AsyncIterator[Stage]:
    """The bot, connected. Without `painter` there is no generation process, and jobs stay in line."""
    config = configured(directory, painting, queue, ceilings, edit_interval_s, channel_interval_s)
    read = ClipFile(languages=("en", "ru") if lexicons else ("en",))
    means = Means(SETTINGS, {"toy": replace(TOY, clips=(read,))}, lexicons or {}, [], RESTS)
    record = directory / RECORD
    async with (
        LocalDiscord(record=record, limits=limits) as discord,
        Database.open(directory / "gala.db") as database,
    ):
        redirect(discord.endpoint)
        parts = await assemble(config, means, database)
        async with playing(parts, discord.token, painter):
            await discord.wait_commands()
            await discord.wait_ready()
            await parts.dispatcher.opened.wait()  # else it would take a test's jobs for what a dead bot left
            yield Stage.of(discord, parts, record, database)


@asynccontextmanager
async def playing(parts: Parts, token: str, painter: bool) -> AsyncIterator[None]:
    """The parts, side by side, until the end."""
    runs = [
        parts.client.start(token),
        parts.dispatcher.run(),
        parts.poster.run(),
        parts.eraser.run(parts.client, parts.client.desk),
    ]
    if painter:
        await parts.worker.start()
        runs.append(parts.embedder.run())
    tasks = [asyncio.create_task(each) for each in runs]
    try:
        yield
    finally:
        await parts.dispatcher.close()
        await parts.poster.close()
        await parts.client.close()
        await parts.worker.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
