r"""The prompt language: what a member types, as phrases with weights, and flags.

    a desert:50 | in snow:25          parts between bars; `:weight` or `:weight:stop` ends a part (notebooks)
    a desert::2 in snow::1            `::` ends a part, and a number right after it weighs it (Midjourney)
    a forest @0-40% | a city @40-100% a span of the making for which a part holds, at its end
    {red, blue} car                   permutations: a prompt for each choice; braces may stand inside braces
    a cat --ar 16:9 --no text, blur   flags, at the end; what follows `--no` weighs -0.5, as in Midjourney
    \| \: \{ \} \, \- \@ \\           a backslash makes the next character plain text

Which `:number` is a weight: only one glued to its colon, at the end of a part. It is text inside a URL, and
where the colon stands between two digits: "10:30" and "aspect 16:9" are text, and "10:30:2" is "10:30" with
weight 2. A space before the colon makes it a weight in any case: "Blade Runner 2049 :2".
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

from bot.errors import PromptError
from bot.flags import FLAG, NUMBER, Flags, format_flags, format_number, read_flags
from bot.permutations import Source, expand, read
from bot.spans import SPAN, SPAN_AFTER, WHOLE, Span, cut_span, format_span, read_span, spanned
from generation.protocol import Phrase
from generation.schedule import gap

__all__ = ["Flags", "Prompt", "format_prompt", "normalise", "parse"]

MAX_LENGTH = 2000  #: characters of all phrases together
MAX_PHRASES = 64
MAX_PERMUTATIONS = 64  #: where the caller sets no limit
NO_WEIGHT = -0.5

_MAX_TYPED = 5 * MAX_LENGTH  # room for every character escaped, and for weights and flags

_FIELD = re.compile(NUMBER, re.IGNORECASE)
_GLUED = re.compile(r"[0-9]++(?:[.,][0-9]++)?")
_WEIGHING = rf"(?P<weight>{NUMBER})(?::(?P<stop>{NUMBER}))?(?:,(?![0-9])|(?= |$))"
_DOUBLE_COLON = re.compile(f"::(?:{_WEIGHING})?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Prompt:
    """One picture's prompt. `--no` stands among the phrases, with its negative weight."""

    phrases: tuple[Phrase, ...]
    flags: Flags = field(default_factory=Flags)


@dataclass(frozen=True, slots=True)
class _Part:
    """A phrase, and where in the prompt its weight stands, or else its text."""

    phrase: Phrase
    place: int


def parse(text: str, limit: int = MAX_PERMUTATIONS) -> tuple[Prompt, ...]:
    """Read a prompt: one `Prompt` for each permutation, at most `limit`. Raises `PromptError` alone."""
    if len(text) > _MAX_TYPED:
        whole = Source(text, text, text, tuple(range(len(text) + 1)))
        raise whole.error("prompt-too-long", MAX_LENGTH, length=len(text), limit=MAX_LENGTH)
    return tuple(_read_prompt(source) for source in expand(read(text), limit))


def format_prompt(prompt: Prompt) -> str:
    """Write a prompt so that `parse` gives it back, and so that a person can read it."""
    phrases = " | ".join(_format_phrase(phrase) for phrase in prompt.phrases)
    return " ".join([phrases, *format_flags(prompt.flags)])


def normalise(phrases: Collection[Phrase]) -> tuple[Phrase, ...]:
    """Divide the weights by the sum of their magnitudes. Weights that are all zero stay as they are."""
    peak = max((abs(phrase.weight) for phrase in phrases), default=0.0)
    if peak == 0 or math.isclose(sum(abs(phrase.weight) for phrase in phrases), 1, rel_tol=1e-12):
        return tuple(phrases)
    scaled = [phrase.weight / peak for phrase in phrases]  # first, because a sum of huge weights is no number
    total = math.fsum(map(abs, scaled))
    return tuple(
        replace(phrase, weight=weight / total) for phrase, weight in zip(phrases, scaled, strict=True)
    )


def _read_prompt(source: Source) -> Prompt:
    first = FLAG.search(source.mask)
    end = first.start() if first else len(source)
    parts = list(_read_parts(source.cut(0, end)))
    if not parts:
        raise source.error("prompt-empty")
    flags, unwanted = read_flags(source.cut(end))
    unwanted_parts = [_Part(Phrase(item.words(), NO_WEIGHT), item.places[0]) for item in unwanted]
    _check(source, parts, [*parts, *unwanted_parts])
    return Prompt(tuple(part.phrase for part in [*parts, *unwanted_parts]), flags)


def _check(source: Source, parts: list[_Part], together: list[_Part]) -> None:
    length = sum(len(part.phrase.text) for part in together)
    if length > MAX_LENGTH:
        raise source.error("prompt-too-long", min(MAX_LENGTH, len(source)), length=length, limit=MAX_LENGTH)
    if len(together) > MAX_PHRASES:
        place = together[MAX_PHRASES].place
        arguments = {"count": len(together), "limit": MAX_PHRASES}
        raise PromptError("prompt-too-many-parts", source.whole, place, **arguments)
    if all(part.phrase.weight <= 0 for part in parts):
        raise PromptError("prompt-nothing-positive", source.whole, parts[0].place)
    if bare := gap([part.phrase for part in parts if part.phrase.weight > 0]):
        start, end = map(format_number, bare)
        raise PromptError("prompt-gap", source.whole, parts[0].place, start=start, end=end)


def _read_parts(source: Source) -> Iterator[_Part]:
    for segment in source.split("|"):
        start = 0
        for found in _DOUBLE_COLON.finditer(segment.mask):
            part = segment.cut(start, found.start())
            start, span = found.end(), WHOLE
            if after := SPAN_AFTER.match(segment.mask, start):
                start, span = after.end(), read_span(segment, after)
            if found["weight"] is None:
                yield from _read_part(part, span)
            else:
                numbers = [segment.cut(*found.span(name)) for name in ("weight", "stop") if found[name]]
                yield _weighed(part, numbers, span)
        yield from _read_part(segment.cut(start))


def _read_part(source: Source, span: Span = WHOLE) -> Iterator[_Part]:
    """One part, at whose end may stand weight, stop and span; nothing where there is no text at all."""
    source, span = cut_span(source, span)
    text, numbers = _peel(source)
    if numbers:
        yield _weighed(text, numbers, span)
    elif source:
        yield _Part(spanned(Phrase(source.words()), span), source.places[0])


def _peel(source: Source) -> tuple[Source, list[Source]]:
    """Take the row of `:number` off the end, but for a colon between two digits, and for a URL."""
    numbers: list[Source] = []
    end = len(source)
    while len(numbers) < 4:  # one more than can be right
        colon = source.mask.rfind(":", 0, end)
        if colon < 0 or not _FIELD.fullmatch(source.mask, colon + 1, end):
            break
        numbers.insert(0, source.cut(colon + 1, end))
        end = colon
    head = source.mask[:end]
    if "://" in head.rpartition(" ")[2]:
        return source, []
    if numbers and head[-1:].isdecimal() and _GLUED.fullmatch(numbers[0].mask):
        end += 1 + len(numbers.pop(0))
    if len(numbers) > 2:
        raise numbers[2].error("prompt-too-many-numbers")
    return source.cut(0, end), numbers


def _weighed(text: Source, numbers: list[Source], span: Span) -> _Part:
    text, span = cut_span(text, span)
    if not text:
        raise numbers[0].error("prompt-nothing-to-weigh")
    weight = _read_number(numbers[0])
    stop = _read_number(numbers[1], least=-math.inf) if numbers[1:] else -math.inf
    return _Part(spanned(Phrase(text.words(), weight, stop), span), numbers[0].places[0])


def _read_number(source: Source, least: float | None = None) -> float:
    """Read a finite number, or the infinite one that is allowed."""
    if "," in source.text:
        better = source.text.replace(",", ".")
        raise source.error("prompt-decimal-comma", value=source.text, better=better)
    number = float(source.text)
    if not math.isfinite(number) and number != least:
        raise source.error("prompt-not-finite", value=source.shown())
    return number


def _format_phrase(phrase: Phrase) -> str:
    """The first way of writing that reads back: colons as they are, or escaped, or apart from the weight."""
    span = format_span(phrase)
    numbers = [phrase.weight, phrase.stop] if phrase.stop > -math.inf else [phrase.weight]
    suffix = "" if numbers == [1] else "".join(f":{format_number(number)}" for number in numbers)
    text = FLAG.sub(r"\\\g<0>", re.sub(r"[\\|{}]", r"\\\g<0>", phrase.text))
    text = SPAN.sub(r"\\\g<0>", text)
    escaped = text.replace(":", "\\:")
    for way in (text + suffix + span, escaped + suffix + span):
        if _reads_as(way, phrase):
            return way
    return f"{escaped} {suffix}{span}"


def _reads_as(way: str, phrase: Phrase) -> bool:
    try:
        return [part.phrase for part in _read_parts(read(way))] == [phrase]
    except PromptError:
        return False
