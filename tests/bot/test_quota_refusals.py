"""What members are told when a quota is used up, over the local Discord."""

from __future__ import annotations

import re

import pytest

from storage.quotas import Kind, Period, Scope
from tests.bot.asking import refusal
from tests.bot.limiting import limit
from tests.bot.stage import CHANNEL, stage


@pytest.fixture
async def quiet(tmp_path):
    """A bot whose jobs stay in line."""
    async with stage(tmp_path) as built:
        yield built


async def test_who_has_none_left_is_told_which_limit_and_when_more_comes(quiet):
    await limit(quiet, amount=2.0)
    ben = quiet.discord.member("Ben")
    for _ in range(2):
        assert not (await ben.slash(CHANNEL, "imagine", prompt="a red car")).ephemeral
    assert (await ben.slash(CHANNEL, "imagine", prompt="a red car")).ephemeral
    await ben.wait_for(CHANNEL, lambda message: "Each member here has 2 pictures a day" in message.text)
    assert re.search(r"More comes <t:\d+:R>", await refusal(quiet))
    assert await quiet.jobs.count_waiting() == 2
    assert not (await quiet.discord.member("Noor").slash(CHANNEL, "imagine", prompt="hers")).ephemeral


async def test_it_is_said_in_the_members_language(quiet):
    await limit(quiet, Scope.GUILD, amount=0.0)
    await quiet.discord.member("Вера").slash(CHANNEL, "imagine", prompt="красная машина")
    assert "На этом сервере отведено 0 картинок в день" in await refusal(quiet, "Вера")


async def test_the_last_one_is_said_to_be_the_last(quiet):
    await limit(quiet, amount=2.0)
    ben = quiet.discord.member("Ben")
    await ben.slash(CHANNEL, "imagine", prompt="a red car")
    await ben.slash(CHANNEL, "imagine", prompt="a blue car")
    messages = await ben.wait_until(CHANNEL, lambda messages: len(messages) == 3)
    assert ["That was the last picture" in message.text for message in messages] == [False, False, True]
    assert messages[-1].ephemeral


async def test_the_button_again_knows_the_same_limits(tmp_path):
    async with stage(tmp_path, painter=True) as built:
        ben = built.discord.member("Ben")
        await ben.slash(CHANNEL, "imagine", prompt="a red car")
        result = await ben.wait_for(CHANNEL, lambda message: "Again" in message.labels, timeout_s=30)
        await limit(built, amount=1.0)
        await ben.click(result, label="Again")
        assert "none is left" in await refusal(built)
        await limit(built, kind=Kind.STEPS, period=Period.NONE, amount=4.0)
        noor = built.discord.member("Noor")
        await noor.click(result, label="Again")
        assert "up to 4 steps" in await refusal(built, "Noor")


async def test_of_several_pictures_those_that_are_left_are_taken(quiet):
    await limit(quiet, amount=2.0)
    await quiet.discord.member("Ben").slash(CHANNEL, "imagine", prompt="a {red, blue, green} car")
    assert "2 pictures a day" in await refusal(quiet)
    assert await quiet.jobs.count_waiting() == 2


async def test_a_thread_counts_for_its_channel(quiet):
    await limit(quiet, Scope.CHANNEL, quiet.discord.channel_id(CHANNEL))
    state, ada = quiet.discord.state, quiet.discord.member("Ada")
    thread = state.create_thread(quiet.discord.channel_id(CHANNEL), "sketches", quiet.member_id("Ada"))
    assert not (await ada.slash(thread.id, "imagine", prompt="a red car")).ephemeral
    ben = quiet.discord.member("Ben")
    assert (await ben.slash(CHANNEL, "imagine", prompt="a red car")).ephemeral
    assert f"<#{quiet.discord.channel_id(CHANNEL)}> has 1 picture a day" in await refusal(quiet)
    assert not (await ben.slash("gallery-talk", "imagine", prompt="a red car")).ephemeral


@pytest.mark.parametrize(
    ("kind", "detail", "amount", "options", "words"),
    [
        (Kind.PIXELS, "64x64", 64 * 64, {"size": "128x128"}, "up to 64x64"),
        (Kind.STEPS, "", 4, {}, "up to 4 steps"),
        (Kind.ENGINES, "dalle", 1, {}, "these engines: dalle"),
        (Kind.SECONDS, "", 0, {}, "0 GPU seconds"),
    ],
)
async def test_sizes_steps_engines_and_seconds_are_refused_in_words(
    quiet, kind, detail, amount, options, words
):
    period = Period.DAY if kind is Kind.SECONDS else Period.NONE
    await limit(quiet, kind=kind, amount=float(amount), detail=detail, period=period)
    await quiet.discord.member("Ben").slash(CHANNEL, "imagine", prompt="a car", **options)
    assert words in await refusal(quiet)
    assert await quiet.jobs.count_waiting() == 0
