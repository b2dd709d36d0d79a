"""A channel that is kept tidy, over the local Discord, and what is seen in it."""

from __future__ import annotations

import asyncio

from tests.bot.stage import CHANNEL

SLOW = "a red car | slow@20"  # 20 ms a step


async def keep(built, tidy, channel=CHANNEL):
    """Choose how tidy a channel is kept."""
    await built.guilds.change_channel(built.discord.guild_id, built.discord.channel_id(channel), tidy=tidy)


async def ask(built, name="Ben", channel=CHANNEL, prompt="a red car", **options):
    """Ask for a picture, and wait until that is accepted; what only the member is told."""
    before = await accepted(built)
    outcome = await built.discord.member(name).slash(channel, "imagine", prompt=prompt, **options)
    assert outcome.ephemeral
    async with asyncio.timeout(20):
        while await accepted(built) == before:
            await asyncio.sleep(0.02)
    return outcome


async def accepted(built):
    """How many jobs there have been."""
    return (await built.database.all("SELECT count(*) FROM jobs"))[0][0]


async def told(built, channel, name="Ben", wanted=lambda message: message.text):
    return await built.discord.member(name).wait_for(
        channel, lambda message: message.ephemeral and not message.loading and wanted(message), timeout_s=30
    )


async def public(built, channel=CHANNEL):
    """What everybody sees in a channel, without Discord's own words."""
    messages = await built.discord.member("Noor").messages(channel)
    return [message for message in messages if message.components]


def threads(built):
    """The names of the threads below the channel, by their ids."""
    state, parent = built.discord.state, built.discord.channel_id(CHANNEL)
    return {
        key: each.name for key, each in state.channels.items() if each.is_thread and each.parent_id == parent
    }


async def result(built, channel):
    """The newest result in a channel or thread."""
    return await built.discord.member("Ada").wait_for(
        channel, lambda message: "Delete" in message.labels, timeout_s=30
    )


def deny(built, right):
    """Take a right away from the bot in the channel."""
    built.discord.misbehave.deny(CHANNEL, right)
