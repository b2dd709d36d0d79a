"""A message's command: the recipe of its picture."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.commands.imagine import text
from bot.views.recipes import show_recipe
from bot.views.tickets import think


def recipe_menu() -> app_commands.ContextMenu:
    """The message's command, to be added to a tree."""
    return app_commands.ContextMenu(name=text("recipe-menu-name"), callback=recipe_of_message)


@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
async def recipe_of_message(interaction: discord.Interaction[Any], message: discord.Message) -> None:
    """Tell the member alone."""
    await think(interaction, private=True)
    await show_recipe(interaction, message)
