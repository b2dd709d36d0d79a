"""What the member of an interaction may see, asked of Discord's roles and overwrites as they are now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot.errors import UserError
from bot.views.tickets import Interaction, desk_of
from bot.visibility import Sight, sees

if TYPE_CHECKING:
    from storage.generations import Generation


def sight_of(interaction: Interaction) -> Sight:
    """The sight of who has set off the interaction."""
    member, guild, channel_id = interaction.user, interaction.guild, interaction.channel_id or 0
    if interaction.guild_id is None:
        return Sight(0, member.id, channel_id, frozenset({channel_id}))
    if guild is None or not isinstance(member, discord.Member):
        return Sight(interaction.guild_id, member.id, channel_id, frozenset())
    readable = {channel.id for channel in guild.channels if may_read(channel, member)}
    return Sight(guild.id, member.id, channel_id, frozenset(readable))


def may_read(channel: discord.abc.GuildChannel, member: discord.Member) -> bool:
    """Whether the member may see the channel and read what was written in it before."""
    held = channel.permissions_for(member)
    return held.view_channel and held.read_message_history


async def shown(interaction: Interaction, code: str) -> Generation:
    """The generation of a code, if the member may see it.

    Raises the same `UserError` for a code that is unknown and for one that is not for them.
    """
    found = await desk_of(interaction).generations.get(code.strip().lower()[:16])
    if found is None or not sees(sight_of(interaction), found):
        raise UserError("code-unknown")
    return found
