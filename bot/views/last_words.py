"""How a job's card ends: with the word that there is no picture, with the way to it, or not at all."""

from __future__ import annotations

import logging

import discord
from discord.abc import Messageable

from bot.locales import texts_for
from bot.views import cards
from bot.views.messages import (
    NETWORK,
    TOO_MANY_EDITS_OF_OLD,
    UNKNOWN_MESSAGE,
    card_of,
    channel_of,
    find,
    persist,
)
from bot.views.whispers import Ticket
from storage.jobs import Job, Status

log = logging.getLogger(__name__)


async def told_on_card(client: discord.Client, job: Job, largest: tuple[int, int] | None) -> bool:
    """Edit the card until it says so; False where it is gone, or too old to be edited again soon."""
    card = card_of(client, job)
    if card is None:
        return False
    cancelled, view = job.status is Status.CANCELLED, last_view(job, largest)
    try:
        await persist(f"telling of job {job.id}", lambda: card.edit(view=view, attachments=[]))
    except discord.HTTPException as error:
        if error.code not in (UNKNOWN_MESSAGE, TOO_MANY_EDITS_OF_OLD):
            raise
        return cancelled and error.code == UNKNOWN_MESSAGE
    return True


async def tell_anew(
    client: discord.Client,
    channel: Messageable,
    job: Job,
    largest: tuple[int, int] | None,
    note: str | None = None,
) -> None:
    """Tell it in a message of its own, unless one from before a crash does so already."""
    view = last_view(job, largest, note)

    async def tell() -> None:
        if await find(client, channel, job, "again") is None:
            await channel.send(view=view, nonce=f"{job.id}-{job.status}")

    await persist(f"telling of job {job.id}", tell)


async def door(client: discord.Client, job: Job, error: discord.HTTPException) -> tuple[Messageable, str]:
    """The way to the member directly, and the words for why it is taken."""
    log.warning("job %s cannot be told of in channel %d: %s", job.id, job.channel_id, error)
    member = discord.Object(job.member_id)
    channel = await persist(f"writing to member {job.member_id}", lambda: client.create_dm(member))
    return channel, texts_for(job.locale).get("card-private")


async def whispered(ticket: Ticket | None, job: Job, largest: tuple[int, int] | None) -> bool:
    """Tell it on the ticket that only the member sees; False where there is none (any more)."""
    if ticket is None:
        return False
    try:
        await ticket.edit(view=last_view(job, largest), attachments=[])
    except (discord.HTTPException, *NETWORK) as error:
        log.info("job %s cannot be told of by its ticket: %s", job.id, error)
        return False
    return True


def last_view(job: Job, largest: tuple[int, int] | None, note: str | None = None) -> cards.Card:
    """The card of a job that has ended without a picture."""
    return cards.last_word(job, texts_for(job.locale), largest, note=note)


async def end_card(client: discord.Client, job: Job, result_id: int, whisper: Ticket | None = None) -> None:
    """Delete the card of a posted job; where the result stands in another channel, have it lead there."""
    if job.result_channel_id is None and whisper is None:
        await drop_card(client, job)
        return
    view = cards.elsewhere(job, result_id, texts_for(job.locale))
    try:
        card = whisper or card_of(client, job) or await find(client, channel_of(client, job), job, "cancel")
        if card is not None:
            await card.edit(view=view, attachments=[])
    except (discord.HTTPException, *NETWORK) as error:
        log.info("the card of job %s does not lead to its result: %s", job.id, error)
        await drop_card(client, job)


async def drop_card(client: discord.Client, job: Job) -> None:
    """Delete the card; one whose id was never stored is looked for where a crash may have left it."""
    try:
        card = card_of(client, job) or await find(client, channel_of(client, job), job, "cancel")
        if card is not None:
            await card.delete()
    except (discord.HTTPException, *NETWORK) as error:
        log.info("the card of job %s was not deleted: %s", job.id, error)
