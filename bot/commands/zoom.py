"""`/zoom`: a film whose camera moves through what the prompt says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import discord
from discord import app_commands
from discord.app_commands import Choice

from bot.commands.imagine import Command, text
from bot.errors import UserError
from bot.prompt import parse
from bot.request import Choices, Request, checked_steps, find_model, goes_on
from bot.routing import route
from bot.views.hints import hint
from bot.views.preferring import choosing, settle, standing_of, tell_passed
from bot.views.sight import shown
from bot.views.targets import aimed, as_told, attached_of
from bot.views.tickets import Desk, Interaction, check_rights, desk_of, submit
from bot.zoom import LEAST_FRAMES, MOST_FRAMES, USUAL_FRAMES, WAYS, motion_of
from storage.generations import Generation

OPTIONS: Final = ("prompt", "direction", "frames", "start")

Frames = app_commands.Range[int, LEAST_FRAMES, MOST_FRAMES]


def zoom_command() -> Command:
    """The command, to be added to a tree."""
    command: Command = app_commands.Command(
        name=text("zoom-name"), description=text("zoom-description"), callback=zoom
    )
    command = app_commands.rename(**{name: text(f"zoom-{name}-name") for name in OPTIONS})(command)
    command = app_commands.describe(**{name: text(f"zoom-{name}-description") for name in OPTIONS})(command)
    return app_commands.choices(direction=[Choice(name=text(f"zoom-{way}"), value=way) for way in WAYS])(
        command
    )


@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
async def zoom(
    interaction: discord.Interaction[Any],
    prompt: str | None = None,
    direction: str = "in",
    frames: Frames = USUAL_FRAMES,
    start: str | None = None,
) -> None:
    """Check all that can be checked, then have the film accepted as any job."""
    check_rights(interaction)
    desk = desk_of(interaction)
    generation = None if start is None else await shown(interaction, start)
    words = prompt or (generation.prompt if generation else None)
    if words is None:
        raise UserError("zoom-of-nothing")
    attached = [] if generation is None else await attached_of(interaction, generation)
    wanted = as_told(parse(words, limit=1)[0], attached)
    if generation is None:
        (still,), passed = await settle(interaction, [wanted], check_film)
        request, init, parent = film_of(desk, still, direction, frames, still.steps), None, None
    else:
        choices = Choices(size=(generation.width, generation.height))
        usual = generation.model if goes_on(generation.engine) else None
        among = choosing(interaction, await standing_of(interaction), check_film)
        still, passed = route(wanted, choices, among, usual), ()
        request = replace(film_of(desk, still, direction, frames, 0), init_weight=0.0)
        init, parent = await picture_of(interaction, generation), generation.code
    await submit(interaction, await aimed(interaction, [request], attached), init, parent)
    await tell_passed(interaction, passed)
    await hint(interaction, [wanted], [request.model])


def film_of(desk: Desk, still: Request, way: str, frames: int, lead: int) -> Request:
    """A request for a picture as one for a film; its first frame takes `lead` steps. Raises `UserError`."""
    check_film(still)
    motion = motion_of(way, lead, find_model(still.model, desk.models).steps)
    still = replace(still, grid=1, keep=None)
    return replace(still, steps=checked_steps(motion.steps(frames), desk.painting.max_steps), motion=motion)


def check_film(still: Request) -> None:
    """Refuse an engine that paints no films. Raises `UserError`."""
    if not goes_on(still.engine):
        raise UserError("zoom-engine", model=still.model)


async def picture_of(interaction: Interaction, generation: Generation) -> bytes:
    """The picture that the film starts from. Raises `UserError`."""
    picture = await desk_of(interaction).past.picture(generation)
    if picture is None:
        raise UserError("picture-gone")
    return picture
