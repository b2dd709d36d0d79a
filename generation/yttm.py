"""Reads the `bpe.model` of YouTokenToMe, the byte-pair encoding of the published ruDALL-E and ruCLIP files.

The file is white space between decimal numbers: `n m`; n pairs `code point, id`; m rules `x y z` (ids x and y
join to z, an earlier rule first); then the ids of unknown, pad, start and end, -1 for what there is not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path

from generation.tensors import ModelFileError
from generation.tokens import Vocabulary

#: Begins each word.
_WORD = "▁"
#: What separates words; other spaces of Unicode are ordinary (here: unknown) characters.
_SPACE = re.compile(f"[\t\n\v\f\r {_WORD}]+")


@dataclass(frozen=True, slots=True)
class YTTM:
    """A vocabulary and its rules."""

    characters: Mapping[str, int]
    rules: Mapping[tuple[int, int], tuple[int, int]]  #: pair → (place in the order, joined id)
    unknown: int
    pad: int
    start: int
    end: int

    def __len__(self) -> int:
        specials = sum(special >= 0 for special in (self.unknown, self.pad, self.start, self.end))
        return len(self.characters) + len(self.rules) + specials

    @classmethod
    def load(cls, path: Path) -> YTTM:
        """Read a file. Raises `ModelFileError`."""
        try:
            numbers = [int(word) for word in path.read_text(encoding="ascii").split()]
            return cls._parse(numbers)
        except (OSError, ValueError, IndexError) as error:
            raise ModelFileError(f"{path}: not a readable YouTokenToMe model ({error})") from error

    @classmethod
    def _parse(cls, numbers: list[int]) -> YTTM:
        count, rules = numbers[:2]
        pairs, triples, specials = _split(numbers[2:], 2 * count, 3 * rules)
        if len(specials) != 4:
            raise ValueError(f"{len(specials)} numbers after the rules instead of 4")
        characters = {chr(point): id_ for point, id_ in zip(pairs[::2], pairs[1::2], strict=True)}
        joined = zip(triples[::3], triples[1::3], triples[2::3], strict=True)
        return cls(characters, {(x, y): (i, z) for i, (x, y, z) in enumerate(joined)}, *specials)

    def encode(self, text: str) -> list[int]:
        """Ids of the text's pieces, without start and end."""
        return [id_ for word in _SPACE.split(text) if word for id_ in self._word(_WORD + word)]

    def _word(self, word: str) -> list[int]:
        """A run of unknown characters counts as one."""
        ids: list[int] = []
        for known, run in groupby(word, self.characters.__contains__):
            ids += [self.characters[c] for c in run] if known else [self.unknown]
        while True:
            places = [(self.rules[pair][0], i) for i, pair in enumerate(pairwise(ids)) if pair in self.rules]
            if not places:
                return ids
            _, i = min(places)
            ids[i : i + 2] = [self.rules[ids[i], ids[i + 1]][1]]


class LowerCase(Vocabulary):
    """The vocabulary of a ruCLIP: it reads every text in lower case."""

    def __init__(self, pieces: YTTM) -> None:
        self.start, self.end, self.pad = pieces.start, pieces.end, pieces.pad
        self._pieces = pieces

    @classmethod
    def load(cls, path: Path) -> LowerCase:
        """Read a `bpe.model`. Raises `ModelFileError`."""
        pieces = YTTM.load(path)
        if min(pieces.start, pieces.end, pieces.pad) < 0:
            raise ModelFileError(f"{path}: has no start, no end or no padding, which a CLIP needs")
        return cls(pieces)

    def __len__(self) -> int:
        return len(self._pieces)

    def encode(self, text: str) -> list[int]:
        """Ids of the text's pieces, without start and end."""
        return self._pieces.encode(text.lower())


def _split(numbers: list[int], first: int, second: int) -> tuple[list[int], list[int], list[int]]:
    if min(first, second) < 0 or len(numbers) < first + second:
        raise ValueError("it is cut short")
    return numbers[:first], numbers[first : first + second], numbers[first + second :]
