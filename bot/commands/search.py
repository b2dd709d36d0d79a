"""`/search`, and *More like this* in a message's menu: past pictures by what they show or by their words."""

from __future__ import annotations

from typing import Any, Final

import discord
from discord import app_commands
from discord.app_commands import Choice

from bot.commands.imagine import Command, text
from bot.views.results import open_like_message, open_search
from storage.searches import Way

Menu = app_commands.ContextMenu
OPTIONS: Final = ("words", "way")
WAYS: Final = (Way.BOTH, Way.MEANING, Way.WORDS)


def search_command() -> Command:
    """The command, to be added to a tree."""
    command: Command = app_commands.Command(
        name=text("search-name"), description=text("search-description"), callback=search
    )
    command = app_commands.rename(**{name: text(f"search-{name}-name") for name in OPTIONS})(command)
    command = app_commands.describe(**{name: text(f"search-{name}-description") for name in OPTIONS})(command)
    return app_commands.choices(way=[Choice(name=text(f"search-by-{way}"), value=way.value) for way in WAYS])(
        command
    )


def search_menu() -> Menu:
    """The message's command, to be added to a tree."""
    return Menu(name=text("search-menu-name"), callback=more_like_this)


@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
async def search(interaction: discord.Interaction[Any], words: str, way: str | None = None) -> None:
    """Answer the member alone."""
    await open_search(interaction, words, Way(way or Way.BOTH))


@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
async def more_like_this(interaction: discord.Interaction[Any], message: discord.Message) -> None:
    """Answer the member alone."""
    await open_like_message(interaction, message)
