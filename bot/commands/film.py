"""`/film`: a picture's film in the format and at the speed that is wanted."""

from __future__ import annotations

from typing import Any, Final

import discord
from discord import app_commands
from discord.app_commands import Choice

from bot.commands.imagine import Command, text
from bot.errors import UserError
from bot.films import SPEEDS, USUAL, Cut
from bot.views.filming import send_film
from bot.views.sight import shown
from bot.views.tickets import desk_of
from generation.film import FORMATS

NAMES: Final = {".mp4": "MP4", ".webm": "WebM", ".webp": "WebP", ".gif": "GIF"}
OPTIONS: Final = ("code", "format", "speed")


def film_command() -> Command:
    """The command, to be added to a tree."""
    command: Command = app_commands.Command(
        name=text("film-name"), description=text("film-description"), callback=film
    )
    command = app_commands.rename(**{name: text(f"film-{name}-name") for name in OPTIONS})(command)
    command = app_commands.describe(**{name: text(f"film-{name}-description") for name in OPTIONS})(command)
    return app_commands.choices(
        format=[Choice(name=NAMES[suffix], value=suffix) for suffix in FORMATS],
        speed=[Choice(name=text(f"film-speed-{speed}"), value=speed) for speed in SPEEDS],
    )(command)


@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
async def film(
    interaction: discord.Interaction[Any],
    code: str,
    format: str = USUAL.suffix,  # noqa: A002 the option's name
    speed: str = USUAL.speed,
) -> None:
    """Show it to all where the picture was posted, elsewhere to the member alone."""
    generation = await shown(interaction, code)
    job = await desk_of(interaction).jobs.get(generation.job_id)
    if job is None:
        raise UserError("film-gone")
    private = generation.hidden or generation.channel_id != interaction.channel_id
    await send_film(interaction, job, Cut(format, speed), private=private)
