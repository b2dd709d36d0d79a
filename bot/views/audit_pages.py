"""The pages of the audit log, and the log as a file."""

from __future__ import annotations

import asyncio
import csv
import io
from collections import deque
from datetime import UTC, datetime
from typing import Final

import discord
from discord import ui

from bot.views.admin import PREFIX, AdminItem, line
from bot.views.cards import WAITING, Card
from bot.views.tickets import Interaction, desk_of, texts_of
from storage.audit import Entry

PAGE_ROWS: Final = 8
EXPORT_ROWS: Final = 50_000  #: the newest, in a file
CSV_HEAD: Final = ("time", "actor", "action", "subject", "detail")


async def audit_card(interaction: Interaction, way: str = "newest", at: int = 0) -> Card:
    """A page of the guild's log: the newest, or the one older or newer than the row of the id `at`."""
    audit, guild_id = desk_of(interaction).audit, interaction.guild_id or 0
    if way == "newer":
        rows = await audit.after(guild_id, at, limit=PAGE_ROWS)
    else:
        rows = await audit.page(guild_id, before=at if way == "older" else None, limit=PAGE_ROWS)
    if len(rows) < PAGE_ROWS and way == "newer":
        rows = await audit.page(guild_id, limit=PAGE_ROWS)
    older = bool(rows and await audit.page(guild_id, before=rows[-1].id, limit=1))
    newer = bool(rows and await audit.after(guild_id, rows[0].id, limit=1))
    return draw(interaction, rows, await audit.count(guild_id), newer=newer, older=older)


def draw(interaction: Interaction, rows: list[Entry], count: int, *, newer: bool, older: bool) -> Card:
    """The page."""
    texts = texts_of(interaction)
    words = [texts.get("audit-title", count=count), *(line(entry, texts.locale) for entry in rows)]
    if not rows:
        return Card(ui.Container(ui.TextDisplay("\n".join(words)), accent_colour=WAITING))
    first, last = rows[0].id, rows[-1].id
    buttons: ui.ActionRow[Card] = ui.ActionRow(
        ui.Button(
            label=texts.get("audit-newer"), custom_id=AuditButton.of("newer", first), disabled=not newer
        ),
        ui.Button(
            label=texts.get("audit-older"), custom_id=AuditButton.of("older", last), disabled=not older
        ),
        ui.Button(label=texts.get("audit-csv"), custom_id=AuditButton.of("csv", 0)),
    )
    return Card(ui.Container(ui.TextDisplay("\n".join(words)), buttons, accent_colour=WAITING))


class AuditButton(AdminItem, template=f"{PREFIX}audit:(?P<way>newer|older|csv):(?P<at>[0-9]{{1,18}})"):
    """Turns the page, or sends the log as a file to whoever presses it."""

    @staticmethod
    def of(way: str, at: int) -> str:
        """The custom_id."""
        return f"{PREFIX}audit:{way}:{at}"

    async def press(self, interaction: Interaction) -> None:
        """Turn, or send."""
        way, at = self.parts["way"], int(self.parts["at"])
        if way == "csv":
            await send_csv(interaction)
        else:
            await interaction.response.edit_message(view=await audit_card(interaction, way, at))


async def send_csv(interaction: Interaction) -> None:
    """The newest rows as a file that spreadsheets open; only whoever asks sees it."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    rows: deque[Entry] = deque(maxlen=EXPORT_ROWS)
    async for entry in desk_of(interaction).audit.export(interaction.guild_id or 0):
        rows.append(entry)
    data = await asyncio.to_thread(as_csv, rows)
    file = discord.File(io.BytesIO(data), f"gala-audit-{interaction.guild_id}.csv")
    await interaction.edit_original_response(
        content=texts_of(interaction).get("audit-file", count=len(rows)), attachments=[file]
    )


def as_csv(rows: deque[Entry]) -> bytes:
    """The rows, oldest first, in UTF-8 with the mark by which Excel knows it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(CSV_HEAD)
    for entry in rows:
        at = datetime.fromtimestamp(entry.at, UTC).isoformat(timespec="seconds")
        writer.writerow([at, str(entry.actor_id), *map(inert, (entry.action, entry.subject, entry.detail))])
    return out.getvalue().encode("utf-8-sig")


def inert(text: str) -> str:
    """Words that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else text
