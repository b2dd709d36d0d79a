"""`/quota`: what a member has left, and when more comes."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.commands.imagine import Command, text
from bot.preferring import PROMPT
from bot.prompt import parse
from bot.request import Choices, Request, resolve
from bot.views.preferring import settle
from bot.views.quota_cards import own_card
from bot.views.tickets import Desk, desk_of, order, texts_of


def quota_command() -> Command:
    """The command, to be added to a tree."""
    return app_commands.Command(
        name=text("quota-name"), description=text("quota-description"), callback=quota
    )


@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
async def quota(interaction: discord.Interaction[Any]) -> None:
    """Answer for the member alone."""
    desk = desk_of(interaction)
    (request, *_), _ = await settle(interaction, parse(PROMPT))
    usual = order(interaction, request, None)
    standing = await desk.till.standing(usual.asker)
    view = own_card(standing, desk.dispatcher.ask(usual), texts_of(interaction))
    await interaction.response.send_message(view=view, ephemeral=True)


def usual_request(desk: Desk) -> Request:
    """A picture as one gets it without asking for anything special."""
    return resolve(parse(PROMPT)[0], Choices(), desk.painting, desk.models)
