"""Finds the words that fit a picture best: a thing, then how it looks, where it is, in which style. Pure.

Greedy: each kind of word is tried on the sentence so far, and taken only where the sentence fits better so.
"""

from __future__ import annotations

import tomllib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from bot.lexicon import is_cyrillic, words_of

if TYPE_CHECKING:
    from bot.lexicon import Lexicon

RUNNERS_UP: Final = 3
ARTICLES: Final = ("a", "an", "the")
#: Russian nouns whose ending does not tell their gender.
FEMININE: Final = frozenset({"мышь", "лошадь", "морковь", "тень", "ночь", "дверь", "кровать", "печь", "ель"})
MASCULINE: Final = frozenset({"фламинго", "кофе"})

#: Asks a CLIP for the picture's cosine to each text.
Score = Callable[[Sequence[str]], Awaitable[Sequence[float]]]


@dataclass(frozen=True, slots=True)
class Words:
    """What may be said. `looks` are adjectives, in Russian masculine, feminine and neuter."""

    things: tuple[str, ...]
    looks: tuple[str, ...]
    places: tuple[str, ...]
    styles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Word:
    """A word, and how well the sentence fits with it: a cosine, -1..1."""

    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Found:
    """The best words of one kind ("thing", "look", "place", "style"); `chosen` None: better without any."""

    kind: str
    chosen: Word | None
    runners_up: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """The sentence, its cosine to the picture, and how it was found."""

    sentence: str
    score: float
    found: tuple[Found, ...]


def words_for(lexicon: Lexicon | None, language: str) -> Words:
    """The words for a model that knows a closed world of them, or (None) any in English."""
    table: dict[str, Any] = tomllib.loads(files("bot").joinpath("words.toml").read_text(encoding="utf-8"))
    if lexicon is None:
        return Words(**{kind: tuple(words) for kind, words in table["published"]["en"].items()})
    language = language if language in lexicon.things and language in table["learned"] else "en"
    names = lexicon.things[language]
    things = names if language == "ru" else tuple(f"{article(name)} {name}" for name in names)
    looks, places = (
        tuple(words for words in table["learned"][language][kind] if all(map(lexicon.knows, words_of(words))))
        for kind in ("looks", "places")
    )
    return Words(things, looks, places)


async def describe(words: Words, score: Score) -> Description:
    """The sentence that fits best, word by word."""
    thing = await _best("thing", words.things, words.things, score, -2.0)
    assert thing.chosen is not None
    noun = sentence = thing.chosen.text
    reached, found = thing.chosen.score, [thing]
    stages: tuple[tuple[str, Sequence[str], Callable[[str, str], str]], ...] = (
        ("look", [agreeing(look, noun) for look in words.looks], adorned),
        ("place", words.places, lambda sentence, place: f"{sentence} {place}"),
        ("style", words.styles, lambda sentence, style: f"{sentence}, {style}"),
    )
    for kind, choices, said in stages:
        if choices:
            best = await _best(kind, choices, [said(sentence, word) for word in choices], score, reached)
            found.append(best)
            if best.chosen is not None:
                sentence, reached = said(sentence, best.chosen.text), best.chosen.score
    return Description(sentence, reached, tuple(found))


async def _best(
    kind: str, choices: Sequence[str], sentences: Sequence[str], score: Score, reached: float
) -> Found:
    """Rank words by the sentences with them; the best is chosen if it is better than what was reached."""
    scores = await score(sentences)
    ranked = sorted(map(Word, choices, scores), key=lambda word: -word.score)
    if ranked[0].score > reached:
        return Found(kind, ranked[0], tuple(ranked[1 : 1 + RUNNERS_UP]))
    return Found(kind, None, tuple(ranked[:RUNNERS_UP]))


def adorned(thing: str, look: str) -> str:
    """A thing with an adjective before its noun: "an old house", "синяя машина"."""
    first, _, noun = thing.partition(" ")
    if first not in ARTICLES:
        return f"{look} {thing}"
    return f"{first if first == 'the' else article(look)} {look} {noun}"


def agreeing(look: str, thing: str) -> str:
    """The form of an adjective that goes with a thing; English ones have one form."""
    forms = look.split(" ")
    return forms["mfn".index(gender(thing))] if len(forms) == 3 and is_cyrillic(look) else look


def article(word: str) -> str:
    """The indefinite article before an English word."""
    return "an" if word.startswith((*"aeio", "umb", "ugly")) else "a"


def gender(thing: str) -> str:
    """The gender of a Russian noun phrase in the nominative: "m", "f" or "n", by its first word."""
    first = thing.split(" ")[0].lower()
    if first in FEMININE or (first.endswith(("а", "я")) and not first.endswith("мя")):
        return "f"
    if first in MASCULINE:
        return "m"
    return "n" if first.endswith(("о", "е", "ё", "мя")) else "m"
