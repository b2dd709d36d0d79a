"""`/filter`: what a guild forbids in prompts. Every handler asks Discord's permissions again."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from typing import Any, Final

import discord
from discord import app_commands
from discord.app_commands import Choice

from bot.commands.filter_pictures import picture_group
from bot.commands.imagine import Command, text
from bot.errors import UserError
from bot.filter import MAX_CHARACTERS, canonical, is_usable
from bot.prompt import parse
from bot.views.admin import record, require_admin
from bot.views.filter_cards import PAGE_RULES, kind_of, rule_line, test_card
from bot.views.filter_pages import page_of
from bot.views.messages import NETWORK
from bot.views.quota_cards import note_card
from bot.views.tickets import Interaction, desk_of, texts_of, think
from bot.views.wording import plain
from storage.filters import FilterRule

MOST_RULES: Final = 10_000  #: of a guild; with as many a prompt is read in a few milliseconds
MOST_AT_ONCE: Final = 500
MAX_CHOICES: Final = 25

Callback = Callable[..., Coroutine[Any, Any, None]]


def filter_group() -> app_commands.Group:
    """The group, to be added to a tree."""
    group = app_commands.Group(
        name=text("filter-name"),
        description=text("filter-description"),
        default_permissions=discord.Permissions(manage_guild=True),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
    )
    for name, callback in SUBCOMMANDS.items():
        group.add_command(subcommand(name, callback))
    group.add_command(picture_group())
    return group


def subcommand(name: str, callback: Callback) -> Command:
    """One of the group's, with its words in all languages."""
    command: Command = app_commands.Command(
        name=text(f"filter-{name}-name"), description=text(f"filter-{name}-description"), callback=callback
    )
    options = [parameter.name for parameter in command.parameters]
    command = app_commands.rename(**{name: text(f"filter-option-{name}") for name in options})(command)
    command = app_commands.describe(**{name: text(f"filter-about-{name}") for name in options})(command)
    if "rule" in options:
        command.autocomplete("rule")(suggest_rules)
    return command


async def add(interaction: discord.Interaction[Any], words: str) -> None:
    """Forbid words or phrases, with commas between."""
    await keep(interaction, words, allowed=False)


async def allow(interaction: discord.Interaction[Any], words: str) -> None:
    """Excuse what stands inside these phrases."""
    await keep(interaction, words, allowed=True)


async def keep(interaction: Interaction, typed: str, *, allowed: bool) -> None:
    """Write rules, and read them back to the admin. Raises `UserError`, and none is written."""
    guild_id, texts = require_admin(interaction), texts_of(interaction)
    wanted = read_rules(typed)
    screening = desk_of(interaction).screening
    if await screening.filters.count(guild_id) + len(wanted) > MOST_RULES:
        raise UserError("filter-full", limit=MOST_RULES)
    await think(interaction, private=True)
    kept: list[FilterRule] = []
    for words in wanted:
        rule = FilterRule(guild_id, words, canonical(words), allowed, "", interaction.user.id, time.time())
        if (found := await screening.filters.add(rule)) is not None:
            kept.append(found)
    await screening.changed(guild_id)
    if kept:
        named = ", ".join(f"#{rule.id} {rule.words}" for rule in kept)
        await record(interaction, "filter-allow" if allowed else "filter-add", detail=named)
    lines = [texts.get("filter-added", kind=kind_of(allowed=allowed), count=len(kept))]
    lines += [rule_line(rule, texts) for rule in kept[:PAGE_RULES]]
    if len(kept) < len(wanted):
        lines.append(f"-# {texts.get('filter-known', count=len(wanted) - len(kept))}")
    await interaction.edit_original_response(view=note_card("\n".join(lines), good=bool(kept)))


def read_rules(typed: str) -> list[str]:
    """Rules with commas between, each once. Raises `UserError` for one that cannot be used."""
    wanted = {canonical(words): words for part in typed.split(",") if (words := " ".join(part.split()))}
    bad = next((words for words in wanted.values() if not is_usable(words)), None)
    if bad is not None or not wanted:
        words = plain((bad or typed)[:40], 80)
        raise UserError("filter-unusable", words=words, limit=MAX_CHARACTERS)
    if len(wanted) > MOST_AT_ONCE:
        raise UserError("filter-too-many", limit=MOST_AT_ONCE)
    return list(wanted.values())


async def remove(interaction: discord.Interaction[Any], rule: str) -> None:
    """One rule less. `rule` is its number."""
    guild_id, texts = require_admin(interaction), texts_of(interaction)
    number, screening = rule.strip().lstrip("#"), desk_of(interaction).screening
    found = None
    if number.isascii() and number.isdecimal() and len(number) < 16:
        found = await screening.filters.remove(guild_id, int(number))
    if found is None:
        raise UserError("filter-no-such-rule")
    await think(interaction, private=True)
    await screening.changed(guild_id)
    await record(interaction, "filter-remove", detail=f"#{found.id} {found.words}")
    words = texts.get("filter-removed", rule=rule_line(found, texts))
    await interaction.edit_original_response(view=note_card(words, good=False))


async def show(interaction: discord.Interaction[Any]) -> None:
    """The first page of the rules."""
    await interaction.response.send_message(view=await page_of(interaction, 0), ephemeral=True)


async def test(interaction: discord.Interaction[Any], prompt: str) -> None:
    """What the filter would say of a prompt; nothing is painted, and nothing noted."""
    guild_id = require_admin(interaction)
    await think(interaction, private=True)
    limit = desk_of(interaction).painting.max_permutations
    phrases = [phrase.text for each in parse(prompt, limit=limit) for phrase in each.phrases]
    parts = list(dict.fromkeys(phrases))
    ready = await desk_of(interaction).screening.filter_of(guild_id)
    view = test_card(ready.matches(parts), parts, texts_of(interaction))
    await interaction.edit_original_response(view=view)


async def bring(interaction: discord.Interaction[Any]) -> None:
    """Take over the keyword rules of the guild's AutoMod, in place of those taken over before."""
    guild_id, texts = require_admin(interaction), texts_of(interaction)
    await think(interaction, private=True)
    screening = desk_of(interaction).screening
    found = await fetch_rules(interaction)
    keywords = [rule for rule in found if rule.trigger.type is discord.AutoModRuleTriggerType.keyword]
    live = [rule for rule in keywords if rule.enabled]
    every = [
        FilterRule(guild_id, words, canonical(words), allowed, rule.name, interaction.user.id, time.time())
        for rule in live
        for allowed, some in ((False, rule.trigger.keyword_filter), (True, rule.trigger.allow_list))
        for words in some
    ]
    usable = [rule for rule in every if is_usable(rule.words)]
    own = [rule for rule in await screening.filters.rules(guild_id) if not rule.source]
    if len(own) + len(usable) > MOST_RULES:
        raise UserError("filter-full", limit=MOST_RULES)
    count = await screening.filters.replace_imported(guild_id, usable)
    await screening.changed(guild_id)
    await record(interaction, "filter-import", detail=str(count))
    patterns = sum(len(rule.trigger.regex_patterns) for rule in live)
    left_out = len(every) - len(usable)
    lines = [texts.get("filter-imported", count=count, rules=len(live))]
    lines += [f"-# {texts.get('filter-imported-patterns', count=patterns)}"] * bool(patterns)
    lines += [f"-# {texts.get('filter-imported-unusable', count=left_out)}"] * bool(left_out)
    lines.append(f"-# {texts.get('filter-imported-note')}")
    await interaction.edit_original_response(view=note_card("\n".join(lines), good=bool(live)))


async def fetch_rules(interaction: Interaction) -> list[discord.AutoModRule]:
    """The guild's AutoMod rules. Raises `UserError` where the bot lacks the right, or Discord is ill."""
    assert interaction.guild is not None
    try:
        return await interaction.guild.fetch_automod_rules()
    except discord.Forbidden as error:
        raise UserError("filter-import-right") from error
    except (discord.HTTPException, *NETWORK) as error:
        raise UserError("filter-import-failed") from error


async def suggest_rules(interaction: Interaction, typed: str) -> list[Choice[str]]:
    """Rules that have what was typed; none for who may not set them."""
    if interaction.guild_id is None or not interaction.permissions.manage_guild:
        return []
    part = canonical(typed.strip().lstrip("#").replace("*", " "))
    filters = desk_of(interaction).screening.filters
    rules = await filters.rules(interaction.guild_id, part=part, limit=MAX_CHOICES)
    texts = texts_of(interaction)
    return [Choice(name=label(rule, texts)[:100], value=str(rule.id)) for rule in rules]


def label(rule: FilterRule, texts: Any) -> str:
    """A rule on one line without markup."""
    return rule_line(rule, texts).replace("`", "")


SUBCOMMANDS: Final[dict[str, Callback]] = {
    "add": add,
    "remove": remove,
    "list": show,
    "allow": allow,
    "test": test,
    "import": bring,
}
