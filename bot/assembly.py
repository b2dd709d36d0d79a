"""All parts of the bot, put together from the bottom up: what remembers, what paints, what answers."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bot.checking import OutputCheck
from bot.client import Client
from bot.config import Config, worker_settings
from bot.dispatcher import Dispatcher, Patience
from bot.embedder import Embedder, Pace
from bot.exporting import Exporter
from bot.films import Films
from bot.holding import Holding
from bot.lexicon import Lexicon, lexicons
from bot.looking import Looking
from bot.past import Past
from bot.poster import Poster
from bot.questions import Questions
from bot.routing import in_turn
from bot.screening import Screening
from bot.searching import Searcher
from bot.styles import check_styles
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
from generation.models import Model, catalogue
from generation.protocol import Settings
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


@dataclass(frozen=True, slots=True)
class Rests:
    """How long the parts rest before they look or try again; nobody configures these."""

    delivery: Patience = field(default_factory=Patience)
    moderation_s: float = 4.0  #: before Discord is asked once more
    checks_s: float = 1.0  #: before a picture is looked at once more
    embedder: Pace = field(default_factory=Pace)


@dataclass(frozen=True, slots=True)
class Means:
    """What there is to paint with, and the rests between."""

    settings: Settings
    models: Mapping[str, Model]
    lexicons: Mapping[str, Lexicon]
    others: Sequence[Model] = ()  #: that may paint where a model does not read the prompt
    rests: Rests = field(default_factory=Rests)

    @classmethod
    def of(cls, config: Config) -> Means:
        """As configured, and with the models that are there. Raises `ConfigError`, `ModelError`."""
        folder = config.models_dir
        models = catalogue(folder)
        check_styles(config.styles, models)
        others = in_turn(models.values(), folder)
        return cls(worker_settings(config), models, lexicons(models, folder), others)


@dataclass(frozen=True, slots=True)
class Shelves:
    """All that remembers: the database's tables, and the folders of files."""

    albums: Albums
    audit: Audit
    cases: Cases
    concepts: Concepts
    filters: Filters
    frames: Frames
    generations: Generations
    guilds: Guilds
    images: Images
    jobs: Jobs
    preferences: Preferences
    privacy: Privacy
    quotas: Quotas
    references: References
    searches: Searches
    showcase: Showcase
    suspensions: Suspensions
    threads: Threads
    thumbnails: Images
    vectors: Vectors
    words: Words

    @classmethod
    def of(cls, database: Database, directory: Path) -> Shelves:
        """On this database, and in this folder."""
        images = Images(directory / "pictures")
        return cls(
            albums=Albums(database),
            audit=Audit(database),
            cases=Cases(database),
            concepts=Concepts(database),
            filters=Filters(database),
            frames=Frames(directory / "frames"),
            generations=Generations(database),
            guilds=Guilds(database),
            images=images,
            jobs=Jobs(database),
            preferences=Preferences(database),
            privacy=Privacy(database),
            quotas=Quotas(database),
            references=References(database, images),
            searches=Searches(database),
            showcase=Showcase(database),
            suspensions=Suspensions(database),
            threads=Threads(database),
            thumbnails=Images(directory / "thumbnails"),
            vectors=Vectors(database),
            words=Words(database),
        )


@dataclass(frozen=True, slots=True)
class Easel:
    """What a job passes, from the question whether it may be painted to the card in the channel."""

    till: Till
    screening: Screening
    worker: Worker
    holding: Holding
    bench: ModeratorsBench
    inbox: Inbox
    past: Past
    films: Films
    whispers: Whispers
    poster: Poster
    dispatcher: Dispatcher


@dataclass(frozen=True, slots=True)
class Parts:
    """What runs, built and not yet started."""

    shelves: Shelves
    client: Client
    poster: Poster
    dispatcher: Dispatcher
    worker: Worker
    films: Films
    embedder: Embedder
    upkeep: Upkeep
    weekly: Weekly
    eraser: Eraser


async def assemble(config: Config, means: Means, database: Database) -> Parts:
    """Build everything on an open database. Raises `StorageError`."""
    shelves = Shelves.of(database, config.directory)
    easel = await _easel(config, means, shelves)
    questions, eye = easel.worker.questions, config.search.model or config.painting.model
    searcher = Searcher(
        shelves.searches, shelves.words, shelves.vectors, questions, eye, config.search.memory_bytes
    )
    desk = _desk(config, means, shelves, easel, searcher)
    client = Client(desk, easel.poster)
    return Parts(
        shelves,
        client,
        easel.poster,
        easel.dispatcher,
        easel.worker,
        easel.films,
        Embedder(shelves.vectors, shelves.images, questions, eye, searcher, means.rests.embedder),
        Upkeep.of(config, database, easel.past, partial(pruned, desk)),
        Weekly(shelves.showcase, Herald(client, shelves.guilds), time.time),
        desk.eraser,
    )


async def _easel(config: Config, means: Means, shelves: Shelves) -> Easel:
    ceilings = host_rules(config.ceilings)
    till = Till(shelves.quotas, time.time, ceilings=ceilings, time_zone=shelves.guilds.time_zone)
    screening, worker = Screening(shelves.filters), Worker(means.settings)
    past = Past(shelves.generations, shelves.images, shelves.frames, shelves.thumbnails)
    inbox = Inbox(shelves.cases, shelves.guilds, shelves.generations, past, shelves.jobs)
    bench = ModeratorsBench(inbox, pause_s=means.rests.moderation_s)
    check = OutputCheck(shelves.concepts, worker.questions, means.lexicons, config.painting.model)
    holding = Holding(check, shelves.frames, bench, pause_s=means.rests.checks_s)
    films, whispers = Films(shelves.frames, shelves.images, config.storage.frames_days), Whispers()
    cards = config.cards
    poster = Poster(cards.edit_interval_s, cards.channel_interval_s, whispers=whispers, films=films)
    dispatcher = Dispatcher(
        shelves.jobs,
        shelves.images,
        shelves.frames,
        worker,
        poster,
        till,
        limits=config.queue,
        paused=await shelves.guilds.paused(),
        frame_interval_s=config.painting.frame_interval_s,
        patience=means.rests.delivery,
        screening=screening,
        holding=holding,
    )
    return Easel(till, screening, worker, holding, bench, inbox, past, films, whispers, poster, dispatcher)


def _desk(config: Config, means: Means, shelves: Shelves, easel: Easel, searcher: Searcher) -> Desk:
    return Desk(
        dispatcher=easel.dispatcher,
        jobs=shelves.jobs,
        images=shelves.images,
        films=easel.films,
        till=easel.till,
        guilds=shelves.guilds,
        suspensions=shelves.suspensions,
        audit=shelves.audit,
        screening=easel.screening,
        cases=shelves.cases,
        inbox=easel.inbox,
        exporter=Exporter(shelves.privacy, easel.past),
        eraser=Eraser(shelves.privacy, shelves.references),
        generations=shelves.generations,
        showcase=shelves.showcase,
        past=easel.past,
        albums=shelves.albums,
        searcher=searcher,
        painting=config.painting,
        models=means.models,
        looking=_looking(config.painting.model, means, easel.worker.questions),
        lexicons=means.lexicons,
        others=means.others,
        styles=config.styles,
        preferences=shelves.preferences,
        corners=Corners(shelves.threads),
        whispers=easel.whispers,
        holding=easel.holding,
        bench=easel.bench,
    )


def _looking(model: str, means: Means, questions: Questions) -> Looking:
    judge = means.models[model].ranker() if model in means.models else None
    return Looking(questions, means.lexicons, model, () if judge is None else judge.languages)


async def pruned(desk: Desk, generation: Generation) -> None:
    """What else is to follow a picture that was pruned."""
    await desk.searcher.forget(generation)
    desk.eraser.hurry()  # it stands in a showcase, perhaps
