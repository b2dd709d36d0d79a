"""Steer: the modal in which a picture in the making is given another prompt, or more steps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui

from bot.errors import UserError
from bot.prompt import Prompt, format_prompt, parse
from bot.request import checked_steps
from bot.styles import dress
from bot.turns import steered
from bot.views.asking import asker_of
from bot.views.hints import hint
from bot.views.tickets import Explained, Interaction, desk_of
from storage.quotas import Kind

if TYPE_CHECKING:
    from bot.locales import Texts
    from storage.jobs import Job

LONGEST: Final = 4000  #: characters, as much as Discord lets a field have


class SteerModal(ui.Modal):
    """Prompt and steps as they are, to be changed."""

    def __init__(self, job: Job, texts: Texts) -> None:
        super().__init__(title=texts.get("steer-title"), custom_id=f"gala:steering:{job.id}")
        now = steered(job)
        words = format_prompt(Prompt(parse(now.prompt)[0].phrases))[:LONGEST]
        self._job = job
        self.prompt: ui.TextInput[SteerModal] = ui.TextInput(
            style=discord.TextStyle.paragraph, default=words, max_length=LONGEST, custom_id="prompt"
        )
        self.steps: ui.TextInput[SteerModal] = ui.TextInput(
            default=str(now.steps), max_length=7, required=False, custom_id="steps"
        )
        self.add_item(ui.Label(text=texts.get("steer-prompt"), component=self.prompt))
        self.add_item(
            ui.Label(
                text=texts.get("steer-steps"), description=texts.get("steer-steps-hint"), component=self.steps
            )
        )

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        """Have the run turned; the card tells it."""
        async with Explained(interaction):
            await steer(interaction, self._job, self.prompt.value, self.steps.value)


async def steer(interaction: Interaction, job: Job, words: str, steps_text: str) -> None:
    """Turn the job's run to what was typed. Raises `UserError`."""
    desk = desk_of(interaction)
    prompts = parse(words, limit=1)
    prompt = format_prompt(Prompt(dress(prompts[0], desk.styles).phrases))
    now = steered(job)
    steps = checked_steps(read_steps(steps_text, now.steps), desk.painting.max_steps)
    ask = desk.dispatcher.ask(replace(job, steps=steps, turns=None))
    await desk.till.check(asker_of(interaction), ask, Kind.STEPS)
    if await desk.dispatcher.helm.steer(job.id, prompt, steps) is None:
        raise UserError("button-too-late")
    if not interaction.response.is_done():
        await interaction.response.defer()
    await hint(interaction, prompts, [job.model])


def read_steps(text: str, otherwise: int) -> int:
    """A whole number; where nothing was typed, what it was. Raises `UserError`."""
    typed = text.strip()
    if not typed:
        return otherwise
    if not typed.isascii() or not typed.isdigit():
        raise UserError("steer-steps-not-read", value=typed)
    return int(typed)
