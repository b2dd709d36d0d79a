"""The pages of a guild's filter, and who may turn them."""

from __future__ import annotations

from bot.views.admin import PREFIX, AdminItem, require_admin
from bot.views.cards import Card
from bot.views.filter_cards import PAGE_RULES, rules_card
from bot.views.tickets import Interaction, desk_of, texts_of


async def page_of(interaction: Interaction, page: int) -> Card:
    """A page of the guild's rules; of pages that are no more, the last. Raises `UserError`."""
    guild_id, filters = require_admin(interaction), desk_of(interaction).screening.filters
    count = await filters.count(guild_id)
    page = min(page, max(count - 1, 0) // PAGE_RULES)
    rules = await filters.rules(guild_id, offset=page * PAGE_RULES, limit=PAGE_RULES)
    return rules_card(rules, page, count, texts_of(interaction))


class FilterPageButton(AdminItem, template=f"{PREFIX}filter:page:(?P<page>[0-9]{{1,6}})"):
    """Turns to a page of the rules."""

    async def press(self, interaction: Interaction) -> None:
        """Turn the page in place."""
        await interaction.response.edit_message(view=await page_of(interaction, int(self.parts["page"])))
