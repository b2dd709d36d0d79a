"""How tidy a channel is kept: what is seen of a job before its picture, and where."""

from __future__ import annotations

import asyncio

import discord
import pytest
import pytest_asyncio

from bot.loopback.call import Upload
from bot.views.whispers import TOKEN_S, Whispers
from storage.guilds import Tidy
from storage.jobs import Status
from tests.bot.loopback.conftest import ROOMY
from tests.bot.stage import CHANNEL, stage
from tests.bot.test_poster import PNG
from tests.bot.test_results_channel import last_ended
from tests.bot.test_setup import choose_there, one_place

SLOW = "a red car | slow@20"  # 20 ms a step


@pytest_asyncio.fixture
async def painting(tmp_path):
    """A bot that paints."""
    async with stage(tmp_path, painter=True, limits=ROOMY) as built:
        yield built


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


# -- threads -----------------------------------------------------------------------------------------------


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


# -- final pictures only -----------------------------------------------------------------------------------


async def test_only_the_member_sees_the_card_and_then_everybody_the_picture(painting):
    await keep(painting, Tidy.FINAL)
    outcome = await ask(painting, prompt=SLOW, steps=60)
    ticket = await told(painting, CHANNEL, wanted=lambda message: message.files)
    assert ticket.id == outcome.message and ticket.labels == ["Keep as it is", "Steer", "Cancel"]
    assert await public(painting) == []
    job = await last_ended(painting)
    (shown,) = await public(painting)
    assert shown.id == job.result_id and job.card_id is None
    ended = await told(painting, CHANNEL, wanted=lambda message: "Painted" in message.text)
    assert ended.id == ticket.id and ended.buttons[0]["url"].endswith(f"/{job.result_id}")


async def test_the_buttons_of_a_card_that_only_the_member_sees_work(painting):
    await keep(painting, Tidy.FINAL)
    ben = painting.discord.member("Ben")
    await ask(painting, prompt=SLOW, steps=400)
    ticket = await told(painting, CHANNEL, wanted=lambda message: message.files)
    await ben.click(ticket, label="Cancel")
    await told(painting, CHANNEL, wanted=lambda message: "Cancelled" in message.text)
    assert await public(painting) == []


async def test_a_failure_is_told_to_the_member_alone(painting):
    await keep(painting, Tidy.FINAL)
    await ask(painting, prompt="a red car | raise@3", steps=60)
    assert (await last_ended(painting)).status is Status.FAILED
    await told(painting, CHANNEL, wanted=lambda message: "No picture this time" in message.text)
    assert await public(painting) == []


async def test_when_the_token_has_expired_the_picture_still_comes_and_nothing_is_tried_for_ever(painting):
    await keep(painting, Tidy.FINAL)
    await ask(painting, prompt=SLOW, steps=100)
    await told(painting, CHANNEL, wanted=lambda message: message.files)
    painting.discord.misbehave.expire_tokens()
    job = await last_ended(painting)
    (shown,) = await public(painting)
    assert shown.id == job.result_id
    refused = [each for each in painting.requests("PATCH", "/webhooks/") if each["status"] == 401]
    assert 1 <= len(refused) <= 2


def test_a_ticket_can_be_edited_for_less_than_a_token_lives():
    now, ticket = [0.0], object.__new__(discord.InteractionMessage)
    whispers = Whispers(lambda: now[0])
    whispers.add("7KQX2M9A", ticket)
    assert whispers.get("7KQX2M9A") is ticket
    now[0] = TOKEN_S
    assert whispers.get("7KQX2M9A") is None
    assert whispers.take("7KQX2M9A") is None and TOKEN_S < 15 * 60


async def test_without_a_ticket_the_job_goes_on(painting):
    await keep(painting, Tidy.FINAL)
    painting.discord.misbehave.fail("/interactions/*", method="POST", status=404, code=10062)
    await painting.discord.member("Ben").slash(CHANNEL, "imagine", prompt="a red car", wait=False)
    job = await last_ended(painting)
    (shown,) = await public(painting)
    assert shown.id == job.result_id


# -- the panel ---------------------------------------------------------------------------------------------


async def test_tidiness_is_chosen_for_the_guild_and_for_a_channel_and_tested(painting):
    guild, here = painting.discord.guild_id, painting.discord.channel_id(CHANNEL)
    message = await one_place(painting, here)
    message = await choose_there(painting, message, "tidy", here, "member")
    assert (await painting.guilds.channel(guild, here)).tidy is Tidy.MEMBER and "lacks" not in message.text
    deny(painting, "create_public_threads")
    await wait_for_overwrite(painting, here)
    message = await choose_there(painting, message, "tidy", here, "day")
    assert f"In <#{here}> Gala lacks: Create Public Threads" in message.text
    message = await choose_there(painting, message, "tidy", here, "above")
    assert (await painting.guilds.channel(guild, here)).tidy is None and "lacks" not in message.text
    ada = painting.discord.member("Ada")
    await ada.click(message, label="Habits")
    await ada.wait_for(CHANNEL, lambda found: found.id == message.id and "Language" in found.text)
    await ada.select(message, "member", custom_id="gala:admin:setup:set:tidy")
    found = await ada.wait_for(CHANNEL, lambda found: found.id == message.id and "Kept" in found.text)
    assert f"In <#{here}> Gala lacks: Create Public Threads" in found.text
    assert (await painting.guilds.get(guild)).tidy is Tidy.MEMBER


async def wait_for_overwrite(built, channel_id):
    """The gateway tells the bot of its rights in its own time."""
    async with asyncio.timeout(10):
        guild = built.client.get_guild(built.discord.guild_id)
        while guild.get_channel(channel_id).permissions_for(guild.me).create_public_threads:
            await asyncio.sleep(0.01)


async def test_what_is_not_a_way_to_be_tidy_is_refused(painting):
    here = painting.discord.channel_id(CHANNEL)
    message = await one_place(painting, here)
    ada = painting.discord.member("Ada")
    seen = painting.discord.state.get_message(here, message.id)
    data = {
        "custom_id": f"gala:admin:place:tidy:{here}",
        "component_type": 3,
        "values": ["spotless"],
        "id": 0,
    }
    actions = painting.discord.actions
    await actions.wait_outcome(actions._send_component(painting.member_id("Ada"), seen, data))
    assert await ada.message(here, message.id)
    assert (await painting.guilds.channel(painting.discord.guild_id, here)).tidy is None
