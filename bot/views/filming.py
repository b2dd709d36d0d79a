"""The film of a result, from the press of its button into the channel."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Final

import discord

from bot.films import USUAL, Cut, Filming
from bot.locales import Texts
from bot.views import cards
from bot.views.amounts import bar, time_left
from bot.views.messages import LEAST_UPLOAD_BYTES, NETWORK, channel_of, is_too_large
from bot.views.tickets import Interaction, desk_of, texts_of, think
from bot.views.wording import alt_text, quote
from storage.jobs import Job

TELL_INTERVAL_S: Final = 1.5
EXPIRED: Final = (401, 404)  #: what Discord says of an interaction that is older than fifteen minutes


async def send_film(interaction: Interaction, job: Job, cut: Cut = USUAL, *, private: bool = False) -> None:
    """Have the film made, unless it is there, and answer with it. Raises `UserError`.

    `private`: the member alone sees it.
    """
    films, limit_bytes = desk_of(interaction).films, interaction.filesize_limit
    await films.check(job, cut)
    await think(interaction, private=private)
    while True:
        path = await told(interaction, job, cut, limit_bytes)
        size = path.stat().st_size
        try:
            await _show(interaction, job, path, private=private)
        except discord.HTTPException as error:
            limit_bytes = size // 2
            if not is_too_large(error) or limit_bytes < LEAST_UPLOAD_BYTES:
                raise
        else:
            return


async def told(interaction: Interaction, job: Job, cut: Cut, limit_bytes: int) -> Path:
    """The film; while it is being made, the answer tells how far that is. Raises `UserError`."""
    filming = Filming()
    making = asyncio.create_task(
        desk_of(interaction).films.film(job, limit_bytes, cut, filming.tell), name=f"film-{job.id}"
    )
    try:
        while not (await asyncio.wait({making}, timeout=TELL_INTERVAL_S))[0]:
            view = progress_card(job, filming.share, filming.left_s(), texts_of(interaction))
            with suppress(discord.HTTPException, *NETWORK):  # an edit that fails costs nothing
                await interaction.edit_original_response(view=view)
        return await making
    finally:
        making.cancel()


def progress_card(job: Job, share: float, left_s: float | None, texts: Texts) -> cards.Card:
    """A film in the making: how far it is, and how long that will take."""
    done = round(100 * share)
    line = texts.get("card-filming", bar=bar(done, 100), percent=done)
    left = [] if left_s is None else [f"-# {time_left(left_s, texts)}"]
    return cards.card(cards.RUNNING, discord.ui.TextDisplay("\n".join([line, *left, quote(job)])))


def film_card(job: Job, texts: Texts, filename: str) -> cards.Card:
    """The film of the making, as an answer to the result."""
    by = f"-# {texts.get('card-film')} · <@{job.member_id}>"
    delete = cards.button("delete", job, texts.get("button-delete"), discord.ButtonStyle.secondary)
    return cards.card(
        cards.FINISHED,
        cards.gallery(filename, job),
        discord.ui.TextDisplay("\n".join([quote(job), by])),
        cards.buttons(delete),
    )


async def _show(interaction: Interaction, job: Job, path: Path, *, private: bool) -> None:
    """Put the film in place of "thinking"; where that has expired, reply by the bot's own rights."""
    name = f"gala-{job.id}{path.suffix}"
    view = film_card(job, texts_of(interaction), name)
    try:
        await interaction.edit_original_response(view=view, attachments=[_file(path, name, job)])
    except discord.HTTPException as error:
        if error.status not in EXPIRED or private:
            raise
        file = _file(path, name, job)
        if interaction.message is None:
            await channel_of(interaction.client, job).send(view=view, file=file)
        else:
            result = interaction.message.to_reference(fail_if_not_exists=False)
            await channel_of(interaction.client, job).send(view=view, file=file, reference=result)


def _file(path: Path, name: str, job: Job) -> discord.File:
    return discord.File(path, name, description=alt_text(job))
