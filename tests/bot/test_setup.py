"""The panel of /setup, used by an admin over the local Discord."""

from __future__ import annotations

import asyncio

import pytest

from bot.loopback.world import Room
from storage.guilds import HERE, Access
from tests.bot.loopback.conftest import ROOMY
from tests.bot.stage import CHANNEL, stage
from tests.bot.test_admin_commands import ask, click, deeds, panel


@pytest.fixture
async def quiet(tmp_path):
    """A bot whose jobs stay in line."""
    async with stage(tmp_path, limits=ROOMY) as built:
        yield built


async def choose(built, message, field, *values):
    """Choose in a select of the panel; the panel as it then is."""
    ada = built.discord.member("Ada")
    await ada.select(message, *map(str, values), custom_id=f"gala:admin:setup:set:{field}")
    return await ada.message(CHANNEL, message.id)


async def page(built, label):
    return await click(built, await panel(built, command="setup"), label)


async def test_chosen_places_are_kept_tested_and_hold_at_once(quiet):
    guild, read_only = quiet.discord.guild_id, quiet.discord.channel_id("announcements")
    message = await panel(quiet, command="setup")
    assert message.ephemeral and "every permission" in message.text
    message = await choose(quiet, message, "placesallowed", read_only)
    assert "Kept" in message.text
    assert f"In <#{read_only}> Gala lacks: Send Messages" in message.text
    assert "Permissions, add Gala" in message.text
    assert not await ask(quiet)
    message = await choose(quiet, message, "placesallowed", quiet.discord.channel_id(CHANNEL))
    assert "lacks" not in message.text
    assert await ask(quiet)
    message = await choose(quiet, message, "placesdenied", quiet.discord.channel_id(CHANNEL))
    said = {each.channel_id: each.painting for each in await quiet.guilds.channels(guild)}
    assert said == {read_only: None, quiet.discord.channel_id(CHANNEL): Access.DENIED}
    await choose(quiet, message, "placesdenied")
    assert await ask(quiet)
    assert await deeds(quiet) == ["setup"] * 4


async def test_what_was_chosen_stands_in_the_panel_when_it_is_opened_again(quiet):
    await choose(
        quiet, await panel(quiet, command="setup"), "placesallowed", quiet.discord.channel_id(CHANNEL)
    )
    message = await panel(quiet, command="setup")
    defaults = [item["default_values"] for item in selects(message.raw["components"])]
    assert [value["id"] for value in defaults[0]] == [str(quiet.discord.channel_id(CHANNEL))]
    assert defaults[1] == []


def selects(components):
    for item in components:
        if item["type"] in (3, 5, 6, 7, 8):
            yield item | {"default_values": item.get("default_values") or []}
        yield from selects(item.get("components", []))


async def test_rights_are_those_of_this_moment(quiet):
    """One that is taken away later shows as soon as the page is opened again."""
    message = await panel(quiet, command="setup")
    room = quiet.discord.add_channel(Room("atelier"))
    message = await choose(quiet, message, "placesallowed", room)
    assert "lacks" not in message.text
    guild = quiet.discord.state.get_guild(quiet.discord.guild_id)
    for role in [each for each in guild.roles.values() if each.managed or each.id == guild.id]:
        quiet.discord.state.edit_role(guild.id, role.id, {"permissions": role.permissions & ~(1 << 15)})
    ada = quiet.discord.member("Ada")
    async with asyncio.timeout(10):  # the gateway tells the bot of it in its own time
        while quiet.client.get_guild(guild.id).me.guild_permissions.attach_files:
            await asyncio.sleep(0.01)
    await ada.click(message, label="Places")
    shown = await ada.wait_for(CHANNEL, lambda found: "lacks: Attach Files" in found.text)
    assert f"<#{room}>" in shown.text


async def test_roles_are_chosen(quiet):
    guild = quiet.discord.guild_id
    message = await choose(quiet, await page(quiet, "People"), "rolesdenied", guild)
    assert "Kept" in message.text
    assert not await ask(quiet)
    await choose(quiet, message, "rolesallowed", guild)
    assert await ask(quiet)


@pytest.mark.parametrize("field", ["log", "inbox", "results"])
async def test_a_channel_where_gala_cannot_write_is_not_kept(quiet, field):
    talk, closed = (quiet.discord.channel_id(name) for name in ("gallery-talk", "announcements"))
    message = await page(quiet, "Channels")
    message = await choose(quiet, message, field, closed)
    assert f"In <#{closed}> Gala lacks: Send Messages" in message.text and "not kept" in message.text
    assert getattr(await quiet.guilds.get(quiet.discord.guild_id), f"{field}_channel_id") is None
    message = await choose(quiet, message, field, talk)
    assert getattr(await quiet.guilds.get(quiet.discord.guild_id), f"{field}_channel_id") == talk
    await choose(quiet, message, field)
    assert getattr(await quiet.guilds.get(quiet.discord.guild_id), f"{field}_channel_id") is None


async def one_place(built, place):
    """The page of a channel."""
    message, ada = await page(built, "One channel"), built.discord.member("Ada")
    await ada.select(message, str(place), custom_id="gala:admin:setup:place")
    return await ada.message(CHANNEL, message.id)


async def choose_there(built, message, field, place, *values):
    """Choose in a select of a channel's page; the page as it then is."""
    ada = built.discord.member("Ada")
    await ada.select(message, *map(str, values), custom_id=f"gala:admin:place:{field}:{place}")
    return await ada.message(CHANNEL, message.id)


async def test_what_differs_in_a_channel_is_seen_and_set_there(quiet):
    guild, here = quiet.discord.guild_id, quiet.discord.channel_id(CHANNEL)
    message = await one_place(quiet, here)
    assert "where they were asked for" in message.text
    message = await choose_there(quiet, message, "painting", here, "denied")
    assert "Kept" in message.text and not await ask(quiet)
    assert (await quiet.guilds.channel(guild, here)).painting is Access.DENIED
    message = await choose_there(quiet, message, "painting", here, "above")
    assert await ask(quiet)
    await quiet.guilds.set_channels(guild, Access.ALLOWED, [quiet.discord.channel_id("gallery-talk")])
    message = await one_place(quiet, here)
    (above,) = [o["label"] for s in selects(message.raw["components"]) for o in s.get("options", [])][:1]
    assert above == "As further up: one does not paint"
    assert [entry.subject for entry in await quiet.audit.page(guild)] == [f"channel {here}"] * 2


async def test_a_channels_results_are_chosen_tested_and_taken_back(quiet):
    guild, here = quiet.discord.guild_id, quiet.discord.channel_id(CHANNEL)
    talk, closed = (quiet.discord.channel_id(name) for name in ("gallery-talk", "announcements"))
    await quiet.guilds.change(guild, results_channel_id=talk)
    message = await one_place(quiet, here)
    assert f"as further up (<#{talk}>)" in message.text
    message = await choose_there(quiet, message, "results", here, closed)
    assert f"In <#{closed}> Gala lacks: Send Messages" in message.text and "not kept" in message.text
    assert (await quiet.guilds.channel(guild, here)).results_channel_id is None
    message = await choose_there(quiet, message, "results", here, here)
    assert (await quiet.guilds.channel(guild, here)).results_channel_id == HERE
    message = await choose_there(quiet, message, "results", here, talk)
    assert (await quiet.guilds.channel(guild, here)).results_channel_id == talk
    await choose_there(quiet, message, "results", here)
    assert (await quiet.guilds.channel(guild, here)).results_channel_id is None


async def test_a_channels_page_tests_the_rights_where_one_paints_and_where_results_go(quiet):
    guild, closed = quiet.discord.guild_id, quiet.discord.channel_id("announcements")
    message = await one_place(quiet, closed)
    assert f"In <#{closed}> Gala lacks: Send Messages" in message.text
    message = await choose_there(quiet, message, "painting", closed, "denied")
    assert "lacks" not in message.text  # nobody paints there
    here = quiet.discord.channel_id(CHANNEL)
    await quiet.guilds.change_channel(guild, here, results_channel_id=closed)
    assert f"In <#{closed}> Gala lacks" in (await one_place(quiet, here)).text
    await quiet.guilds.change_channel(guild, here, results_channel_id=12345)
    assert "no longer there" in (await one_place(quiet, here)).text


async def test_a_channels_page_names_its_quotas(quiet):
    here = quiet.discord.channel_id(CHANNEL)
    ada = quiet.discord.member("Ada")
    await ada.slash(CHANNEL, "quotas allow", steps=100, channel=here)
    message = await one_place(quiet, here)
    assert "Quotas of this channel" in message.text and "100" in message.text
    other = await one_place(quiet, quiet.discord.channel_id("gallery-talk"))
    assert "Quotas of this channel" not in other.text


@pytest.mark.parametrize("field", ["painting", "results"])
async def test_another_guilds_channel_has_no_page_here(quiet, field):
    other = quiet.discord.add_guild("Elsewhere")
    foreign = quiet.discord.channels(other)[CHANNEL]
    message = await panel(quiet, command="setup")
    for custom_id, value in (
        ("gala:admin:setup:place", foreign),
        (f"gala:admin:place:{field}:{foreign}", "denied"),
        (f"gala:admin:place:results:{quiet.discord.channel_id(CHANNEL)}", foreign),
    ):
        await craft_id(quiet, message, custom_id, value)
    assert await quiet.guilds.channels(other) == await quiet.guilds.channels(quiet.discord.guild_id) == []


async def test_the_guilds_language_is_that_of_what_everybody_sees(quiet):
    message = await choose(quiet, await page(quiet, "Habits"), "language", "ru")
    assert "Kept" in message.text  # the admin's own words stay English
    await ask(quiet)
    await quiet.discord.member("Ben").wait_for(CHANNEL, lambda found: "Место в очереди" in found.text)
    await quiet.guilds.set_channels(
        quiet.discord.guild_id, Access.DENIED, [quiet.discord.channel_id(CHANNEL)]
    )
    assert not await ask(quiet)
    told = await quiet.discord.member("Ben").wait_for(CHANNEL, lambda found: found.ephemeral)
    assert "do not want" in told.text


async def test_the_time_zone_is_that_of_the_quotas(quiet):
    await choose(quiet, await page(quiet, "Habits"), "zone", "Asia/Tokyo")
    assert await quiet.guilds.time_zone(quiet.discord.guild_id) == "Asia/Tokyo"


async def test_pictures_are_kept_as_long_as_was_chosen(quiet):
    message = await choose(quiet, await page(quiet, "Habits"), "retention", 30)
    assert (await quiet.guilds.get(quiet.discord.guild_id)).retention_days == 30
    await choose(quiet, message, "retention", 0)
    assert (await quiet.guilds.get(quiet.discord.guild_id)).retention_days is None


async def test_what_belongs_to_another_guild_cannot_be_chosen(quiet):
    """Nor can a choice here change what another guild has chosen."""
    other = quiet.discord.add_guild("Elsewhere")
    foreign = quiet.discord.channels(other)[CHANNEL]
    await quiet.guilds.set_channels(other, Access.DENIED, [foreign])
    before = await quiet.guilds.channels(other)
    message = await panel(quiet, command="setup")
    await craft(quiet, message, "placesallowed", foreign)
    await craft(quiet, message, "log", foreign)
    assert all(each.channel_id != foreign for each in await quiet.guilds.channels(quiet.discord.guild_id))
    assert (await quiet.guilds.get(quiet.discord.guild_id)).log_channel_id is None
    assert await quiet.guilds.channels(other) == before


async def craft(built, message, field, value):
    """Send a choice that Discord's own client would not offer."""
    await craft_id(built, message, f"gala:admin:setup:set:{field}", value)


async def craft_id(built, message, custom_id, value):
    ada = built.member_id("Ada")
    actions, state = built.discord.actions, built.discord.state
    seen = state.get_message(built.discord.channel_id(CHANNEL), message.id)
    data = {
        "custom_id": custom_id,
        "component_type": 8,
        "values": [str(value)],
        "id": 0,
    }
    await actions.wait_outcome(actions._send_component(ada, seen, data))
