"""`/quota` and `/quotas`, over the local Discord: what members see, and what admins set."""

from __future__ import annotations

import asyncio
import re

import pytest

from bot.config import Ceiling, Ceilings
from storage.quotas import Kind, Period, Scope
from tests.bot.asking import refusal
from tests.bot.limiting import card_of, limit
from tests.bot.stage import CHANNEL, stage


@pytest.fixture
async def quiet(tmp_path):
    """A bot whose jobs stay in line."""
    async with stage(tmp_path) as built:
        yield built


# -- /quota ------------------------------------------------------------------------------------------------


async def test_without_rules_nothing_limits(quiet):
    assert "Nothing limits" in (await card_of(quiet, "Ben", "quota")).text


async def test_a_member_sees_what_is_left_and_when_more_comes(quiet):
    await limit(quiet, amount=5.0)
    await limit(quiet, Scope.GUILD, amount=100.0, period=Period.MONTH)
    await limit(quiet, kind=Kind.STEPS, amount=300.0, period=Period.NONE)
    ben = quiet.discord.member("Ben")
    await ben.slash(CHANNEL, "imagine", prompt="a {red, blue} car")
    await ben.wait_until(CHANNEL, lambda messages: len(messages) == 2)
    text = (await card_of(quiet, "Ben", "quota")).text
    assert "**3** more pictures" in text
    assert re.search(r"Each member.*5 pictures a day\n▰+▱+ 3 of 5 left, anew <t:\d+:R>", text)
    assert re.search(r"All together on this server.*100 pictures a month\n▰+▱* 98 of 100 left", text)
    assert "up to 300 steps" in text
    assert "**5** more pictures" in (await card_of(quiet, "Noor", "quota")).text


async def test_a_full_line_is_no_want_of_pictures(quiet):
    await limit(quiet, amount=5.0)
    await limit(quiet, kind=Kind.WAITING, amount=1.0, period=Period.NONE)
    await limit(quiet, kind=Kind.PIXELS, amount=1024.0, period=Period.NONE, detail="32×32")
    await quiet.discord.member("Ben").slash(CHANNEL, "imagine", prompt="a car", size="32x32")
    text = (await card_of(quiet, "Ben", "quota")).text
    assert "**4** more pictures" in text
    assert "sizes up to 32×32 · up to 1 picture in line at once" in text


async def test_so_in_russian_and_with_none_left(quiet):
    await limit(quiet, amount=1.0)
    await quiet.discord.member("Вера").slash(CHANNEL, "imagine", prompt="машина")
    text = (await card_of(quiet, "Вера", "quota")).text
    assert re.search(r"картинок \*\*не осталось\*\*. Новые будут <t:\d+:R>", text)
    assert "Каждому участнику** · 1 картинка в день\n▱" in text


async def test_in_direct_messages_only_the_host_has_a_say(tmp_path):
    host = Ceilings(member=Ceiling(pictures_per_day=2))
    async with stage(tmp_path, ceilings=host) as built:
        await limit(built, amount=0.0)
        text = (await card_of(built, "Ben", "quota", where="direct")).text
        assert "**2** more pictures" in text
        assert "From the host, for each person" in text
        assert "Each member" not in text
        ben = built.discord.member("Ben")
        for _ in range(2):
            await ben.slash("direct", "imagine", prompt="a car")
        await ben.slash("direct", "imagine", prompt="a car")
        await ben.wait_for("direct", lambda message: "gives each person 2 pictures a day" in message.text)
        await limit(built, amount=9.0)
        await ben.slash(CHANNEL, "imagine", prompt="a car")  # the host counts everywhere
        assert "gives each person 2 pictures a day" in await refusal(built)


# -- /quotas -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"limit": 5}, "**Each member** · 5 pictures a day"),
        ({"limit": 60, "unit": "seconds", "period": "hour"}, "**Each member** · 60 GPU seconds an hour"),
        (
            {"limit": 500, "period": "month", "together": True},
            "**All together on this server** · 500 pictures a month",
        ),
        ({"limit": 1, "period": "week", "member": "Noor"}, "**<@{Noor}> alone** · 1 picture a week"),
        ({"limit": 9, "role": "Curator"}, "**Each member with <@&{Curator}>** · 9 pictures a day"),
        ({"limit": 9, "channel": CHANNEL}, "**All together in <#{painting}>** · 9 pictures a day"),
    ],
)
async def test_an_admin_sets_a_limit_and_has_it_read_back(quiet, options, words):
    guild = quiet.discord.state.get_guild(quiet.discord.guild_id)
    ids = {role.name: role.id for role in guild.roles.values()} | {"Noor": quiet.member_id("Noor")}
    ids |= {"painting": quiet.discord.channel_id(CHANNEL)}
    given = {key: str(ids[value]) if value in ids else value for key, value in options.items()}
    text = (await card_of(quiet, "Ada", "quotas set", **given)).text
    assert words.format(**{name.strip("@"): number for name, number in ids.items()}) in text
    assert (
        text in (await card_of(quiet, "Ada", "quotas set", **given)).text
    )  # the same rule, not a second one
    assert await quiet.quotas.count_rules(guild.id) == 1


async def test_sizes_steps_engines_and_places_are_set_by_role(quiet):
    await card_of(quiet, "Ada", "quotas allow", size="128x96", steps=40, engines="toy, toy")
    await card_of(quiet, "Ada", "quotas queue", waiting=3, running=1)
    await card_of(quiet, "Ada", "quotas boosters", percent=50)
    await card_of(quiet, "Ada", "quotas exempt", member=str(quiet.member_id("Noor")))
    ada = quiet.discord.member("Ada")
    await ada.wait_until(CHANNEL, lambda messages: len(messages) == 7)
    text = (await card_of(quiet, "Ada", "quotas show")).text
    expected = ("7 rules", "sizes up to 128×96", "up to 40 steps", "engines: toy", "3 pictures in line",
                "1 picture painted side by side", "boosters** · 50 %", "alone** · no limits")  # fmt: skip
    assert [words for words in expected if words not in text] == []


@pytest.mark.parametrize(
    ("command", "options", "words"),
    [
        ("set", {"limit": 1, "member": "Noor", "channel": CHANNEL}, "about one of them"),
        ("allow", {}, "Nothing was given"),
        ("queue", {}, "Nothing was given"),
        ("exempt", {}, "Name the member"),
        ("allow", {"engines": "toy, warp"}, "no engine “warp”"),
        ("allow", {"size": "huge"}, "not a size"),
        ("remove", {"rule": "77"}, "no such rule"),
        ("remove", {"rule": "²" * 3}, "no such rule"),
        ("remove", {"rule": "9" * 40}, "no such rule"),
    ],
)
async def test_what_cannot_be_set_is_said_in_words(quiet, command, options, words):
    ids = {"Noor": quiet.member_id("Noor"), CHANNEL: quiet.discord.channel_id(CHANNEL)}
    given = {
        key: str(ids.get(value, value)) if isinstance(value, str) else value for key, value in options.items()
    }
    assert words in (await card_of(quiet, "Ada", f"quotas {command}", **given)).text
    assert await quiet.quotas.count_rules(quiet.discord.guild_id) == 0


async def test_rules_are_found_by_typing_and_removed(quiet):
    rule = await limit(quiet, amount=5.0)
    await limit(quiet, Scope.MEMBER, quiet.member_id("Noor"), amount=7.0)
    ada = quiet.discord.member("Ada")
    found = await ada.autocomplete(CHANNEL, "quotas remove", "rule", "each")
    assert found == [{"name": f"#{rule.id} Each member · 5 pictures a day", "value": str(rule.id)}]
    assert len(await ada.autocomplete(CHANNEL, "quotas remove", "rule", "")) == 2
    assert (
        "Removed: **Each member**" in (await card_of(quiet, "Ada", "quotas remove", rule=f"#{rule.id}")).text
    )
    assert await quiet.quotas.count_rules(quiet.discord.guild_id) == 1


async def test_pages_of_rules_are_turned(quiet):
    for number in range(20):
        await limit(quiet, Scope.MEMBER, 100 + number)
    first = await card_of(quiet, "Ada", "quotas show")
    assert "20 rules" in first.text
    assert first.labels == ["More ▶"]
    ada = quiet.discord.member("Ada")
    await ada.click(first, label="More ▶")
    second = await ada.wait_for(CHANNEL, lambda message: message.labels == ["◀ Back"])
    assert "<@119> alone" in second.text
    await ada.click(second, label="◀ Back")
    await ada.wait_for(CHANNEL, lambda message: message.labels == ["More ▶"])


async def test_an_admin_sees_what_a_member_may_do_and_which_rule_says_so(quiet):
    ben = str(quiet.member_id("Ben"))
    assert "no rule is about" in (await card_of(quiet, "Ada", "quotas simulate", member=ben)).text
    await limit(quiet, amount=1.0)
    await limit(quiet, Scope.CHANNEL, quiet.discord.channel_id("gallery-talk"), amount=0.0)
    text = (await card_of(quiet, "Ada", "quotas simulate", member=ben)).text
    assert f"**Yes:** <@{ben}> can paint" in text
    assert "What says so: **Each member** · 1 picture a day" in text
    assert "for 1 more such picture." in text
    await quiet.discord.member("Ben").slash(CHANNEL, "imagine", prompt="a car")
    text = (await card_of(quiet, "Ada", "quotas simulate", member=ben)).text
    assert re.search(r"\*\*No:\*\*.*\nWhat says so: \*\*Each member\*\*.*\nMore comes <t:", text)
    elsewhere = str(quiet.discord.channel_id("gallery-talk"))
    text = (await card_of(quiet, "Ada", "quotas simulate", member=ben, channel=elsewhere)).text
    assert f"What says so: **All together in <#{elsewhere}>** · 0 pictures" in text


async def test_grants_and_resets_give_more(quiet):
    await limit(quiet, amount=1.0)
    ben, member = quiet.discord.member("Ben"), str(quiet.member_id("Ben"))
    await ben.slash(CHANNEL, "imagine", prompt="a car")
    text = (await card_of(quiet, "Ada", "quotas grant", member=member, extra=2, days=3)).text
    assert re.search(rf"Given to <@{member}>: \*\*Extra\*\* · 2 pictures given · until <t:\d+:f>", text)
    assert "**2** more pictures" in (await card_of(quiet, "Ben", "quota")).text
    assert "counted anew" in (await card_of(quiet, "Ada", "quotas reset", member=member)).text
    assert "**3** more pictures" in (await card_of(quiet, "Ben", "quota")).text
    assert "Everybody" in (await card_of(quiet, "Ada", "quotas reset")).text


async def test_roles_are_told_apart_and_the_most_generous_counts(quiet):
    """Ada's role has more than everybody's; a rule for her alone takes its place."""
    curator = next(role.id for role in quiet.discord.state.get_guild(quiet.discord.guild_id).roles.values()
                   if role.name == "Curator")  # fmt: skip
    await limit(quiet, amount=1.0)
    await limit(quiet, target=curator, amount=4.0)
    assert "**4** more" in (await card_of(quiet, "Ada", "quota")).text
    assert "**1** more" in (await card_of(quiet, "Ben", "quota")).text
    await limit(quiet, Scope.MEMBER, quiet.member_id("Ada"), amount=2.0)
    assert "**2** more" in (await card_of(quiet, "Ada", "quota")).text


async def test_boosters_have_more_and_an_admin_sees_it(quiet):
    await limit(quiet, amount=2.0)
    await card_of(quiet, "Ada", "quotas boosters", percent=50)
    quiet.discord.state.boosters[quiet.member_id("Ben")] = "2026-01-01T00:00:00+00:00"
    assert "**3** more" in (await card_of(quiet, "Ben", "quota")).text
    assert "**2** more" in (await card_of(quiet, "Noor", "quota")).text
    for name, left in (("Ben", "3 of 3 left"), ("Noor", "2 of 2 left")):
        member = str(quiet.member_id(name))
        assert left in (await card_of(quiet, "Ada", "quotas simulate", member=member)).text


async def test_what_admins_change_is_written_down(quiet):
    ben = str(quiet.member_id("Ben"))
    await card_of(quiet, "Ada", "quotas set", limit=5)
    await card_of(quiet, "Ada", "quotas set", limit=2, member=ben)
    await card_of(quiet, "Ada", "quotas remove", rule="1")
    await card_of(quiet, "Ada", "quotas grant", member=ben, extra=3)
    await card_of(quiet, "Ada", "quotas reset", member=ben)
    async with asyncio.timeout(5):
        while await quiet.client.desk.audit.count(quiet.discord.guild_id) < 5:
            await asyncio.sleep(0.01)
    entries = await quiet.client.desk.audit.page(quiet.discord.guild_id)
    assert {entry.actor_id for entry in entries} == {quiet.member_id("Ada")}
    assert [(entry.action, entry.subject, entry.detail) for entry in reversed(entries)] == [
        ("quota-set", "", "Each member · 5 pictures a day"),
        ("quota-set", f"member {ben}", "2 pictures a day"),
        ("quota-remove", "", "Each member · 5 pictures a day"),
        ("quota-grant", f"member {ben}", "Extra · 3 pictures given"),
        ("quota-reset", f"member {ben}", ""),
    ]
