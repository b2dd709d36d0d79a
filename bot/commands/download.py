"""`/download`: pictures with their recipes, as ZIP files."""

from __future__ import annotations

import io
from typing import Any, Final

import discord
from discord import app_commands
from discord.app_commands import Choice

from bot.commands.gallery import suggest_albums
from bot.commands.imagine import Command, text
from bot.errors import UserError
from bot.takeaway import Archive, archives
from bot.views.messages import NETWORK, is_too_large
from bot.views.sight import shown, sight_of
from bot.views.tickets import Interaction, desk_of, texts_of, think
from storage.generations import Cursor, Filter

MOST_FILES: Final = 6  #: of one command; an answer can be added to for fifteen minutes
MINE: Final = "mine"
LOVED: Final = "favourites"
OPTIONS: Final = ("what", "album", "before")


def download_command() -> Command:
    """The command, to be added to a tree."""
    command: Command = app_commands.Command(
        name=text("download-name"), description=text("download-description"), callback=download
    )
    command = app_commands.rename(**{name: text(f"download-{name}-name") for name in OPTIONS})(command)
    command = app_commands.describe(**{name: text(f"download-{name}-description") for name in OPTIONS})(
        command
    )
    choices = [Choice(name=text(f"download-{value}"), value=value) for value in (MINE, LOVED)]
    command = app_commands.choices(what=choices)(command)
    command.autocomplete("album")(suggest_albums)
    return command


@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
async def download(
    interaction: discord.Interaction[Any],
    what: str = MINE,
    album: str | None = None,
    before: str | None = None,
) -> None:
    """Hand out one ZIP after the other, to the member alone."""
    after = None if before is None else Cursor((await shown(interaction, before)).id)
    await think(interaction, private=True)
    desk = desk_of(interaction)
    chosen = await filter_of(interaction, what, album)
    parts = archives(
        desk.generations, desk.past, sight_of(interaction), chosen, after, interaction.filesize_limit
    )
    number = 0
    last = ""
    async for part in parts:
        if number == MOST_FILES:
            await interaction.followup.send(
                texts_of(interaction).get("download-more", code=last), ephemeral=True
            )
            return
        number += 1
        last = part.last
        await hand_over(interaction, part, number)
    if number == 0:
        raise UserError(f"download-none-{'album' if album else 'loved' if what == LOVED else 'mine'}")


async def filter_of(interaction: Interaction, what: str, album: str | None) -> Filter:
    """Which pictures are meant; an album goes before the rest. Raises `UserError`."""
    member_id = interaction.user.id
    if album is None:
        return Filter(loved_by=member_id) if what == LOVED else Filter(member_id=member_id)
    found = await desk_of(interaction).albums.named(member_id, album)
    if found is None:
        raise UserError("album-unknown")
    return Filter(album_id=found.id)


async def hand_over(interaction: Interaction, part: Archive, number: int) -> None:
    """The first in place of "thinking", others after it. Raises `UserError`."""
    file = discord.File(io.BytesIO(part.data), f"gala-{number}.zip")
    said = texts_of(interaction).get("download-part", count=part.pictures, number=number, lost=part.lost)
    try:
        if number == 1:
            await interaction.edit_original_response(content=said, attachments=[file])
        else:
            await interaction.followup.send(said, file=file, ephemeral=True)
    except discord.HTTPException as error:
        if not is_too_large(error):
            raise
        raise UserError("download-too-large") from error
    except NETWORK as error:
        raise UserError("send-failed") from error
