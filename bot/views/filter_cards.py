"""The filter's panels: the rules, what the test box found, and a refusal with its appeal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import discord
from discord import ui

from bot.errors import PromptError, PromptForbidden
from bot.filter import Match
from bot.locales import Texts
from bot.views.cards import FAILED, FINISHED, WAITING, Card, buttons, card
from bot.views.wording import clean, plain
from storage.filters import FilterRule

PAGE_RULES: Final = 20
SHOWN_MATCHES: Final = 5
SHOWN: Final = 100  #: characters of a rule


def rules_card(rules: Sequence[FilterRule], page: int, count: int, texts: Texts) -> Card:
    """A page of a guild's rules."""
    if not rules:
        return card(WAITING, ui.TextDisplay(texts.get("filter-list-none")))
    lines = [rule_line(rule, texts) for rule in rules]
    turns = [
        ui.Button[Card](label=texts.get(label), custom_id=f"gala:admin:filter:page:{to}")
        for label, to, there in (
            ("filter-list-back", page - 1, page > 0),
            ("filter-list-on", page + 1, (page + 1) * PAGE_RULES < count),
        )
        if there
    ]
    return card(
        WAITING,
        ui.TextDisplay(texts.get("filter-list-title", count=count)),
        ui.TextDisplay("\n".join(lines)),
        *([buttons(*turns)] if turns else []),
    )


def rule_line(rule: FilterRule, texts: Texts) -> str:
    """A rule in words, with its number."""
    words = texts.get("filter-rule", kind=kind_of(allowed=rule.allowed), words=code(rule.words))
    source = f" · {texts.get('filter-rule-source', source=plain(rule.source, 40))}" if rule.source else ""
    return f"`#{rule.id}` {words}{source}"


def code(words: str) -> str:
    """A rule as it was typed, stars and all: between backticks nothing is markup or a mention."""
    return f"`{clean(words)[:SHOWN].replace('`', 'ˋ')}`"


def kind_of(*, allowed: bool) -> str:
    """The word by which the texts tell the two kinds of rules apart."""
    return "allowed" if allowed else "forbidden"


def test_card(matches: Sequence[Match], parts: Sequence[str], texts: Texts) -> Card:
    """What the filter would say of a prompt with these parts, and why."""
    refused = any(match.excused is None for match in matches)
    blocks = [texts.get("filter-test-no" if refused else "filter-test-yes")]
    for match in matches[:SHOWN_MATCHES]:
        words = code(match.rule.words)
        line = texts.get("filter-test-match", rule=words, number=str(match.rule.id))
        if match.excused is not None:
            excuse = code(match.excused.words)
            line = texts.get("filter-test-excused", rule=words, number=str(match.rule.id), excuse=excuse)
        found = PromptForbidden(parts[match.part], match.start, match.rule.words, 0)
        blocks.append(f"{line}\n{excerpt(found)}")
    if len(matches) > SHOWN_MATCHES:
        blocks.append(f"-# {texts.get('filter-test-more', count=len(matches) - SHOWN_MATCHES)}")
    return card(FAILED if refused else FINISHED, *map(ui.TextDisplay, blocks))


def refusal_card(error: PromptForbidden, texts: Texts, *, appeal: bool) -> Card:
    """Which rule says no, where, and the way to the moderators where there is one."""
    words = texts.get("filter-refused", rule=plain(error.rule, SHOWN))
    parts: list[ui.Item[Card]] = [ui.TextDisplay(f"{words}\n{excerpt(error)}")]
    if appeal:
        label, style = texts.get("filter-appeal"), discord.ButtonStyle.secondary
        ask: ui.Button[Card] = ui.Button(label=label, style=style, custom_id=f"gala:appeal:{error.hit_id}")
        parts.append(buttons(ask))
    return card(FAILED, *parts)


def excerpt(error: PromptError) -> str:
    """The place in the prompt, under which a caret stands; nothing in it can end the block."""
    return "```\n" + error.caret().replace("`", "ˋ") + "\n```"
