"""What members do with past pictures: love them, save them in albums, copy their recipes, hide their own."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import Any, Final, Self, cast

import discord
from discord import ui

from bot.errors import UserError
from bot.locales import Texts, texts_for
from bot.prompt import format_prompt, parse
from bot.request import Choices, Request, checked_steps, resolve
from bot.turns import most_steps
from bot.views import cards
from bot.views.buttons import JobButton
from bot.views.coded import CODE, CodeButton
from bot.views.sight import shown
from bot.views.targets import aimed_as
from bot.views.tickets import (
    Desk,
    Explained,
    Interaction,
    check_rights,
    desk_of,
    submit,
    texts_of,
    whisper,
)
from bot.views.wording import clean, plain
from bot.zoom import of_row
from generation.models import CATALOGUE
from generation.protocol import Origin
from storage.albums import TooManyAlbums
from storage.generations import Generation
from storage.images import ImageDamaged, ImageMissing
from storage.jobs import Job

JOB: Final = "(?P<job>[0-9A-HJKMNP-TV-Z]{8})"
NAME_CHARACTERS: Final = 60  #: of an album
MENU_CHOICES: Final = 25  #: that a select menu has room for
NEW: Final = "new"

AnyButton = ui.Button[Any]
AnySelect = ui.Select[Any]


class HeartButton(JobButton, template=f"gala:heart:{JOB}"):
    """Gives a heart, or takes it back; for whoever may see the picture."""

    async def press(self, interaction: Interaction, job: Job) -> None:
        """The result shows how many there are; elsewhere the member alone is told."""
        desk, generation = desk_of(interaction), await shown(interaction, job.code)
        given = await desk.generations.give_heart(interaction.user.id, generation.id, time.time())
        now = await desk.generations.get(generation.code)
        hearts = now.hearts if now else 0
        message = interaction.message
        if message and message.id == job.result_id and message.attachments:
            picture = message.attachments[0].filename
            film = next((file.filename for file in message.attachments[1:]), None)
            view = cards.finished(job, texts_for(job.locale), picture, film=film, hearts=hearts)
            await interaction.response.edit_message(view=view)
            return
        said = "heart-given" if given else "heart-taken"
        await whisper(interaction, texts_of(interaction).get(said, hearts=hearts))


class SaveButton(JobButton, template=f"gala:save:{JOB}"):
    """Puts the picture into one of the member's albums."""

    async def press(self, interaction: Interaction, job: Job) -> None:
        """Ask which album; the first one is made at once."""
        generation = await shown(interaction, job.code)
        albums = await desk_of(interaction).albums.of(interaction.user.id)
        texts = texts_of(interaction)
        if not albums:
            await interaction.response.send_modal(NewAlbum(generation.code, texts))
            return
        options = [
            discord.SelectOption(label=album.name, value=str(album.id), description=str(album.pictures))
            for album in albums[: MENU_CHOICES - 1]
        ]
        options.append(discord.SelectOption(label=texts.get("album-new"), value=NEW))
        menu: AnySelect = ui.Select(
            custom_id=f"gala:album:{generation.code}",
            options=options,
            placeholder=texts.get("album-choose"),
        )
        view = cards.card(
            cards.FINISHED,
            ui.TextDisplay(texts.get("album-which", code=generation.code)),
            ui.ActionRow(menu),
        )
        await interaction.response.send_message(view=view, ephemeral=True)


class AlbumMenu(ui.DynamicItem[AnySelect], template=f"gala:album:{CODE}"):
    """The member's choice of an album for a picture."""

    def __init__(self, item: AnySelect, code: str) -> None:
        super().__init__(item)
        self.code = code

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The menu that was used."""
        return cls(cast(AnySelect, item), match["code"])

    async def callback(self, interaction: Interaction) -> None:
        """Put the picture there, or ask for a new album's name."""
        async with Explained(interaction):
            generation = await shown(interaction, self.code)
            (value,) = self.item.values
            if value == NEW:
                await interaction.response.send_modal(NewAlbum(self.code, texts_of(interaction)))
                return
            found = await desk_of(interaction).albums.owned(interaction.user.id, int(value))
            if found is None:
                raise UserError("album-unknown")
            await put(interaction, found.id, found.name, generation)


class NewAlbum(ui.Modal):
    """Asks for the name of a new album."""

    def __init__(self, code: str, texts: Texts) -> None:
        super().__init__(title=texts.get("album-new"))
        self.code = code
        self.name: ui.TextInput[Any] = ui.TextInput(max_length=NAME_CHARACTERS, min_length=1)
        self.add_item(ui.Label(text=texts.get("album-name"), component=self.name))

    async def on_submit(self, interaction: Interaction, /) -> None:
        """Make the album and put the picture into it."""
        async with Explained(interaction):
            generation = await shown(interaction, self.code)
            name = album_name(self.name.value)
            try:
                album = await desk_of(interaction).albums.make(interaction.user.id, name, time.time())
            except TooManyAlbums as error:
                raise UserError("album-too-many") from error
            await put(interaction, album.id, album.name, generation)


def album_name(text: str) -> str:
    """The name as it is kept. Raises `UserError` for one that has no letters."""
    name = clean(text)[:NAME_CHARACTERS].strip()
    if not name:
        raise UserError("album-no-name")
    return name


async def put(interaction: Interaction, album_id: int, name: str, generation: Generation) -> None:
    """Put a picture into the member's album, and say so."""
    desk, member_id = desk_of(interaction), interaction.user.id
    new = await desk.albums.add(member_id, album_id, generation.id, time.time())
    said = texts_of(interaction).get(
        "album-added" if new else "album-has-it", album=plain(name, NAME_CHARACTERS)
    )
    await whisper(interaction, said)


class RecipeButton(CodeButton, template=f"gala:recipe:{CODE}"):
    """Writes out the command that makes the same picture again."""

    async def press(self, interaction: Interaction, generation: Generation) -> None:
        """In a block, to be copied."""
        texts = texts_of(interaction)
        words = [texts.get("recipe-copy"), f"```\n/imagine prompt: {fenced(recipe_prompt(generation))}\n```"]
        words += [texts.get("recipe-has-init")] if generation.init_sha256 else []
        count = len(parse(generation.prompt)[0].flags.tw or ())
        words += [texts.get("recipe-has-targets", count=count)] if count else []
        await whisper(interaction, "\n".join(words))


class HideButton(CodeButton, template=f"gala:hide:{CODE}"):
    """Shows the picture to its author alone, or to others again; the message in its channel stays."""

    async def press(self, interaction: Interaction, generation: Generation) -> None:
        """Only for the author."""
        if generation.member_id != interaction.user.id:
            raise UserError("button-not-yours")
        hidden = not generation.hidden
        await desk_of(interaction).generations.hide(generation.code, hidden=hidden)
        await whisper(interaction, texts_of(interaction).get("hidden-now" if hidden else "shown-now"))


class ReplayButton(CodeButton, template=f"gala:replay:{CODE}"):
    """Paints a picture again whose file is gone."""

    async def press(self, interaction: Interaction, generation: Generation) -> None:
        """With all that it took: words, seed, start, turns, and where it was stopped."""
        check_rights(interaction)
        desk = desk_of(interaction)
        try:
            init = await desk.images.get(generation.init_sha256) if generation.init_sha256 else None
        except (ImageMissing, ImageDamaged) as error:
            raise UserError("init-lost") from error
        job = await desk.jobs.get(generation.job_id)
        request = await aimed_as(interaction, replayed(generation, job, desk), generation)
        await submit(interaction, [request], init, generation.code)


def replayed(generation: Generation, job: Job | None, desk: Desk) -> Request:
    """The request of a past picture, seed and all; without its job, as far as its row knows.

    Raises `UserError` where its model is no more, and for more steps than the host allows now.
    """
    size, steps = (generation.width, generation.height), job.steps if job else generation.steps
    choices = Choices(generation.engine, generation.model, size, steps, generation.seed)
    request = resolve(parse(generation.prompt)[0], choices, desk.painting, desk.models)
    request = replace(request, init_weight=generation.init_weight)
    if job is None:
        return request
    checked_steps(most_steps(job), desk.painting.max_steps)
    origin = None if job.origin is None else Origin(job.origin)
    request = replace(request, grid=job.grid, candidate=job.candidate, keep=job.keep)
    request = replace(request, motion=of_row(job.motion))
    return replace(request, stop_step=job.stop_step, origin=origin, turns=job.turns)


def recipe_prompt(generation: Generation) -> str:
    """The prompt with everything that it takes as flags."""
    prompt = parse(generation.prompt)[0]
    flags = replace(
        prompt.flags,
        ar=None,
        size=(generation.width, generation.height),
        steps=generation.steps,
        seed=generation.seed,
        model=generation.model,
        engine=None if generation.model in CATALOGUE else generation.engine,
    )
    return format_prompt(replace(prompt, flags=flags))


def fenced(text: str) -> str:
    """Words that cannot end the block of code they stand in."""
    return clean(text).replace("`", "ˋ")


KEEPING: Final = (HeartButton, SaveButton, AlbumMenu, RecipeButton, HideButton, ReplayButton)
