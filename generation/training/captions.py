"""Captions in English and Russian, from templates, and what they claim.

A scene has facts, a caption has claims; both are sets of the same strings, so that a caption fits a
scene just when its claims are among the scene's facts.
"""

from __future__ import annotations

from dataclasses import dataclass

from numpy.random import Generator

from generation.training.scenes import Scene, Sticker
from generation.training.words import (
    COLOURS,
    NUMBERS,
    PATTERNS,
    PLACES,
    TIMES,
    Colour,
    Concept,
    Name,
    adjective,
    numeral,
)

ENGLISH, RUSSIAN = "en", "ru"
PREFIXES = {
    ENGLISH: ("a picture of ", "a drawing of ", "a sticker of "),
    RUSSIAN: ("картинка: ", "рисунок: "),
}


@dataclass(frozen=True, slots=True)
class Caption:
    """A caption and what it claims."""

    text: str
    claims: frozenset[str]


@dataclass(frozen=True, slots=True)
class Noun:
    """A sticker as a phrase of a caption: the name that was chosen, and the colour where it is told."""

    name: Name
    colour: int | None

    def say(self, language: str, case: str = "nominative") -> str:
        """The phrase; English has no cases."""
        if language == ENGLISH:
            words = (
                self.name.english
                if self.colour is None
                else f"{COLOURS[self.colour].english} {self.name.english}"
            )
            return f"{'an' if words[0].lower() in 'aeio' else 'a'} {words}"
        noun = {
            "nominative": self.name.russian,
            "genitive": self.name.genitive,
            "instrumental": self.name.instrumental,
        }
        if self.colour is None:
            return noun[case]
        return f"{adjective(COLOURS[self.colour], case, self.name.gender)} {noun[case]}"

    def count(self, language: str, count: int) -> str:
        """The phrase with a numeral, 2 to 4."""
        if language == ENGLISH:
            colour = "" if self.colour is None else COLOURS[self.colour].english + " "
            return f"{NUMBERS[count].english} {colour}{self.name.plural}"
        gender = self.name.gender
        colour = "" if self.colour is None else adjective(COLOURS[self.colour], "counted", gender) + " "
        return f"{numeral(count, gender)} {colour}{self.name.genitive}"


def looks(sticker: Sticker, concepts: tuple[Concept, ...]) -> int | None:
    """The sticker's colour, given or its own."""
    return concepts[sticker.concept].colour if sticker.colour is None else sticker.colour


def facts(scene: Scene, concepts: tuple[Concept, ...]) -> frozenset[str]:
    """All that a caption could claim of this scene."""
    ground = scene.ground
    found = (
        {f"place {ground.place}", f"time {ground.time}"}
        if ground.kind == "place"
        else {f"ground {ground.first}"}
    )
    if ground.place == "space":
        found.discard("time night")
    if ground.kind in PATTERNS:
        found = {f"pattern {ground.kind}"}
    for sticker in scene.stickers:
        colour = looks(sticker, concepts)
        found |= {f"concept {sticker.concept}"}
        if colour is not None:
            found |= {f"colour {colour}", f"concept {sticker.concept} colour {colour}"}
    if scene.relation == "count":
        found.add(f"count {len(scene.stickers)}")
    elif len(scene.stickers) == 2:
        first, second = (sticker.concept for sticker in scene.stickers)
        found |= {f"pair {first} {second}", f"pair {second} {first}", f"{scene.relation} {first} {second}"}
        found |= sides(scene)
        if scene.relation == "and":
            found.add(f"left {first} {second}")
    return frozenset(found)


def sides(scene: Scene) -> set[str]:
    """Of two things: which is below, above, left or right. Said of each alone, it is easier to learn."""
    first, second = (sticker.concept for sticker in scene.stickers)
    one, other = ("below", "above") if scene.relation == "under" else ("left", "right")
    return {f"{one} {first}", f"{other} {second}"}


def choose_noun(sticker: Sticker, concepts: tuple[Concept, ...], rng: Generator) -> Noun:
    """A name by lot; a given colour is nearly always told, the glyph's own seldom."""
    concept = concepts[sticker.concept]
    colour = looks(sticker, concepts)
    told = rng.random() < (0.35 if sticker.colour is None else 0.9)
    return Noun(concept.names[int(rng.integers(len(concept.names)))], colour if told else None)


def claims_of(noun: Noun, sticker: Sticker) -> set[str]:
    """What a noun claims."""
    concept = f"concept {sticker.concept}"
    if noun.colour is None:
        return {concept}
    return {concept, f"colour {noun.colour}", f"{concept} colour {noun.colour}"}


def with_preposition(noun: str) -> str:
    """Put "рядом с" before a noun, or "со" where a cluster of consonants follows."""
    hard = len(noun) > 1 and noun[0] in "сзшж" and noun[1] not in "аеёиоуыэюяь"
    return f"рядом {'со' if hard else 'с'} {noun}"


def say_pair(
    relation: str, first: Noun, second: Noun, language: str, rng: Generator, *, placed: bool
) -> tuple[str, bool]:
    """Two things, and whether their places were told."""
    turned = bool(rng.random() < 0.5) and not (placed and relation == "and")
    a, b = (second, first) if turned else (first, second)
    if relation == "and" or (rng.random() < 0.25 and not placed):
        beside = relation != "under" and rng.random() < 0.4
        if language == ENGLISH:
            return f"{a.say(language)} {'next to' if beside else 'and'} {b.say(language)}", False
        if beside:
            return f"{a.say(language)} {with_preposition(b.say(language, 'instrumental'))}", False
        return f"{a.say(language)} и {b.say(language)}", False
    english = {"under": ("under", "above"), "left": ("to the left of", "to the right of")}[relation][turned]
    russian, case = {
        ("under", False): ("под", "instrumental"),
        ("under", True): ("над", "instrumental"),
        ("left", False): ("слева от", "genitive"),
        ("left", True): ("справа от", "genitive"),
    }[relation, turned]
    if language == ENGLISH:
        return f"{a.say(language)} {english} {b.say(language)}", True
    return f"{a.say(language)} {russian} {b.say(language, case)}", True


def say_things(
    scene: Scene, concepts: tuple[Concept, ...], language: str, rng: Generator, *, placed: bool
) -> tuple[str, set[str]]:
    """What is in the scene, and the claims."""
    nouns = [choose_noun(sticker, concepts, rng) for sticker in scene.stickers]
    claims = claims_of(nouns[0], scene.stickers[0])
    if scene.relation == "single":
        return nouns[0].say(language), claims
    if scene.relation == "count":
        return nouns[0].count(language, len(nouns)), claims | {f"count {len(nouns)}"}
    text, told = say_pair(scene.relation, nouns[0], nouns[1], language, rng, placed=placed)
    first, second = (sticker.concept for sticker in scene.stickers)
    claims |= claims_of(nouns[1], scene.stickers[1]) | {f"pair {first} {second}"}
    return text, claims | ({f"{scene.relation} {first} {second}", *sides(scene)} if told else set())


def say_colour(colour: Colour, language: str, *, alone: bool) -> str:
    """A background of this colour, where a thing stands or by itself."""
    if language == RUSSIAN:
        case, noun = ("nominative", "фон") if alone else ("prepositional", "фоне")
        return f"{'' if alone else 'на '}{adjective(colour, case, 'm')} {noun}"
    article = "an" if colour.english == "orange" else "a"
    return f"{'' if alone else 'on '}{article} {colour.english} background"


def say_ground(scene: Scene, language: str, rng: Generator, *, alone: bool) -> tuple[str, set[str]]:
    """Where and when, as far as it is told; `alone` when nothing else is in the scene."""
    ground, english = scene.ground, language == ENGLISH
    if ground.kind in PATTERNS:
        phrase = PATTERNS[ground.kind]
        return (phrase.english if english else phrase.russian), {f"pattern {ground.kind}"}
    if ground.kind != "place":
        return say_colour(COLOURS[ground.first], language, alone=alone and bool(rng.random() < 0.6)), {
            f"ground {ground.first}"
        }
    phrases, name = PLACES[ground.place]
    lot = rng.random()
    words, claims = [], set()
    if alone or lot < 0.8:
        phrase = name if alone else phrases[int(rng.integers(len(phrases)))]
        words.append(phrase.english if english else phrase.russian)
        claims.add(f"place {ground.place}")
    if ground.place != "space" and rng.random() < (0.15 if ground.time == "day" else 0.8 if claims else 1.0):
        times = TIMES[ground.time]
        when = times[int(rng.integers(len(times)))]
        words.append(when.english if english else when.russian)
        claims.add(f"time {ground.time}")
    return " ".join(words), claims


def caption(
    scene: Scene,
    concepts: tuple[Concept, ...],
    language: str,
    rng: Generator,
    ground_share: float = 0.65,
    *,
    placed: bool = False,
) -> Caption:
    """A caption by lot; the ground is told with the probability `ground_share`.

    `placed`: where each of two things stands follows from the caption: of those beside each other, the first
    stands on the left.
    """
    if not scene.stickers:
        text, claims = say_ground(scene, language, rng, alone=True)
        return Caption(text, frozenset(claims))
    text, claims = say_things(scene, concepts, language, rng, placed=placed)
    if rng.random() < ground_share:
        where, more = say_ground(scene, language, rng, alone=False)
        turned = rng.random() < 0.15
        text = (f"{where}, {text}" if turned else f"{text} {where}").strip(" ,")
        claims |= more
    if rng.random() < 0.08:
        text = PREFIXES[language][int(rng.integers(len(PREFIXES[language])))] + text
    if language == RUSSIAN and rng.random() < 0.4:
        text = text.replace("ё", "е")
    return Caption(text, frozenset(claims))
