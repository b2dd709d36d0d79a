"""`/zoom`: a film whose camera moves through what the prompt says, scene after scene."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import discord
from discord import app_commands
from discord.app_commands import Choice

from bot.commands.imagine import Command, text
from bot.errors import UserError
from bot.prompt import Prompt, parse
from bot.request import Choices, Request, checked_steps, find_model, goes_on, resolve
from bot.views.sight import shown
from bot.views.tickets import Desk, Interaction, check_rights, desk_of, submit
from bot.zoom import LEAST_FRAMES, MOST_FRAMES, USUAL_FRAMES, WAYS, motion_of, scenes_of, story
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
    if prompt is None and generation is None:
        raise UserError("zoom-of-nothing")
    scenes = parse(generation.prompt)[:1] if prompt is None and generation else scenes_of(prompt or "")
    request = film_of(desk, scenes, direction, frames, generation)
    init = None if generation is None else await picture_of(interaction, generation)
    await submit(interaction, [request], init, generation.code if generation else None)


def film_of(
    desk: Desk, scenes: tuple[Prompt, ...], way: str, frames: int, start: Generation | None
) -> Request:
    """The request of a film; one that starts from a picture has its size and model. Raises `UserError`."""
    choices = Choices() if start is None else Choices(model=start.model, size=(start.width, start.height))
    request = resolve(scenes[0], choices, desk.painting, desk.models)
    if not goes_on(request.engine):
        raise UserError("zoom-engine", model=request.model)
    own = find_model(request.model, desk.models).steps
    motion = motion_of(way, request.steps if start is None else 0, own)
    steps = checked_steps(motion.steps(frames), desk.painting.max_steps)
    weight = request.init_weight if start is None else 0.0
    turns = story(scenes, motion, frames)
    return replace(request, steps=steps, init_weight=weight, motion=motion, turns=turns)


async def picture_of(interaction: Interaction, generation: Generation) -> bytes:
    """The picture that the film starts from. Raises `UserError`."""
    picture = await desk_of(interaction).past.picture(generation)
    if picture is None:
        raise UserError("picture-gone")
    return picture
