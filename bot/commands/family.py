"""`/family`: the tree of a picture, drawn."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import discord
from discord import app_commands, ui

from bot.commands.imagine import Command, text
from bot.family import family, in_words, members
from bot.family_picture import draw_family
from bot.views import cards
from bot.views.sight import shown, sight_of
from bot.views.tickets import Interaction, desk_of, texts_of, think
from bot.views.wording import ALT_CHARACTERS
from storage.generations import Generation

FILENAME = "family.webp"


def family_command() -> Command:
    """The command, to be added to a tree."""
    command: Command = app_commands.Command(
        name=text("family-name"), description=text("family-description"), callback=show_family
    )
    command = app_commands.rename(code=text("family-code-name"))(command)
    return app_commands.describe(code=text("family-code-description"))(command)


@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
async def show_family(interaction: discord.Interaction[Any], code: str) -> None:
    """Draw it for the member alone, who sees what others may not."""
    focus = await shown(interaction, code)
    await think(interaction, private=True)
    await draw(interaction, focus)


async def draw(interaction: Interaction, focus: Generation) -> None:
    """Put the tree in place of "thinking"."""
    desk = desk_of(interaction)
    root = await family(desk.generations, sight_of(interaction), focus)
    thumbnails = {made.code: data for made in members(root) if (data := await desk.past.small(made))}
    picture = await asyncio.to_thread(draw_family, root, focus.code, thumbnails)
    words = in_words(root)
    file = discord.File(io.BytesIO(picture), FILENAME, description=words[:ALT_CHARACTERS])
    said = texts_of(interaction).get("family-title", code=focus.code, count=len(list(members(root))))
    gallery: ui.MediaGallery[cards.Card] = ui.MediaGallery(
        discord.MediaGalleryItem(f"attachment://{FILENAME}", description=words[:ALT_CHARACTERS])
    )
    view = cards.card(cards.FINISHED, ui.TextDisplay(said), gallery)
    await interaction.edit_original_response(view=view, attachments=[file])
