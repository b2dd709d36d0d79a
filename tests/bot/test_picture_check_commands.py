"""`/filter picture`: what a guild looks for in pictures is named, listed, tried and removed."""

from __future__ import annotations

import pytest

from bot.loopback.server import Upload
from storage.concepts import Action
from tests.bot.checking import RED_PNG, command, imagine, look_for, result, the_job
from tests.bot.moderating import open_inbox
from tests.bot.stage import CHANNEL, stage


@pytest.fixture
async def painting(tmp_path):
    """A bot that paints."""
    async with stage(tmp_path, painter=True) as built:
        yield built


async def test_an_admin_sets_lists_and_removes(painting):
    assert "no inbox" in (await command(painting, "add", words="red", action="hold")).text
    await open_inbox(painting)
    told = await command(
        painting, "add", words="a  red thing", action="hold", threshold=40, **{"age-restricted": 0}
    )
    assert "`#1` `a red thing` · hold it for the moderators · from 40 % · age-restricted –" in told.text
    await command(painting, "add", words="blue", action="refuse")
    listed = await command(painting, "list")
    assert "2 things" in listed.text and "`#2` `blue` · refuse it · from 20 %" in listed.text
    ada = painting.discord.member("Ada")
    (offered,) = await ada.autocomplete(CHANNEL, "filter picture remove", "concept", "BLU")
    assert "Not looked for" in (await command(painting, "remove", concept=offered["value"])).text
    assert "1 thing**" in (await command(painting, "list")).text
    entries = await painting.audit.page(painting.discord.guild_id)
    assert [entry.action for entry in entries] == ["concept-remove", "concept-add", "concept-add"]


@pytest.mark.parametrize(
    ("words", "options", "said"),
    [
        ("add", {"words": "a the", "action": "refuse"}, "cannot be looked for"),
        ("add", {"words": "x" * 81, "action": "refuse"}, "cannot be looked for"),
        ("remove", {"concept": "7"}, "not looked for here"),
        ("test", {}, "one of the two"),
        ("test", {"code": "abcdef"}, "not checked on this server"),
    ],
)
async def test_what_cannot_be_done_is_said_in_words(painting, words, options, said):
    assert said in (await command(painting, words, **options)).text


async def test_a_guild_has_room_for_so_many(painting):
    for number in range(20):
        await look_for(painting, Action.REFUSE, f"thing number {number}")
    assert "room for 20" in (await command(painting, "add", words="red", action="refuse")).text
    assert "checked" in (await command(painting, "add", words="thing number 3", action="spoiler")).text


async def test_words_that_the_model_has_not_read_are_told(painting):
    told = await command(painting, "add", words="змея", action="refuse")
    assert "has not learned these words" in told.text and "змея" in told.text


async def test_the_test_box_shows_the_numbers(painting):
    await look_for(painting, Action.REFUSE)
    await look_for(painting, Action.SPOILER, "green")
    told = await command(painting, "test", picture=Upload("red.png", RED_PNG))
    assert "would not be posted here" in told.text
    first, second = (line for line in told.text.splitlines() if "cos" in line and "▱" in line)
    assert "`red`" in first and "cos 1.00" in first and first.startswith("●")
    assert "`green`" in second and second.startswith("○")
    await imagine(painting, "only blue")
    await result(painting)
    code = (await the_job(painting)).code
    assert "would be posted here" in (await command(painting, "test", code=code)).text


async def test_who_is_no_admin_neither_sees_nor_uses_it(painting):
    with pytest.raises(Exception, match="not among the commands"):
        await painting.discord.member("Ben").slash(CHANNEL, "filter picture list")
