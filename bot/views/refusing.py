"""A prompt that the filter refuses: told to its author and the moderators, and appealed against."""

from __future__ import annotations

import logging
import re
import time
from typing import Any, Self, cast

from discord import ui

from bot.errors import PromptForbidden, UserError
from bot.views.cards import WAITING, Card, card
from bot.views.filter_cards import refusal_card
from bot.views.handing import THINKING
from bot.views.tickets import Explained, Interaction, desk_of, texts_of
from storage.cases import Case, CaseKind, Voice
from storage.errors import StorageError
from storage.filters import FilterHit

log = logging.getLogger(__name__)
AnyButton = ui.Button[Any]


async def refuse(interaction: Interaction, error: PromptForbidden) -> None:
    """Say no to the member alone, and let the moderators know. Raises what Discord raises."""
    desk = desk_of(interaction)
    try:
        appeal = await desk.inbox.is_open(interaction.guild_id or 0)
    except StorageError as fault:
        log.warning("whether there is an inbox is not known: %s", fault)
        appeal = False
    await whisper_card(interaction, refusal_card(error, texts_of(interaction), appeal=appeal))
    if not appeal:
        return
    try:
        hit = await desk.screening.filters.hit(error.hit_id)
        if hit is not None:
            await desk.inbox.bring(interaction.client, case_of(hit, CaseKind.FILTER))
    except StorageError as fault:
        log.warning("a refusal was not brought before the moderators: %s", fault)


async def whisper_card(interaction: Interaction, view: Card) -> None:
    """Answer with a card that only the member sees."""
    if not interaction.response.is_done():
        await interaction.response.send_message(view=view, ephemeral=True)
        return
    if interaction.extras.pop(THINKING, False):
        await interaction.delete_original_response()
    await interaction.followup.send(view=view, ephemeral=True)


def case_of(hit: FilterHit, kind: CaseKind) -> Case:
    """The case of a refusal: all of a member's are one, each appeal is one by itself."""
    subject = f"hit {hit.id}" if kind is CaseKind.APPEAL else f"member {hit.member_id}"
    where = (hit.guild_id, kind, subject, hit.member_id, hit.channel_id)
    return Case(*where, hit.prompt, time.time(), rule=hit.rule)


class AppealButton(ui.DynamicItem[AnyButton], template="gala:appeal:(?P<hit>[0-9]{1,15})"):
    """Asks the moderators to look at a refusal; for whose prompt it was."""

    def __init__(self, item: AnyButton, hit_id: int) -> None:
        super().__init__(item)
        self.hit_id = hit_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The pressed button."""
        return cls(cast(AnyButton, item), int(match["hit"]))

    async def callback(self, interaction: Interaction) -> None:
        """Bring it before them, and say so in place of the button."""
        async with Explained(interaction):
            desk = desk_of(interaction)
            hit = await desk.screening.filters.hit(self.hit_id)
            if hit is None or (hit.guild_id, hit.member_id) != (interaction.guild_id, interaction.user.id):
                raise UserError("appeal-unknown")
            if not await desk.inbox.is_open(hit.guild_id):
                raise UserError("inbox-none")
            view = card(WAITING, ui.TextDisplay(texts_of(interaction).get("appeal-sent")))
            await interaction.response.edit_message(view=view)
            voice = Voice(hit.member_id, "", time.time())
            await desk.inbox.bring(interaction.client, case_of(hit, CaseKind.APPEAL), voice)
