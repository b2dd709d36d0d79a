"""`/describe`, and the same in a message's menu: which words fit a picture best."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.commands.imagine import Command, text
from bot.errors import UserError
from bot.views.looks import described, fetch, is_blurred, is_private, show
from bot.views.tickets import Interaction, desk_of, locale_of, texts_of, think

Menu = app_commands.ContextMenu


def describe_command() -> Command:
    """The command, to be added to a tree."""
    command: Command = app_commands.Command(
        name=text("describe-name"), description=text("describe-description"), callback=describe
    )
    command = app_commands.rename(picture=text("describe-picture-name"))(command)
    return app_commands.describe(picture=text("describe-picture-description"))(command)


def describe_menu() -> Menu:
    """The message's command, to be added to a tree."""
    return Menu(name=text("describe-menu-name"), callback=describe_message)


@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
async def describe(interaction: discord.Interaction[Any], picture: discord.Attachment) -> None:
    """Describe the attached picture to all."""
    await answer(interaction, picture, private=is_private(interaction), blurred=picture.is_spoiler())


@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
async def describe_message(interaction: discord.Interaction[Any], message: discord.Message) -> None:
    """Describe a message's first picture to the member alone."""
    pictures = [
        found for found in message.attachments if (found.content_type or "image/").startswith("image/")
    ]
    if not pictures:
        raise UserError("describe-no-picture")
    await answer(interaction, pictures[0], private=True, blurred=is_blurred(message))


async def answer(
    interaction: Interaction, picture: discord.Attachment, *, private: bool, blurred: bool
) -> None:
    """Look, and say what was seen; what was blurred stays so. Raises `UserError`."""
    await think(interaction, private=private)
    data = await fetch(picture)
    looking, member_id = desk_of(interaction).looking, interaction.user.id
    found = await looking.describe(member_id, data, locale_of(interaction))
    view = described(found, looking.model, member_id, texts_of(interaction), blurred=blurred)
    await show(interaction, view, [data])
