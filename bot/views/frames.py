"""The frames of a making, one at a time: to look through, to take as the result, to start anew from.

A frame is named by its place (see `storage/frames.py`), and each button says all in its custom_id.
"""

from __future__ import annotations

import asyncio
import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Self, cast

import discord
from discord import ui

from bot.errors import UserError
from bot.locales import Texts
from bot.prompt import Prompt, parse
from bot.request import Choices, Request, check_init
from bot.routing import route
from bot.views import cards
from bot.views.buttons import JOB, AnyButton, JobButton, again
from bot.views.hints import hint
from bot.views.preferring import choosing, standing_of
from bot.views.sight import shown
from bot.views.targets import aimed, aimed_as, as_told, attached_of
from bot.views.tickets import Explained, Interaction, check_rights, desk_of, submit, texts_of
from bot.views.wording import alt_text, quote
from bot.zoom import of_row
from generation.codec import PictureError, read_init
from storage.frames import MOST_FRAMES
from storage.images import ImageDamaged, ImageMissing
from storage.jobs import Job

AnySelect = ui.Select[Any]

PLACE: Final = "(?P<place>[0-9]{4})"
MOST_CHOICES: Final = 25  #: that a select menu has room for
PROMPT_CHARACTERS: Final = 4000  #: that a modal's field has room for


class FramesButton(JobButton, template=f"gala:frames:{JOB}"):
    """Opens the frames of a picture, for whoever may see it."""

    async def press(self, interaction: Interaction, job: Job) -> None:
        """Begin with the last frame."""
        view, file = await look(interaction, job, None)
        await interaction.response.send_message(view=view, file=file, ephemeral=True)


class FrameButton(JobButton, template=f"gala:frame:{JOB}:{PLACE}:[fpnl]"):
    """Goes to another frame. The letter keeps apart two buttons that lead to the same one."""

    async def press(self, interaction: Interaction, job: Job) -> None:
        """In place of the one before."""
        view, file = await look(interaction, job, place_of(self))
        await interaction.response.edit_message(view=view, attachments=[file])


class FrameMenu(ui.DynamicItem[AnySelect], template=f"gala:jump:{JOB}"):
    """Jumps to a frame."""

    def __init__(self, item: AnySelect, job_id: str) -> None:
        super().__init__(item)
        self.job_id = job_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The menu that was used."""
        return cls(cast(AnySelect, item), match["job"])

    async def callback(self, interaction: Interaction) -> None:
        """In place of the one before."""
        async with Explained(interaction):
            job = await desk_of(interaction).jobs.get(self.job_id)
            value = self.item.values[0] if self.item.values else ""
            if job is None or not value.isdecimal():
                raise UserError("button-unknown")
            view, file = await look(interaction, job, int(value))
            await interaction.response.edit_message(view=view, attachments=[file])


class TakeButton(JobButton, template=f"gala:take:{JOB}:{PLACE}"):
    """Makes a frame the result: the same is painted up to its step, in full size."""

    async def press(self, interaction: Interaction, job: Job) -> None:
        """A new job, with a ticket of its own."""
        check_rights(interaction)
        await shown(interaction, job.code)
        if job.turns or job.motion:  # it would have to be steered again, at the same steps
            raise UserError("frame-steered")
        desk = desk_of(interaction)
        try:
            init = await desk.images.get(job.init_sha256) if job.init_sha256 else None
        except (ImageMissing, ImageDamaged) as error:
            raise UserError("init-lost") from error
        request = replace(again(job, desk), seed=job.seed, stop_step=step_of(job, place_of(self)))
        await submit(interaction, [await aimed_as(interaction, request, job)], init, job.code)


class FromButton(JobButton, template=f"gala:from:{JOB}:{PLACE}"):
    """Starts a new picture from a frame."""

    async def press(self, interaction: Interaction, job: Job) -> None:
        """Ask for the words first."""
        check_rights(interaction)
        await shown(interaction, job.code)
        await interaction.response.send_modal(Departure(job, place_of(self), texts_of(interaction)))


class Departure(ui.Modal):
    """Asks for the prompt of a picture that starts from a frame."""

    def __init__(self, job: Job, place: int, texts: Texts) -> None:
        super().__init__(title=texts.get("frame-from-title"))
        self._job, self._place = job, place
        before = job.prompt if len(job.prompt) <= PROMPT_CHARACTERS else None
        self.prompt: ui.TextInput[Any] = ui.TextInput(
            custom_id="prompt",
            style=discord.TextStyle.paragraph,
            default=before,
            max_length=PROMPT_CHARACTERS,
        )
        self.add_item(ui.Label(text=texts.get("frame-from-prompt"), component=self.prompt))

    async def on_submit(self, interaction: Interaction, /) -> None:
        """A job as any other, with the frame as its init."""
        async with Explained(interaction):
            check_rights(interaction)
            job = self._job
            await shown(interaction, job.code)
            desk = desk_of(interaction)
            attached = await attached_of(interaction, job)
            typed = parse(self.prompt.value, limit=desk.painting.max_permutations)
            prompts = [as_told(prompt, attached) for prompt in typed]

            def accepts(request: Request) -> None:
                check_init([request], desk.models, given=True)

            among = choosing(interaction, await standing_of(interaction), accepts)
            requests = [route(prompt, size_like(job, prompt), among, job.model) for prompt in prompts]
            requests = await aimed(interaction, requests, attached)
            await submit(interaction, requests, await start_from(interaction, job, self._place), job.code)
            await hint(interaction, prompts, [request.model for request in requests])


def size_like(job: Job, prompt: Prompt) -> Choices:
    """The size of the job, where the prompt asks for none."""
    flags = prompt.flags
    return Choices(size=flags.size or (None if flags.ar else (job.width, job.height)))


async def start_from(interaction: Interaction, job: Job, place: int) -> bytes:
    """The frame, made ready to be started from. Raises `UserError`."""
    path = next((path for path in await frames_of(interaction, job) if place_in(path) == place), None)
    try:
        if path is not None:
            return await asyncio.to_thread(lambda: read_init(path.read_bytes()))
    except (OSError, PictureError) as error:
        raise UserError("film-gone") from error
    raise UserError("film-gone")


async def look(interaction: Interaction, job: Job, place: int | None) -> tuple[cards.Card, discord.File]:
    """The frame at a place or next to it, or the last one, as a card with its file. Raises `UserError`."""
    await shown(interaction, job.code)
    frames = await frames_of(interaction, job)
    places = [place_in(path) for path in frames]
    wanted = places[-1] if place is None else min(places, key=lambda there: abs(there - place))
    index = places.index(wanted)
    try:
        data = await asyncio.to_thread(frames[index].read_bytes)
    except OSError as error:
        raise UserError("film-gone") from error
    name = f"frame-{wanted:04}.webp"
    file = discord.File(io.BytesIO(data), name, description=alt_text(job))
    return scrubber(job, places, index, texts_of(interaction), name), file


async def frames_of(interaction: Interaction, job: Job) -> list[Path]:
    """The files of a job's frames, one at least. Raises `UserError`."""
    frames = await desk_of(interaction).films.frames(job)
    if not frames:
        raise UserError("frames-gone")
    return frames


def scrubber(job: Job, places: list[int], index: int, texts: Texts, filename: str) -> cards.Card:
    """A frame, the way to the others, and what can be made of it."""
    place = places[index]
    said = texts.get(
        "frame-title", number=index + 1, count=len(places), step=step_of(job, place), steps=job.steps
    )
    menu: AnySelect = ui.Select(
        custom_id=f"gala:jump:{job.id}",
        placeholder=texts.get("frame-jump"),
        options=[
            discord.SelectOption(
                label=texts.get("frame-step", step=step_of(job, there)),
                value=f"{there:04}",
                default=there == place,
            )
            for there in stops(places)
        ],
    )
    last = len(places) - 1
    ways = (("f", "⏮", 0), ("p", "◀", index - 1), ("n", "▶", index + 1), ("l", "⏭", last))
    return cards.card(
        cards.FINISHED,
        cards.gallery(filename, job),
        ui.TextDisplay(f"{quote(job)}\n-# {said}"),
        cards.buttons(*(way(job, places, index, *one) for one in ways)),
        ui.ActionRow(menu),
        cards.buttons(*deeds(job, place, texts)),
    )


def way(job: Job, places: list[int], index: int, letter: str, sign: str, to: int) -> ui.Button[cards.Card]:
    """A button to another frame; without effect where that is this one, or there is none."""
    there = min(max(to, 0), len(places) - 1)
    return ui.Button(
        label=sign, custom_id=f"gala:frame:{job.id}:{places[there]:04}:{letter}", disabled=there == index
    )


def deeds(job: Job, place: int, texts: Texts) -> list[ui.Button[cards.Card]]:
    """What can be made of the frame; a steered picture cannot be painted up to there again."""
    take = deed("take", job, place, texts.get("frame-take"), discord.ButtonStyle.primary)
    start = deed("from", job, place, texts.get("frame-from"), discord.ButtonStyle.secondary)
    return [start] if job.turns or job.motion else [take, start]


def deed(action: str, job: Job, place: int, label: str, style: discord.ButtonStyle) -> ui.Button[cards.Card]:
    """A button that makes something of the frame."""
    return ui.Button(label=label, style=style, custom_id=f"gala:{action}:{job.id}:{place:04}")


def stops(places: list[int]) -> list[int]:
    """Places to jump to: all, or as many as a menu holds, evenly apart, first and last among them."""
    if len(places) <= MOST_CHOICES:
        return places
    return [places[i * (len(places) - 1) // (MOST_CHOICES - 1)] for i in range(MOST_CHOICES)]


def place_of(button: ui.DynamicItem[AnyButton]) -> int:
    """The place that a button's custom_id names."""
    return int((button.custom_id or "").split(":")[3])


def place_in(path: Path) -> int:
    """The place of a frame's file."""
    return int(path.stem)


def step_of(job: Job, place: int) -> int:
    """The first step of a place: the frame's own, or, of more than 240 steps, at most a 240th before."""
    if motion := of_row(job.motion):
        return motion.steps(place + 1)
    return max(-(-place * job.steps // MOST_FRAMES), 1)


FRAMES: Final = (FramesButton, FrameButton, FrameMenu, TakeButton, FromButton)
