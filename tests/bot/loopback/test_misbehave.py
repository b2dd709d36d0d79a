"""The local Discord lets the bot down on demand; real discord.py gets over it."""

from __future__ import annotations

import asyncio
import json

import pytest

from bot.loopback.member import RefusedError, misbehave

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def until(condition, timeout_s=15.0):
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.02)


async def test_a_cut_line_is_resumed_and_nothing_is_missed(toy):
    gateway = toy.discord.gateway
    resumes = gateway.resumes
    await toy.discord.misbehave.cut()
    assert not gateway.connected
    missed = await toy.ada.slash(toy.room(), "run", code="return 'caught up'", wait=False)
    await until(lambda: gateway.resumes == resumes + 1)
    assert (await toy.report(missed))["ok"] == "caught up"
    assert gateway.connected


async def test_op_7_makes_the_bot_resume(toy):
    gateway = toy.discord.gateway
    resumes = gateway.resumes
    toy.discord.misbehave.reconnect()
    await until(lambda: gateway.resumes == resumes + 1)
    assert await toy.run("return 1") == 1


async def test_op_9_makes_the_bot_identify_anew(toy):
    gateway = toy.discord.gateway
    identifies = gateway.identifies
    toy.discord.misbehave.invalidate()
    await until(lambda: gateway.identifies == identifies + 1)
    assert await toy.run("return len(bot.guilds)") == 1


async def test_a_500_is_asked_again(toy):
    room = toy.room()
    toy.discord.misbehave.fail(f"/channels/{room}/messages", method="POST", times=1)
    assert await toy.run('return (await channel.send("in the end")).content', room) == "in the end"
    assert len(await toy.ben.messages(room)) == 1


async def test_other_errors_are_raised(toy):
    room = toy.room()
    toy.discord.misbehave.fail(f"/channels/{room}/*", status=418, code=77)
    answer = await toy.run('await channel.send("x")', room)
    assert (answer["status"], answer["code"]) == (418, 77)


@pytest.mark.parametrize(
    ("body", "messages"),
    [({"content": "x"}, 2), ({"content": "x", "nonce": "job", "enforce_nonce": True}, 1)],
    ids=["without a nonce", "with one"],
)
async def test_a_lost_answer_doubles_what_has_no_nonce(toy, body, messages):
    room = toy.room()
    toy.discord.misbehave.fail(f"/channels/{room}/messages", method="POST", after=True)
    await toy.run('await raw("POST", f"/channels/{channel.id}/messages", BODY)', room, body)
    assert len(await toy.ben.messages(room)) == messages


async def test_a_delay_delays(toy):
    room = toy.room()
    toy.discord.misbehave.delay(0.4, f"/channels/{room}/messages")
    code = """
    began = asyncio.get_running_loop().time()
    await channel.send("x")
    return asyncio.get_running_loop().time() - began
    """
    assert await toy.run(code, room) >= 0.4


async def test_faults_can_be_called_off(toy):
    room = toy.room()
    toy.discord.misbehave.fail(f"/channels/{room}/*", times=100)
    toy.discord.misbehave.calm()
    assert await toy.run('return (await channel.send("x")).content', room) == "x"


async def test_a_member_who_leaves_cannot_be_found(toy):
    noor = next(item["id"] for item in toy.discord.view.people() if item["name"] == "Noor")
    toy.discord.misbehave.remove_member(int(noor))
    answer = await toy.run(f"await interaction.guild.fetch_member({noor})")
    assert (answer["status"], answer["code"]) == (404, 10007)
    with pytest.raises(RefusedError, match="no member"):
        await toy.discord.member("Noor").messages("painting")


async def test_a_member_may_take_no_direct_messages(toy):
    vera = next(item["id"] for item in toy.discord.view.people() if item["name"] == "Вера")
    toy.discord.misbehave.close_direct(int(vera))
    answer = await toy.run(f"await (await bot.fetch_user({vera})).send('x')")
    assert (answer["status"], answer["code"]) == (403, 50007)


async def test_a_moderator_may_delete_a_message(toy):
    room = toy.room()
    number = await toy.run('return (await channel.send("x")).id', room)
    toy.discord.misbehave.delete_message(room, number)
    assert await toy.ben.messages(room) == []


async def test_other_processes_misbehave_over_http(toy):
    room = toy.room()
    await misbehave(toy.discord.url, "fail", f"/channels/{room}/*", status=418)
    assert (await toy.run('await channel.send("x")', room))["status"] == 418
    with pytest.raises(RefusedError, match="no such misbehaviour: explode"):
        await misbehave(toy.discord.url, "explode")


async def test_a_bot_that_is_killed_is_gone_and_another_takes_its_place():
    from bot.loopback.server import LocalDiscord
    from tests.bot.loopback.toy import Toy, running

    async with LocalDiscord() as discord:
        async with running(discord) as process:
            process.kill()
            await discord.wait_gone()
        async with running(discord):
            assert await Toy(discord).run("return 1") == 1


async def test_injected_faults_are_marked_in_the_record(tmp_path):
    from bot.loopback.server import LocalDiscord
    from tests.bot.loopback.toy import Toy, running

    record = tmp_path / "requests.jsonl"
    async with LocalDiscord(record=record) as discord, running(discord):
        toy = Toy(discord)
        room = toy.room()
        discord.misbehave.fail(f"/channels/{room}/messages", times=1)
        await toy.run('await channel.send("x", file=picture())', room)
    entries = [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()]
    sends = [entry for entry in entries if entry["path"] == f"/api/v10/channels/{room}/messages"]
    assert [entry["status"] for entry in sends] == [500, 200]
    assert [entry.get("injected") for entry in sends] == [True, None]
    assert sends[1]["files"] == ["a.png"]
    assert sends[1]["json"]["content"] == "x"
