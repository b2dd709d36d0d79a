"""How tidy a channel is kept: what is seen of a job before its picture, and where."""

from __future__ import annotations

import asyncio

import discord
import pytest_asyncio

from bot.views.whispers import TOKEN_S, Whispers
from storage.guilds import Tidy
from storage.jobs import Status
from tests.bot.loopback.conftest import ROOMY
from tests.bot.stage import CHANNEL, stage
from tests.bot.test_results_channel import last_ended
from tests.bot.test_setup import choose_there, one_place
from tests.bot.tidying import SLOW, ask, deny, keep, public, told


@pytest_asyncio.fixture
async def painting(tmp_path):
    """A bot that paints."""
    async with stage(tmp_path, painter=True, limits=ROOMY) as built:
        yield built


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
