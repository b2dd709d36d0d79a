"""Who asks and where, and where the picture is to go, as the guild is at this moment."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord

from bot.order import Order
from bot.places import Habit, destination
from bot.policy import Policy
from bot.quota import Asker

Interaction = discord.Interaction[Any]


def settled(
    made: Order, interaction: Interaction, policy: Policy | None, thread: discord.Thread | None
) -> Order:
    """The order as the guild's admins want it: in which language, where its card is, and where its result."""
    if policy is None:
        return made
    made = made if thread is None else replace(made, channel_id=thread.id)
    result_id = result_channel(interaction.guild, made, policy.habit)
    return replace(made, locale=policy.settings.language or made.locale, result_channel_id=result_id)


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


def asker_of(interaction: Interaction) -> Asker:
    """Who asks, and where, for the quotas."""
    place_id = place_of(interaction.channel) or interaction.channel_id or 0
    user = interaction.user
    return Asker(interaction.guild_id or 0, place_id, user.id, roles_of(user), is_booster(user))


def places_of(channel: object) -> tuple[int, ...]:
    """A thread, its channel and its category, nearest first."""
    parent_id = channel.parent_id if isinstance(channel, discord.Thread) else None
    own_id = channel.id if isinstance(channel, discord.abc.Snowflake) else None
    parent = channel.parent if isinstance(channel, discord.Thread) else channel
    found = (own_id, parent_id, getattr(parent, "category_id", None))
    return tuple(each for each in found if each is not None)


def place_of(channel: object) -> int:
    """The channel's id, or of a thread that of the channel it belongs to; 0 where there is none."""
    if isinstance(channel, discord.Thread):
        return channel.parent_id
    return channel.id if isinstance(channel, discord.abc.Snowflake) else 0


def roles_of(user: discord.User | discord.Member) -> tuple[int, ...]:
    """The roles of a guild's member, everybody's among them."""
    return tuple(role.id for role in user.roles) if isinstance(user, discord.Member) else ()


def is_booster(user: discord.User | discord.Member) -> bool:
    """Whether the member boosts the guild."""
    return isinstance(user, discord.Member) and user.premium_since is not None
