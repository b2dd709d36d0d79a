"""The pages of a guild's rules, and who may turn them."""

from __future__ import annotations

import re
from typing import Any, Self, cast

from discord import ui

from bot.errors import UserError
from bot.views.cards import Card
from bot.views.quota_cards import PAGE_RULES, rules_card
from bot.views.tickets import Explained, Interaction, desk_of, texts_of


def managed_guild(interaction: Interaction) -> int:
    """The guild in which this member may set rules, as Discord says now. Raises `UserError`."""
    if interaction.guild_id is None or not interaction.permissions.manage_guild:
        raise UserError("quotas-not-yours")
    return interaction.guild_id


async def page_of(interaction: Interaction, page: int) -> Card:
    """A page of the guild's rules; of pages that are no more, the last."""
    guild_id = managed_guild(interaction)
    quotas = desk_of(interaction).till.quotas
    count = await quotas.count_rules(guild_id)
    page = min(max(page, 0), max(count - 1, 0) // PAGE_RULES)
    rules = await quotas.rules(guild_id, offset=page * PAGE_RULES, limit=PAGE_RULES)
    return rules_card(rules, page, count, texts_of(interaction))


class PageButton(ui.DynamicItem[ui.Button[Any]], template="gala:quotas:page:(?P<page>[0-9]{1,6})"):
    """Turns to a page of the rules; for who manages the guild."""

    def __init__(self, item: ui.Button[Any], page: int) -> None:
        super().__init__(item)
        self.page = page

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The pressed button."""
        return cls(cast(ui.Button[Any], item), int(match["page"]))

    async def callback(self, interaction: Interaction) -> None:
        """Turn the page in place."""
        async with Explained(interaction):
            view = await page_of(interaction, self.page)
            await interaction.response.edit_message(view=view)
