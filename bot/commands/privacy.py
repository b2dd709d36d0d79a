"""`/privacy`: what is kept of a member, given to them or erased. For everybody, about themselves alone."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.commands.imagine import Command, text
from bot.views.privacy_cards import question_card, send_package
from bot.views.tickets import desk_of, texts_of


def privacy_group() -> app_commands.Group:
    """The group, to be added to a tree."""
    group = app_commands.Group(
        name=text("privacy-name"),
        description=text("privacy-description"),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
    )
    for name, callback in (("export", export), ("erase", erase)):
        command: Command = app_commands.Command(
            name=text(f"privacy-{name}-name"),
            description=text(f"privacy-{name}-description"),
            callback=callback,
        )
        group.add_command(command)
    return group


async def export(interaction: discord.Interaction[Any]) -> None:
    """The first file."""
    await send_package(interaction, 0, 1)


async def erase(interaction: discord.Interaction[Any]) -> None:
    """The question first."""
    member_id = interaction.user.id
    count = await desk_of(interaction).exporter.privacy.count(member_id)
    view = question_card(member_id, count, texts_of(interaction))
    await interaction.response.send_message(view=view, ephemeral=True)
