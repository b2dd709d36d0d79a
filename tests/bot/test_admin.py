"""Admins' components: who has not the right gets nothing, whatever they press and however they came by it."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import discord
import pytest
from discord import ui
from hypothesis import Phase, find, settings
from hypothesis import strategies as st

from bot.client import ITEMS
from bot.locales import LOCALES, texts_for
from bot.views.admin import PREFIX, AdminItem, line, record
from storage.audit import Entry
from tests.bot.loopback.conftest import ROOMY
from tests.bot.stage import CHANNEL, stage

BOT = Path(__file__).parents[2] / "bot"
#: What only admins may change, besides what belongs to a job of the member's own.
GUARDED = (
    *("guilds", "guild_channels", "guild_roles", "suspensions", "audit"),
    *("quota_rules", "quota_grants", "quota_resets"),
)
ADMIN_ITEMS = [item for item in ITEMS if issubclass(item, AdminItem)]


class Bell(AdminItem, template=f"{PREFIX}bell:(?P<tone>[a-z]+)"):
    """Rings for admins."""

    async def press(self, interaction):
        await record(interaction, "pause", "role 1", f"**{self.parts['tone']}** @everyone")
        await interaction.response.send_message("rung", ephemeral=True)


class ModeratorsBell(AdminItem, template=f"{PREFIX}other-bell"):
    """Rings for who may manage messages."""

    right = "manage_messages"

    async def press(self, interaction):
        await interaction.response.send_message("rung softly", ephemeral=True)


@pytest.fixture
async def built(tmp_path):
    async with stage(tmp_path, limits=ROOMY) as made:
        made.client.add_dynamic_items(Bell, ModeratorsBell)
        yield made


@cache
def example(template):
    """The simplest custom_id that a template matches."""
    simplify = settings(phases=(Phase.generate, Phase.shrink))  # and do not explain at length what is simple
    return find(st.from_regex(template, fullmatch=True), lambda _: True, settings=simplify)


def kinds(custom_id):
    """A component of each kind with this custom_id; a member who crafts one is free to choose."""
    yield ui.Button(label="press", custom_id=custom_id)
    yield ui.Select(custom_id=custom_id, options=[discord.SelectOption(label="a", value="a")])
    yield ui.ChannelSelect(custom_id=custom_id)
    yield ui.RoleSelect(custom_id=custom_id)
    yield ui.UserSelect(custom_id=custom_id)


async def press(built, name, component):
    """Let a member use a component that stands in the channel, until it is answered; its message."""
    channel = built.client.get_partial_messageable(built.discord.channel_id(CHANNEL))
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.ActionRow(component))
    message = await channel.send(view=view)
    view.stop()
    member = built.discord.member(name)
    seen = await member.message(CHANNEL, message.id)
    if isinstance(component, ui.Button):
        await member.click(seen)
    else:
        await member.select(seen, chosen(built, component))
    return seen


async def use(built, name, component):
    """Let a member use a component; what they, alone, are told then."""
    seen = await press(built, name, component)
    member = built.discord.member(name)
    return await member.wait_for(CHANNEL, lambda found: found.ephemeral and found.id > seen.id)


def chosen(built, component):
    if isinstance(component, ui.ChannelSelect):
        return str(built.discord.channel_id(CHANNEL))
    if isinstance(component, ui.RoleSelect):
        return str(built.discord.guild_id)
    return "a" if isinstance(component, ui.Select) else str(built.member_id("Ben"))


async def rows(built, tables):
    database = built.jobs._database
    return {table: [tuple(row) for row in await database.all(f"SELECT * FROM {table}")] for table in tables}


async def test_an_admin_is_obeyed_and_the_deed_is_written_down(built):
    told = await use(built, "Ada", ui.Button(label="x", custom_id=f"{PREFIX}bell:high"))
    assert told.text == "rung"
    (entry,) = await built.audit.page(built.discord.guild_id)
    assert (entry.actor_id, entry.action, entry.subject) == (built.member_id("Ada"), "pause", "role 1")


async def test_a_member_who_uses_an_admins_component_gets_nothing(built):
    """Old or crafted, button or select: one sentence, and nothing is changed anywhere."""
    tables = [
        row[0]
        for row in await built.jobs._database.all("SELECT name FROM sqlite_master WHERE type = 'table'")
    ]
    before = await rows(built, tables)
    for item in (Bell, ModeratorsBell, *ADMIN_ITEMS):
        for component in kinds(example(item.__discord_ui_compiled_template__)):
            told = await use(built, "Ben", component)
            assert told.text == texts_for("en-US").get("admin-only"), item
        assert await rows(built, tables) == before, item


async def test_no_component_lets_a_member_do_what_admins_do(built):
    """Of those that members do use none reaches what is the admins', either."""
    before = await rows(built, GUARDED)
    for item in ITEMS:
        await press(built, "Ben", next(kinds(example(item.__discord_ui_compiled_template__))))
        assert await rows(built, GUARDED) == before, item


async def test_in_direct_messages_there_is_nothing_to_rule(built):
    user = await built.client.fetch_user(built.member_id("Ada"))
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.ActionRow(ui.Button(label="x", custom_id=f"{PREFIX}bell:high")))
    message = await user.send(view=view)
    ada = built.discord.member("Ada")
    await ada.click(await ada.message("direct", message.id))
    told = await ada.wait_for("direct", lambda found: found.id > message.id)
    assert told.text == texts_for("en-US").get("admin-guild-only")


@pytest.mark.parametrize("item", ITEMS)
def test_the_prefix_tells_an_admins_component(item):
    """So that nobody forgets the base class that asks for the right."""
    template = item.__discord_ui_compiled_template__.pattern
    assert template.startswith(PREFIX) == issubclass(item, AdminItem), template


def test_no_class_asks_for_the_right_later_than_the_base_class_does():
    assert [item for item in ADMIN_ITEMS if "callback" in vars(item)] == []


# -- the log channel ---------------------------------------------------------------------------------------


async def test_the_log_channel_is_told_and_nobody_is_pinged(built):
    await built.guilds.change(built.discord.guild_id, log_channel_id=built.discord.channel_id("gallery-talk"))
    await use(built, "Ada", ui.Button(label="x", custom_id=f"{PREFIX}bell:high"))
    (told,) = await built.messages("gallery-talk")
    assert "\\*\\*high\\*\\*" in told.text
    (sent,) = built.requests("POST", f"/channels/{built.discord.channel_id('gallery-talk')}/messages")
    assert sent["json"]["allowed_mentions"]["parse"] == []


async def test_a_log_channel_that_is_closed_to_the_bot_stops_nothing(built):
    await built.guilds.change(
        built.discord.guild_id, log_channel_id=built.discord.channel_id("announcements")
    )
    assert (await use(built, "Ada", ui.Button(label="x", custom_id=f"{PREFIX}bell:high"))).text == "rung"
    assert await built.audit.count(built.discord.guild_id) == 1


@pytest.mark.parametrize("locale", LOCALES)
def test_every_deed_that_the_code_records_has_its_words(locale):
    found = set()
    for path in BOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "record" and len(node.args) > 1:
                parts = ast.walk(node.args[1])
                found |= {str(part.value) for part in parts if isinstance(part, ast.Constant)}
    for action in found:
        assert texts_for(locale).get(f"audit-{action}")


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("member 12", "<@12>"),
        ("channel 12", "<#12>"),
        ("role 12", "<@&12>"),
        ("job 7KQX2M9A", "`7KQX2M9A`"),
        ("**bold** [x](http://y)", None),
        ("", ""),
    ],
)
def test_a_deeds_subject_is_shown_as_what_it_is(subject, shown):
    text = line(Entry(1, 10, 100.0, 99, "pause", subject, ""), "en-US")
    if shown is None:
        assert re.search(r"(?<!\\)\*\*bold", text) is None
        assert "](http" not in text.replace("\\](", "")
    else:
        assert shown in text
