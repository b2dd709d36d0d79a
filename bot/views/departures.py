"""Where a finished picture leads on: the same larger, or changed a little or a lot."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace
from typing import Final

import discord
from discord import ui

from bot.errors import UserError
from bot.prompt import parse
from bot.request import DEFAULT_INIT_WEIGHT, SEEDS, Choices, Request, find_model, goes_on, resolve
from bot.routing import reads
from bot.turns import steered
from bot.views import cards
from bot.views.targets import aimed_as
from bot.views.tickets import Desk, Interaction, check_rights, desk_of, submit, texts_of
from generation.codec import PictureError, opaque
from generation.models import Model, fit_size
from generation.protocol import Origin
from storage.errors import ImageDamaged, ImageMissing
from storage.jobs import Job

LEAST_GROWTH: Final = 1.2  #: of the pixels; less than that is not worth a new picture
LEAST_STEPS: Final = 10
PAINTED_GROWTH: Final = 2  #: of each side, where the picture is painted on
ENLARGED_GROWTH: Final = 4  #: where a network for it enlarges it
STEPS_SHARE: Final = 1 / 3  #: of the steps, for a picture that is there and only wants detail


async def offer_changes(interaction: Interaction, job: Job) -> None:
    """Ask, so that only the member sees it, whether to change little or much."""
    texts = texts_of(interaction)
    view = cards.card(
        cards.RUNNING,
        ui.TextDisplay(texts.get("vary-offer")),
        cards.buttons(
            cards.button("near", job, texts.get("button-vary-near"), discord.ButtonStyle.primary),
            cards.button("far", job, texts.get("button-vary-far"), discord.ButtonStyle.secondary),
        ),
    )
    await interaction.response.send_message(view=view, ephemeral=True)


async def depart(interaction: Interaction, job: Job, origin: Origin) -> None:
    """Ask for what comes of the job's picture, in the name of whoever pressed. Raises `UserError`."""
    check_rights(interaction)
    if job.grid > 1:  # it would be the sheet that grows
        raise UserError("button-unknown")
    desk, job = desk_of(interaction), steered(job)
    if job.motion is not None and job.model in desk.models:  # the picture alone goes on, not the film
        job = replace(job, steps=desk.models[job.model].steps)
    request = larger(job, desk) if origin is Origin.LARGER else varied(job, desk, origin)
    if job.picture_sha256 is None:
        raise UserError("picture-lost")
    try:
        stored = await desk.images.get(job.picture_sha256)
        picture = await asyncio.to_thread(opaque, stored)  # what is cut out is not to be painted into
    except (ImageMissing, ImageDamaged, PictureError) as error:
        raise UserError("picture-lost") from error
    await submit(interaction, [await aimed_as(interaction, request, job)], picture, job.code)


def varied(job: Job, desk: Desk, origin: Origin) -> Request:
    """The job's request with another seed, from its picture. Raises `UserError`."""
    request = settled(job, desk, (job.width, job.height), job.steps)
    return replace(request, origin=origin, init_weight=0.0)


def larger(job: Job, desk: Desk) -> Request:
    """The job's request at a larger size, as far as the host allows. Raises `UserError`."""
    model = enlarger(job, desk)
    growth = PAINTED_GROWTH if model.paints else ENLARGED_GROWTH
    size = fit_size(model, growth * job.width, growth * job.height, desk.painting.max_pixels)
    if size[0] * size[1] < LEAST_GROWTH * job.width * job.height:
        raise UserError("upscale-largest", width=str(job.width), height=str(job.height))
    share = max(LEAST_STEPS, round(job.steps * STEPS_SHARE)) if model.paints else model.steps
    request = settled(job, desk, size, min(share, desk.painting.max_steps), model)
    return replace(request, origin=Origin.LARGER, init_weight=DEFAULT_INIT_WEIGHT)


def enlarger(job: Job, desk: Desk) -> Model:
    """The host's own model for it; else the picture's, or one that reads its prompt, paints on.

    Raises `UserError`.
    """
    if desk.painting.upscaler:
        return find_model(desk.painting.upscaler, desk.models)
    own, usual = (find_model(name, desk.models) for name in (job.model, desk.painting.model))
    able = [own] if goes_on(own.engine) else [each for each in (usual, *desk.others) if goes_on(each.engine)]
    if not able:
        raise UserError("upscale-no-model")
    prompt = parse(job.prompt)[0]
    return next((model for model in able if reads(model, prompt)), able[0])


def settled(job: Job, desk: Desk, size: tuple[int, int], steps: int, model: Model | None = None) -> Request:
    """The job's prompt at this size with a new seed. Raises `UserError` where its model is no more."""
    prompt = parse(job.prompt)[0]
    flags = replace(prompt.flags, size=size, ar=None, steps=steps, seed=secrets.randbelow(SEEDS), keep=None)
    choices = Choices(job.engine, job.model) if model is None else Choices(model.engine, model.name)
    return resolve(replace(prompt, flags=flags), choices, desk.painting, desk.models)
