"""The output check over the local Discord: pictures that are covered, held, released and refused.

The toy CLIP knows colours, and the toy engine paints them; so "red" stands for what a guild does not want.
"""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from generation.codec import coarse, decode_rgb, encode_png
from storage.concepts import Action
from storage.jobs import Check, Status
from tests.bot.checking import RED_PNG, card, command, imagine, look_for, result, see, settled, the_job
from tests.bot.moderating import INBOX, open_inbox, pictures_used
from tests.bot.stage import CHANNEL, stage

ADULT = "after-dark"
NASTY = "red @everyone <@1> `b` [x](https://evil.example)"


@pytest.fixture
async def painting(tmp_path):
    """A bot that paints."""
    async with stage(tmp_path, painter=True) as built:
        yield built


def uploads(built):
    """The names of all files that the bot has sent."""
    names = []
    for method in ("POST", "PATCH"):
        for entry in built.requests(method):
            found = entry["json"] or {}
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
