"""The pages of a guild's rules, and the trace that their changes leave."""

from __future__ import annotations

from bot.views.admin import PREFIX, AdminItem, record, require_admin
from bot.views.cards import Card
from bot.views.quota_cards import PAGE_RULES, holder, rules_card, what
from bot.views.tickets import Interaction, desk_of, texts_of
from storage.quotas import Rule, Scope


async def page_of(interaction: Interaction, page: int) -> Card:
    """A page of the guild's rules; of pages that are no more, the last. Raises `UserError`."""
    guild_id = require_admin(interaction)
    quotas = desk_of(interaction).till.quotas
    count = await quotas.count_rules(guild_id)
    page = min(max(page, 0), max(count - 1, 0) // PAGE_RULES)
    rules = await quotas.rules(guild_id, offset=page * PAGE_RULES, limit=PAGE_RULES)
    return rules_card(rules, page, count, texts_of(interaction))


class PageButton(AdminItem, template=f"{PREFIX}quotas:page:(?P<page>[0-9]{{1,6}})"):
    """Turns to a page of the rules, in place."""

    async def press(self, interaction: Interaction) -> None:
        """The rules may have changed since the page was shown."""
        view = await page_of(interaction, int(self.parts["page"]))
        await interaction.response.edit_message(view=view)


async def record_rule(interaction: Interaction, action: str, rule: Rule) -> None:
    """Write down what was done to a rule. Raises `StorageError`."""
    texts = texts_of(interaction)
    if rule.target_id == rule.guild_id or rule.scope is Scope.GUILD:
        await record(interaction, action, "", f"{holder(rule, texts)} · {what(rule, texts)}")
    else:
        await record(interaction, action, f"{rule.scope} {rule.target_id}", what(rule, texts))
