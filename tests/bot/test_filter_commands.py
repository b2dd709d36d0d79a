"""The filter's commands, over the local Discord: as admin, as member, and without rights."""

from __future__ import annotations

import pytest

from storage.filters import FilterRule
from tests.bot.moderating import command, pictures_used, said
from tests.bot.stage import CHANNEL, stage


@pytest.fixture
async def quiet(tmp_path):
    """A bot whose jobs stay in line."""
    async with stage(tmp_path) as built:
        yield built


async def test_an_admin_forbids_words_and_members_are_told_which_and_where(quiet):
    told = await command(quiet, "Ada", "filter add", words="nude, dead  body")
    assert "2 rules" in told.text and "#1" in told.text
    outcome = await quiet.discord.member("Ben").slash(CHANNEL, "imagine", prompt="a lake:2 | a DЕAD-body:1")
    assert outcome.ephemeral
    refusal = await said(quiet)
    assert "forbids “dead body”" in refusal.text
    assert "```\na DЕAD-body\n  ^\n```" in refusal.text
    assert refusal.labels == []
    assert await quiet.jobs.count_waiting() == 0
    assert await pictures_used(quiet) == 0


@pytest.mark.parametrize(
    "prompt",
    [
        "a nude",
        "a lake --no nude",
        "lake | nude:-0.5",
        "a {red, nude} thing",
        "n\u200bude:50",
        "a lake::2 nude::1",
    ],
)
async def test_all_parts_of_a_prompt_are_read_the_same(quiet, prompt):
    await command(quiet, "Ada", "filter add", words="nude")
    await quiet.discord.member("Ben").slash(CHANNEL, "imagine", prompt=prompt)
    await quiet.discord.member("Ben").wait_for(CHANNEL, lambda message: "forbids “nude”" in message.text)


async def test_other_guilds_and_direct_messages_are_not_concerned(quiet):
    await quiet.client.desk.screening.filters.add(FilterRule(7, "nude", "nude"))
    ben = quiet.discord.member("Ben")
    assert not (await ben.slash(CHANNEL, "imagine", prompt="a nude")).ephemeral
    await command(quiet, "Ada", "filter add", words="nude")
    assert not (await ben.slash("direct", "imagine", prompt="a nude")).ephemeral
    assert (await ben.slash(CHANNEL, "imagine", prompt="a nude")).ephemeral


async def test_an_allowed_phrase_wins_and_rules_are_removed(quiet):
    await command(quiet, "Ada", "filter add", words="naked")
    assert (
        "phrase is now allowed" in (await command(quiet, "Ada", "filter allow", words="naked mole rat")).text
    )
    ben, ada = quiet.discord.member("Ben"), quiet.discord.member("Ada")
    assert not (await ben.slash(CHANNEL, "imagine", prompt="a naked mole rat")).ephemeral
    assert len(await ada.autocomplete(CHANNEL, "filter remove", "rule", "mole")) == 1
    found, _ = await ada.autocomplete(CHANNEL, "filter remove", "rule", "NÁKED")
    assert found["name"] == "#1 forbidden: naked"
    assert "Removed" in (await command(quiet, "Ada", "filter remove", rule=found["value"])).text
    assert not (await ben.slash(CHANNEL, "imagine", prompt="naked")).ephemeral


async def test_the_test_box_names_rules_and_excuses_and_notes_nothing(quiet):
    await command(quiet, "Ada", "filter add", words="naked, rat*")
    await command(quiet, "Ada", "filter allow", words="naked mole rat")
    told = (await command(quiet, "Ada", "filter test", prompt="a naked mole rat | a RATTLE:3")).text
    assert "would be refused" in told
    assert "forbids `naked`, but `naked mole rat` is allowed" in told
    assert "```\na RATTLE\n  ^\n```" in told
    told = (await command(quiet, "Ada", "filter test", prompt="a naked mole rat")).text
    assert "would be painted" in told
    assert await quiet.client.desk.screening.filters.hit(1) is None


async def test_rules_are_listed_page_by_page(quiet):
    await command(quiet, "Ada", "filter add", words=", ".join(f"word{number}" for number in range(25)))
    first = await command(quiet, "Ada", "filter list")
    assert "25 rules" in first.text and first.labels == ["More ▶"]
    ada = quiet.discord.member("Ada")
    await ada.click(first, label="More ▶")
    await ada.wait_for(CHANNEL, lambda message: message.labels == ["◀ Back"] and "word9" in message.text)


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("add", {"words": " , "}, "cannot be a rule"),
        ("add", {"words": "cat, !!!"}, "“!!!” cannot be a rule"),
        ("add", {"words": "a*"}, "cannot be a rule"),
        ("remove", {"rule": "77"}, "no such rule"),
        ("remove", {"rule": "²"}, "no such rule"),
        ("test", {"prompt": "a {b"}, "brace"),
    ],
)
async def test_what_cannot_be_done_is_said_in_words(quiet, name, options, words):
    assert words in (await command(quiet, "Ada", f"filter {name}", **options)).text


async def test_automods_rules_are_taken_over_once_the_right_is_there(quiet):
    state, guild = quiet.discord.state, quiet.discord.guild_id
    words = {"keyword_filter": ["nude", "*gor*", "!!"], "allow_list": ["nude descending"]}
    for name, metadata, kind, enabled in (
        ("bad words", words | {"regex_patterns": ["x+"]}, 1, True),
        ("asleep", {"keyword_filter": ["lake"]}, 1, False),
        ("theirs", {"presets": [1]}, 4, True),
    ):  # fmt: skip
        state.create_auto_mod_rule(guild, quiet.member_id("Ada"), {
            "name": name, "event_type": 1, "trigger_type": kind, "trigger_metadata": metadata,
            "actions": [{"type": 1}], "enabled": enabled})  # fmt: skip
    assert "Manage Server" in (await command(quiet, "Ada", "filter import")).text
    role = next(role for role in state.get_guild(guild).roles.values() if role.managed)
    role.permissions |= 1 << 5
    told = (await command(quiet, "Ada", "filter import")).text
    assert "3 words and phrases" in told and "1 regular expression" in told and "1 entry" in told
    assert "3 words and phrases" in (await command(quiet, "Ada", "filter import")).text
    ben = quiet.discord.member("Ben")
    assert (await ben.slash(CHANNEL, "imagine", prompt="so gory, gores")).ephemeral
    assert not (await ben.slash(CHANNEL, "imagine", prompt="nude descending a lake")).ephemeral
    assert "from AutoMod, bad words" in (await command(quiet, "Ada", "filter list")).text


@pytest.mark.parametrize("name", ["add", "allow", "remove", "list", "test", "import"])
async def test_the_filters_commands_are_hidden_from_members_and_closed_to_them(quiet, name):
    hidden = await quiet.discord.member("Ben").commands(CHANNEL)
    assert "filter" not in [command["name"] for command in hidden]
    state = quiet.discord.state
    for scope in state.commands.values():
        for item in scope.values():
            if item["name"] == "filter":
                item["default_member_permissions"] = None  # as an admin may set it in Discord
    given = {"add": "words", "allow": "words", "remove": "rule", "test": "prompt"}
    told = await command(quiet, "Ben", f"filter {name}", **({given[name]: "1"} if name in given else {}))
    assert "Only admins" in told.text
    assert await quiet.client.desk.screening.filters.count(quiet.discord.guild_id) == 0
