"""What can be typed after /imagine, on one card: made from the table that the parser itself goes by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from discord import ui

from bot.flags import EXAMPLES
from bot.styles import label_of
from bot.views.cards import FINISHED, Card, card
from bot.views.wording import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.locales import Texts
    from bot.presets import Style

MOST_STYLES: Final = 12
LABEL_CHARACTERS: Final = 30

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


def guide(texts: Texts, styles: Mapping[str, Style]) -> Card:
    """Parts, weights, flags and the host's styles, each as it can be typed."""
    words = [f"`{shown}` {texts.get(f'guide-word-{name}')}" for name, shown in GRAMMAR.items()]
    flags = [f"`{shown}` {texts.get(f'guide-flag-{name}')}" for name, shown in EXAMPLES.items()]
    return card(
        FINISHED,
        ui.TextDisplay(f"### {texts.get('guide-words')}\n" + "\n".join(words)),
        ui.Separator(),
        ui.TextDisplay(f"### {texts.get('guide-flags')}\n" + "\n".join(flags)),
        *style_lines(texts, styles),
        ui.TextDisplay(f"-# {texts.get('guide-options')}"),
    )


def style_lines(texts: Texts, styles: Mapping[str, Style]) -> list[ui.TextDisplay[Card]]:
    """The host's styles, as many as there is room for."""
    shown = [
        f"`--style {name}` {plain(label_of(style, texts.locale), LABEL_CHARACTERS)}"
        for name, style in list(styles.items())[:MOST_STYLES]
    ]
    return [ui.TextDisplay(f"### {texts.get('guide-styles')}\n" + " · ".join(shown))] if shown else []
