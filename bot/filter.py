"""The filter of prompts: which rule of a guild forbids this, and where it says so. Pure.

A rule is a word or a phrase. It is found where the same words stand one after another, whatever their case
and accents, and whichever look-alikes they are spelled with (see `folding`); "cat" is not in "cathedral".
A star at an end of a word stands for any letters there. What stands inside an allowed phrase is excused.

All rules are looked for in one pass: their words share a tree, whose branches are followed word by word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from bot.folding import Word, has_readings, words

MAX_CHARACTERS: Final = 100  #: of a rule
LEAST_STARRED: Final = 2  #: letters beside a star


@dataclass(frozen=True, slots=True)
class Rule:
    """What is forbidden, or with `allowed` excused. `source` names the AutoMod rule that it came from."""

    words: str
    allowed: bool = False
    id: int = 0
    source: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """Where a rule was found: in which of the texts, and there from `start` to `end`."""

    rule: Rule
    part: int
    start: int
    end: int
    excused: Rule | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A word of a rule, and whether more letters may stand before or after it."""

    text: str
    open_before: bool = False
    open_after: bool = False


def pieces(rule: str) -> tuple[Piece, ...]:
    """The words of a rule, folded; none where nothing in it can be looked for."""
    found: list[Piece] = []
    for typed in rule.split():
        folded = [word.text for chunk in typed.split("*") for word in words(chunk)]
        for place, text in enumerate(folded):
            before = place == 0 and typed.startswith("*")
            after = place == len(folded) - 1 and typed.endswith("*")
            found.append(Piece(text, before, after))
    return tuple(found)


def canonical(rule: str) -> str:
    """A rule as it is compared: two that are alike are the same."""
    return " ".join(
        f"{'*' * piece.open_before}{piece.text}{'*' * piece.open_after}" for piece in pieces(rule)
    )


def is_usable(rule: str) -> bool:
    """Whether a rule says enough to be looked for, and not too much."""
    found = pieces(rule)
    starred = any(piece.open_before or piece.open_after for piece in found)
    letters = sum(len(piece.text) for piece in found)
    return bool(found) and len(rule) <= MAX_CHARACTERS and (not starred or letters >= LEAST_STARRED)


@dataclass(slots=True)
class Branch:
    """A place in the tree: the rules that end here, and the words by which they go on."""

    rules: list[Rule] = field(default_factory=list)
    next: dict[int, Branch] = field(default_factory=dict)


class Vocabulary:
    """The rules' words that are open in one way, each with its number."""

    def __init__(self, before: bool, after: bool) -> None:
        self._before, self._after = before, after
        self._numbers: dict[str, int] = {}
        self._lengths: set[int] = set()

    def add(self, word: str, number: int) -> int:
        """The number of a word, this one where it had none."""
        self._lengths.add(len(word))
        return self._numbers.setdefault(word, number)

    def meant_by(self, word: str) -> Iterator[int]:
        """The numbers of the rules' words that this word is."""
        for text in self._cuts(word) if self._numbers else ():
            if text in self._numbers:
                yield self._numbers[text]

    def _cuts(self, word: str) -> Iterable[str]:
        size = len(word)
        lengths = [length for length in self._lengths if length <= size]
        if self._before and self._after:
            return {word[start : start + length] for length in lengths for start in range(size - length + 1)}
        if self._before:
            return [word[size - length :] for length in lengths]
        return [word[:length] for length in lengths] if self._after else [word]


class Filter:
    """A guild's rules, ready to be looked for."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._root = Branch()
        self._words = {openness: Vocabulary(*openness) for openness in product((False, True), repeat=2)}
        self._count = 0
        for rule in rules:
            self._add(rule)

    def verdict(self, texts: Sequence[str]) -> Match | None:
        """The first place where a rule forbids one of the texts; None where nothing does."""
        return next((match for match in self.matches(texts) if match.excused is None), None)

    def matches(self, texts: Sequence[str]) -> list[Match]:
        """Every place where a rule forbids something, in order, with what excuses it there."""
        return [match for part, text in enumerate(texts) for match in self._judged(part, text)]

    def _add(self, rule: Rule) -> None:
        branch = self._root
        for piece in pieces(rule.words):
            self._count += 1
            number = self._words[piece.open_before, piece.open_after].add(piece.text, self._count)
            branch = branch.next.setdefault(number, Branch())
        if branch is not self._root:
            branch.rules.append(rule)

    def _judged(self, part: int, text: str) -> list[Match]:
        readings = [words(text)]
        if has_readings(text):
            readings.append(words(text, by_looks=True))
        found = {match for reading in readings for match in self._found(part, reading)}
        allowed = [match for match in found if match.rule.allowed]
        forbidden = [_excused(match, allowed) for match in found if not match.rule.allowed]
        return sorted(forbidden, key=lambda match: (match.start, -match.end, match.rule.id, match.rule.words))

    def _found(self, part: int, reading: Sequence[Word]) -> Iterator[Match]:
        under_way: list[tuple[int, Branch]] = []
        for word in reading:
            numbers = [number for known in self._words.values() for number in known.meant_by(word.text)]
            under_way = [
                (start, branch.next[number])
                for start, branch in [*under_way, (word.start, self._root)]
                for number in numbers
                if number in branch.next
            ]
            for start, branch in under_way:
                for rule in branch.rules:
                    yield Match(rule, part, start, word.end)


def _excused(match: Match, allowed: Iterable[Match]) -> Match:
    for other in allowed:
        if other.start <= match.start and match.end <= other.end:
            return Match(match.rule, match.part, match.start, match.end, other.rule)
    return match
