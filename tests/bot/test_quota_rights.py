"""Who may use the admins' commands for quotas: others neither see them nor get anything from them."""

from __future__ import annotations

import pytest

from storage.quotas import Scope
from tests.bot.limiting import card_of, limit
from tests.bot.stage import CHANNEL, stage

EVERY_SUBCOMMAND: dict[str, dict[str, object]] = {
    "set": {"limit": 0},
    "queue": {"waiting": 1},
    "allow": {"steps": 1},
    "exempt": {"member": "Ben"},
    "boosters": {"percent": 9},
    "remove": {"rule": "1"},
    "show": {},
    "simulate": {"member": "Ben"},
    "grant": {"member": "Ben", "extra": 9},
    "reset": {},
}


@pytest.fixture
async def quiet(tmp_path):
    """A bot whose jobs stay in line."""
    async with stage(tmp_path) as built:
        yield built


def opened_to_all(built):
    """As if the guild's owner, or a crafted request, had let everybody use the admins' commands."""
    for scope in built.discord.state.commands.values():
        for command in scope.values():
            command["default_member_permissions"] = None


async def test_the_admins_commands_are_not_shown_to_members(quiet):
    (put,) = quiet.requests("PUT", "/commands")
    quotas = next(command for command in put["json"] if command["name"] == "quotas")
    assert quotas["default_member_permissions"] == 1 << 5  # Manage Server
    assert {option["name"] for option in quotas["options"]} == set(EVERY_SUBCOMMAND)
    names = [command["name"] for command in await quiet.discord.member("Ben").commands(CHANNEL)]
    assert ("quota" in names, "quotas" in names) == (True, False)


@pytest.mark.parametrize("command", EVERY_SUBCOMMAND)
async def test_and_do_nothing_for_who_may_not(quiet, command):
    rule = await limit(quiet, amount=1.0)
    opened_to_all(quiet)
    options = {key: str(quiet.member_id("Ben")) if value == "Ben" else value
               for key, value in EVERY_SUBCOMMAND[command].items()}  # fmt: skip
    assert "Only admins" in (await card_of(quiet, "Ben", f"quotas {command}", **options)).text
    guild, ben = quiet.discord.guild_id, quiet.member_id("Ben")
    assert await quiet.quotas.rules(guild) == [rule]
    assert await quiet.quotas.grants(guild, ben, 0.0) == []
    assert await quiet.quotas.resets(guild, ben) == (0.0, 0.0)
    assert await quiet.discord.member("Ben").autocomplete(CHANNEL, "quotas remove", "rule", "") == []


async def test_an_old_button_does_nothing_for_who_may_no_longer(quiet):
    for number in range(20):
        await limit(quiet, Scope.MEMBER, 100 + number)
    first = await card_of(quiet, "Ada", "quotas show")
    guild = quiet.discord.state.get_guild(quiet.discord.guild_id)
    guild.owner_id = quiet.member_id("Noor")
    guild.members[quiet.member_id("Ada")].role_ids.clear()
    ada = quiet.discord.member("Ada")
    await ada.click(first, label="More ▶")
    await ada.wait_for(CHANNEL, lambda message: "Only admins" in message.text)
    assert "<@119>" not in " ".join(message.text for message in await ada.messages(CHANNEL))
