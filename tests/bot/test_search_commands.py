"""/search, *Similar* and *More like this*, used by members of the local Discord."""

from __future__ import annotations

import asyncio
import re

import numpy as np
import pytest
from simcord.backend import serializers
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.loopback.server import Upload
from bot.loopback.world import Room, add_room, rights
from generation.codec import encode_png
from storage.jobs import Status, new_id
from tests.bot.stage import CHANNEL, stage

COLOURS = ("red", "green", "blue")


@pytest.fixture
async def painted(tmp_path):
    """A bot with pictures of one colour each, which their prompts do not tell, looked at by its CLIP."""
    async with stage(tmp_path, painter=True) as built:
        for number, colour in enumerate(COLOURS):
            await paint(built, colour, f"picture {number}")
        yield built


async def paint(built, colour, prompt, **changes):
    """A picture as if it had been painted, and then looked at."""
    rgb = [250 if name == colour else 5 for name in COLOURS]
    channel_id = changes.pop("channel_id", built.discord.channel_id(CHANNEL))
    made = built.job(id=new_id(), prompt=prompt, channel_id=channel_id, place_id=channel_id, **changes)
    made = await built.jobs.add(made)
    sha256 = await built.images.put(encode_png(np.full((32, 32, 3), rgb, np.uint8)))
    values = {"status": Status.POSTING, "picture_sha256": sha256, "seconds": 2.0, "score": 0.5}
    assert await built.jobs.change(made.id, {Status.RUNNING}, **values)
    await seen(built)


async def seen(built):
    """Until the CLIP has looked at everything."""
    async with asyncio.timeout(20):
        while (await built.database.all("SELECT count(*) FROM unseen"))[0][0]:
            await asyncio.sleep(0.02)


async def answer(built, name="Ben", contains="**"):
    """The newest answer that only this member sees, once it is there."""
    member = built.discord.member(name)
    return await member.wait_for(CHANNEL, lambda message: message.ephemeral and contains in message.text)


def shown(message):
    """The prompts' numbers, in the order of the page."""
    return [int(number) for number in re.findall(r"^\*\*\d\*\* .*picture (\d+)$", message.text, re.MULTILINE)]


async def test_pictures_are_found_by_what_is_in_them(painted):
    outcome = await painted.discord.member("Ben").slash(CHANNEL, "search", words="something blue")
    assert outcome.ephemeral
    page = await answer(painted, contains="something blue")
    assert shown(page)[0] == COLOURS.index("blue")
    assert len(page.files) == 3
    assert page.labels == ["1", "2", "3", "By meaning", "By words"]


async def test_words_and_meaning_are_told_apart_by_a_press(painted):
    await paint(painted, "green", "a red picture 9")
    ben = painted.discord.member("Ben")
    await ben.slash(CHANNEL, "search", words="red", way="words")
    page = await answer(painted, contains="by words")
    assert shown(page) == [9]
    await ben.click(page, label="By meaning")
    page = await answer(painted, contains="by meaning")
    assert shown(page)[0] == COLOURS.index("red")
    await ben.click(page, label="By both")
    assert 9 in shown(await answer(painted, contains="**Search:**"))[:2]


async def test_where_no_prompt_has_the_words_the_nearest_are_offered(painted):
    await painted.discord.member("Вера").slash(CHANNEL, "search", words="синий кит", way="words")
    page = await answer(painted, "Вера", contains="Поиск по словам")
    assert "самые близкие по виду" in page.text
    assert shown(page)[0] == COLOURS.index("blue")


async def test_pages_are_turned_and_open_to_whoever_may_see(painted):
    for number in range(20):
        await paint(painted, "green", f"picture {100 + number}")
    ben = painted.discord.member("Ben")
    await ben.slash(CHANNEL, "search", words="green picture")
    page = await answer(painted, contains="1 to 9 of 23")
    first = shown(page)
    await ben.click(page, label="More")
    page = await answer(painted, contains="10 to 18 of 23")
    assert not set(shown(page)) & set(first)
    await ben.click(page, label="More")
    page = await answer(painted, contains="19 to 23 of 23")
    assert "More" not in page.labels
    await ben.click(page, label="Back")
    await answer(painted, contains="10 to 18 of 23")


async def test_a_channel_that_is_closed_to_a_member_is_closed_to_their_search(painted):
    state = painted.discord.state
    closed = add_room(state, state.guilds[painted.discord.guild_id], Room("vault"))
    state.channels[closed].overwrites.append(
        Overwrite(painted.discord.guild_id, OverwriteType.ROLE, deny=rights(("view_channel",)))
    )
    state.emit("CHANNEL_UPDATE", serializers.channel_payload(state, state.channels[closed]))
    await paint(painted, "red", "picture 77", channel_id=closed)
    await painted.discord.member("Ben").slash(CHANNEL, "search", words="red picture")
    assert 77 not in shown(await answer(painted, contains="red picture"))
    await painted.discord.member("Ada").slash(CHANNEL, "search", words="red picture")
    assert 77 in shown(await answer(painted, "Ada", contains="red picture"))


async def test_whatever_is_typed_gets_a_page(painted):
    ben = painted.discord.member("Ben")
    for words in ("x" * 4000, '"', "NEAR(red) OR *", "🌊 @everyone **bold**"):
        outcome = await ben.slash(CHANNEL, "search", words=words)
        assert outcome.ephemeral
        page = await ben.wait_for(
            CHANNEL, lambda message, at=outcome: message.id == at.message and message.labels
        )
        assert len(shown(page)) == 3
        assert "**bold" not in page.text
    await ben.slash(CHANNEL, "search", words="   ")
    await answer(painted, contains="nothing to look for")


async def test_where_nothing_was_painted_it_says_so_kindly(tmp_path):
    async with stage(tmp_path, painter=True) as built:
        await built.discord.member("Ben").slash(CHANNEL, "search", words="red")
        page = await answer(built, contains="**Search:**")
        assert "Nothing was found that you may see here" in page.text


async def test_similar_on_a_result_shows_its_kin(painted):
    ben = painted.discord.member("Ben")
    await ben.slash(CHANNEL, "imagine", prompt="a red car")
    result = await ben.wait_for(CHANNEL, lambda message: "Similar" in message.labels)
    await seen(painted)
    await painted.discord.member("Ada").click(result, label="Similar")
    page = await answer(painted, "Ada", contains="More like this")
    assert sorted(shown(page)) == [0, 1, 2]
    assert "a red car" not in page.text


async def test_more_like_this_takes_any_picture(painted):
    ben = painted.discord.member("Ben")
    picture = encode_png(np.full((40, 20, 3), (9, 9, 240), np.uint8))
    posted = await ben.say(CHANNEL, "look", Upload("sky.png", picture))
    await ben.menu(posted, "More like this")
    assert shown(await answer(painted, contains="More like this"))[0] == COLOURS.index("blue")
    plain = await ben.say(CHANNEL, "no picture here")
    await ben.menu(plain, "More like this")
    await answer(painted, contains="no picture that others could be like")
