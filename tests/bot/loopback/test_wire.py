"""Real discord.py in another process does what bots do, and members see it."""

from __future__ import annotations

import datetime

import pytest

from bot.loopback.member import NotSeenError, RefusedError, Upload

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_commands_are_registered_with_their_translations(toy):
    commands = {item["name"]: item for item in await toy.ada.commands("painting")}
    assert {"paint", "talk", "silence", "run", "rule"} <= set(commands)
    assert commands["paint"]["name_localizations"] == {"ru": "рисуй"}
    assert [option["name"] for option in commands["paint"]["options"]] == ["what", "size", "init"]


async def test_members_without_the_right_do_not_see_admin_commands(toy):
    assert "rule" not in {item["name"] for item in await toy.ben.commands("painting")}
    with pytest.raises(RefusedError, match="/rule"):
        await toy.ben.slash("painting", "rule")
    assert (await toy.ada.slash("painting", "rule")).outcome == "message"


async def test_a_deferred_answer_becomes_a_card_with_a_file(toy):
    room = toy.room()
    outcome = await toy.vera.slash(room, "paint", what="кот", size=32, init=Upload("my pic.png", b"12345"))
    assert (outcome.outcome, outcome.ephemeral) == ("deferred", False)
    assert outcome.seconds is not None and outcome.seconds < 1
    card = await toy.ben.wait_for(room, lambda message: message.files)
    assert card.id == outcome.message
    assert card.text == "кот 32 5 ru 10485760"
    assert card.labels == ["Again", "Ask"]
    assert card.files[0]["filename"] == "a.png"
    assert (card.files[0]["width"], card.files[0]["height"]) == (2, 2)
    assert (await toy.ben.download(card.files[0]))[:4] == b"\x89PNG"
    assert card.raw["interaction_metadata"]["user"]["username"] == "Вера"


async def test_dates_are_of_today(toy):
    room = toy.room()
    message = await toy.ben.say(room, "now")
    age = datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(message.raw["timestamp"])
    assert datetime.timedelta(0) <= age < datetime.timedelta(seconds=30)


async def test_autocomplete_gives_the_bots_choices(toy):
    choices = await toy.ben.autocomplete("painting", "paint", "what", "a red")
    assert [choice["value"] for choice in choices] == ["a red cat", "a red dog"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({}, "needs what"),
        ({"what": 5}, "expects str"),
        ({"what": "x", "size": 513}, "512"),
        ({"what": "x", "size": "7"}, "expects int"),
        ({"what": "x", "colour": "red"}, "no option"),
        ({"what": "x" * 6001}, "6000"),
    ],
)
async def test_a_client_refuses_options_that_do_not_fit(toy, options, complaint):
    with pytest.raises(RefusedError, match=complaint):
        await toy.ben.slash("painting", "paint", **options)


async def test_a_button_changes_its_message_and_its_file(toy):
    room = toy.room()
    await toy.ben.slash(room, "paint", what="x")
    card = await toy.ben.wait_for(room, lambda message: message.labels)
    assert (await toy.ada.click(card, label="Again")).outcome == "update"
    changed = await toy.ben.wait_for(room, lambda message: message.text == "again")
    assert (changed.id, changed.files[0]["filename"]) == (card.id, "b.png")
    with pytest.raises(RefusedError, match="disabled"):
        await toy.ben.click(card, label="Off")


async def test_a_select_menu_gives_its_values(toy):
    room = toy.room()
    await toy.ben.slash(room, "paint", what="x")
    card = await toy.ben.wait_for(room, lambda message: message.labels)
    outcome = await toy.ben.select(card, "red", "blue")
    answer = await toy.ben.message(room, outcome.message or 0)
    assert answer is not None and answer.text == "chose ['red', 'blue']"
    with pytest.raises(RefusedError, match="no such option"):
        await toy.ben.select(card, "green")


async def test_a_modal_is_shown_filled_in_and_answered(toy):
    room = toy.room()
    await toy.ben.slash(room, "paint", what="x")
    card = await toy.ben.wait_for(room, lambda message: message.labels)
    shown = await toy.ben.click(card, label="Ask")
    assert shown.outcome == "modal" and shown.modal is not None
    assert shown.modal["title"] == "Tell me"
    with pytest.raises(RefusedError, match="1 to 20"):
        await toy.ben.submit(shown, words="y" * 21)
    outcome = await toy.ben.submit(shown, words="hello")
    answer = await toy.ben.message(room, outcome.message or 0)
    assert answer is not None and answer.text == "you said hello"
    with pytest.raises(RefusedError, match="no such open modal"):
        await toy.ben.submit(shown, words="again")


async def test_an_ephemeral_message_is_seen_by_its_member_alone(toy):
    room = toy.room()
    assert (await toy.ben.slash(room, "talk", secret=True)).ephemeral
    await toy.ben.wait_for(room, lambda message: message.text == "second" and message.files)
    assert [message.ephemeral for message in await toy.ben.messages(room)] == [True, True]
    assert await toy.ada.messages(room) == []


async def test_the_first_answer_can_be_read_changed_and_deleted(toy):
    code = """
    before = (await interaction.followup.fetch_message("@original")).content
    after = (await interaction.edit_original_response(content="changed", attachments=[picture()])).attachments
    await interaction.delete_original_response()
    try:
        await interaction.followup.fetch_message("@original")
    except discord.NotFound as error:
        return [before, len(after), error.code]
    """
    assert await toy.run(code) == ["running", 1, 10008]


async def test_channel_messages_are_sent_changed_found_and_deleted(toy):
    code = """
    message = await channel.send(embed=discord.Embed().set_image(url="attachment://a.png"), file=picture())
    url = message.embeds[0].image.url
    data = await message.attachments[0].read()
    await message.edit(content="with words")
    found = [item.content async for item in channel.history(limit=5)]
    kept = len((await channel.fetch_message(message.id)).attachments)
    await message.delete()
    left = [item.content async for item in channel.history()]
    return [url == message.attachments[0].url, len(data), found, kept, left]
    """
    same, size, found, kept, left = await toy.run(code)
    assert (same, found, kept, left) == (True, ["with words"], 1, [])
    assert size > 50


async def test_direct_messages_reach_their_member(toy):
    code = f"""
    user = await bot.fetch_user({(await _id(toy, "Ben"))})
    message = await user.send("hello", file=picture())
    await message.edit(content="hello again")
    return message.channel.type.name
    """
    assert await toy.run(code) == "private"
    assert (await toy.ben.messages("direct"))[-1].text == "hello again"


async def test_the_gateway_can_be_asked_for(toy):
    code = """
    shards, url, limit = await bot.http.get_bot_gateway()
    return [shards, url.startswith("ws://127.0.0.1:"), limit["max_concurrency"]]
    """
    assert await toy.run(code) == [1, True, 1]


async def _id(toy, name: str) -> int:
    return next(int(item["id"]) for item in toy.discord.view.people() if item["name"] == name)


async def test_a_command_works_in_direct_messages(toy):
    outcome = await toy.ben.slash("direct", "talk")
    assert outcome.outcome == "message"
    await toy.ben.wait_for("direct", lambda message: message.text == "second")


async def test_the_bot_sees_its_rights_and_the_kind_of_channel(toy):
    code = """
    rights = interaction.app_permissions
    return [rights.send_messages, rights.attach_files, rights.manage_messages, channel.nsfw]
    """
    assert await toy.run(code) == [True, True, False, False]
    assert await toy.run(code, toy.room(adult=True)) == [True, True, False, True]
    assert await toy.run(code, toy.room(bot_may_send=False)) == [False, True, False, False]


async def test_members_and_roles_are_known(toy):
    code = """
    member = await interaction.guild.fetch_member(interaction.user.id)
    return [member.name, [role.name for role in member.roles], interaction.guild.owner_id == member.id]
    """
    assert await toy.run(code) == ["Ada", ["@everyone", "Curator"], True]


async def test_a_nonce_makes_a_message_once(toy):
    code = """
    first = await channel.send("x", nonce="job-1", file=picture())
    second = await channel.send("x", nonce="job-1", file=picture())
    third = await channel.send("x", nonce="job-2")
    return [first.id == second.id, second.attachments[0].id == first.attachments[0].id, third.id != first.id]
    """
    room = toy.room()
    assert await toy.run(code, room) == [True, True, True]
    assert len(await toy.ben.messages(room)) == 2


async def test_a_guild_that_is_joined_later_works_at_once(toy):
    guild = toy.discord.add_guild("Another")
    channel = toy.discord.channels(guild)["painting"]
    code = "return [interaction.guild.name, len(bot.guilds)]"
    assert await toy.run(code, channel) == ["Another", 2]


async def test_waiting_in_vain_tells_what_there_was(toy):
    room = toy.room()
    await toy.ben.say(room, "something else")
    with pytest.raises(NotSeenError, match="something else"):
        await toy.ben.wait_for(room, lambda message: message.text == "never", timeout_s=0.1)


async def test_unknown_members_and_channels_are_named(toy):
    with pytest.raises(RefusedError, match="no member 'Zoe'; there are"):
        await toy.discord.member("Zoe").messages("painting")
    with pytest.raises(RefusedError, match="no channel 'cellar'; there are"):
        await toy.ada.messages("cellar")
