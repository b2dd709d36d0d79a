"""`/imagine-help`: what can be typed, for the member alone."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.commands.imagine import Command, text
from bot.views.guide import guide
from bot.views.tickets import desk_of, texts_of


def guide_command() -> Command:
    """The command, to be added to a tree."""
    return app_commands.Command(
        name=text("guide-name"), description=text("guide-description"), callback=imagine_help
    )


@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
async def imagine_help(interaction: discord.Interaction[Any]) -> None:
    """The card, in the member's language."""
    view = guide(texts_of(interaction), desk_of(interaction).styles)
    await interaction.response.send_message(view=view, ephemeral=True)
