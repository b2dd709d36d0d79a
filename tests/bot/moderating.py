"""What moderators work with over the local Discord: pictures, reports of them, and the cards in the inbox."""

from __future__ import annotations

import numpy as np

from bot.locales import texts_for
from bot.views import cards
from bot.views.messages import attached, channel_of
from generation.codec import encode_png
from storage.generations import Generation
from storage.jobs import Status, new_id
from storage.quotas import Charge
from storage.spending import Span
from tests.bot.stage import CHANNEL

INBOX = "gallery-talk"
PNG = encode_png(np.full((48, 64, 3), 120, np.uint8))


async def said(built, name="Ben", channel=CHANNEL):
    """The newest words that only this member sees."""
    return await built.discord.member(name).wait_for(channel, lambda message: message.ephemeral)


async def command(built, name, words, /, **options):
    """What a command answers this member with, alone."""
    member = built.discord.member(name)
    outcome = await member.slash(CHANNEL, words, **options)
    assert outcome.ephemeral
    first = outcome.message or 0
    return await member.wait_for(
        CHANNEL, lambda message: message.ephemeral and not message.loading and message.id >= first
    )


async def open_inbox(built):
    await built.guilds.change(built.discord.guild_id, inbox_channel_id=built.discord.channel_id(INBOX))


async def picture(built, **changes) -> Generation:
    """A finished picture of Ben's, with its message in the channel."""
    place_id = built.discord.channel_id(CHANNEL)
    job = built.job(id=new_id(), place_id=place_id, **{"status": Status.QUEUED, **changes})
    job = await built.jobs.add(job, Charge(job.channel_id, 5.0))
    posting = {"status": Status.POSTING, "picture_sha256": await built.images.put(PNG), "seconds": 2.0}
    job = await built.jobs.change(job.id, {Status.QUEUED}, **posting)
    view = cards.finished(job, texts_for("en-US"), "gala.png")
    message = await channel_of(built.client, job).send(view=view, file=attached(PNG, "gala.png", job))
    finished = {"status": Status.FINISHED, "result_id": message.id, "told": True}
    await built.jobs.change(job.id, {Status.POSTING}, **finished)
    found: Generation | None = await built.client.desk.generations.of_job(job.id)
    assert found is not None
    return found


async def pictures_used(built):
    """How many pictures count for Ben."""
    guild_id, ben = built.discord.guild_id, built.member_id("Ben")
    (use,) = await built.quotas.uses([Span(0, 1e12, guild_id=guild_id, member_id=ben)])
    return use.pictures


async def reported(built, name="Noor", reason="ugly"):
    """A picture that this member has reported; the picture and the card in the inbox."""
    await open_inbox(built)
    made = await picture(built)
    await report(built, made, name, reason)
    return made, await card(built)


async def report(built, made, name="Noor", reason=""):
    member = built.discord.member(name)
    message = await member.message(CHANNEL, made.message_id)
    form = await member.click(message, label="Report")
    assert form.outcome == "modal"
    await member.submit(form, reason=reason)
    return await member.wait_for(CHANNEL, lambda message: message.ephemeral and not message.loading)


async def card(built, wanted=lambda message: message.labels or message.text):
    return await built.discord.member("Ada").wait_for(INBOX, wanted)


async def press(built, message, label, name="Ada"):
    return await built.discord.member(name).click(message, label=label)
