"""Text for a model that has read English alone: what can be written in ASCII is, the rest is refused.

Standard library only: the bot asks before a picture is queued.
"""

from __future__ import annotations

import unicodedata

_WRITTEN = {"‘": "'", "’": "'", "“": '"', "”": '"', "«": '"', "»": '"', "×": "x", "⁄": "/"}


class ForeignText(ValueError):
    """A caption in letters that the model has never seen; `letter` is the first of them."""

    def __init__(self, letter: str) -> None:
        super().__init__(f"it cannot read {letter!r}")
        self.letter = letter


def plain(text: str) -> str:
    """Lower-case ASCII of the same meaning: no accents, straight quotes, emoji by name.

    Raises `ForeignText` at a letter that has no such form.
    """
    return "".join(map(_plain, unicodedata.normalize("NFKD", text))).lower()


def _plain(character: str) -> str:
    if character.isascii():
        return character
    kind = unicodedata.category(character)
    if kind[0] in "LN":
        raise ForeignText(character)
    if kind == "So":
        return f" {unicodedata.name(character, '')} "
    if kind == "Pd":
        return "-"
    return _WRITTEN.get(character, " " if kind[0] == "Z" else "")
