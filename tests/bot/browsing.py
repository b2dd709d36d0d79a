"""Pictures as if they had been painted, and the pages of the gallery that show them."""

from __future__ import annotations

import re

import numpy as np

from generation.codec import encode_png
from storage.jobs import Status
from tests.bot.samples import job
from tests.bot.stage import CHANNEL

CODE = re.compile(r"`([a-z]{6})`")


async def paint(built, number=1, *, member="Ben", channel=CHANNEL, posted=False, **changes):
    """A finished picture, as if it had been painted; its generation."""
    picture = encode_png(np.full((40, 60, 3), number * 7 % 256, np.uint8))
    place = built.discord.channel_id(channel) if isinstance(channel, str) else channel
    made = job(
        guild_id=built.discord.guild_id,
        channel_id=place,
        place_id=place,
        member_id=built.member_id(member),
        status=Status.RUNNING,
        seed=number,
        id=f"{number:08d}",
        **changes,
    )
    made = await built.jobs.add(made)
    sha256 = await built.images.put(picture)
    values = {"picture_sha256": sha256, "seconds": 2.0, "score": 0.5}
    posting = await built.jobs.change(made.id, {Status.RUNNING}, status=Status.POSTING, **values)
    assert posting is not None
    if posted:
        result = await built.poster.deliver(posting, picture)
        end = {"status": Status.FINISHED, "result_id": result, "told": True}
        await built.jobs.change(made.id, {Status.POSTING}, **end)
    return await built.generations.of_job(made.id)


async def page(built, name="Ben", channel=CHANNEL, **options):
    """Open the gallery; its message and the codes on it."""
    member = built.discord.member(name)
    outcome = await member.slash(channel, "gallery", **options)
    assert outcome.outcome in ("message", "deferred"), outcome
    shown = await member.wait_for(
        channel, lambda message: message.id == outcome.message and "###" in message.text
    )
    return shown, CODE.findall(shown.text)
