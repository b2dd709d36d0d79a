"""CLIP's byte-level byte-pair encoding: a text becomes numbers, whatever alphabet it is written in.

Vocabulary: 256 byte symbols, the same 256 with `</w>` (end of word), one entry per merge, the start and end
tokens. The merges file is OpenAI's (`bpe_simple_vocab_16e6.txt.gz`) or a plain text of the same form.
"""

from __future__ import annotations

import gzip
import html
import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import regex

from generation.tensors import ModelFileError
from generation.tokens import Vocabulary

try:
    import ftfy
except ImportError:  # only texts that are mojibake come out differently
    ftfy = None  # type: ignore[assignment,unused-ignore]

END_OF_WORD = "</w>"
#: OpenAI's file has more merges than CLIP uses.
MAX_MERGES = 49152 - 256 - 2
_CACHED_WORDS = 65536

_PRINTABLE = (*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100))
#: Bytes in the vocabulary's order: those that print as themselves first.
_BYTES = (*_PRINTABLE, *sorted(set(range(256)) - set(_PRINTABLE)))
#: A printable character for each byte, in the same order; the others take the characters from U+0100 on.
_SYMBOLS = (*map(chr, _PRINTABLE), *(chr(256 + i) for i in range(256 - len(_PRINTABLE))))
_SYMBOL_OF = dict(zip(_BYTES, _SYMBOLS, strict=True))
_WORD = regex.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+", regex.IGNORECASE)


class Tokenizer(Vocabulary):
    """Encodes texts with a fixed list of merges; `start` and `end` are the two special ids."""

    def __init__(self, merges: Sequence[tuple[str, str]]) -> None:
        self.merges = tuple(merges)
        joined = (a + b for a, b in self.merges)
        entries = [*_SYMBOLS, *(symbol + END_OF_WORD for symbol in _SYMBOLS), *joined]
        self.start = len(entries)
        self.end = self.start + 1
        self._entries = entries
        self._ids = {entry: i for i, entry in enumerate(entries)}
        self._ranks = {pair: rank for rank, pair in enumerate(self.merges)}
        self._cache: dict[str, tuple[int, ...]] = {}

    @classmethod
    def load(cls, path: Path) -> Tokenizer:
        """Read a merges file, plain or gzipped: two symbols a line. Raises `ModelFileError`."""
        try:
            data = path.read_bytes()
            text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
        except (OSError, EOFError, UnicodeDecodeError) as error:
            raise ModelFileError(f"{path}: not a readable merges file ({error})") from error
        lines = [line.split() for line in text.split("\n") if line.strip() and "#version" not in line]
        if any(len(pair) != 2 for pair in lines[:MAX_MERGES]):
            raise ModelFileError(f"{path}: each line of a merges file must hold two symbols")
        return cls([(first, second) for first, second in lines[:MAX_MERGES]])

    def save(self, path: Path) -> None:
        """Write the merges in the form that `load` reads."""
        lines = ["#version: 0.2", *(f"{a} {b}" for a, b in self.merges)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def __len__(self) -> int:
        return self.end + 1

    def encode(self, text: str) -> list[int]:
        """Ids of the text's pieces, without start and end. Special tokens spelt out are ordinary text."""
        return [i for word in split_words(text) for i in self._word(word)]

    def piece(self, number: int) -> str:
        """The byte symbols of an id."""
        return self._entries[number]

    def _word(self, word: str) -> tuple[int, ...]:
        known = self._cache.get(word)
        if known is None:
            known = tuple(self._ids[piece] for piece in self._merge(word))
            if len(self._cache) < _CACHED_WORDS:
                self._cache[word] = known
        return known

    def _merge(self, word: str) -> list[str]:
        """Join neighbours, the earliest learnt pair first, until none is left."""
        pieces = word_symbols(word)
        while len(pieces) > 1:
            rank, pair = min((self._ranks.get(p, MAX_MERGES), p) for p in pairwise(pieces))
            if rank == MAX_MERGES:
                break
            pieces = join_pair(pieces, pair)
        return pieces


def tidy(text: str) -> str:
    """Mojibake and HTML entities repaired, white space collapsed."""
    fixed = ftfy.fix_text(text) if ftfy is not None else unicodedata.normalize("NFC", text)
    return re.sub(r"\s+", " ", html.unescape(html.unescape(fixed))).strip()


def clean(text: str) -> str:
    """Tidy, and in lower case."""
    return tidy(text).lower()


def split_words(text: str) -> list[str]:
    """The cleaned text's words, each as a string of byte symbols."""
    found = _WORD.findall(clean(text))
    return ["".join(_SYMBOL_OF[b] for b in word.encode("utf-8", "replace")) for word in found]


def word_symbols(word: str) -> list[str]:
    """A word of byte symbols as the list that merging starts from."""
    return [*word[:-1], word[-1] + END_OF_WORD]


def join_pair(pieces: Sequence[str], pair: tuple[str, str]) -> list[str]:
    """Every neighbouring occurrence of the pair joined, from the left."""
    joined: list[str] = []
    for piece in pieces:
        if joined and (joined[-1], piece) == pair:
            joined[-1] += piece
        else:
            joined.append(piece)
    return joined
