"""What a sheet's pictures lead to: one of them painted out, or its lower part drawn anew several times."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from typing import Any, Final, Self, cast

from discord import ui

from bot.errors import UserError
from bot.prompt import parse
from bot.request import SEEDS, Choices, Request, resolve
from bot.views.buttons import JOB, JobButton, is_foreign
from bot.views.sight import shown
from bot.views.targets import aimed_as
from bot.views.tickets import Desk, Explained, Interaction, check_rights, desk_of, submit
from storage.images import ImageDamaged, ImageMissing
from storage.jobs import Job

AnySelect = ui.Select[Any]

NUMBER: Final = "(?P<number>[1-9])"
KEPT: Final = 0.5  #: of a picture's rows, where the rest is drawn anew


class PickButton(JobButton, template=f"gala:pick:{JOB}:{NUMBER}"):
    """Makes one of the pictures a picture of its own, in the name of whoever presses it."""

    async def press(self, interaction: Interaction, job: Job) -> None:
        """A new job, with a ticket of its own."""
        await go_on(interaction, job, number_of(self), anew=False)


class RedrawButton(JobButton, template=f"gala:redraw:{JOB}:{NUMBER}"):
    """Keeps the top rows of one of the pictures, and draws the rest of it anew, as a grid."""

    async def press(self, interaction: Interaction, job: Job) -> None:
        """A new job, with a ticket of its own."""
        await go_on(interaction, job, number_of(self), anew=True)


class GridMenu(ui.DynamicItem[AnySelect], template=f"gala:(?P<deed>picks|redraws):{JOB}"):
    """The same for more pictures than there is room for buttons."""

    def __init__(self, item: AnySelect, job_id: str, deed: str) -> None:
        super().__init__(item)
        self.job_id, self.deed = job_id, deed

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The menu that was used."""
        return cls(cast(AnySelect, item), match["job"], match["deed"])

    async def callback(self, interaction: Interaction) -> None:
        """A new job, with a ticket of its own."""
        async with Explained(interaction):
            job = await desk_of(interaction).jobs.get(self.job_id)
            value = self.item.values[0] if self.item.values else ""
            if job is None or is_foreign(interaction, job) or not value.isdecimal():
                raise UserError("button-unknown")
            await go_on(interaction, job, int(value), anew=self.deed == "redraws")


def number_of(button: JobButton) -> int:
    """The picture that a button's custom_id names."""
    return int((button.custom_id or "").rpartition(":")[2])


async def go_on(interaction: Interaction, job: Job, number: int, *, anew: bool) -> None:
    """Ask for what comes of one of a sheet's pictures, in the name of whoever pressed. Raises `UserError`."""
    check_rights(interaction)
    if not 1 <= number <= job.grid or job.grid == 1:
        raise UserError("button-unknown")
    if job.picture_sha256 is None:
        raise UserError("picture-lost")
    await shown(interaction, job.code)
    desk = desk_of(interaction)
    request = redrawn(job, desk, number) if anew else picked(job, desk, number)
    try:
        sheet = await desk.images.get(job.picture_sha256)
    except (ImageMissing, ImageDamaged) as error:
        raise UserError("picture-lost") from error
    await submit(interaction, [await aimed_as(interaction, request, job)], sheet, job.code)


def picked(job: Job, desk: Desk, number: int) -> Request:
    """One picture, whose run goes on where its draft ends: the same whoever presses. Raises `UserError`."""
    return replace(_request(job, desk, grid=None, seed=job.seed), candidate=number)


def redrawn(job: Job, desk: Desk, number: int) -> Request:
    """As many pictures as before that begin like this one. Raises `UserError`."""
    request = _request(job, desk, grid=job.grid, seed=secrets.randbelow(SEEDS))
    return replace(request, candidate=number, keep=KEPT)


def _request(job: Job, desk: Desk, *, grid: int | None, seed: int) -> Request:
    prompt = parse(job.prompt)[0]
    prompt = replace(prompt, flags=replace(prompt.flags, n=grid, keep=None, seed=seed))
    choices = Choices(job.engine, job.model, (job.width, job.height), job.steps, seed)
    return resolve(prompt, choices, desk.painting, desk.models)


GRIDS: Final = (PickButton, RedrawButton, GridMenu)
