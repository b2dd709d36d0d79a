"""The buttons, matched by the pattern of their custom_id: they work for as long as their message stands.

A button says nothing of who may press it: that is asked of the database each time.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from typing import Any, Self, cast

from discord import ui

from bot.errors import UserError
from bot.prompt import parse
from bot.request import SEEDS, Choices, Request, resolve
from bot.turns import steered
from bot.views.departures import depart, offer_changes
from bot.views.filming import send_film
from bot.views.steering import SteerModal
from bot.views.targets import aimed_as
from bot.views.tickets import Desk, Explained, Interaction, check_rights, desk_of, submit, texts_of, whisper
from bot.views.traces import forget, unpoint
from bot.zoom import of_row
from generation.protocol import Origin
from storage.images import ImageDamaged, ImageMissing
from storage.jobs import Job, Status

JOB = "(?P<job>[0-9A-HJKMNP-TV-Z]{8})"
AnyButton = ui.Button[Any]


class JobButton(ui.DynamicItem[AnyButton], template="(?!)"):
    """A button that belongs to a job."""

    def __init__(self, item: AnyButton, job_id: str) -> None:
        super().__init__(item)
        self.job_id = job_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The pressed button."""
        return cls(cast(AnyButton, item), match["job"])

    async def callback(self, interaction: Interaction) -> None:
        """Press it; errors go where those of the commands go."""
        async with Explained(interaction):
            job = await desk_of(interaction).jobs.get(self.job_id)
            if job is None or is_foreign(interaction, job):
                raise UserError("button-unknown")
            await self.press(interaction, job)

    async def press(self, interaction: Interaction, job: Job) -> None:
        """What the button does. Raises `UserError`."""
        raise UserError("button-unknown")


class CancelButton(JobButton, template=f"gala:cancel:{JOB}"):
    """Takes the job out of the line, or out of the engine; for who has asked for it."""

    async def press(self, interaction: Interaction, job: Job) -> None:
        """The card changes as soon as the job has ended."""
        await accept_from_author(interaction, job)
        if await desk_of(interaction).dispatcher.cancel(job.id) is None:
            raise UserError("button-too-late")


class StopButton(JobButton, template=f"gala:stop:{JOB}"):
    """Ends the job with the picture as it is; for who has asked for it."""

    async def press(self, interaction: Interaction, job: Job) -> None:
        """The result comes as soon as it is encoded."""
        await accept_from_author(interaction, job)
        if await desk_of(interaction).dispatcher.stop(job.id) is None:
            raise UserError("button-too-late")


class SteerButton(JobButton, template=f"gala:steer:{JOB}"):
    """Asks for another prompt, or for other steps, on the way; for who has asked for the job."""

    async def press(self, interaction: Interaction, job: Job) -> None:
        """A modal with what it goes by now."""
        if interaction.user.id != job.member_id:
            raise UserError("button-not-yours")
        if job.status is not Status.RUNNING:
            raise UserError("button-too-late")
        if job.grid > 1:
            raise UserError("button-unknown")
        await interaction.response.send_modal(SteerModal(job, texts_of(interaction)))


class AgainButton(JobButton, template=f"gala:again:{JOB}"):
    """Asks for the same with a new seed, in the name of whoever presses it."""

    async def press(self, interaction: Interaction, job: Job) -> None:
        """A new job, with a ticket of its own."""
        check_rights(interaction)
        desk = desk_of(interaction)
        request, kept = again(job, desk), job.init_sha256
        if job.is_picked and desk.models[job.model].keeps:  # picked again, it would be the same
            request, kept = replace(request, candidate=None), None
        elif job.is_picked:  # what was shown is known from the sheet alone
            request = replace(request, keep=0.0)
        try:
            init = await desk.images.get(kept) if kept else None
        except (ImageMissing, ImageDamaged) as error:
            raise UserError("init-lost") from error
        request = await aimed_as(interaction, request, job)
        parent = job.code if job.picture_sha256 and not job.failure else None
        await submit(interaction, [request], init, parent)


class VaryButton(JobButton, template=f"gala:vary:{JOB}"):
    """Offers a small and a large change of the picture, to everybody."""

    async def press(self, interaction: Interaction, job: Job) -> None:
        """The choice is seen by whoever presses alone."""
        await offer_changes(interaction, job)


class NearButton(JobButton, template=f"gala:near:{JOB}"):
    """Asks for a small change of the picture."""

    async def press(self, interaction: Interaction, job: Job) -> None:
        """A new job, with a ticket of its own."""
        await depart(interaction, job, Origin.NEAR)


class FarButton(JobButton, template=f"gala:far:{JOB}"):
    """Asks for a large change of the picture."""

    async def press(self, interaction: Interaction, job: Job) -> None:
        """A new job, with a ticket of its own."""
        await depart(interaction, job, Origin.FAR)


class LargerButton(JobButton, template=f"gala:larger:{JOB}"):
    """Asks for the picture at twice its size, in the name of whoever presses it."""

    async def press(self, interaction: Interaction, job: Job) -> None:
        """A new job, with a ticket of its own."""
        await depart(interaction, job, Origin.LARGER)


class FilmButton(JobButton, template=f"gala:film:{JOB}"):
    """Shows how the picture came into being; for everybody, as often as they like, and made once."""

    async def press(self, interaction: Interaction, job: Job) -> None:
        """The answer is put off, since a film takes some seconds."""
        await send_film(interaction, job)


class DeleteButton(JobButton, template=f"gala:delete:{JOB}"):
    """Removes the message; for who has asked for the picture, and for who may manage messages."""

    async def press(self, interaction: Interaction, job: Job) -> None:
        """With the result goes all that is kept of it: its row, its files, and the frames of its film."""
        if interaction.user.id != job.member_id and not interaction.permissions.manage_messages:
            raise UserError("button-not-yours")
        await interaction.response.defer()
        if job.result_id is None or (interaction.message and interaction.message.id == job.result_id):
            desk = desk_of(interaction)
            if generation := await desk.generations.of_job(job.id):
                await forget(interaction.client, desk, generation)  # first: it can be tried again
            else:
                await desk.past.forget(job.code, job.id)
            await unpoint(interaction.client, job)
        await interaction.delete_original_response()
        await whisper(interaction, texts_of(interaction).get("deleted"))


BUTTONS = (
    CancelButton,
    StopButton,
    SteerButton,
    AgainButton,
    VaryButton,
    NearButton,
    FarButton,
    LargerButton,
    FilmButton,
    DeleteButton,
)


def is_foreign(interaction: Interaction, job: Job) -> bool:
    """Whether the job was asked for elsewhere, by somebody else."""
    return job.guild_id != (interaction.guild_id or 0) and job.member_id != interaction.user.id


async def accept_from_author(interaction: Interaction, job: Job) -> None:
    """Take the press of who has asked for the job, while it is open. Raises `UserError`."""
    if interaction.user.id != job.member_id:
        raise UserError("button-not-yours")
    if job.status not in (Status.QUEUED, Status.RUNNING):
        raise UserError("button-too-late")
    await interaction.response.defer()


def again(job: Job, desk: Desk) -> Request:
    """The job's request with another seed. Raises `UserError` where its model is no more."""
    job = steered(job)
    prompt = parse(job.prompt)[0]
    prompt = replace(prompt, flags=replace(prompt.flags, seed=secrets.randbelow(SEEDS)))
    size = prompt.flags.size or (job.width, job.height)
    choices = Choices(job.engine, job.model, size, job.steps)
    origin = None if job.origin is None else Origin(job.origin)
    request = resolve(prompt, choices, desk.painting, desk.models)
    return replace(
        request,
        init_weight=job.init_weight,
        origin=origin,
        grid=job.grid,
        candidate=job.candidate,
        keep=job.keep,
        motion=of_row(job.motion),
    )
