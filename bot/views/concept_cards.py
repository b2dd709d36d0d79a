"""The output check's panels: a guild's concepts, and what was seen in a picture."""

from __future__ import annotations

from collections.abc import Sequence

from discord import ui

from bot.locales import Texts
from bot.output_check import Place, Seen, is_over, threshold_in, verdict
from bot.views.amounts import bar
from bot.views.cards import FAILED, FINISHED, WAITING, Card, card
from bot.views.filter_cards import code
from storage.concepts import Concept


def concepts_card(concepts: Sequence[Concept], texts: Texts) -> Card:
    """All that a guild's pictures are checked for."""
    if not concepts:
        return card(WAITING, ui.TextDisplay(texts.get("concept-list-none")))
    lines = [concept_line(concept, texts) for concept in concepts]
    title = texts.get("concept-list-title", count=len(concepts))
    note = f"-# {texts.get('concept-list-note')}"
    return card(WAITING, ui.TextDisplay(title), ui.TextDisplay("\n".join(lines)), ui.TextDisplay(note))


def concept_line(concept: Concept, texts: Texts) -> str:
    """A concept with its number, its thresholds, and what follows."""
    parts = [
        f"`#{concept.id}` {code(concept.words)}",
        texts.get(f"concept-action-{concept.action}"),
        texts.get("concept-from", share=percents(concept.threshold)),
    ]
    if concept.restricted != concept.threshold:
        parts.append(texts.get("concept-restricted", share=percents(concept.restricted)))
    parts += [f"<#{channel_id}> {percents(own)}" for channel_id, own in concept.channels]
    return " · ".join(parts)


def percents(share: float | None) -> str:
    """A share as people read it; a dash where there is none."""
    return "–" if share is None else f"{round(100 * share)} %"


def seen_card(seen: Sequence[Seen], place: Place, texts: Texts) -> Card:
    """What was seen, the surest first, and what would follow from it here."""
    decides = verdict(seen, [place])
    words = "concept-test-pass" if decides is None else f"concept-test-{decides.concept.action}"
    ranked = sorted(seen, key=lambda each: -each.share)
    lines = [line(each, place, texts) for each in ranked]
    note = f"-# {texts.get('concept-test-note')}"
    return card(
        FINISHED if decides is None else FAILED,
        ui.TextDisplay(f"**{texts.get(words)}**"),
        ui.TextDisplay("\n".join([*lines, note])),
    )


def line(seen: Seen, place: Place, texts: Texts) -> str:
    """A concept's share, its cosine, and from where on it would count."""
    mark = "●" if is_over(seen, place) else "○"
    numbers = [percents(seen.share), f"cos {seen.cosine:.2f}"]
    numbers.append(texts.get("concept-from", share=percents(threshold_in(seen.concept, place))))
    return f"{mark} {bar(round(100 * seen.share), 100)} {code(seen.concept.words)} · {' · '.join(numbers)}"
