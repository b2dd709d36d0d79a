"""The film of a result, from the press of its button into the channel."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import discord

from bot.locales import Texts
from bot.views import cards
from bot.views.messages import LEAST_UPLOAD_BYTES, channel_of, is_too_large
from bot.views.tickets import Interaction, desk_of, texts_of, think
from bot.views.wording import alt_text, quote
from storage.jobs import Job

EXPIRED: Final = (401, 404)  #: what Discord says of an interaction that is older than fifteen minutes


async def send_film(interaction: Interaction, job: Job) -> None:
    """Have the film made, unless it is there, and answer with it. Raises `UserError`."""
    films, limit_bytes = desk_of(interaction).films, interaction.filesize_limit
    await films.check(job)
    await think(interaction)
    while True:
        path = await films.film(job, limit_bytes)
        size = path.stat().st_size
        try:
            await _show(interaction, job, path)
        except discord.HTTPException as error:
            limit_bytes = size // 2
            if not is_too_large(error) or limit_bytes < LEAST_UPLOAD_BYTES:
                raise
        else:
            return


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


async def _show(interaction: Interaction, job: Job, path: Path) -> None:
    """Put the film in place of "thinking"; where that has expired, reply by the bot's own rights."""
    name = f"gala-{job.id}{path.suffix}"
    view = film_card(job, texts_of(interaction), name)
    try:
        await interaction.edit_original_response(view=view, attachments=[_file(path, name, job)])
    except discord.HTTPException as error:
        if error.status not in EXPIRED or interaction.message is None:
            raise
        result = interaction.message.to_reference(fail_if_not_exists=False)
        await channel_of(interaction.client, job).send(
            view=view, file=_file(path, name, job), reference=result
        )


def _file(path: Path, name: str, job: Job) -> discord.File:
    return discord.File(path, name, description=alt_text(job))
