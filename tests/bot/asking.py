"""Asking for a picture over the local Discord, and what the member is answered."""

from __future__ import annotations

from tests.bot.stage import CHANNEL


async def ticket_of(built, name="Ben", /, **options):
    """Ask for a picture; the ticket's message and the job."""
    member = built.discord.member(name)
    outcome = await member.slash(CHANNEL, "imagine", **options)
    assert outcome.outcome in ("message", "deferred"), await refusal(built, name)
    await member.wait_for(CHANNEL, lambda message: message.id == outcome.message and message.labels)
    message = await member.message(CHANNEL, outcome.message)
    job_id = message.buttons[0]["custom_id"].split(":")[-1]
    return message, await built.jobs.get(job_id)


async def refusal(built, name="Ben"):
    """The newest words that only this member sees."""
    message = await built.discord.member(name).wait_for(CHANNEL, lambda message: message.ephemeral)
    return message.text
