"""A job's ticket, handed out as an answer, or by the bot's own rights where that cannot be."""

from __future__ import annotations

import logging
import time
from typing import Any, Final

import discord

from bot.dispatcher import Dispatcher
from bot.locales import texts_for
from bot.views import cards
from bot.views.messages import NETWORK, channel_of
from bot.views.whispers import Ticket, Whispers
from storage.jobs import Job

log = logging.getLogger(__name__)
Interaction = discord.Interaction[Any]

THINKING: Final = "thinking"  #: in an interaction's extras while its answer is Discord's "thinking"


async def hand_out_privately(
    interaction: Interaction, dispatcher: Dispatcher, job: Job, whispers: Whispers
) -> None:
    """Answer so that only the member sees the ticket. Where that fails, the job goes on without."""
    view = cards.waiting(job, dispatcher.place(job.id), texts_for(job.locale), time.time())
    try:
        ticket = await answer_privately(interaction, view)
        whispers.add(job.id, ticket)
        if dispatcher.board.knows(job.id):
            dispatcher.board.forget(job.id)
        elif whispers.take(job.id) is not None:  # it has ended, and nobody has taken the ticket away
            await ticket.delete()
    except (discord.HTTPException, *NETWORK) as error:
        log.warning("job %s goes on without a ticket: %s", job.id, error)


async def answer_privately(interaction: Interaction, view: cards.Card) -> Ticket:
    """Send the card as an answer for the member alone; returns its message."""
    if not interaction.response.is_done():
        await interaction.response.send_message(view=view, ephemeral=True)
        return await interaction.original_response()
    if interaction.extras.pop(THINKING, False):
        await interaction.delete_original_response()  # it was for all to see, perhaps
    return await interaction.followup.send(view=view, ephemeral=True, wait=True)


async def hand_out(interaction: Interaction, dispatcher: Dispatcher, job: Job) -> None:
    """Answer with the job's ticket. The job is accepted: where the ticket fails, it goes on without."""
    view = cards.waiting(job, dispatcher.place(job.id), texts_for(job.locale), time.time())
    try:
        message_id = await answer(interaction, view)
    except (discord.HTTPException, *NETWORK) as error:
        log.warning("the ticket of job %s was not taken as an answer: %s", job.id, error)
        message_id = await answer_in_channel(interaction, job, view)
    await attach(interaction, dispatcher, job, message_id)


async def hand_out_there(interaction: Interaction, dispatcher: Dispatcher, job: Job) -> None:
    """Send the job's ticket into its own channel, which may be another than that of the interaction."""
    view = cards.waiting(job, dispatcher.place(job.id), texts_for(job.locale), time.time())
    await attach(interaction, dispatcher, job, await answer_in_channel(interaction, job, view))


async def attach(interaction: Interaction, dispatcher: Dispatcher, job: Job, message_id: int | None) -> None:
    """Note the ticket's message, if there is one; a ticket that nobody needs any more goes."""
    if message_id is not None and await dispatcher.attach_card(job.id, message_id) is None:
        await drop(interaction, job, message_id)


async def answer(interaction: Interaction, view: cards.Card) -> int | None:
    """Send the card as the answer, in place of "thinking", or as a follow-up; returns its message's id."""
    if not interaction.response.is_done():
        return (await interaction.response.send_message(view=view)).message_id
    if interaction.extras.pop(THINKING, False):
        return (await interaction.edit_original_response(view=view)).id
    return (await interaction.followup.send(view=view, wait=True)).id


async def answer_in_channel(interaction: Interaction, job: Job, view: cards.Card) -> int | None:
    """Send the card by the bot's own rights, as when the interaction's token has expired."""
    try:
        return (await channel_of(interaction.client, job).send(view=view)).id
    except (discord.HTTPException, *NETWORK) as error:
        log.warning("job %s goes on without a ticket: %s", job.id, error)
        return None


async def drop(interaction: Interaction, job: Job, message_id: int) -> None:
    """Delete a ticket that came later than the job's last word."""
    try:
        await channel_of(interaction.client, job).get_partial_message(message_id).delete()
    except (discord.HTTPException, *NETWORK) as error:
        log.info("the late ticket of job %s was not deleted: %s", job.id, error)
