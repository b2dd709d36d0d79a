"""`/gallery`, `/show` and `/album`: past pictures, for the member alone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import discord
from discord import app_commands
from discord.app_commands import Choice

from bot.commands.imagine import MAX_CHOICES, Command, text
from bot.errors import UserError
from bot.listing import MODEL, Listing
from bot.views.gallery import open_gallery
from bot.views.keeping import NAME_CHARACTERS, album_name
from bot.views.showing import show_generation
from bot.views.sight import shown
from bot.views.tickets import Interaction, desk_of, texts_of, whisper
from bot.views.wording import plain
from storage.albums import Album, NameTaken
from storage.generations import Order

DAY: Final = re.compile(r"\s*(\d{4})-(\d{1,2})-(\d{1,2})\s*", re.ASCII)
OPTIONS: Final = ("view", "member", "model", "until")
VIEWS: Final = ("newest", "loved", "mine", "favourites")

Name = app_commands.Range[str, 1, NAME_CHARACTERS]


def gallery_command() -> Command:
    """The command, to be added to a tree."""
    command: Command = app_commands.Command(
        name=text("gallery-name"), description=text("gallery-description"), callback=gallery
    )
    command = app_commands.rename(**{name: text(f"gallery-{name}-name") for name in OPTIONS})(command)
    command = app_commands.describe(**{name: text(f"gallery-{name}-description") for name in OPTIONS})(
        command
    )
    command = app_commands.choices(
        view=[Choice(name=text(f"gallery-view-{view}"), value=view) for view in VIEWS]
    )(command)
    command.autocomplete("model")(suggest_models)
    return command


@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
async def gallery(
    interaction: discord.Interaction[Any],
    view: str | None = None,
    member: discord.User | None = None,
    model: str | None = None,
    until: str | None = None,
) -> None:
    """Show the first page."""
    mine = interaction.user.id if view == "mine" else None
    if model is not None and not MODEL.fullmatch(model):
        raise UserError(
            "model-unknown", model=model[:40], known=", ".join(sorted(desk_of(interaction).models))
        )
    listing = Listing(
        order=Order.LOVED if view == "loved" else Order.NEWEST,
        member_id=member.id if member else mine,
        model=model,
        loved=view == "favourites",
        before=None if until is None else end_of(until),
    )
    await open_gallery(interaction, listing)


def end_of(day: str) -> int:
    """The Unix time at which a day, such as 2026-11-24, is over everywhere. Raises `UserError`."""
    found = DAY.fullmatch(day)
    try:
        if found is None:
            raise ValueError(day)
        start = datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=UTC)
        return max(0, int((start + timedelta(days=1, hours=12)).timestamp()))
    except (ValueError, OverflowError) as error:
        raise UserError("gallery-bad-day", value=plain(day, 40)) from error


async def suggest_models(interaction: Interaction, typed: str) -> list[Choice[str]]:
    """The models that there are."""
    names = sorted(desk_of(interaction).models)
    return [Choice(name=name, value=name) for name in names if typed.lower() in name.lower()][:MAX_CHOICES]


def show_command() -> Command:
    """The command, to be added to a tree."""
    command: Command = app_commands.Command(
        name=text("show-name"), description=text("show-description"), callback=show
    )
    command = app_commands.rename(code=text("show-code-name"))(command)
    return app_commands.describe(code=text("show-code-description"))(command)


@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
async def show(interaction: discord.Interaction[Any], code: str) -> None:
    """Show one picture."""
    await show_generation(interaction, await shown(interaction, code))


def album_group() -> app_commands.Group:
    """The commands about the member's own albums, to be added to a tree."""
    group = app_commands.Group(
        name=text("album-command-name"),
        description=text("album-command-description"),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
    )
    for name, callback, options in (
        ("open", album_open, ("album",)),
        ("rename", album_rename, ("album", "name")),
        ("remove", album_remove, ("album", "code")),
        ("delete", album_delete, ("album",)),
    ):
        command: Command = app_commands.Command(
            name=text(f"album-{name}-name"), description=text(f"album-{name}-description"), callback=callback
        )
        command = app_commands.rename(**{option: text(f"album-option-{option}") for option in options})(
            command
        )
        command = app_commands.describe(
            **{option: text(f"album-option-{option}-description") for option in options}
        )(command)
        command.autocomplete("album")(suggest_albums)
        group.add_command(command)
    return group


async def suggest_albums(interaction: Interaction, typed: str) -> list[Choice[str]]:
    """The member's own albums."""
    found = [album.name for album in await desk_of(interaction).albums.of(interaction.user.id)]
    return [Choice(name=name, value=name) for name in found if typed.lower() in name.lower()][:MAX_CHOICES]


async def own_album(interaction: Interaction, name: str) -> Album:
    """The member's album of this name. Raises `UserError`."""
    found = await desk_of(interaction).albums.named(interaction.user.id, name)
    if found is None:
        raise UserError("album-unknown")
    return found


async def album_open(interaction: discord.Interaction[Any], album: str) -> None:
    """Show its pictures, newest first."""
    await open_gallery(interaction, Listing(album_id=(await own_album(interaction, album)).id))


async def album_rename(interaction: discord.Interaction[Any], album: str, name: Name) -> None:
    """Give it another name."""
    found, new = await own_album(interaction, album), album_name(name)
    try:
        await desk_of(interaction).albums.rename(interaction.user.id, found.id, new)
    except NameTaken as error:
        raise UserError("album-name-taken") from error
    await whisper(interaction, texts_of(interaction).get("album-renamed", album=plain(new, NAME_CHARACTERS)))


async def album_remove(interaction: discord.Interaction[Any], album: str, code: str) -> None:
    """Take a picture out of it."""
    desk, found = desk_of(interaction), await own_album(interaction, album)
    generation = await desk.generations.get(code.strip().lower()[:16])
    member_id = interaction.user.id
    if generation is None or not await desk.albums.remove(member_id, found.id, generation.id):
        raise UserError("album-has-not")
    await whisper(interaction, texts_of(interaction).get("album-removed"))


async def album_delete(interaction: discord.Interaction[Any], album: str) -> None:
    """Remove it; its pictures stay where they are."""
    found = await own_album(interaction, album)
    await desk_of(interaction).albums.delete(interaction.user.id, found.id)
    words = texts_of(interaction).get("album-deleted", album=plain(found.name, NAME_CHARACTERS))
    await whisper(interaction, words)
