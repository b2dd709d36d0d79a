"""What can be typed after /imagine, on one card: made from the table that the parser itself goes by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from discord import ui

from bot.flags import EXAMPLES
from bot.views.cards import FINISHED, Card, card

if TYPE_CHECKING:
    from bot.locales import Texts

#: Of the prompt language an example of each thing that it can say.
GRAMMAR: Final = {
    "parts": "a desert | in snow",
    "weight": "a desert:50 | in snow:25",
    "double": "a desert::2 in snow::1",
    "stop": "a desert:50:-0.3",
    "span": "a forest @0-40% | a city @40-100%",
    "choices": "{red, blue} car",
    "plain": "a score of 3\\:1",
}


def guide(texts: Texts) -> Card:
    """Parts, weights and flags, each with an example that can be typed."""
    words = [f"`{shown}` {texts.get(f'guide-word-{name}')}" for name, shown in GRAMMAR.items()]
    flags = [f"`{shown}` {texts.get(f'guide-flag-{name}')}" for name, shown in EXAMPLES.items()]
    return card(
        FINISHED,
        ui.TextDisplay(f"### {texts.get('guide-words')}\n" + "\n".join(words)),
        ui.Separator(),
        ui.TextDisplay(f"### {texts.get('guide-flags')}\n" + "\n".join(flags)),
        ui.TextDisplay(f"-# {texts.get('guide-options')}"),
    )
