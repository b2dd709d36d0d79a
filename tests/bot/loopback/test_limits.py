"""What Discord refuses, the local Discord refuses: status and code as discord.py sees them."""

from __future__ import annotations

import json

import pytest

from bot.loopback.limits import MIB, Limits
from bot.loopback.server import LocalDiscord
from tests.bot.loopback.toy import Toy, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEND = 'await raw("POST", f"/channels/{channel.id}/messages", BODY)'
V2 = 1 << 15
BUTTON = {"type": 2, "style": 1, "label": "b", "custom_id": "x"}


def row(*buttons: dict[str, object]) -> dict[str, object]:
    return {"type": 1, "components": list(buttons)}


def text(content: str) -> dict[str, object]:
    return {"type": 10, "content": content}


BAD_MESSAGES = {
    "nothing at all": {},
    "2001 characters": {"content": "x" * 2001},
    "6001 characters in embeds": {"embeds": [{"description": "x" * 3001}, {"description": "x" * 3000}]},
    "11 embeds": {"embeds": [{"title": "x"}] * 11},
    "an embed's field without a value": {"embeds": [{"fields": [{"name": "x", "value": " "}]}]},
    "an embed's picture that was not sent": {"embeds": [{"image": {"url": "attachment://no.png"}}]},
    "a gallery's picture that was not sent": {
        "flags": V2,
        "components": [{"type": 12, "items": [{"media": {"url": "attachment://no.png"}}]}],
    },
    "V2 without its flag": {"components": [text("x")]},
    "V2 beside content": {"flags": V2, "content": "x", "components": [text("x")]},
    "41 components": {"flags": V2, "components": [text("x")] * 41},
    "4001 characters on display": {"flags": V2, "components": [text("x" * 2001), text("x" * 2000)]},
    "six rows of the old kind": {"components": [row(BUTTON | {"custom_id": str(n)}) for n in range(6)]},
    "six buttons in a row": {"components": [row(*[BUTTON | {"custom_id": str(n)} for n in range(6)])]},
    "a custom_id of 101 characters": {"components": [row(BUTTON | {"custom_id": "x" * 101})]},
    "one custom_id twice": {"components": [row(BUTTON, BUTTON)]},
    "a button that says nothing": {"components": [row({"type": 2, "style": 1, "custom_id": "x"})]},
    "a label of 81 characters": {"components": [row(BUTTON | {"label": "x" * 81})]},
    "more to choose than there are options": {
        "components": [
            row({"type": 3, "custom_id": "x", "max_values": 2, "options": [{"label": "a", "value": "a"}]})
        ]
    },
    "a nonce of 26 characters": {"content": "x", "nonce": "x" * 26},
    "a file that was not sent": {"content": "x", "attachments": [{"id": 0, "filename": "a.png"}]},
}


@pytest.mark.parametrize("body", BAD_MESSAGES.values(), ids=BAD_MESSAGES)
async def test_a_malformed_message_is_refused(toy, body):
    room = toy.room()
    answer = await toy.run(SEND, room, body)
    assert (answer["status"], answer["code"]) == (400, 50006 if not body else 50035)
    assert await toy.ben.messages(room) == []


COMMAND = {"name": "ok", "description": "fine"}
OPTION = {"type": 3, "name": "o", "description": "d"}
BAD_COMMANDS = {
    "33 characters": [COMMAND | {"name": "x" * 33}],
    "capitals": [COMMAND | {"name": "Ok"}],
    "a space": [COMMAND | {"name": "o k"}],
    "no description": [{"name": "ok"}],
    "a description of 101 characters": [COMMAND | {"description": "x" * 101}],
    "a translated name in capitals": [COMMAND | {"name_localizations": {"ru": "Ой"}}],
    "26 options": [COMMAND | {"options": [OPTION | {"name": f"o{n}"} for n in range(26)]}],
    "an option twice": [COMMAND | {"options": [OPTION, OPTION]}],
    "a required option after another": [
        COMMAND | {"options": [OPTION, OPTION | {"name": "p", "required": True}]}
    ],
    "26 choices": [
        COMMAND | {"options": [OPTION | {"choices": [{"name": f"{n}", "value": f"{n}"} for n in range(26)]}]}
    ],
    "a choice of 101 characters": [
        COMMAND | {"options": [OPTION | {"choices": [{"name": "x", "value": "x" * 101}]}]}
    ],
    "choices that complete themselves": [
        COMMAND | {"options": [OPTION | {"autocomplete": True, "choices": [{"name": "x", "value": "x"}]}]}
    ],
    "one name twice": [COMMAND, COMMAND],
    "101 commands": [COMMAND | {"name": f"c{n}"} for n in range(101)],
    "16 context commands": [{"type": 3, "name": f"C {n}"} for n in range(16)],
    "8001 characters in all": [
        COMMAND
        | {
            "options": [
                OPTION
                | {
                    "name": f"o{n}",
                    "choices": [{"name": f"{c}" + "x" * 90, "value": f"{c}" + "y" * 90} for c in range(10)],
                }
                for n in range(6)
            ]
        }
    ],
    "subcommands beside options": [COMMAND | {"options": [OPTION, {**COMMAND, "type": 1, "name": "s"}]}],
}


@pytest.mark.parametrize("commands", BAD_COMMANDS.values(), ids=BAD_COMMANDS)
async def test_a_malformed_command_is_refused(toy, commands):
    answer = await toy.run(
        'await raw("PUT", f"/applications/{bot.application_id}/commands", BODY)', body=commands
    )
    assert (answer["status"], answer["code"]) == (400, 50035)
    assert "paint" in {item["name"] for item in await toy.ada.commands("painting")}


async def test_files_have_limits_of_size_and_number(toy):
    big = f"file = discord.File(io.BytesIO(b'x' * {10 * MIB + 1}), 'big.bin')\nawait channel.send(file=file)"
    answer = await toy.run(big)
    assert (answer["status"], answer["code"]) == (413, 40005)
    fits = f"file = discord.File(io.BytesIO(b'x' * {10 * MIB}), 'big.bin')\nawait channel.send(file=file)"
    assert await toy.run(fits) is None
    three = f"""
    files = [discord.File(io.BytesIO(b'x' * {9 * MIB}), f'{{n}}.bin') for n in range(3)]
    await channel.send(files=files)
    """
    answer = await toy.run(three)
    assert (answer["status"], answer["code"]) == (413, 40005)
    many = (
        'await raw("POST", f"/channels/{channel.id}/messages", {}, *[picture(f"{n}.png") for n in range(11)])'
    )
    answer = await toy.run(many)
    assert (answer["status"], answer["code"]) == (400, 30015)


async def test_rights_in_a_channel_count(toy):
    room = toy.room(bot_may_send=False)
    answer = await toy.run('await channel.send("x")', room)
    assert (answer["status"], answer["code"]) == (403, 50013)
    room = toy.room()
    toy.discord.misbehave.deny(room, "attach_files")
    answer = await toy.run("await channel.send(file=picture())", room)
    assert (answer["status"], answer["code"]) == (403, 50013)
    assert await toy.run('return (await channel.send("words")).content', room) == "words"
    toy.discord.misbehave.deny(room, "view_channel")
    answer = await toy.run('await channel.send("x")', room)
    assert (answer["status"], answer["code"]) == (403, 50001)
    toy.discord.misbehave.allow(room)
    assert await toy.run("return len((await channel.send(file=picture())).attachments)", room) == 1


async def test_an_archived_thread_is_opened_by_a_message_and_a_locked_one_is_closed(toy):
    room = toy.room()
    begin = """
    kind = discord.ChannelType.public_thread
    thread = await channel.create_thread(name="sketches", type=kind)
    message = await thread.send("x")
    return [thread.id, message.id]
    """
    number, message = await toy.run(begin, room)
    state = toy.discord.state
    about = state.get_channel(number).thread_metadata
    state.edit_channel(number, {}, thread_metadata={"archived": True})
    change = f'await raw("PATCH", "/channels/{number}/messages/{message}", {{"content": "y"}})'
    assert (await toy.run(change, room))["code"] == 50083
    write = f'await raw("POST", "/channels/{number}/messages", {{"content": "y"}})'
    await toy.run(write, room)
    assert not about.archived
    await toy.run(change, room)
    state.edit_channel(number, {}, thread_metadata={"archived": True, "locked": True})
    assert (await toy.run(write, room))["code"] == 160005
    assert about.archived


async def test_what_is_gone_is_unknown(toy):
    code = """
    message = await channel.send("x")
    await message.delete()
    await message.edit(content="y")
    """
    answer = await toy.run(code)
    assert (answer["status"], answer["code"]) == (404, 10008)
    code = """
    message = await channel.send("x")
    await asyncio.sleep(0.3)
    await message.edit(content="y")
    """
    room = toy.room()
    started = await toy.start(code, room)
    await toy.ben.wait_for(room, lambda message: message.text == "x")
    toy.discord.misbehave.delete_channel(room)
    answer = await toy.report(started)
    assert (answer["status"], answer["code"]) == (404, 10003)


async def test_a_message_of_another_cannot_be_changed(toy):
    room = toy.room()
    message = await toy.ben.say(room, "mine")
    answer = await toy.run(f'await channel.get_partial_message({message.id}).edit(content="no")', room)
    assert (answer["status"], answer["code"]) == (403, 50005)


CALLBACK = 'await raw("POST", f"/interactions/{interaction.id}/{interaction.token}/callback", BODY)'


async def test_an_interaction_is_answered_once(toy):
    answer = await toy.run(CALLBACK, body={"type": 4, "data": {"content": "again"}})
    assert (answer["status"], answer["code"]) == (400, 40060)


async def test_a_token_is_known_to_nobody_else(toy):
    code = 'await raw("POST", f"/interactions/{interaction.id}/guessed/callback", {"type": 5})'
    answer = await toy.run(code)
    assert (answer["status"], answer["code"]) == (404, 10062)


async def test_an_expired_token_is_invalid_and_the_channel_still_works(toy):
    code = """
    message = await interaction.original_response()
    card = await channel.send("card")
    await asyncio.sleep(0.3)
    await card.edit(content="still mine")
    await interaction.edit_original_response(content="too late")
    """
    room = toy.room()
    started = await toy.start(code, room)
    await toy.ben.wait_for(room, lambda message: message.text == "card")
    toy.discord.misbehave.expire_tokens()
    answer = await toy.report(started)
    assert (answer["status"], answer["code"]) == (401, 50027)
    assert (await toy.ben.messages(room))[-1].text == "still mine"


async def test_an_answer_after_three_seconds_is_too_late():
    async with LocalDiscord(limits=Limits(first_answer_s=0.4)) as discord, running(discord):
        toy = Toy(discord)
        outcome = await toy.ada.slash("painting", "silence")
        assert (outcome.outcome, outcome.seconds) == ("failed", None)
        discord.misbehave.delay(0.6, "/interactions/*")
        outcome = await toy.ada.slash("painting", "talk")
        assert outcome.outcome == "failed"
        assert await toy.ada.messages("painting") == []


async def test_a_token_lives_as_long_as_it_lives():
    async with LocalDiscord(limits=Limits(token_s=0.5)) as discord, running(discord):
        code = """
        await interaction.edit_original_response(content="in time")
        await asyncio.sleep(0.6)
        await interaction.edit_original_response(content="too late")
        """
        answer = await Toy(discord).run(code)
        assert (answer["status"], answer["code"]) == (401, 50027)


async def test_a_wrong_token_is_turned_away():
    async with LocalDiscord() as discord, running(discord, "no.such.token", connects=False) as process:
        assert await process.wait() != 0
        assert discord.gateway.identifies == 0


async def test_asking_too_often_is_429_and_discord_py_waits(tmp_path):
    record = tmp_path / "requests.jsonl"
    limits = Limits(edits=2, edits_window_s=0.5, announce=False)
    async with LocalDiscord(limits=limits, record=record) as discord, running(discord):
        toy = Toy(discord)
        code = """
        message = await channel.send("0")
        for number in range(1, 6):
            await message.edit(content=str(number))
        return True
        """
        assert await toy.run(code, toy.room())
    entries = [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()]
    refused = [entry for entry in entries if entry["status"] == 429]
    assert refused and all(0 < entry["response"]["retry_after"] <= 0.5 for entry in refused)
    assert sum(entry["method"] == "PATCH" and entry["status"] == 200 for entry in entries) == 5


async def test_buckets_that_are_announced_are_not_run_into(tmp_path):
    record = tmp_path / "requests.jsonl"
    async with (
        LocalDiscord(limits=Limits(edits=2, edits_window_s=0.5), record=record) as discord,
        running(discord),
    ):
        toy = Toy(discord)
        code = (
            'm = await channel.send("0")\nfor n in range(5):\n    await m.edit(content=str(n))\nreturn True'
        )
        assert await toy.run(code, toy.room())
    assert '"status": 429' not in record.read_text(encoding="utf-8")
