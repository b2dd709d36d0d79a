"""`/showcase`: authors show their pictures to all, or take them back; admins choose where."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.commands.imagine import Command, text
from bot.errors import UserError
from bot.views.admin import record, require_admin
from bot.views.showcase import offer, take_back
from bot.views.sight import shown
from bot.views.tickets import desk_of, texts_of, think, whisper

Place = discord.TextChannel | discord.ForumChannel


def showcase_group() -> app_commands.Group:
    """The group, to be added to a tree."""
    group = app_commands.Group(
        name=text("showcase-name"),
        description=text("showcase-description"),
        allowed_contexts=app_commands.AppCommandContext(guild=True),
        allowed_installs=app_commands.AppInstallationType(guild=True),
    )
    for name, callback, option in (
        ("add", add, "code"),
        ("remove", remove, "code"),
        ("place", place, "channel"),
    ):
        command: Command = app_commands.Command(
            name=text(f"showcase-{name}-name"),
            description=text(f"showcase-{name}-description"),
            callback=callback,
        )
        command = app_commands.rename(**{option: text(f"showcase-option-{option}")})(command)
        group.add_command(app_commands.describe(**{option: text(f"showcase-about-{option}")})(command))
    return group


async def add(interaction: discord.Interaction[Any], code: str) -> None:
    """Show a picture of one's own."""
    await think(interaction, private=True)
    url = await offer(interaction, await shown(interaction, code))
    await whisper(interaction, texts_of(interaction).get("showcase-shown", url=url))


async def remove(interaction: discord.Interaction[Any], code: str) -> None:
    """Take a picture of one's own back; who may manage messages, any."""
    await think(interaction, private=True)
    generation = await shown(interaction, code)
    if generation.member_id != interaction.user.id and not interaction.permissions.manage_messages:
        raise UserError("button-not-yours")
    was = await take_back(interaction.client, desk_of(interaction), generation)
    await whisper(interaction, texts_of(interaction).get("showcase-taken" if was else "showcase-not-there"))


async def place(interaction: discord.Interaction[Any], channel: Place | None = None) -> None:
    """Choose the guild's showcase, or have none."""
    guild_id = require_admin(interaction)
    await think(interaction, private=True)
    await desk_of(interaction).guilds.change(guild_id, showcase_channel_id=channel.id if channel else None)
    await record(interaction, "showcase", f"channel {channel.id}" if channel else "")
    texts = texts_of(interaction)
    said = texts.get("showcase-placed", channel=channel.mention) if channel else texts.get("showcase-ended")
    await whisper(interaction, said)
