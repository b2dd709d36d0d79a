"""`/preferences`: what a member gets where they ask for nothing else."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.commands.imagine import Command, text
from bot.views.preferences import panel


def preferences_command() -> Command:
    """The command, to be added to a tree."""
    return app_commands.Command(
        name=text("preferences-name"), description=text("preferences-description"), callback=preferences
    )


@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
async def preferences(interaction: discord.Interaction[Any]) -> None:
    """The panel, for the member alone."""
    await interaction.response.send_message(view=panel(interaction), ephemeral=True)
