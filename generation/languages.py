"""In which languages a prompt is, told by its letters, and who reads them. Pure; standard library only.

Letters are all that is looked at: Cyrillic ones are Russian, Latin ones English, any others OTHER. It is what
the models need: the published ones have read one of the two, or both, or many.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Final

ENGLISH: Final = "en"
RUSSIAN: Final = "ru"
OTHER: Final = "und"  #: as ISO 639 has it, for letters of neither
#: How many English words a word of another language may have beside it before a reader of English is needed:
#: "дом у реки, unreal engine" is Russian, "дом in a deep dark forest" is both.
BORROWED: Final = 2

_NAME: Final = "name"
_WORD = re.compile(r"[^\W_]+")


def languages_of(texts: Iterable[str]) -> tuple[str, ...]:
    """The languages that these texts ask of a reader, in alphabetical order; none where there are no words.

    Numbers are no words. Latin words with capitals or digits ("VQGAN", "Unreal Engine", "4k") are names, and
    beside words of another language in need of nobody; so is a text of one word ("blur"), and what is few.
    """
    counts = [_count(text) for text in texts]
    together = sum(counts, Counter())
    foreign = together[RUSSIAN] + together[OTHER]
    english = any(map(_is_english, counts)) if foreign else together[ENGLISH] + together[_NAME] > 0
    asked = {ENGLISH: english, RUSSIAN: together[RUSSIAN] > 0, OTHER: together[OTHER] > 0}
    return tuple(sorted(language for language, spoken in asked.items() if spoken))


def reads(known: Collection[str], asked: Collection[str]) -> bool:
    """Whether who knows these languages reads all that is asked; to know none by name is to read any."""
    return not known or set(asked) <= set(known)


def _count(text: str) -> Counter[str]:
    return Counter(map(_kind, _WORD.findall(unicodedata.normalize("NFKC", text))))


def _is_english(count: Counter[str]) -> bool:
    foreign = count[RUSSIAN] + count[OTHER]
    return count[ENGLISH] > (BORROWED * foreign or 1)


def _kind(word: str) -> str:
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in word if letter.isalpha()}
    if "CYRILLIC" in scripts:
        return RUSSIAN
    if scripts - {"LATIN"}:
        return OTHER
    if not scripts:
        return ""
    return ENGLISH if word.isalpha() and word.islower() else _NAME
