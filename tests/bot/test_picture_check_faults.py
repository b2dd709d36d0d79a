"""The output check when things go wrong: a CLIP that dies, a bot that is killed, a member who is erased."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import time
from contextlib import closing

import pytest

from storage.concepts import Action
from storage.jobs import Check, Status
from tests.bot.checking import card, imagine, look_for, see, settled
from tests.bot.moderating import INBOX, open_inbox
from tests.bot.stage import CHANNEL, stage
from tests.bot.test_restarts import results, running


@pytest.fixture
async def painting(tmp_path):
    """A bot that paints."""
    async with stage(tmp_path, painter=True) as built:
        yield built


@pytest.mark.parametrize("deaths", [1, 3])
async def test_a_picture_waits_until_the_clip_can_answer(painting, tmp_path, deaths):
    await look_for(painting, Action.REFUSE, f"crash-times@{deaths}:{tmp_path / 'deaths'}", 0.99)
    await imagine(painting, "only blue")
    ben = painting.discord.member("Ben")
    await ben.wait_for(CHANNEL, lambda message: "Save…" in message.labels, timeout_s=60)
    assert (tmp_path / "deaths").stat().st_size == deaths
    job = await settled(painting, Check.CLEAR)
    assert job.crashes == 0
    assert len([message for message in await painting.messages() if message.files]) == 1


async def test_who_is_erased_leaves_no_held_picture(painting):
    await open_inbox(painting)
    await look_for(painting, Action.HOLD)
    await imagine(painting)
    held = await card(painting, "Held back")
    job = await settled(painting, Check.HELD)
    path = painting.images.path(job.picture_sha256)
    assert path.exists()
    desk = painting.client.desk
    await desk.exporter.privacy.ask(job.member_id, "en-US", time.time())
    desk.eraser.hurry()
    await see(painting, "is erased", "direct")
    assert not path.exists()
    assert await painting.jobs.get(job.id) is None
    await painting.discord.member("Ada").click(held, label="Release")
    await see(painting, "is decided already", INBOX, "Ada")


@pytest.fixture
def prepare():
    """Writes a concept, and where the inbox is, into the database of a bot that does not run."""

    def write(discord, bot, action, words="red", threshold=0.5):
        with closing(sqlite3.connect(bot.directory / "data" / "gala.db")) as connection, connection:
            connection.execute(
                "INSERT INTO guilds (guild_id, inbox_channel_id) VALUES (?, ?)",
                (discord.guild_id, discord.channel_id(INBOX)),
            )
            connection.execute(
                "INSERT INTO concepts (guild_id, words, action, threshold, restricted, added_by, added_at)"
                " VALUES (?, ?, ?, ?, NULL, 1, 1.0)",
                (discord.guild_id, words, action, threshold),
            )

    return write


@pytest.mark.timeout(300)
async def test_a_held_picture_waits_over_restarts_and_comes_once(tmp_path, prepare):
    async with running(tmp_path) as (discord, bot):
        await bot.end(signal.SIGTERM)
        prepare(discord, bot, "hold")
        await bot.start()
        await discord.member("Ben").slash(CHANNEL, "imagine", prompt="only red", steps=2)
        await discord.member("Ada").wait_for(INBOX, lambda message: "Release" in message.labels, timeout_s=60)
        await bot.end(signal.SIGKILL)
        await bot.start()
        await asyncio.sleep(2)
        (held,) = await discord.member("Ada").messages(INBOX)
        (waiting,) = await discord.member("Ben").messages(CHANNEL)
        assert "Waits for a moderator" in waiting.text
        await discord.member("Ada").click(held, label="Release")
        (posted,) = await discord.member("Ben").wait_until(
            CHANNEL,
            lambda messages: ["Delete" in message.labels for message in messages] == [True],
            timeout_s=60,
        )
        await bot.end(signal.SIGKILL)
        await bot.start()
        await asyncio.sleep(2)
        assert set(results(await discord.member("Ada").messages(CHANNEL)).values()) == {1}
        assert posted.files


@pytest.mark.timeout(300)
async def test_killed_while_it_is_checked_a_picture_is_checked_again(tmp_path, prepare):
    async with running(tmp_path) as (discord, bot):
        await bot.end(signal.SIGTERM)
        prepare(discord, bot, "refuse", "slow@4000", 0.99)
        await bot.start()
        await discord.member("Ben").slash(CHANNEL, "imagine", prompt="only blue", steps=2)
        async with asyncio.timeout(60):
            while [job.status for job in bot.jobs()] != [Status.POSTING]:
                await asyncio.sleep(0.02)
        await bot.end(signal.SIGKILL)
        messages = await discord.member("Ada").messages(CHANNEL)
        assert not any("Delete" in message.labels for message in messages)
        await bot.start()
        await discord.member("Ada").wait_until(
            CHANNEL,
            lambda messages: ["Delete" in message.labels for message in messages] == [True],
            timeout_s=60,
        )
