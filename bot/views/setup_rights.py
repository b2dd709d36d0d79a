"""What the bot may really do in a channel, and how to mend what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import discord

from bot.locales import Texts
from bot.places import habit_of
from bot.views.asking import places_of
from bot.views.threads import IN_THREADS, THREAD_RIGHTS
from bot.views.tickets import RIGHTS
from storage.guilds import ChannelSettings, GuildSettings

TELLING: Final = ("view_channel", "send_messages", "embed_links", "attach_files", "read_message_history")


def missing(channel: discord.abc.GuildChannel, wanted: Iterable[str]) -> list[str]:
    """The rights that roles and overwrites do not give the bot in this channel, or category, now."""
    held = channel.permissions_for(channel.guild.me)
    return [] if held.administrator else [right for right in wanted if not getattr(held, right)]


def faults(guild: discord.Guild, channel_ids: Iterable[int], texts: Texts) -> Iterator[str]:
    """For each place where the bot cannot paint, what is missing and where to grant it."""
    for channel_id in channel_ids:
        channel = guild.get_channel(channel_id)
        if channel is None:
            yield texts.get("setup-gone")
        elif lacking := missing(channel, RIGHTS):
            yield fix(channel_id, lacking, texts)


def thread_faults(
    channels: Iterable[discord.abc.GuildChannel],
    settings: GuildSettings,
    said: Mapping[int, ChannelSettings],
    texts: Texts,
) -> Iterator[str]:
    """For each channel whose pictures are to be painted in threads, what is missing for that."""
    for channel in channels:
        has_threads = isinstance(channel, discord.TextChannel | discord.CategoryChannel)
        in_threads = has_threads and habit_of(settings, said, places_of(channel)).tidy in IN_THREADS
        if in_threads and (lacking := missing(channel, THREAD_RIGHTS)):
            yield fix(channel.id, lacking, texts)


def fix(channel_id: int, lacking: Iterable[str], texts: Texts) -> str:
    """What is missing in a channel, and where to grant it."""
    rights = ", ".join(texts.get(f"right-{right.replace('_', '-')}") for right in lacking)
    return texts.get("setup-missing", channel=f"<#{channel_id}>", rights=rights)
