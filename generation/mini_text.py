"""Captions as DALL-E mini's tokens: byte-pair pieces of lower-case English words, by the published files.

`vocab.json` maps pieces to ids; `merges.txt` has a pair a line, the earlier the sooner it joins. A word
begins with "Ġ". The pieces are of English alone: letters of other alphabets are refused, not left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from generation.dalle_mini import PAD
from generation.english import plain
from generation.tensors import ModelFileError

_START, _END, _UNKNOWN = "<s>", "</s>", "<unk>"
_WORD = "Ġ"
#: How many rows the published encoders have beside one for each piece: mini one less, mega some to spare.
_FEWER, _MORE = 1, 64


@dataclass(frozen=True, slots=True)
class MiniTexts:
    """A vocabulary and the order of its merges."""

    pieces: Mapping[str, int]
    ranks: Mapping[tuple[str, str], int]
    rows: int  #: that the encoder has; a piece beyond them is unknown to it

    @classmethod
    def load(cls, vocabulary: Path, merges: Path, rows: int) -> MiniTexts:
        """Read both files, to go with an encoder of so many rows. Raises `ModelFileError`."""
        pieces = _read_pieces(vocabulary)
        ranks = _read_merges(merges)
        if not len(pieces) - _FEWER <= rows <= len(pieces) + _MORE:
            raise ModelFileError(
                f"{vocabulary}: has {len(pieces)} pieces, and the transformer reads {rows}; "
                "they do not belong together"
            )
        strangers = sum(first + second not in pieces for first, second in ranks)
        if 2 * strangers > len(ranks):
            raise ModelFileError(
                f"{merges}: makes pieces that {vocabulary.name} does not have; they do not belong together"
            )
        return cls(pieces, ranks, rows)

    def read(self, text: str, length: int) -> NDArray[np.int64]:
        """Start, pieces, end, pads: [length]. A text that is too long keeps its end. Raises `ForeignText`."""
        unknown = self.pieces[_UNKNOWN]
        known = (
            self.pieces.get(piece, unknown) for word in plain(text).split() for piece in self._word(word)
        )
        ids = [id_ if id_ < self.rows else unknown for id_ in known][: length - 2]
        ids = [self.pieces[_START], *ids, self.pieces[_END]]
        return np.array([*ids, *[PAD] * (length - len(ids))], np.int64)

    def _word(self, word: str) -> list[str]:
        parts = [_WORD, *word]
        while True:
            places = [(self.ranks[pair], i) for i, pair in enumerate(pairwise(parts)) if pair in self.ranks]
            if not places:
                return parts
            _, i = min(places)
            parts[i : i + 2] = [parts[i] + parts[i + 1]]


def _read_pieces(path: Path) -> dict[str, int]:
    try:
        pieces = json.loads(path.read_text(encoding="utf-8"))
        found = {str(piece): int(id_) for piece, id_ in pieces.items()}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise ModelFileError(f"{path}: not a readable vocabulary ({error})") from error
    missing = [special for special in (_START, _END, _UNKNOWN) if special not in found]
    if missing:
        raise ModelFileError(f"{path}: not a vocabulary of DALL-E mini; it has no {missing[0]}")
    if found.get("<pad>", PAD) != PAD:
        raise ModelFileError(f"{path}: not a vocabulary of DALL-E mini; its <pad> is not {PAD}")
    return found


def _read_merges(path: Path) -> dict[tuple[str, str], int]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
        pairs = [line.split(" ") for line in lines if line and not re.match("#version", line)]
        return {(first, second): rank for rank, (first, second) in enumerate(pairs)}
    except (OSError, ValueError) as error:
        raise ModelFileError(f"{path}: not a readable list of merges ({error})") from error
