"""Words as the filter compares them: without case, accents, unseen characters and foreign look-alikes. Pure.

A letter of Cyrillic or Greek that looks like a Latin one counts as that one. The two cases of a few Greek
letters look like different Latin ones (Ν is an N, ν a v); so a text that has such capitals has two readings.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

#: Small letters that pass for Latin ones. Within a script no two become the same.
ALIKE: Final[Mapping[str, str]] = {
    **dict(zip("авсԁегґԍһіјкӏмнопрԛѕтиѵԝху", "abcderrghijklmhonpqstuvwxy", strict=True)),
    **dict(zip("αβεζηικμνορτυχγω", "abeznikmvoptuxyw", strict=True)),
    **dict(zip("ıȷłøđħŧĸ", "ijlodhtk", strict=True)),
}
#: Capitals that pass for another letter than their small ones do.
CAPITALS: Final[Mapping[str, str]] = {"Η": "h", "Ν": "n", "Υ": "y"}
ASCII_WORD: Final = re.compile(r"[a-z0-9]+")
BLANK: Final = "\u115f\u1160\u3164\uffa0\u2800\u034f\u180e"  #: not spaces to Unicode, yet nothing to the eye
TONES: Final = range(0x1F3FB, 0x1F400)  #: of skin, on emoji

#: Scripts that put no spaces between words: there, each character is a word of its own.
UNSPACED: Final = (
    range(0x0E00, 0x1000),  # Thai, Lao, Tibetan
    range(0x1000, 0x10A0),  # Burmese
    range(0x1780, 0x1800),  # Khmer
    range(0x3040, 0x3100),  # Hiragana, Katakana
    range(0x3400, 0xA000),  # Han
    range(0xF900, 0xFB00),
    range(0x20000, 0x32000),
)


@dataclass(frozen=True, slots=True)
class Word:
    """A folded word, and where it stands in the text that it was read from."""

    text: str
    start: int
    end: int


def words(text: str, *, by_looks: bool = False) -> list[Word]:
    """The words of a text, folded; `by_looks` reads capitals as what they look like."""
    if text.isascii() and text.isprintable():
        return [Word(found[0], *found.span()) for found in ASCII_WORD.finditer(text.lower())]
    return list(_words(text, by_looks))


def has_readings(text: str) -> bool:
    """Whether the reading by looks is another one."""
    return any(letter in CAPITALS for letter in unicodedata.normalize("NFKD", text))


def _words(text: str, by_looks: bool) -> Iterator[Word]:
    letters: list[str] = []
    start = end = 0
    for place, character in enumerate(text):
        folded = fold(character, by_looks)
        if folded == "":
            continue
        alone = is_alone(folded)
        if letters and (folded == " " or alone):
            yield Word("".join(letters), start, end)
            letters.clear()
        if alone:
            yield Word(folded, place, place + 1)
        elif folded != " ":
            start = start if letters else place
            letters.append(folded)
            end = place + 1
    if letters:
        yield Word("".join(letters), start, end)


@cache
def fold(character: str, by_looks: bool) -> str:
    """A character's folded letters; " " where it parts words, and "" where it is not to be seen."""
    if character.isspace():
        return " "
    if unicodedata.category(character) in ("Cc", "Cf", "Cs") or character in BLANK:
        return ""
    letters = "".join(_letters(character, by_looks))
    return " " if not letters and not _is_accent(character) else letters


def _letters(character: str, by_looks: bool) -> Iterator[str]:
    for part in unicodedata.normalize("NFKD", character):
        if by_looks and part in CAPITALS:
            yield CAPITALS[part]
            continue
        for letter in unicodedata.normalize("NFKD", part.casefold()):
            if not _is_accent(letter) and _is_word(letter):
                yield ALIKE.get(letter, letter)


def _is_accent(letter: str) -> bool:
    """Whether it changes how a letter looks and not which one it is."""
    number, combining = ord(letter), unicodedata.combining(letter)
    if combining == 1 or 10 <= combining <= 35 or combining >= 200:
        return True
    selector = 0xFE00 <= number <= 0xFE0F or 0x180B <= number <= 0x180F or 0xE0100 <= number <= 0xE01EF
    return selector or number in TONES or unicodedata.category(letter) == "Me"


def _is_word(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LNM" or is_alone(letter)


def is_alone(folded: str) -> bool:
    """Whether it is a word by itself: an emoji, or a character of a script without spaces."""
    if folded == " " or folded.isascii():
        return False
    number = ord(folded[0])
    return any(number in script for script in UNSPACED) or unicodedata.category(folded[0]) == "So"
