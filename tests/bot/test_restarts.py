"""The bot as a process of its own, killed and started again: nothing is lost, nothing comes twice."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sqlite3
import sys
from collections import Counter
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass

import pytest

from bot.loopback.server import Limits, LocalDiscord
from storage.jobs import Status
from tests.bot.stage import CHANNEL, RECORD

CONFIG = """
[discord]
endpoint = {endpoint}
[storage]
directory = {directory}
[generation]
lanes = 2
threads = 1
[painting]
engine = "toy"
model = "toy"
frame_interval_s = 0.1
[cards]
edit_interval_s = 1.0
channel_interval_s = 1.0
"""
START_S = 120
PATIENCE_S = 120  # a busy machine takes long to start a bot and its generation process
KILLS = int(os.environ.get("GALA_TEST_KILLS", "3"))
ROOMY = Limits(edits=1000, sends=1000, webhook=1000, total=1000)


@dataclass(frozen=True)
class Row:
    """What matters of a job here."""

    id: str
    status: Status
    result_id: int | None
    told: bool


class Bot:
    """Starts, kills and stops the bot's process."""

    def __init__(self, discord, directory):
        self.discord = discord
        self.directory = directory
        self.config = directory / "config.toml"
        endpoint, folder = json.dumps(discord.endpoint), json.dumps(str(directory / "data"))
        self.config.write_text(CONFIG.format(endpoint=endpoint, directory=folder), encoding="utf-8")
        self.process: asyncio.subprocess.Process

    async def start(self):
        """Start, and wait until it is connected."""
        with (self.directory / "bot.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.bot.toy_gala", str(self.config)),
                env={**os.environ, "GALA_TOKEN": self.discord.token},
                stdout=log,
                stderr=log,
            )
        await self.discord.wait_ready(START_S)
        await self.discord.wait_commands(START_S)

    async def end(self, number):
        """Send a signal, and return the exit status."""
        self.process.send_signal(number)
        status = await asyncio.wait_for(self.process.wait(), PATIENCE_S)
        await self.discord.wait_gone()
        return status

    def jobs(self):
        """All rows, from a look into the database that disturbs nobody."""
        path = self.directory / "data" / "gala.db"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            rows = connection.execute("SELECT id, status, result_id, told FROM jobs")
            return [Row(job, Status(status), result_id, bool(told)) for job, status, result_id, told in rows]


@asynccontextmanager
async def running(directory):
    """A local Discord and the bot's process."""
    async with LocalDiscord(record=directory / RECORD, limits=ROOMY) as discord:
        bot = Bot(discord, directory)
        await bot.start()
        try:
            yield discord, bot
        finally:
            if bot.process.returncode is None:
                bot.process.kill()
                await bot.process.wait()


def actions(message):
    """The buttons' actions and jobs, such as ("again", "7KQX2M9A")."""
    return [tuple(button["custom_id"].split(":")[1:]) for button in message.buttons if "custom_id" in button]


def results(messages):
    """How often each job's result is there."""
    return Counter(job for message in messages for action, job in actions(message) if action == "delete")


async def all_posted(discord, count):
    """Wait until nothing but that many results is in the channel."""
    return await discord.member("Ada").wait_until(
        CHANNEL,
        lambda messages: len(messages) == count and all("Delete" in message.labels for message in messages),
        timeout_s=PATIENCE_S,
    )


async def test_a_bot_that_is_asked_to_leave_leaves_in_order_and_resumes(tmp_path):
    async with running(tmp_path) as (discord, bot):
        ben = discord.member("Ben")
        await ben.slash(CHANNEL, "imagine", prompt="a {red, blue} car | slow@50", steps=100)
        await ben.wait_until(
            CHANNEL,
            lambda messages: sum(bool(message.files) for message in messages) == 2,
            timeout_s=PATIENCE_S,
        )
        assert await bot.end(signal.SIGTERM) == 0
        assert {job.status for job in bot.jobs()} == {Status.RUNNING}
        await bot.start()
        await all_posted(discord, 2)


async def test_buttons_work_after_a_restart(tmp_path):
    async with running(tmp_path) as (discord, bot):
        ben = discord.member("Ben")
        await ben.slash(CHANNEL, "imagine", prompt="a red car")
        (message,) = await all_posted(discord, 1)
        await bot.end(signal.SIGKILL)
        await bot.start()
        await ben.click(message, label="Again")
        await all_posted(discord, 2)
        await ben.click(message, label="Delete")
        (left,) = await all_posted(discord, 1)
        assert left.id != message.id


async def test_where_a_picture_is_to_stand_is_known_after_a_crash(tmp_path):
    """The admin has chosen another channel meanwhile: what was accepted goes where it was promised."""
    async with running(tmp_path) as (discord, bot):
        await choose_results(discord, "gallery-talk")
        ben = discord.member("Ben")
        await ben.slash(CHANNEL, "imagine", prompt="a red car | slow@50", steps=60)
        card = await ben.wait_for(CHANNEL, lambda message: message.files, timeout_s=PATIENCE_S)
        await choose_results(discord)
        await bot.end(signal.SIGKILL)
        await bot.start()
        result = await ben.wait_for(
            "gallery-talk", lambda message: "Delete" in message.labels, timeout_s=PATIENCE_S
        )
        left = await ben.wait_for(
            CHANNEL, lambda message: message.id == card.id and "Look at it" in message.labels
        )
        assert left.buttons[0]["url"].endswith(f"/{result.id}")
        (job,) = await wait_until_told(bot)
        assert (job.status, job.result_id) == (Status.FINISHED, result.id)
        assert len(results(await ben.messages("gallery-talk"))) == 1


@pytest.mark.parametrize("tidy", ["member", "final"])
async def test_a_tidy_channel_gets_its_picture_after_a_crash(tmp_path, tidy):
    """In the thread that was made before; or in the channel, where there is no card to be found."""
    async with running(tmp_path) as (discord, bot):
        await choose(discord, "Habits", "tidy", tidy)
        ben = discord.member("Ben")
        await ben.slash(CHANNEL, "imagine", prompt="a red car | slow@50", steps=60)
        place = CHANNEL if tidy == "final" else await thread_of(discord)
        await ben.wait_for(place, lambda message: message.files, timeout_s=PATIENCE_S)
        await bot.end(signal.SIGKILL)
        await bot.start()
        result = await ben.wait_for(place, lambda message: "Delete" in message.labels, timeout_s=PATIENCE_S)
        (job,) = await wait_until_told(bot)
        assert (job.status, job.result_id) == (Status.FINISHED, result.id)
        await ben.slash(CHANNEL, "imagine", prompt="a blue car")
        await ben.wait_until(place, lambda found: len(results(found)) == 2, timeout_s=PATIENCE_S)
        assert set(results(await ben.messages(place)).values()) == {1}
        everybody = await discord.member("Noor").messages(CHANNEL)
        assert len(results(everybody)) == (2 if tidy == "final" else 0)


async def thread_of(discord):
    """The one thread that there is, once it is there."""
    async with asyncio.timeout(20):
        while not (found := [key for key, each in discord.state.channels.items() if each.is_thread]):
            await asyncio.sleep(0.05)
    (thread,) = found
    return thread


async def choose_results(discord, *channels):
    """Let an admin choose, or take back, the channel for results."""
    await choose(discord, "Channels", "results", *(str(discord.channel_id(name)) for name in channels))


async def choose(discord, page, field, *values):
    """Let an admin choose in the panel."""
    ada = discord.member("Ada")
    outcome = await ada.slash("after-dark", "setup")
    message = await ada.message("after-dark", outcome.message)
    await ada.click(message, label=page)
    await ada.select(message, *values, custom_id=f"gala:admin:setup:set:{field}")
    await ada.wait_for("after-dark", lambda found: found.id == message.id and "Kept" in found.text)


@pytest.mark.timeout(900)
async def test_killed_at_any_moment_nothing_is_lost_or_doubled(tmp_path):
    """Every accepted job ends in exactly one result, however often and whenever the bot is killed."""
    chance = random.Random(20)
    async with running(tmp_path) as (discord, bot):
        for _ in range(KILLS):
            words = {"prompt": "a {red, blue} car | slow@10", "steps": chance.choice((1, 30))}
            members = (discord.member("Ben"), discord.member("Noor"))
            asks = [member.slash(CHANNEL, "imagine", wait=False, **words) for member in members]
            await asyncio.gather(*asks)
            await asyncio.sleep(chance.uniform(0.0, 1.5))
            await bot.end(signal.SIGKILL)
            await bot.start()
        jobs = await wait_until_told(bot)
        assert jobs
        messages = await all_posted(discord, len(jobs))
        assert results(messages) == Counter(job.id for job in jobs)
        assert {job.status for job in jobs} == {Status.FINISHED}
        assert {job.result_id for job in jobs} == {message.id for message in messages}


async def wait_until_told(bot):
    """All rows, once none owes anything any more."""
    async with asyncio.timeout(120):
        while True:
            jobs = bot.jobs()
            if all(job.told for job in jobs):
                return jobs
            await asyncio.sleep(0.2)
