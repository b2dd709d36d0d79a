"""Pictures that the output check looks at, and what members and admins see of that.

The toy CLIP knows colours, and the toy engine paints them; so "red" stands for what a guild does not want.
"""

from __future__ import annotations

import asyncio

import numpy as np

from generation.codec import encode_png
from storage.concepts import Concept, Concepts
from tests.bot.moderating import INBOX
from tests.bot.stage import CHANNEL

RED_PNG = encode_png(np.full((48, 64, 3), (250, 5, 5), np.uint8))


async def look_for(built, action, words="red", threshold=0.5, restricted=0.5):
    concept = Concept(built.discord.guild_id, words, action, threshold, restricted)
    return await Concepts(built.database).add(concept)


async def imagine(built, prompt="only red", channel=CHANNEL, name="Ben", **options):
    member = built.discord.member(name)
    outcome = await member.slash(channel, "imagine", prompt=prompt, **{"steps": 3, **options})
    assert not outcome.ephemeral
    return outcome.message


async def see(built, words, channel=CHANNEL, name="Ben"):
    return await built.discord.member(name).wait_for(channel, lambda message: words in message.text)


async def result(built, channel=CHANNEL):
    return await built.discord.member("Ben").wait_for(channel, lambda message: "Save…" in message.labels)


async def card(built, words):
    return await see(built, words, INBOX, "Ada")


async def command(built, words, /, **options):
    member = built.discord.member("Ada")
    outcome = await member.slash(CHANNEL, f"filter picture {words}", **options)
    assert outcome.ephemeral
    return await member.wait_for(
        CHANNEL, lambda message: message.ephemeral and not message.loading and message.id >= outcome.message
    )


async def the_job(built):
    (row,) = await built.database.all("SELECT id FROM jobs")
    return await built.jobs.get(row["id"])


async def settled(built, check):
    """The one job, once its member knows what the check has said."""
    async with asyncio.timeout(20):
        while (job := await the_job(built)).output_check is not check or not job.told:
            await asyncio.sleep(0.02)
    return job
