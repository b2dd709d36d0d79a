"""Which channel a picture goes to, as the guild's channels are at this moment."""

from __future__ import annotations

import discord

from bot.order import Order
from bot.places import Habit, destination


def result_channel(guild: discord.Guild | None, made: Order, habit: Habit) -> int | None:
    """The channel for the order's result, where it is another than that in which it is asked for.

    From a channel for adults nothing goes to one that is not.
    """
    chosen = destination(habit, made)
    if chosen is None or guild is None:
        return chosen
    leaves = is_adult(guild.get_channel(made.place_id)) and not is_adult(guild.get_channel(chosen))
    return None if leaves else chosen


def is_adult(channel: object) -> bool:
    """Whether a channel is for adults only."""
    kinds = discord.TextChannel | discord.ForumChannel | discord.VoiceChannel | discord.StageChannel
    return isinstance(channel, kinds) and channel.is_nsfw()
