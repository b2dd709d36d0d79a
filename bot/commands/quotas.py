"""`/quotas`: a guild's rules, for those who manage it. Every handler asks Discord's permissions again."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Iterable
from enum import StrEnum
from typing import Any, Final

import discord
from discord import app_commands
from discord.app_commands import Choice

from bot.commands.imagine import Command, text
from bot.commands.quotas_members import grant, reset, simulate
from bot.errors import UserError
from bot.request import read_size
from bot.views.admin import require_admin
from bot.views.quota_cards import note_card, rule_label, rule_line
from bot.views.quota_pages import page_of, record_rule
from bot.views.tickets import Interaction, desk_of, texts_of
from storage.quotas import Kind, Period, Rule, Scope

MAX_AMOUNT: Final = 10_000_000
MAX_CHOICES: Final = 25
SEARCHED_RULES: Final = 500  #: that the autocompletion of `remove` looks at
UNITS: Final = (Kind.PICTURES, Kind.SECONDS)
PERIODS: Final = (Period.HOUR, Period.DAY, Period.WEEK, Period.MONTH)

Callback = Callable[..., Coroutine[Any, Any, None]]
Limit = app_commands.Range[int, 0, MAX_AMOUNT]
Channel = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel
AnyTarget = discord.Member | discord.Role | Channel


def quotas_group() -> app_commands.Group:
    """The group, to be added to a tree."""
    group = app_commands.Group(
        name=text("quotas-name"),
        description=text("quotas-description"),
        default_permissions=discord.Permissions(manage_guild=True),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
    )
    for name, callback in SUBCOMMANDS.items():
        group.add_command(subcommand(name, callback))
    return group


def subcommand(name: str, callback: Callback) -> Command:
    """One of the group's, with its words in all languages."""
    command: Command = app_commands.Command(
        name=text(f"quotas-{name}-name"), description=text(f"quotas-{name}-description"), callback=callback
    )
    options = [parameter.name for parameter in command.parameters]
    command = app_commands.rename(**{name: text(f"quotas-option-{name}") for name in options})(command)
    command = app_commands.describe(**{name: text(f"quotas-about-{name}") for name in options})(command)
    if "unit" in options:
        command = app_commands.choices(unit=choices("quotas-unit", UNITS))(command)
    if "period" in options:
        command = app_commands.choices(period=choices("quotas-period", PERIODS))(command)
    if "rule" in options:
        command.autocomplete("rule")(suggest_rules)
    return command


def choices(prefix: str, values: Iterable[StrEnum]) -> list[Choice[str]]:
    """Values to choose from, named in all languages."""
    return [Choice(name=text(f"{prefix}-{value}"), value=str(value)) for value in values]


async def set_limit(
    interaction: discord.Interaction[Any],
    limit: Limit,
    unit: str = Kind.PICTURES,
    period: str = Period.DAY,
    member: discord.Member | None = None,
    role: discord.Role | None = None,
    channel: Channel | None = None,
    together: bool = False,
) -> None:
    """So many pictures or GPU seconds in a period."""
    scope, target_id = target(interaction, member, role, channel, together=together)
    await keep(interaction, Kind(unit), limit, scope, target_id, period=Period(period))


async def queue(
    interaction: discord.Interaction[Any],
    waiting: app_commands.Range[int, 1, 1000] | None = None,
    running: app_commands.Range[int, 1, 64] | None = None,
    member: discord.Member | None = None,
    role: discord.Role | None = None,
) -> None:
    """A member's places in line, and side by side."""
    scope, target_id = target(interaction, member, role)
    bounds = [(kind, n) for kind, n in ((Kind.WAITING, waiting), (Kind.RUNNING, running)) if n is not None]
    if not bounds:
        raise UserError("quotas-nothing-given")
    for kind, amount in bounds:
        await keep(interaction, kind, amount, scope, target_id)


async def allow(
    interaction: discord.Interaction[Any],
    size: str | None = None,
    steps: app_commands.Range[int, 1, 1_000_000] | None = None,
    engines: str | None = None,
    member: discord.Member | None = None,
    role: discord.Role | None = None,
    channel: Channel | None = None,
) -> None:
    """The largest size, the most steps, the engines."""
    scope, target_id = target(interaction, member, role, channel)
    found: list[tuple[Kind, float, str]] = []
    if size is not None:
        width, height = read_size(size)
        found.append((Kind.PIXELS, width * height, f"{width}×{height}"))
    if steps is not None:
        found.append((Kind.STEPS, steps, ""))
    if engines is not None:
        names = read_engines(engines, {model.engine for model in desk_of(interaction).models.values()})
        found.append((Kind.ENGINES, len(names), ",".join(names)))
    if not found:
        raise UserError("quotas-nothing-given")
    for kind, amount, detail in found:
        await keep(interaction, kind, amount, scope, target_id, detail=detail)


async def exempt(
    interaction: discord.Interaction[Any],
    member: discord.Member | None = None,
    role: discord.Role | None = None,
) -> None:
    """A member or a role without limits of their own; ceilings still bind them."""
    if member is None and role is None:
        raise UserError("quotas-nobody-given")
    scope, target_id = target(interaction, member, role)
    await keep(interaction, Kind.EXEMPT, 0, scope, target_id)


async def boosters(interaction: discord.Interaction[Any], percent: app_commands.Range[int, 0, 1000]) -> None:
    """More for those who boost the guild."""
    guild_id = require_admin(interaction)
    await keep(interaction, Kind.BOOSTERS, percent, Scope.GUILD, guild_id)


async def remove(interaction: discord.Interaction[Any], rule: str) -> None:
    """One rule less. `rule` is its number."""
    guild_id = require_admin(interaction)
    number = rule.strip().lstrip("#")
    found = None
    if number.isascii() and number.isdecimal() and len(number) < 16:
        found = await desk_of(interaction).till.quotas.remove_rule(guild_id, int(number))
    if found is None:
        raise UserError("quotas-no-such-rule")
    texts = texts_of(interaction)
    await reply(interaction, texts.get("quotas-removed", rule=rule_line(found, texts)), good=False)
    await record_rule(interaction, "quota-remove", found)


async def show(interaction: discord.Interaction[Any]) -> None:
    """The first page of the rules."""
    await interaction.response.send_message(view=await page_of(interaction, 0), ephemeral=True)


async def suggest_rules(interaction: Interaction, typed: str) -> list[Choice[str]]:
    """Rules whose words have what was typed; none for who may not set them."""
    if interaction.guild is None or not interaction.permissions.manage_guild:
        return []
    texts, guild = texts_of(interaction), interaction.guild
    rules = await desk_of(interaction).till.quotas.rules(guild.id, limit=SEARCHED_RULES)
    labels = {str(rule.id): rule_label(rule, guild, texts) for rule in rules}
    found = [(number, label) for number, label in labels.items() if typed.strip().lower() in label.lower()]
    return [Choice(name=label[:100], value=number) for number, label in found[:MAX_CHOICES]]


def target(
    interaction: Interaction,
    member: discord.Member | None = None,
    role: discord.Role | None = None,
    channel: Channel | None = None,
    *,
    together: bool = False,
) -> tuple[Scope, int]:
    """Whom a rule is to be about; with no name, each member or the guild together. Raises `UserError`."""
    guild_id = require_admin(interaction)
    named = [
        (scope, thing.id)
        for scope, thing in ((Scope.MEMBER, member), (Scope.ROLE, role), (Scope.CHANNEL, channel))
        if thing is not None
    ]
    if len(named) > 1:
        raise UserError("quotas-one-target")
    return named[0] if named else (Scope.GUILD if together else Scope.ROLE, guild_id)


def read_engines(typed: str, known: Iterable[str]) -> tuple[str, ...]:
    """Names of engines, with commas or spaces between. Raises `UserError` with those that there are."""
    names = tuple(dict.fromkeys(typed.replace(",", " ").split()))
    unknown = next((name for name in names if name not in known), None)
    if unknown is not None or not names:
        raise UserError("engine-unknown", engine=(unknown or typed)[:40], known=", ".join(sorted(known)))
    return names


async def keep(
    interaction: Interaction,
    kind: Kind,
    amount: float,
    scope: Scope,
    target_id: int,
    *,
    period: Period = Period.NONE,
    detail: str = "",
) -> None:
    """Write the rule, and read it back to the admin."""
    guild_id = require_admin(interaction)
    rule = Rule(
        *(guild_id, scope, target_id, kind, float(amount), period, detail),
        set_by=interaction.user.id,
        set_at=time.time(),
    )
    kept = await desk_of(interaction).till.quotas.set_rule(rule)
    texts = texts_of(interaction)
    await reply(interaction, texts.get("quotas-set", number=str(kept.id), rule=rule_line(kept, texts)))
    await record_rule(interaction, "quota-set", kept)


async def reply(interaction: Interaction, words: str, *, good: bool = True) -> None:
    """Answer the admin alone; a second answer follows the first."""
    view = note_card(words, good=good)
    if interaction.response.is_done():
        await interaction.followup.send(view=view, ephemeral=True)
    else:
        await interaction.response.send_message(view=view, ephemeral=True)


SUBCOMMANDS: Final[dict[str, Callback]] = {
    "set": set_limit,
    "queue": queue,
    "allow": allow,
    "exempt": exempt,
    "boosters": boosters,
    "remove": remove,
    "show": show,
    "simulate": simulate,
    "grant": grant,
    "reset": reset,
}
