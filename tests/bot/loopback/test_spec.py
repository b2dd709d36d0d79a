"""What crosses the wire is what Discord's own description allows, in both directions."""

from __future__ import annotations

import json

from bot.loopback.member import Upload
from bot.loopback.server import LocalDiscord
from tests.bot.loopback import spec
from tests.bot.loopback.toy import Toy, running


@spec.needed
async def test_requests_and_answers_follow_discords_description(tmp_path):
    record = tmp_path / "requests.jsonl"
    async with LocalDiscord(record=record) as discord, running(discord):
        await play(Toy(discord))
    assert spec.findings(record) == []
    asked = {entry["method"] for entry in map(json.loads, record.read_text(encoding="utf-8").splitlines())}
    assert asked == {"GET", "PUT", "POST", "PATCH", "DELETE"}


@spec.needed
async def test_the_check_finds_what_is_wrong(tmp_path):
    record = tmp_path / "requests.jsonl"
    good = {"method": "POST", "path": "/api/v10/channels/1/messages", "json": {"content": "x"}, "files": []}
    bad = good | {"json": {"content": "x" * 2001}}
    injected = bad | {"injected": True}
    record.write_text("\n".join(map(json.dumps, (good, bad, injected))), encoding="utf-8")
    assert len({finding.split(":")[0] for finding in spec.findings(record)}) == 1


async def play(toy: Toy) -> None:
    """A little of everything."""
    room = toy.room()
    await toy.ben.slash(room, "paint", what="x", init=Upload("a.png", b"123"))
    card = await toy.ben.wait_for(room, lambda message: message.labels)
    await toy.ben.autocomplete(room, "paint", "what", "a")
    await toy.ben.click(card, label="Again")
    await toy.ben.submit(await toy.ben.click(card, label="Ask"), words="hello")
    await toy.ben.select(card, "red")
    await toy.ben.slash(room, "talk", secret=True)
    code = """
    message = await channel.send("x", nonce="1", embed=discord.Embed(title="t"), file=picture())
    await message.edit(view=Card("y", "b.png"), content=None, embed=None, attachments=[picture("b.png")])
    await channel.fetch_message(message.id)
    history = [item async for item in channel.history(limit=3, after=discord.Object(message.id - 1))]
    member = await interaction.guild.fetch_member(interaction.user.id)
    await bot.fetch_channel(channel.id)
    await message.delete()
    await interaction.delete_original_response()
    return len(history)
    """
    assert await toy.run(code, room) == 1
