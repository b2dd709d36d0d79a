"""Finished pictures in a channel of their own: there once, whatever dies or is closed."""

from __future__ import annotations

import asyncio

import pytest

from bot.loopback.server import Limits
from bot.loopback.world import Room
from bot.poster import Poster
from bot.visibility import Sight, sees
from storage.guilds import HERE, Access
from storage.jobs import Status
from tests.bot.loopback.conftest import ROOMY
from tests.bot.stage import CHANNEL, stage
from tests.bot.test_poster import PNG, results

ART = "gallery-talk"


@pytest.fixture
async def painting(tmp_path):
    """A bot that paints, in a guild whose pictures go to a channel of their own."""
    async with stage(tmp_path, painter=True, limits=ROOMY) as built:
        await built.guilds.change(built.discord.guild_id, results_channel_id=art(built))
        yield built


def art(built):
    return built.discord.channel_id(ART)


async def paint(built, channel=CHANNEL, prompt="a red car", **options):
    """Ask, and wait for the end; the job."""
    outcome = await built.discord.member("Ben").slash(channel, "imagine", prompt=prompt, **options)
    assert not outcome.ephemeral
    return await last_ended(built)


async def last_ended(built, timeout_s=30.0):
    """The newest job, once it has ended."""
    async with asyncio.timeout(timeout_s):
        while True:
            rows = await built.database.all("SELECT id FROM jobs ORDER BY created_at DESC LIMIT 1")
            job = await built.jobs.get(rows[0]["id"]) if rows else None
            if job is not None and job.told:
                return job
            await asyncio.sleep(0.05)


def link(message):
    """Where the only button of a message leads."""
    (button,) = message.buttons
    return button["url"]


async def test_the_picture_stands_there_and_the_card_leads_to_it(painting):
    job = await paint(painting)
    (result,) = await painting.messages(ART)
    assert result.id == job.result_id and "Again" in result.labels
    assert f"<@{painting.member_id('Ben')}>" in result.text
    (card,) = await painting.messages()
    assert card.id == job.card_id
    assert link(card).endswith(f"/{painting.discord.guild_id}/{art(painting)}/{result.id}")
    assert f"<#{art(painting)}>" in card.text and card.files == []


async def test_it_is_as_visible_as_the_channel_in_which_it_stands(painting):
    job = await paint(painting)
    made = await painting.generations.of_job(job.id)
    assert (made.channel_id, made.place_id, made.message_id) == (art(painting), art(painting), job.result_id)
    guild, asked = painting.discord.guild_id, painting.discord.channel_id(CHANNEL)
    assert sees(Sight(guild, 1, asked, frozenset({art(painting)})), made)
    assert not sees(Sight(guild, 1, asked, frozenset({asked})), made)


async def test_a_channel_may_keep_its_pictures(painting):
    guild, asked = painting.discord.guild_id, painting.discord.channel_id(CHANNEL)
    await painting.guilds.change_channel(guild, asked, results_channel_id=HERE)
    job = await paint(painting)
    assert job.result_channel_id is None
    (result,) = await painting.messages()
    assert result.id == job.result_id
    assert await painting.messages(ART) == []


async def test_what_is_asked_for_there_stays_there(painting):
    job = await paint(painting, ART)
    (result,) = await painting.messages(ART)
    assert result.id == job.result_id


async def test_nothing_leaves_a_channel_for_adults_for_one_that_is_not(painting):
    job = await paint(painting, "after-dark")
    (result,) = await painting.messages("after-dark")
    assert result.id == job.result_id
    salon = painting.discord.add_channel(Room("salon", adult=True))
    await painting.guilds.change(painting.discord.guild_id, results_channel_id=salon)
    job = await paint(painting, "after-dark")
    (result,) = await painting.messages("salon")
    assert result.id == job.result_id


@pytest.mark.parametrize("how", ["closed", "gone"])
async def test_where_the_channel_is_closed_it_stands_where_it_was_asked_for_and_says_so(painting, how):
    if how == "gone":
        painting.discord.misbehave.delete_channel(ART)
    else:
        painting.discord.misbehave.deny(ART, "send_messages")
    job = await paint(painting)
    assert job.status is Status.FINISHED and job.result_channel_id is None
    (result,) = await painting.messages()
    assert result.id == job.result_id and "Again" in result.labels
    assert "could not write in the channel where this was to stand" in result.text
    made = await painting.generations.of_job(job.id)
    asked = painting.discord.channel_id(CHANNEL)
    assert (made.channel_id, made.place_id, made.message_id) == (asked, asked, result.id)
    rows = await painting.database.all("SELECT 1 FROM unseen WHERE generation_id = ?", (made.id,))
    seen = await painting.database.all("SELECT 1 FROM vectors WHERE generation_id = ?", (made.id,))
    assert rows or seen  # the search looks at it where it is


async def test_a_thread_that_is_gone_leaves_its_picture_to_its_channel(painting):
    await painting.guilds.change(painting.discord.guild_id, results_channel_id=None)
    state, asked = painting.discord.state, painting.discord.channel_id(CHANNEL)
    thread = state.create_thread(asked, "sketches", painting.member_id("Ben"))
    ben = painting.discord.member("Ben")
    outcome = await ben.slash(thread.id, "imagine", prompt="a red car | slow@20", steps=60)
    assert not outcome.ephemeral
    await ben.wait_for(thread.id, lambda message: message.files, timeout_s=30)
    state.delete_channel(thread.id)
    job = await last_ended(painting)
    (result,) = await results(painting)
    assert result.id == job.result_id and "could not write" in result.text
    made = await painting.generations.of_job(job.id)
    assert (made.channel_id, made.place_id) == (asked, asked)


async def test_deleting_the_picture_takes_the_way_to_it_along(painting):
    job = await paint(painting)
    (result,) = await painting.messages(ART)
    await painting.discord.member("Ben").click(result, label="Delete")
    await painting.discord.member("Ada").wait_until(CHANNEL, lambda messages: not messages)
    assert await painting.generations.of_job(job.id) is None
    assert [message for message in await painting.messages(ART) if not message.ephemeral] == []


async def test_again_below_a_result_paints_where_it_is_pressed(painting):
    await paint(painting)
    (result,) = await painting.messages(ART)
    await painting.discord.member("Noor").click(result, label="Again")
    await painting.discord.member("Ada").wait_until(
        ART, lambda messages: len([each for each in messages if "Delete" in each.labels]) == 2, timeout_s=30
    )
    assert len(await painting.messages()) == 1


async def test_the_place_in_which_one_asks_is_judged_not_the_one_for_results(painting):
    guild = painting.discord.guild_id
    await painting.guilds.set_channels(guild, Access.DENIED, [art(painting)])
    job = await paint(painting)
    assert job.result_channel_id == art(painting)


# -- restarts ----------------------------------------------------------------------------------------------


def reborn(built):
    """A poster that knows nothing of what the one before has sent."""
    other = Poster(0.1, 0.1)
    other.bind(built.client)
    return other


async def test_after_a_crash_a_posted_result_is_found_in_its_channel(tmp_path):
    """The bot died between posting and noting it down; even Discord has forgotten the nonce."""
    async with stage(tmp_path, limits=Limits(nonce_s=0.0)) as built:
        job = await built.carded(status=Status.POSTING, result_channel_id=art(built))
        result_id = await built.poster.deliver(job, PNG)
        assert await reborn(built).deliver(job, PNG) == result_id
        assert [message.id for message in await results(built, ART)] == [result_id]
        (card,) = await built.messages()
        assert link(card).endswith(f"/{result_id}")


async def test_a_crash_after_a_move_does_not_double_though_the_channel_opens_again(tmp_path):
    async with stage(tmp_path, limits=Limits(nonce_s=0.0)) as built:
        moved = await built.carded(
            status=Status.POSTING, detail="astray"
        )  # as it is written before it is sent
        result_id = await built.poster.deliver(moved, PNG)
        assert await reborn(built).deliver(moved, PNG) == result_id
        assert [message.id for message in await results(built)] == [result_id]
        assert await results(built, ART) == []


async def test_a_card_too_old_to_lead_anywhere_goes(tmp_path):
    async with stage(tmp_path) as built:
        job = await built.carded(status=Status.POSTING, result_channel_id=art(built))
        built.discord.misbehave.fail(
            f"/channels/*/messages/{job.card_id}", method="PATCH", status=400, code=30046
        )
        await built.poster.deliver(job, PNG)
        assert await built.messages() == []
        assert len(await results(built, ART)) == 1
