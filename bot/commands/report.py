"""*Report to moderators*, in a message's menu: for results of Gala's own."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.commands.imagine import text
from bot.views.reporting import ask
from bot.views.tickets import desk_of

Menu = app_commands.ContextMenu


def report_menu() -> Menu:
    """The message's command, to be added to a tree."""
    return Menu(name=text("report-menu-name"), callback=report_message)


@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
async def report_message(interaction: discord.Interaction[Any], message: discord.Message) -> None:
    """Ask for the reason."""
    await ask(interaction, await desk_of(interaction).generations.of_message(message.id))
