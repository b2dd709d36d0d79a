"""From an interaction to accepted jobs, each with its ticket in the channel."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

import discord

from bot.config import Painting
from bot.dispatcher import Dispatcher, Order
from bot.errors import UserError
from bot.films import Films
from bot.gate import admit
from bot.lexicon import Lexicon
from bot.locales import Texts, texts_for
from bot.looking import Looking
from bot.past import Past
from bot.policy import Policy, Visitor
from bot.presets import Style
from bot.quota import Asker, judge
from bot.refusals import moment
from bot.request import Request, check_init
from bot.searching import Searcher
from bot.till import Till
from bot.views.asking import is_booster, place_of, places_of, roles_of, settled
from bot.views.handing import THINKING, hand_out, hand_out_privately, hand_out_there
from bot.views.messages import NETWORK
from bot.views.threads import IN_THREADS, Corners, tidy_in
from bot.views.whispers import Whispers
from bot.views.wording import plain
from generation.models import Model
from storage.albums import Albums
from storage.audit import Audit
from storage.errors import StorageError
from storage.generations import Generations
from storage.guilds import Guilds, Tidy
from storage.images import Images
from storage.jobs import Job, Jobs
from storage.preferences import Preference, Preferences
from storage.showcase import Showcase
from storage.suspensions import Suspensions

if TYPE_CHECKING:
    from bot.exporting import Exporter
    from bot.holding import Holding
    from bot.screening import Screening
    from bot.views.bench import ModeratorsBench
    from bot.views.erasing import Eraser
    from bot.views.inbox import Inbox
    from storage.cases import Cases

log = logging.getLogger(__name__)
Interaction = discord.Interaction[Any]

#: What the bot itself must be allowed to do, wherever it is to paint.
RIGHTS: Final = ("view_channel", "send_messages", "attach_files", "embed_links", "read_message_history")
SHOWN_CHARACTERS: Final = 300  #: of an admin's words
PREFERENCE: Final = "preference"  #: in an interaction's extras: what its member has chosen


@dataclass(frozen=True, slots=True)
class Desk:
    """What commands and buttons need of the rest of the bot."""

    dispatcher: Dispatcher
    jobs: Jobs
    images: Images
    films: Films
    till: Till
    guilds: Guilds
    suspensions: Suspensions
    audit: Audit
    screening: Screening
    cases: Cases
    inbox: Inbox
    exporter: Exporter
    eraser: Eraser
    generations: Generations
    showcase: Showcase
    past: Past
    albums: Albums
    searcher: Searcher
    painting: Painting
    models: Mapping[str, Model]
    looking: Looking
    preferences: Preferences
    corners: Corners
    whispers: Whispers
    holding: Holding
    bench: ModeratorsBench
    lexicons: Mapping[str, Lexicon] = field(default_factory=dict)  #: of the models that have one
    others: Sequence[Model] = ()  #: that may paint where a model does not read the prompt; see `bot.routing`
    styles: Mapping[str, Style] = field(default_factory=dict)


class Host(Protocol):
    """The client, as commands and buttons see it."""

    desk: Desk

    async def explain(self, interaction: Interaction, error: Exception) -> None:
        """Turn an error into a reply."""


def desk_of(interaction: Interaction) -> Desk:
    """The desk of the client that received the interaction."""
    return cast(Host, interaction.client).desk


async def know(interaction: Interaction) -> None:
    """Look up once what the member prefers; what cannot be looked up is what everybody gets."""
    if PREFERENCE not in interaction.extras:
        try:
            found = await desk_of(interaction).preferences.get(interaction.user.id)
        except StorageError as error:
            log.warning("the preferences of member %d were not read: %s", interaction.user.id, error)
            found = Preference()
        interaction.extras[PREFERENCE] = found


def preference_of(interaction: Interaction) -> Preference:
    """What the member prefers, once `know` has looked."""
    return cast(Preference, interaction.extras.get(PREFERENCE, Preference()))


def locale_of(interaction: Interaction) -> str:
    """The member's language: the one that they have chosen, else that of their Discord."""
    return preference_of(interaction).language or str(interaction.locale)


def texts_of(interaction: Interaction) -> Texts:
    """Texts in the member's language."""
    return texts_for(locale_of(interaction))


def check_rights(interaction: Interaction) -> None:
    """Refuse a channel where the result could not be posted. Raises `UserError` with what is missing."""
    if interaction.guild_id is None:
        return
    held = interaction.app_permissions
    wanted = list(RIGHTS)
    if isinstance(interaction.channel, discord.Thread):
        wanted[wanted.index("send_messages")] = "send_messages_in_threads"
    missing = [right for right in wanted if not getattr(held, right)]
    if missing and not held.administrator:
        texts = texts_of(interaction)
        names = ", ".join(texts.get(f"right-{right.replace('_', '-')}") for right in missing)
        raise UserError("rights-missing", rights=names)


async def submit(
    interaction: Interaction, requests: Sequence[Request], init: bytes | None, parent: str | None = None
) -> None:
    """Have the jobs accepted, one by one, and hand out a ticket for each. Raises `UserError`."""
    desk = desk_of(interaction)
    check_init(requests, desk.models, given=init is not None)
    policy = await admit_here(interaction)
    tidy, thread = await corner(interaction, policy)
    for request in requests:
        made = settled(order(interaction, request, init, parent), interaction, policy, thread)
        job = await desk.dispatcher.submit(made)
        if tidy is Tidy.FINAL:
            await hand_out_privately(interaction, desk.dispatcher, job, desk.whispers)
        elif tidy is Tidy.CARD:
            await hand_out(interaction, desk.dispatcher, job)
        else:
            await hand_out_there(interaction, desk.dispatcher, job)
    if tidy in IN_THREADS:
        await whisper(interaction, texts_of(interaction).get("ticket-there", channel=f"<#{job.channel_id}>"))
    await tell_if_last(interaction, made.asker, job)


async def corner(interaction: Interaction, policy: Policy | None) -> tuple[Tidy, discord.Thread | None]:
    """How tidy it is to be here, and the thread to paint in, if there is one. Raises `StorageError`."""
    tidy = tidy_in(interaction, policy.habit.tidy) if policy else Tidy.CARD
    if policy is None or tidy not in IN_THREADS:
        return tidy, None
    if not interaction.response.is_done():
        await think(interaction, private=True)
    return tidy, await desk_of(interaction).corners.thread(interaction, tidy, policy.settings, time.time())


async def admit_here(interaction: Interaction) -> Policy | None:
    """The guild's policy, where it lets this member paint here now. Raises `NotHere`."""
    if interaction.guild_id is None:
        return None
    desk, roles = desk_of(interaction), frozenset(roles_of(interaction.user))
    visitor = Visitor(interaction.guild_id, interaction.user.id, places_of(interaction.channel), roles)
    return await admit(desk.guilds, desk.suspensions, visitor, time.time(), shown)


def shown(words: str) -> str:
    """An admin's words, as they may stand in a message."""
    return plain(words, SHOWN_CHARACTERS)


async def tell_if_last(interaction: Interaction, asker: Asker, job: Job) -> None:
    """Let the member know, alone, where another such picture would be refused for now."""
    desk, texts = desk_of(interaction), texts_of(interaction)
    try:
        standing = replace(await desk.till.standing(asker), bounds=())
        verdict = judge(standing, desk.dispatcher.ask(job))
        if verdict.allowed:
            return
        if verdict.until is None:
            await whisper(interaction, texts.get("quota-last-ever"))
        else:
            await whisper(interaction, texts.get("quota-last", when=moment(verdict.until)))
    except (discord.HTTPException, StorageError, *NETWORK) as error:
        log.info("a member was not told of their last picture: %s", error)


def order(interaction: Interaction, request: Request, init: bytes | None, parent: str | None = None) -> Order:
    """The dispatcher's order for a request made here; `parent` is the code of what it starts from."""
    return Order(
        guild_id=interaction.guild_id or 0,
        channel_id=interaction.channel_id or 0,
        member_id=interaction.user.id,
        locale=locale_of(interaction),
        prompt=request.prompt,
        engine=request.engine,
        model=request.model,
        width=request.width,
        height=request.height,
        steps=request.steps,
        seed=request.seed,
        init=init,
        init_weight=request.init_weight,
        origin=request.origin,
        upload_limit_bytes=interaction.filesize_limit,
        place_id=place_of(interaction.channel),
        role_ids=roles_of(interaction.user),
        booster=is_booster(interaction.user),
        private=isinstance(interaction.channel, discord.Thread) and interaction.channel.is_private(),
        parent=parent,
        stop_step=request.stop_step,
        grid=request.grid,
        candidate=request.candidate,
        keep=request.keep,
        turns=request.turns,
        motion=request.motion,
        targets=request.targets,
        instead_of=request.instead_of,
    )


async def think(interaction: Interaction, *, private: bool = False) -> None:
    """Show that work goes on, where the answer may take longer than Discord's three seconds.

    `private`: only the member sees it, and the answer in its place.
    """
    await interaction.response.defer(thinking=True, ephemeral=private)
    interaction.extras[THINKING] = True


async def whisper(interaction: Interaction, text: str) -> None:
    """Answer so that only the member sees it."""
    if not interaction.response.is_done():
        await interaction.response.send_message(text, ephemeral=True)
        return
    if interaction.extras.pop(THINKING, False):
        await interaction.delete_original_response()
    await interaction.followup.send(text, ephemeral=True)


class Explained:
    """Around what a member has set off: an error inside becomes a reply, by the client's one handler."""

    def __init__(self, interaction: Interaction) -> None:
        self._interaction = interaction

    async def __aenter__(self) -> None:
        await know(self._interaction)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        await cast(Host, self._interaction.client).explain(self._interaction, error)
        return True
