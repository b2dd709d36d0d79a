"""Whether two words are one in another form: English plurals, Russian cases and numbers.

No dictionary: what is left of two Russian words behind their common beginning must be endings, both of nouns
or both of adjectives (Zaliznyak, "Grammatical Dictionary of the Russian Language", 1977, has all of them).
"""

from __future__ import annotations

import re
from typing import Final

_IRREGULAR: Final = {"goose": "geese", "mouse": "mice", "ox": "oxen"}
_SHORTEST_STEM: Final = 2
_LONGEST_ENDING: Final = 3
_NOUN: Final = frozenset(
    re.findall(
        r"\w*",
        "а я о е и ы у ю ь й ой ей ий ом ем ам ям ах ях ов ев ами ями ою ею"
        " ье ья ью ьи ьем ьев ьям ьях ьями ия ие ии ию иям иях иями ием",
    )
)
_ADJECTIVE: Final = frozenset(
    re.findall(r"\w+", "ый ий ой ого его ому ему ым им ом ем ая яя ую юю ей ою ею ое ее ые ие ых их ыми ими")
)
#: The vowel that comes and goes before the last consonant: орёл and орла, лодка and лодок, лев and льва.
_FLEETING: Final = re.compile(r"(?<=[^аеиоуыэюя])[ое](?=[^аеиоуыэюяйь]ь?$)")


def same_word(word: str, known: str) -> bool:
    """Whether both, in lower case and with е for ё, are forms of one word."""
    if word == known:
        return True
    if word[0] != known[0]:
        return False
    if not "а" <= known[0] <= "я":
        return word in _plurals(known)
    return not _stems(word).isdisjoint(_stems(known))


def _plurals(word: str) -> tuple[str, ...]:
    stem = word[:-1]
    changed = {"y": f"{stem}ies", "f": f"{stem}ves"}.get(word[-1], word)
    return f"{word}s", f"{word}es", changed, _IRREGULAR.get(word, word)


def _stems(word: str) -> set[tuple[int, str]]:
    """What is left of the word without each ending that it may have, of nouns and of adjectives."""
    forms = {word, _FLEETING.sub("", word), _FLEETING.sub("ь", word)}
    return {
        (kind, form[: len(form) - length])
        for form in forms
        for length in range(min(_LONGEST_ENDING, len(form) - _SHORTEST_STEM) + 1)
        for kind, endings in enumerate((_NOUN, _ADJECTIVE))
        if form[len(form) - length :] in endings
    }
