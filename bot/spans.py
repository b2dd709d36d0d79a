"""The spans of the prompt language: for which part of the making a phrase holds, `a forest @0-40%`."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.flags import format_number
from bot.permutations import Source
from generation.protocol import Phrase

Span = tuple[float, float]  #: from, to, in percent of the steps
WHOLE: Span = (0.0, 100.0)

DECIMALS = 4  #: of a percentage; more are rounded away

_NUMBER = r"[0-9]++(?:[.,][0-9]++)?"
_PATTERN = rf"@({_NUMBER})%?[-–—]({_NUMBER})%(?![^ ])"  # phones turn the dash into a longer one
SPAN = re.compile(rf"(?<![^ ]){_PATTERN}")
SPAN_AFTER = re.compile(rf" +{_PATTERN}")  #: after the double colon that ends a part


def cut_span(source: Source, known: Span = WHOLE) -> tuple[Source, Span]:
    """A part without the span at its end, and the span, or else the one already known.

    Raises `PromptError`, also where there is more than one.
    """
    source = source.strip()
    found = _at_end(source)
    if found is None:
        return source, known
    head, span = source.cut(0, found.start()).strip(), read_span(source, found)
    if not head:
        raise source.error("prompt-nothing-to-schedule")
    if known != WHOLE or _at_end(head) is not None:
        raise source.error("prompt-span-twice", found.start())
    return head, span


def _at_end(source: Source) -> re.Match[str] | None:
    place = source.mask.rfind("@")
    found = None if place < 0 else SPAN.match(source.mask, place)
    return found if found and found.end() == len(source) else None


def read_span(source: Source, found: re.Match[str]) -> Span:
    """Both numbers of a span, in percent. Raises `PromptError`."""
    for index in (1, 2):
        if "," in found[index]:
            value, better = found[index], found[index].replace(",", ".")
            raise source.error("prompt-decimal-comma", found.start(index), value=value, better=better)
    start, end = (round(float(found[index]), DECIMALS) for index in (1, 2))
    if not 0 <= start < end <= 100:
        at = source.cut(found.start(1) - 1, found.end())
        raise at.error("prompt-bad-span", value=at.shown())
    return start, end


def format_span(phrase: Phrase) -> str:
    """The span as it is typed after a part; nothing where the phrase holds throughout."""
    span = phrase.from_percent, phrase.to_percent
    return "" if span == WHOLE else f" @{format_number(span[0])}-{format_number(span[1])}%"


def spanned(phrase: Phrase, span: Span) -> Phrase:
    """The phrase, for that span."""
    return replace(phrase, from_percent=span[0], to_percent=span[1])
