"""The output check over the local Discord: pictures that are covered, held, released and refused.

The toy CLIP knows colours, and the toy engine paints them; so "red" stands for what a guild does not want.
"""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import time
from contextlib import closing

import numpy as np
import pytest

from bot.loopback.server import Upload
from generation.codec import coarse, decode_rgb, encode_png
from storage.concepts import Action, Concept, Concepts
from storage.jobs import Check, Status
from storage.spending import Span
from tests.bot.stage import CHANNEL, stage
from tests.bot.test_restarts import results, running

INBOX, ADULT = "gallery-talk", "after-dark"
NASTY = "red @everyone <@1> `b` [x](https://evil.example)"
RED_PNG = encode_png(np.full((48, 64, 3), (250, 5, 5), np.uint8))


@pytest.fixture
async def painting(tmp_path):
    """A bot that paints."""
    async with stage(tmp_path, painter=True) as built:
        yield built


async def look_for(built, action, words="red", threshold=0.5, restricted=0.5):
    concept = Concept(built.discord.guild_id, words, action, threshold, restricted)
    return await Concepts(built.database).add(concept)


async def open_inbox(built):
    await built.guilds.change(built.discord.guild_id, inbox_channel_id=built.discord.channel_id(INBOX))


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


async def pictures_used(built):
    spans = [Span(0, 1e12, guild_id=built.discord.guild_id, member_id=built.member_id("Ben"))]
    (use,) = await built.quotas.uses(spans)
    return use.pictures


def uploads(built):
    """The names of all files that the bot has sent."""
    names = []
    for method in ("POST", "PATCH"):
        for entry in built.requests(method):
            found = entry.get("body") or {}
            names += [file["filename"] for file in found.get("attachments") or [] if "filename" in file]
    return names


# -- what becomes of a picture ----------------------------------------------------------------------------


async def test_without_concepts_nothing_is_asked(painting):
    await imagine(painting)
    await result(painting)
    job = await the_job(painting)
    assert job.output_check is None


async def test_what_does_not_show_it_is_posted(painting):
    await look_for(painting, Action.REFUSE)
    await imagine(painting, "only blue")
    posted = await result(painting)
    assert not posted.components[0]["components"][0]["items"][0].get("spoiler")
    job = await the_job(painting)
    assert (job.output_check, job.found) == (Check.CLEAR, None)
    assert await painting.generations.of_job(job.id) is not None


async def test_a_refused_picture_is_told_given_back_and_nowhere_to_be_seen(painting):
    await look_for(painting, Action.REFUSE, NASTY)
    await imagine(painting, steps=1)
    told = await see(painting, "does not let it be posted")
    assert told.files == []
    assert told.labels == ["Try again", "Ask the moderators"]
    assert "@everyone" not in told.text.replace("\\@everyone", "")
    assert "](" not in told.text.replace("\\]\\(", "")
    job = await settled(painting, Check.REFUSED)
    assert job.status is Status.FAILED
    assert await painting.generations.of_job(job.id) is None
    assert await pictures_used(painting) == 0
    assert await painting.frames.of(job.id) == []
    assert not any(name.endswith(".png") for name in uploads(painting))
    await painting.discord.member("Ben").click(told, label="Ask the moderators")
    await see(painting, "no inbox")


async def test_a_refused_picture_is_appealed_against_and_released(painting):
    await open_inbox(painting)
    await look_for(painting, Action.REFUSE)
    await imagine(painting)
    told = await see(painting, "does not let it be posted")
    ben, ada = painting.discord.member("Ben"), painting.discord.member("Ada")
    await painting.discord.member("Noor").click(told, label="Ask the moderators")
    await see(painting, "Only the member", name="Noor")
    await ben.click(told, label="Ask the moderators")
    await see(painting, "before the moderators now")
    plea = await card(painting, "that was refused")
    assert plea.labels == ["Release", "Suspend…", "Dismiss"]
    assert plea.files and plea.components[1]["items"][0]["spoiler"]
    assert "`red` · 9" in plea.text
    assert (decode_rgb(await ada.download(plea.files[0]))[0, 0] > 200).tolist() == [True, False, False]
    await ada.click(plea, label="Release")
    await result(painting)
    assert await ben.message(CHANNEL, told.id) is None
    done = await card(painting, "Let through")
    assert done.labels == ["Suspend…", "Done"]
    assert await pictures_used(painting) == 0


async def test_who_is_dismissed_is_told_in_their_language(painting):
    await open_inbox(painting)
    await look_for(painting, Action.REFUSE)
    await imagine(painting, name="Вера")
    told = await see(painting, "не даёт её отправить", name="Вера")
    await painting.discord.member("Вера").click(told, label="Спросить модераторов")
    await painting.discord.member("Ada").click(await card(painting, "that was refused"), label="Dismiss")
    await see(painting, "посмотрели вашу картинку", "direct", "Вера")


async def test_a_held_picture_waits_and_is_released(painting):
    await open_inbox(painting)
    await look_for(painting, Action.HOLD)
    await imagine(painting)
    waiting = await see(painting, "Waits for a moderator")
    assert waiting.files == [] and waiting.labels == []
    held = await card(painting, "Held back")
    assert held.labels == ["Release", "Refuse", "Suspend…"]
    assert held.files and held.components[1]["items"][0]["spoiler"]
    job = await settled(painting, Check.HELD)
    assert await painting.generations.of_job(job.id) is None
    await painting.discord.member("Ben").click(held, label="Release")
    await see(painting, "Only admins", INBOX)
    await painting.discord.member("Ada").click(held, label="Release")
    posted = await result(painting)
    await card(painting, "Let through")
    assert await painting.generations.of_job(job.id) is not None
    assert await painting.frames.of(job.id) == []
    assert [message.id for message in await painting.messages() if message.files] == [posted.id]
    assert (await painting.audit.page(painting.discord.guild_id))[0].action == "case-release"


async def test_a_held_picture_is_refused_and_given_back(painting):
    await open_inbox(painting)
    await look_for(painting, Action.HOLD)
    await imagine(painting)
    held = await card(painting, "Held back")
    await settled(painting, Check.HELD)
    assert await pictures_used(painting) == 1
    await painting.discord.member("Ada").click(held, label="Refuse")
    told = await see(painting, "The moderators have looked at the picture")
    assert told.labels == ["Try again"]
    await settled(painting, Check.REFUSED)
    assert await pictures_used(painting) == 0
    assert (await card(painting, "Refused, nothing charged")).labels == ["Suspend…"]


async def test_where_nobody_can_be_asked_a_held_picture_is_refused(painting):
    await painting.guilds.change(
        painting.discord.guild_id, inbox_channel_id=painting.discord.channel_id("announcements")
    )
    await look_for(painting, Action.HOLD)
    await imagine(painting)
    await see(painting, "does not let it be posted")
    job = await settled(painting, Check.REFUSED)
    assert await painting.client.desk.cases.get(1) is not None
    assert (await painting.client.desk.cases.get(1)).closed_at is not None
    assert job.failure == "refused-picture"


async def test_a_spoiler_is_posted_covered_and_stays_so(painting):
    await look_for(painting, Action.SPOILER)
    await imagine(painting)
    posted = await result(painting)
    assert posted.files[0]["filename"].startswith("SPOILER_")
    assert posted.components[0]["components"][0]["items"][0]["spoiler"]
    job = await settled(painting, Check.SPOILER)
    made = await painting.generations.of_job(job.id)
    assert made.blurred
    noor = painting.discord.member("Noor")
    await noor.click(posted, label="♥")
    after = await noor.wait_for(CHANNEL, lambda message: "♥ 1" in message.labels)
    assert after.components[0]["components"][0]["items"][0]["spoiler"]
    await noor.slash(CHANNEL, "search", words="only red", way="words")
    page = await noor.wait_for(CHANNEL, lambda message: message.ephemeral and message.files)
    gallery = next(part for part in page.components[0]["components"] if part["type"] == 12)
    assert gallery["items"][0]["spoiler"]


async def test_frames_are_shown_coarsely_where_something_is_looked_for(painting):
    await look_for(painting, Action.SPOILER)
    await imagine(painting, "noisy | slow@60", steps=40)
    ada = painting.discord.member("Ada")
    seen = await ada.wait_for(CHANNEL, lambda message: message.files and "Keep as it is" in message.labels)
    frame = decode_rgb(await ada.download(seen.files[0])).astype(int)
    block = frame[: frame.shape[0] // 6, : frame.shape[1] // 8]
    assert np.abs(block - block.mean((0, 1))).max() < 30


def test_a_coarse_picture_has_few_blocks():
    noise = np.random.default_rng(1).integers(0, 256, (90, 160, 3), np.uint8)
    made = decode_rgb(coarse(encode_png(noise))).astype(int)
    assert made.shape == noise.shape
    assert np.abs(made[2:18, 2:18] - made[2:18, 2:18].mean((0, 1))).max() < 30
    assert coarse(encode_png(noise[:1])) and coarse(encode_png(noise[:, :1]))


@pytest.mark.parametrize("on_the_way", [True, False])
async def test_a_film_that_would_show_it_on_the_way_is_not_kept(painting, on_the_way):
    await look_for(painting, Action.REFUSE)
    ben = painting.discord.member("Ben")
    await imagine(painting, "only blue | slow@40", steps=60)
    await ben.wait_for(CHANNEL, lambda message: "Keep as it is" in message.labels)
    job = await the_job(painting)
    if on_the_way:
        async with asyncio.timeout(10):
            while not (frames := await painting.frames.of(job.id)):
                await asyncio.sleep(0.01)
        frames[0].write_bytes(RED_PNG)
    await result(painting)
    assert (await painting.frames.of(job.id) == []) is on_the_way


# -- where --------------------------------------------------------------------------------------------------


async def test_age_restricted_channels_may_be_laxer(painting):
    await look_for(painting, Action.REFUSE, restricted=None)
    await imagine(painting, channel=ADULT)
    await result(painting, ADULT)
    await imagine(painting)
    await see(painting, "does not let it be posted")


async def test_a_channel_has_a_threshold_of_its_own(painting):
    await look_for(painting, Action.REFUSE)
    channel = painting.discord.channel_id(CHANNEL)
    told = await command(painting, "channel", concept="red", channel=channel, threshold=0)
    assert f"<#{channel}> –" in told.text
    await imagine(painting)
    await result(painting)
    told = await command(painting, "channel", concept="red", channel=channel)
    assert f"<#{channel}>" not in told.text
    await imagine(painting)
    await see(painting, "does not let it be posted")


# -- the commands -------------------------------------------------------------------------------------------


async def test_an_admin_sets_lists_and_removes(painting):
    assert "no inbox" in (await command(painting, "add", words="red", action="hold")).text
    await open_inbox(painting)
    told = await command(
        painting, "add", words="a  red thing", action="hold", threshold=40, **{"age-restricted": 0}
    )
    assert "`#1` `a red thing` · hold it for the moderators · from 40 % · age-restricted –" in told.text
    await command(painting, "add", words="blue", action="refuse")
    listed = await command(painting, "list")
    assert "2 things" in listed.text and "`#2` `blue` · refuse it · from 20 %" in listed.text
    ada = painting.discord.member("Ada")
    (offered,) = await ada.autocomplete(CHANNEL, "filter picture remove", "concept", "BLU")
    assert "Not looked for" in (await command(painting, "remove", concept=offered["value"])).text
    assert "1 thing**" in (await command(painting, "list")).text
    entries = await painting.audit.page(painting.discord.guild_id)
    assert [entry.action for entry in entries] == ["concept-remove", "concept-add", "concept-add"]


@pytest.mark.parametrize(
    ("words", "options", "said"),
    [
        ("add", {"words": "a the", "action": "refuse"}, "cannot be looked for"),
        ("add", {"words": "x" * 81, "action": "refuse"}, "cannot be looked for"),
        ("remove", {"concept": "7"}, "not looked for here"),
        ("test", {}, "one of the two"),
        ("test", {"code": "abcdef"}, "not checked on this server"),
    ],
)
async def test_what_cannot_be_done_is_said_in_words(painting, words, options, said):
    assert said in (await command(painting, words, **options)).text


async def test_a_guild_has_room_for_so_many(painting):
    for number in range(20):
        await look_for(painting, Action.REFUSE, f"thing number {number}")
    assert "room for 20" in (await command(painting, "add", words="red", action="refuse")).text
    assert "checked" in (await command(painting, "add", words="thing number 3", action="spoiler")).text


async def test_words_that_the_model_has_not_read_are_told(painting):
    told = await command(painting, "add", words="змея", action="refuse")
    assert "has not learned these words" in told.text and "змея" in told.text


async def test_the_test_box_shows_the_numbers(painting):
    await look_for(painting, Action.REFUSE)
    await look_for(painting, Action.SPOILER, "green")
    told = await command(painting, "test", picture=Upload("red.png", RED_PNG))
    assert "would not be posted here" in told.text
    first, second = (line for line in told.text.splitlines() if "cos" in line and "▱" in line)
    assert "`red`" in first and "cos 1.00" in first and first.startswith("●")
    assert "`green`" in second and second.startswith("○")
    await imagine(painting, "only blue")
    await result(painting)
    code = (await the_job(painting)).code
    assert "would be posted here" in (await command(painting, "test", code=code)).text


async def test_who_is_no_admin_neither_sees_nor_uses_it(painting):
    with pytest.raises(Exception, match="not among the commands"):
        await painting.discord.member("Ben").slash(CHANNEL, "filter picture list")


# -- when things go wrong -----------------------------------------------------------------------------------


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
