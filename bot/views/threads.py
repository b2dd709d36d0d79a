"""The threads that a channel's pictures are painted in: made when first needed, and found again later."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import discord

from bot.locales import Texts, texts_for
from bot.views.messages import NETWORK
from bot.views.wording import clean
from storage.guilds import GuildSettings, Tidy
from storage.threads import Threads, Whose

log = logging.getLogger(__name__)
Interaction = discord.Interaction[Any]

NAME_CHARACTERS: Final = 100  #: by Discord
IN_THREADS: Final = (Tidy.MEMBER, Tidy.DAY)
#: What the bot must be allowed to do, besides, where pictures are painted in threads.
THREAD_RIGHTS: Final = ("create_public_threads", "send_messages_in_threads")


def tidy_in(interaction: Interaction, tidy: Tidy) -> Tidy:
    """How tidy it can be here: in a thread there is none but cards, nor where the bot may make no thread."""
    channel, held = interaction.channel, interaction.app_permissions
    if isinstance(channel, discord.Thread):
        return Tidy.CARD
    may = held.administrator or all(getattr(held, right) for right in THREAD_RIGHTS)
    can = isinstance(channel, discord.TextChannel) and may
    return tidy if can or tidy not in IN_THREADS else Tidy.CARD


class Corners:
    """Shows each member the thread to paint in. To be made inside the event loop."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._turns: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def thread(
        self, interaction: Interaction, tidy: Tidy, settings: GuildSettings, now: float
    ) -> discord.Thread | None:
        """The thread for what is asked for here; None where there can be none. Raises `StorageError`.

        `now` is Unix time. An archived one is re-opened by the next message in it.
        """
        channel = interaction.channel
        if not isinstance(channel, discord.TextChannel):
            return None
        language = settings.language or str(interaction.guild_locale or "")
        today = datetime.fromtimestamp(now, ZoneInfo(settings.time_zone)).date().isoformat()
        member = interaction.user
        whose = Whose(channel.guild.id, channel.id, member.id)
        if tidy is Tidy.DAY:
            whose = Whose(channel.guild.id, channel.id, day=today)
        name = title(whose, member.display_name, texts_for(language))
        async with self._turns[channel.id]:
            try:
                return await self._find(channel, whose) or await self._make(channel, whose, name)
            except (discord.HTTPException, *NETWORK) as error:
                log.warning("channel %d has no thread to paint in: %s", channel.id, error)
                return None

    async def _find(self, channel: discord.TextChannel, whose: Whose) -> discord.Thread | None:
        """The thread of the rows; None where it is gone, or locked."""
        thread_id = await self._threads.get(whose)
        if thread_id is None:
            return None
        try:
            found = channel.guild.get_thread(thread_id) or await channel.guild.fetch_channel(thread_id)
        except discord.NotFound:
            return None
        return found if isinstance(found, discord.Thread) and not found.locked else None

    async def _make(self, channel: discord.TextChannel, whose: Whose, name: str) -> discord.Thread:
        kinds = discord.ChannelType
        kind = kinds.news_thread if channel.is_news() else kinds.public_thread
        thread = await channel.create_thread(name=name, type=kind)
        await self._threads.keep(whose, thread.id)
        return thread


def title(whose: Whose, member: str, texts: Texts) -> str:
    """A thread's name."""
    if whose.member_id:
        return texts.get("thread-member", name=clean(member))[:NAME_CHARACTERS]
    return texts.get("thread-day", day=whose.day)
