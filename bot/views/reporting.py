"""A picture is reported to the moderators: by its button or in a message's menu."""

from __future__ import annotations

import time
from typing import Any, Final

import discord
from discord import ui

from bot.errors import UserError
from bot.views.buttons import JOB, JobButton
from bot.views.tickets import Explained, Interaction, desk_of, texts_of
from storage.cases import Case, CaseKind, Voice
from storage.generations import Generation
from storage.jobs import Job

REASON_CHARACTERS: Final = 300


class ReportButton(JobButton, template=f"gala:report:{JOB}"):
    """Reports the picture; for everybody."""

    async def press(self, interaction: Interaction, job: Job) -> None:
        """Ask for the reason."""
        await ask(interaction, await desk_of(interaction).generations.of_job(job.id))


async def ask(interaction: Interaction, generation: Generation | None) -> None:
    """Show the form for a report. Raises `UserError` where there is nobody to report to, or nothing."""
    if not await desk_of(interaction).inbox.is_open(interaction.guild_id or 0):
        raise UserError("inbox-none")
    if generation is None or generation.guild_id != interaction.guild_id:
        raise UserError("report-unknown")
    await interaction.response.send_modal(ReportForm(interaction, generation.code))


class ReportForm(ui.Modal):
    """Asks why. It need not be said."""

    def __init__(self, interaction: Interaction, code: str) -> None:
        texts = texts_of(interaction)
        super().__init__(title=texts.get("report-title"), custom_id=f"gala:report-form:{code}")
        self.code = code
        self.reason: ui.TextInput[Any] = ui.TextInput(
            custom_id="reason",
            style=discord.TextStyle.paragraph,
            required=False,
            max_length=REASON_CHARACTERS,
            placeholder=texts.get("report-placeholder"),
        )
        about = texts.get("report-about")
        self.add_item(ui.Label(text=texts.get("report-reason"), description=about, component=self.reason))

    async def on_submit(self, interaction: Interaction) -> None:
        """Bring it before the moderators, and thank."""
        async with Explained(interaction):
            await report(interaction, self.code, self.reason.value)


async def report(interaction: Interaction, code: str, reason: str) -> None:
    """Count a report. Raises `UserError`."""
    desk, texts, now = desk_of(interaction), texts_of(interaction), time.time()
    generation = await desk.generations.get(code)
    if generation is None or generation.guild_id != interaction.guild_id:
        raise UserError("report-unknown")
    await interaction.response.defer(ephemeral=True, thinking=True)
    case = Case(
        generation.guild_id,
        CaseKind.REPORT,
        code,
        generation.member_id,
        generation.channel_id,
        generation.prompt,
        now,
        message_id=generation.message_id,
        code=code,
        job_id=generation.job_id,
    )
    counted = await desk.inbox.bring(interaction.client, case, Voice(interaction.user.id, reason, now))
    words = "report-known" if counted is None else "report-thanks"
    if counted is not None and not await desk.inbox.stands(counted.id):
        words = "inbox-closed"
    await interaction.edit_original_response(content=texts.get(words))
