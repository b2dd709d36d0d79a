"""Suspending a member: one way, for the command and for moderators' buttons."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final

from discord import ui

from bot.locales import Texts
from bot.views.admin import record
from bot.views.cards import FAILED, WAITING, Card
from bot.views.line_panel import clear
from bot.views.tickets import Interaction, desk_of
from bot.views.wording import plain
from storage.suspensions import Suspension

REASON_CHARACTERS: Final = 300
SHOWN: Final = 20


async def suspend(interaction: Interaction, member_id: int, seconds: int, reason: str) -> Suspension:
    """Suspend a member of the interaction's guild; what they have in line is cancelled.

    Raises `StorageError`. Whether whoever acts may do that is to be asked before.
    """
    desk, guild_id, now = desk_of(interaction), interaction.guild_id or 0, time.time()
    made = Suspension(
        guild_id, member_id, now + seconds, reason[:REASON_CHARACTERS], interaction.user.id, now
    )
    await desk.suspensions.add(made)
    until = datetime.fromtimestamp(made.until, UTC).strftime("%Y-%m-%d %H:%M UTC")
    await record(
        interaction, "suspend", f"member {member_id}", " · ".join(filter(None, (until, made.reason)))
    )
    await clear(interaction, member_id)
    return made


def suspension_line(suspension: Suspension, texts: Texts) -> str:
    """A suspension in words."""
    when = f"<t:{int(suspension.until)}:R>"
    line = texts.get("suspension-line", member=f"<@{suspension.member_id}>", when=when)
    reason = plain(suspension.reason, REASON_CHARACTERS // 2)
    return f"{line}\n-# <@{suspension.suspended_by}>" + (f" · {reason}" if reason else "")


def suspended_card(suspension: Suspension, texts: Texts) -> Card:
    """What was done."""
    return Card(ui.Container(ui.TextDisplay(suspension_line(suspension, texts)), accent_colour=FAILED))


def suspensions_card(suspensions: list[Suspension], texts: Texts) -> Card:
    """All that are not over."""
    words = [texts.get("suspensions-title", count=len(suspensions))]
    words += [suspension_line(each, texts) for each in suspensions[:SHOWN]]
    return Card(ui.Container(ui.TextDisplay("\n".join(words)), accent_colour=WAITING))
