"""`/queue` for everybody; `/suspend`, `/unsuspend`, `/suspensions`, `/audit` and `/setup` for admins."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice

from bot.commands.imagine import Command, text
from bot.durations import USUAL, read_span, split
from bot.errors import UserError
from bot.locales import Texts
from bot.views.admin import record, require_admin
from bot.views.audit_pages import audit_card
from bot.views.line_panel import line_panel
from bot.views.setup_panel import setup_panel
from bot.views.suspending import suspend, suspended_card, suspensions_card
from bot.views.tickets import Interaction, desk_of, texts_of, whisper

Callback = Callable[..., Coroutine[Any, Any, None]]
Reason = app_commands.Range[str, 1, 300]


def admin_commands() -> Iterator[Command]:
    """The commands, to be added to a tree."""
    yield in_guilds("queue", queue)
    suspending = for_admins("suspend", suspend_member)
    suspending.autocomplete("duration")(suggest_spans)
    yield suspending
    yield for_admins("unsuspend", unsuspend_member)
    yield for_admins("suspensions", show_suspensions)
    yield for_admins("audit", show_audit)
    yield for_admins("setup", show_setup)


def in_guilds(name: str, callback: Callback) -> Command:
    """A command of guilds, with its words in all languages."""
    made: Command = app_commands.Command(
        name=text(f"{name}-name"),
        description=text(f"{name}-description"),
        callback=callback,
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
    )
    options = [parameter.name for parameter in made.parameters]
    made = app_commands.rename(**{each: text(f"{name}-{each}-name") for each in options})(made)
    return app_commands.describe(**{each: text(f"{name}-{each}-description") for each in options})(made)


def for_admins(name: str, callback: Callback) -> Command:
    """A command that Discord shows to admins alone, unless a guild decides otherwise."""
    made = in_guilds(name, callback)
    made.default_permissions = discord.Permissions(manage_guild=True)
    return made


async def queue(interaction: discord.Interaction[Any]) -> None:
    """The line of this guild."""
    await interaction.response.send_message(view=await line_panel(interaction), ephemeral=True)


async def suspend_member(
    interaction: discord.Interaction[Any], member: discord.User, duration: str, reason: Reason = ""
) -> None:
    """No painting for a member, for a time."""
    require_admin(interaction)
    made = await suspend(interaction, member.id, read_span(duration), reason)
    await interaction.response.send_message(view=suspended_card(made, texts_of(interaction)), ephemeral=True)


async def unsuspend_member(interaction: discord.Interaction[Any], member: discord.User) -> None:
    """The end of a suspension, before its time."""
    guild_id, texts = require_admin(interaction), texts_of(interaction)
    if await desk_of(interaction).suspensions.end(guild_id, member.id, time.time()) is None:
        raise UserError("suspension-none", member=f"<@{member.id}>")
    await record(interaction, "unsuspend", f"member {member.id}")
    await whisper(interaction, texts.get("suspension-ended", member=f"<@{member.id}>"))


async def show_suspensions(interaction: discord.Interaction[Any]) -> None:
    """Who is suspended, until when, and why."""
    guild_id = require_admin(interaction)
    found = await desk_of(interaction).suspensions.all(guild_id, time.time())
    view = suspensions_card(found, texts_of(interaction))
    await interaction.response.send_message(view=view, ephemeral=True)


async def show_audit(interaction: discord.Interaction[Any]) -> None:
    """The newest page of the audit log."""
    require_admin(interaction)
    await interaction.response.send_message(view=await audit_card(interaction), ephemeral=True)


async def show_setup(interaction: discord.Interaction[Any]) -> None:
    """The panel, at its first page."""
    require_admin(interaction)
    await interaction.response.send_message(view=await setup_panel(interaction), ephemeral=True)


async def suggest_spans(interaction: Interaction, typed: str) -> list[Choice[str]]:
    """Usual spans; first the one that was typed, as it is understood."""
    texts = texts_of(interaction)
    spans = [*typed_span(typed), *USUAL]
    return [
        Choice(name=name, value=value)
        for name, value in dict(map(named_span, spans, [texts] * len(spans))).items()
    ]


def typed_span(typed: str) -> list[int]:
    """The span that was typed, if it is whole."""
    try:
        return [read_span(typed)]
    except UserError:
        return []


def named_span(seconds: int, texts: Texts) -> tuple[str, str]:
    """A span in words, and as it can be read again."""
    count, unit = split(seconds)
    return texts.get("span", count=count, unit=unit), f"{count} {unit}"
