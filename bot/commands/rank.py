"""`/rank`: which caption fits which picture."""

from __future__ import annotations

from typing import Any, Final

import discord
from discord import app_commands

from bot.commands.imagine import Command, text
from bot.ranking import read_captions
from bot.views.looks import fetch, is_private, ranked, show
from bot.views.tickets import desk_of, texts_of, think

Picture = discord.Attachment | None
NUMBERS: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
OPTIONS: Final = ("captions", *(f"picture{number + 1}" for number in range(len(NUMBERS))))


def rank_command() -> Command:
    """The command, to be added to a tree."""
    command: Command = app_commands.Command(
        name=text("rank-name"), description=text("rank-description"), callback=rank
    )
    names = {"captions": text("rank-captions-name")}
    told = {"captions": text("rank-captions-description"), "picture1": text("rank-picture-one-description")}
    for number, word in enumerate(NUMBERS, 1):
        names[f"picture{number}"] = text(f"rank-picture-{word}-name")
        told.setdefault(f"picture{number}", text("rank-picture-more-description"))
    return app_commands.describe(**told)(app_commands.rename(**names)(command))


@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
async def rank(
    interaction: discord.Interaction[Any],
    captions: str,
    picture1: discord.Attachment,
    picture2: Picture = None,
    picture3: Picture = None,
    picture4: Picture = None,
    picture5: Picture = None,
    picture6: Picture = None,
    picture7: Picture = None,
    picture8: Picture = None,
    picture9: Picture = None,
    picture10: Picture = None,
) -> None:
    """Read the captions, fetch the pictures, and ask."""
    wanted = read_captions(captions)
    await think(interaction, private=is_private(interaction))
    given = (
        picture1,
        picture2,
        picture3,
        picture4,
        picture5,
        picture6,
        picture7,
        picture8,
        picture9,
        picture10,
    )
    pictures = [await fetch(picture) for picture in given if picture is not None]
    looking, asker = desk_of(interaction).looking, interaction.user.id
    ranking = await looking.rank(asker, pictures, wanted)
    reads = all(map(looking.reads, wanted))
    view = ranked(ranking, looking.model, asker, texts_of(interaction), reads=reads)
    await show(interaction, view, pictures)
