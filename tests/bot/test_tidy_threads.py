"""Threads that keep a channel tidy: what comes into them, and what is done where there can be none."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio

from bot.loopback.call import Upload
from storage.guilds import Tidy
from tests.bot.loopback.conftest import ROOMY
from tests.bot.stage import CHANNEL, stage
from tests.bot.test_poster import PNG
from tests.bot.test_results_channel import last_ended
from tests.bot.tidying import SLOW, accepted, ask, deny, keep, public, result, threads, told


@pytest_asyncio.fixture
async def painting(tmp_path):
    """A bot that paints."""
    async with stage(tmp_path, painter=True, limits=ROOMY) as built:
        yield built


async def test_each_member_has_a_thread_with_card_and_picture_and_the_channel_stays_empty(painting):
    await keep(painting, Tidy.MEMBER)
    await ask(painting)
    job = await last_ended(painting)
    ((thread, name),) = threads(painting).items()
    assert name == "Pictures of Ben"
    assert (job.channel_id, job.place_id) == (thread, painting.discord.channel_id(CHANNEL))
    assert f"<#{thread}>" in (await told(painting, CHANNEL)).text
    assert (await result(painting, thread)).id == job.result_id
    assert await public(painting) == []
    await ask(painting)
    await last_ended(painting)
    assert len(threads(painting)) == 1
    await ask(painting, "Noor")
    await last_ended(painting)
    assert sorted(threads(painting).values()) == ["Pictures of Ben", "Pictures of Noor"]


async def test_what_is_painted_in_a_thread_is_as_visible_as_its_channel(painting):
    await keep(painting, Tidy.MEMBER)
    await ask(painting)
    made = await painting.generations.of_job((await last_ended(painting)).id)
    assert made.place_id == painting.discord.channel_id(CHANNEL) and not made.private


async def test_a_day_has_one_thread_for_all_in_the_guilds_language_and_time(painting):
    await keep(painting, Tidy.DAY)
    await painting.guilds.change(painting.discord.guild_id, language="ru", time_zone="Pacific/Auckland")
    await asyncio.gather(ask(painting), ask(painting, "Noor"))  # both at once: still one
    await last_ended(painting)
    ((thread, name),) = threads(painting).items()
    rows = await painting.database.all("SELECT day, member_id, thread_id FROM threads")
    assert [tuple(row) for row in rows] == [(name.rpartition(" ")[2], 0, thread)]
    assert name.startswith("Картинки за 20")
    await painting.database.all("UPDATE threads SET day = '2020-02-02'")  # as if that had been yesterday
    await ask(painting)
    await last_ended(painting)
    assert len(threads(painting)) == 2


async def test_the_card_is_in_the_thread_and_its_buttons_work(painting):
    await keep(painting, Tidy.MEMBER)
    ben = painting.discord.member("Ben")
    await ask(painting, prompt=SLOW, steps=200)
    (thread,) = threads(painting)
    card = await ben.wait_for(thread, lambda message: message.files, timeout_s=30)
    await ben.click(card, label="Cancel")
    await ben.wait_for(thread, lambda message: "Cancelled" in message.text, timeout_s=30)


async def test_permutations_have_a_card_each_and_one_word(painting):
    await keep(painting, Tidy.MEMBER)
    await ask(painting, prompt="a {red, blue} car")
    (thread,) = threads(painting)
    ada = painting.discord.member("Ada")
    await ada.wait_until(
        thread, lambda found: sum("Delete" in each.labels for each in found) == 2, timeout_s=30
    )
    await told(painting, CHANNEL, wanted=lambda message: "paints this" in message.text)
    messages = await painting.discord.member("Ben").messages(CHANNEL)
    assert len([each for each in messages if each.ephemeral]) == 1


async def test_an_archived_thread_is_opened_again(painting):
    await keep(painting, Tidy.MEMBER)
    await ask(painting)
    await last_ended(painting)
    (thread,) = threads(painting)
    state = painting.discord.state
    state.edit_channel(thread, {}, thread_metadata={"archived": True})
    await ask(painting)
    await last_ended(painting)
    assert list(threads(painting)) == [thread]
    assert not state.get_channel(thread).thread_metadata.archived


@pytest.mark.parametrize("how", ["deleted", "locked"])
async def test_a_thread_that_is_gone_or_locked_is_made_anew(painting, how):
    await keep(painting, Tidy.MEMBER)
    await ask(painting)
    await last_ended(painting)
    (before,) = threads(painting)
    state = painting.discord.state
    if how == "deleted":
        state.delete_channel(before)
    else:
        state.edit_channel(before, {}, thread_metadata={"archived": True, "locked": True})
    await ask(painting)
    job = await last_ended(painting)
    (after,) = threads(painting).keys() - {before}
    assert job.channel_id == after and (await result(painting, after)).id == job.result_id


async def test_a_thread_deleted_while_painting_leaves_its_picture_to_the_channel(painting):
    await keep(painting, Tidy.MEMBER)
    await ask(painting, prompt=SLOW, steps=60)
    (thread,) = threads(painting)
    await painting.discord.member("Ben").wait_for(thread, lambda message: message.files, timeout_s=30)
    painting.discord.state.delete_channel(thread)
    job = await last_ended(painting)
    found = await result(painting, CHANNEL)
    assert found.id == job.result_id and "could not write" in found.text


@pytest.mark.parametrize("right", ["create_public_threads", "send_messages_in_threads"])
async def test_without_the_rights_for_threads_there_are_cards(painting, right):
    await keep(painting, Tidy.MEMBER)
    deny(painting, right)
    outcome = await painting.discord.member("Ben").slash(CHANNEL, "imagine", prompt="a red car")
    assert not outcome.ephemeral
    job = await last_ended(painting)
    assert threads(painting) == {} and (await result(painting, CHANNEL)).id == job.result_id


async def test_where_discord_refuses_a_thread_the_card_is_in_the_channel(painting):
    await keep(painting, Tidy.MEMBER)
    painting.discord.misbehave.fail("/channels/*/threads", method="POST", status=400, code=160006)
    await ask(painting)
    job = await last_ended(painting)
    assert job.channel_id == painting.discord.channel_id(CHANNEL)
    assert (await result(painting, CHANNEL)).id == job.result_id


@pytest.mark.parametrize("tidy", [Tidy.MEMBER, Tidy.DAY, Tidy.FINAL])
async def test_in_a_thread_of_a_members_own_there_are_cards(painting, tidy):
    await keep(painting, tidy)
    own = painting.discord.state.create_thread(
        painting.discord.channel_id(CHANNEL), "sketches", painting.member_id("Ben")
    )
    outcome = await painting.discord.member("Ben").slash(own.id, "imagine", prompt="a red car")
    assert not outcome.ephemeral
    job = await last_ended(painting)
    assert job.channel_id == own.id and list(threads(painting)) == [own.id]


async def test_threads_and_a_channel_for_results_go_together(painting):
    """Card in the thread, picture in the channel, and the card leads there."""
    await keep(painting, Tidy.MEMBER)
    art = painting.discord.channel_id("gallery-talk")
    await painting.guilds.change(painting.discord.guild_id, results_channel_id=art)
    await ask(painting)
    job = await last_ended(painting)
    (thread,) = threads(painting)
    assert (await result(painting, "gallery-talk")).id == job.result_id
    card = await painting.discord.member("Ada").message(thread, job.card_id)
    assert card.labels == ["Look at it"]


async def test_a_refusal_is_told_in_place_of_thinking(painting):
    await keep(painting, Tidy.MEMBER)
    await painting.discord.member("Ada").slash(CHANNEL, "quotas set", limit=1)
    await ask(painting)
    await last_ended(painting)
    outcome = await painting.discord.member("Ben").slash(CHANNEL, "imagine", prompt="a red car")
    assert outcome.ephemeral
    await told(painting, CHANNEL, wanted=lambda message: "none is left. More" in message.text)
    messages = await painting.discord.member("Ben").messages(CHANNEL)
    assert await accepted(painting) == 1 and not [each for each in messages if each.loading]


@pytest.mark.parametrize("tidy", [Tidy.MEMBER, Tidy.FINAL])
async def test_an_answer_that_was_put_off_for_all_to_see_becomes_one_for_the_member(
    painting, monkeypatch, tidy
):
    monkeypatch.setattr("bot.commands.imagine.PATIENCE_S", 0.0)
    await keep(painting, tidy)
    ben = painting.discord.member("Ben")
    await ben.slash(CHANNEL, "imagine", prompt="a red car", init=Upload("a.png", PNG))
    await told(painting, CHANNEL)
    job = await last_ended(painting)
    place = CHANNEL if tidy is Tidy.FINAL else next(iter(threads(painting)))
    assert (await result(painting, place)).id == job.result_id
    assert len(await public(painting)) == (1 if tidy is Tidy.FINAL else 0)
    assert not [each for each in await ben.messages(CHANNEL) if each.loading]
