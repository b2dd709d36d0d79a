"""A message's command: the recipe of its picture."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.commands.imagine import text
from bot.views.cards import buttons
from bot.views.recipes import recipe_card, recipe_of_message
from bot.views.sending import send_button
from bot.views.tickets import texts_of, think


def recipe_menu() -> app_commands.ContextMenu:
    """The message's command, to be added to a tree."""
    return app_commands.ContextMenu(name=text("recipe-menu-name"), callback=show_recipe)


@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
async def show_recipe(interaction: discord.Interaction[Any], message: discord.Message) -> None:
    """Tell the member alone, and offer to send the picture if it is Gala's own."""
    await think(interaction, private=True)
    recipe, generation = await recipe_of_message(interaction, message)
    texts = texts_of(interaction)
    rows = [] if generation is None else [buttons(send_button(generation, texts))]
    await interaction.edit_original_response(view=recipe_card(recipe, generation, texts, *rows))
