"""The names of ImageNet's classes; every class has its number besides.

Russakovsky et al., "ImageNet Large Scale Visual Recognition Challenge" (2015); the numbers are those of its
thousand classes in the order of their identifiers, which all networks share.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from types import MappingProxyType
from typing import Final

from generation.inflection import same_word

CLASSES: Final = 1000
_WORD: Final = re.compile(r"[^\W\d_]+")
_NUMBER: Final = re.compile(r"\s*#?(\d{1,6})\s*")


@dataclass(frozen=True, slots=True)
class ClassNames:
    """`english` and `russian`: names → numbers."""

    english: Mapping[str, int]
    russian: Mapping[str, int]

    @classmethod
    def load(cls, file: str = "imagenet.txt") -> ClassNames:
        """Those of a list that ships with Gala."""
        english, russian = {}, {}
        text = Path(__file__).with_name(file).read_text(encoding="utf-8")
        for line in text.splitlines():
            if line and not line.startswith("#"):
                number, names, others = line.split("|")
                english.update(dict.fromkeys(map(str.strip, names.split(",")), int(number)))
                russian.update(dict.fromkeys(map(str.strip, others.split(",")), int(number)))
        return cls(MappingProxyType(english), MappingProxyType(russian))

    def find(self, text: str, *, whole: bool = False) -> int | None:
        """The class that a text names: the name of most words that are all in it, the earliest of these.

        `whole`: the text must be the name, and nothing else.
        """
        words = _words(text)
        found = [
            (-len(parts), first, _distance(words[first:], parts), number)
            for name, number in (*self.english.items(), *self.russian.items())
            for parts in (_words(name),)
            if not whole or len(parts) == len(words)
            for first in range(len(words) - len(parts) + 1)
            if all(map(same_word, words[first:], parts))
        ]
        return min(found)[3] if found else None

    def words(self) -> frozenset[str]:
        """Every word of a name."""
        return frozenset(word for name in (*self.english, *self.russian) for word in _words(name))


def class_of(text: str, count: int) -> int | None:
    """The class of a text, of so many: by its number, or by a name where the classes are ImageNet's."""
    number = _NUMBER.fullmatch(text)
    if number:
        return int(number[1]) if int(number[1]) < count else None
    return ClassNames.load().find(text) if count == CLASSES else None


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("ё", "е"))


def _distance(words: list[str], parts: list[str]) -> int:
    """Letters behind the common beginnings, so that "кота" is nearer to "кот" than to "котёл"."""
    return sum(map(_beyond, words, parts))


def _beyond(word: str, part: str) -> int:
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(word, part, strict=False)))
    return len(word) + len(part) - 2 * shared
