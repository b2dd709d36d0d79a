"""SentencePiece's unigram model (Kudo, 2018), read from a `tokenizer.json`: the vocabulary of XLM-RoBERTa.

A text is normalised (NFKC with a few additions, as a table in the file), split at white space, and each word
is cut into the pieces whose scores (log-probabilities) add up to most. The results are those of the
`tokenizers` library, for which the file was written.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import regex

from generation.tensors import ModelFileError
from generation.tokenizer import tidy
from generation.tokens import Vocabulary

#: Begins each word.
_WORD = "▁"
_SPACE = regex.compile(r"\p{White_Space}+")
_CLUSTER = regex.compile(r"\X")  #: what a reader takes for one character
_CLUSTER_BYTES = 5  #: longer clusters are looked up character by character
_UNKNOWN_PENALTY = 10.0  #: below the least score
_SPECIALS = ("<s>", "</s>", "<pad>")
_SPLITS = ["WhitespaceSplit", "Metaspace"]
_SPACES = {"Regex": " {2,}"}


class Charsmap:
    """SentencePiece's table of replacements: a trie over UTF-8 bytes, and the texts to which it leads.

    The trie is a double array (Aoe, 1989) in the form of Darts-clone. In each of its units of 32 bits the low
    byte is the byte that leads there; bit 8 says that a replacement ends there; from bit 10 on there is the
    distance to the units that follow, in steps of 256 if bit 9 is set.
    """

    def __init__(self, data: bytes) -> None:
        """`data`: the trie's size in bytes, the trie, the texts, each with a zero after it."""
        end = 4 + int.from_bytes(data[:4], "little")
        if not 4 < end <= len(data):
            raise ValueError("the table of replacements is cut short")
        self._units: list[int] = np.frombuffer(data[4:end], "<u4").tolist()
        self._texts = data[end:]

    def apply(self, text: str) -> str:
        """The normalised text."""
        return "".join(self._cluster(cluster) for cluster in _CLUSTER.findall(text))

    def _cluster(self, cluster: str) -> str:
        """A short cluster is replaced as a whole, if it begins with anything known, as `tokenizers` does."""
        whole = self._replacement(cluster) if len(cluster.encode()) <= _CLUSTER_BYTES else None
        if whole is not None:
            return whole
        found = ((character, self._replacement(character)) for character in cluster)
        return "".join(character if new is None else new for character, new in found)

    def _replacement(self, text: str) -> str | None:
        """Of the shortest beginning of the text that has one."""
        place = _next(self._units[0])
        for byte in text.encode():
            place ^= byte
            unit = self._units[place] if byte and place < len(self._units) else 0
            if unit & 0x800000FF != byte or not byte:
                return None
            place ^= _next(unit)
            if unit & 1 << 8:
                begin = self._units[place] & 0x7FFFFFFF
                return self._texts[begin : self._texts.index(b"\0", begin)].decode()
        return None


def _next(unit: int) -> int:
    return unit >> 10 << (8 if unit & 1 << 9 else 0)


class Unigram(Vocabulary):
    """The pieces, their scores and the table of replacements."""

    def __init__(
        self, pieces: Sequence[tuple[str, float]], unknown: int, specials: frozenset[str], charsmap: Charsmap
    ) -> None:
        """`specials` are the pieces that no text gives."""
        ids = {piece: number for number, (piece, _) in enumerate(pieces)}
        self.start, self.end, self.pad = (ids[name] for name in _SPECIALS)
        self.unknown = unknown
        self._size = len(pieces)
        self._charsmap = charsmap
        self._pieces = {
            piece: (pieces[number][1], number) for piece, number in ids.items() if piece not in specials
        }
        self._longest = max(map(len, self._pieces))
        self._unknown_score = min(score for _, score in pieces) - _UNKNOWN_PENALTY

    @classmethod
    def load(cls, path: Path) -> Unigram:
        """Read a `tokenizer.json`. Raises `ModelFileError`."""
        try:
            return cls.parse(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise ModelFileError(f"{path}: no unigram model of SentencePiece's ({error!r})") from error

    @classmethod
    def parse(cls, tree: Mapping[str, Any]) -> Unigram:
        """From the file's JSON. Raises `LookupError`, `TypeError` or `ValueError`."""
        model, splits = tree["model"], tree["pre_tokenizer"].get("pretokenizers", [])
        if model["type"] != "Unigram" or model.get("byte_fallback"):
            raise ValueError(f"a {model['type']}, or one that falls back on bytes")
        if [split["type"] for split in splits] != _SPLITS:
            raise ValueError("it splits texts in another way than XLM-RoBERTa does")
        specials = frozenset(token["content"] for token in tree["added_tokens"])
        pieces = [(str(piece), float(score)) for piece, score in model["vocab"]]
        return cls(pieces, int(model["unk_id"]), specials, Charsmap(b64decode(_table(tree["normalizer"]))))

    def __len__(self) -> int:
        return self._size

    def encode(self, text: str) -> list[int]:
        """Ids of the text's pieces; a run of unknown characters in a word counts as one."""
        plain = tidy(text).encode("utf-8", "replace").decode()
        words = (word for word in _SPACE.split(self._charsmap.apply(plain)) if word)
        return [number for word in words for number in self._fused(self._best(_WORD + word))]

    def _fused(self, numbers: Sequence[int]) -> Iterator[int]:
        for number, run in groupby(numbers):
            yield from [number] if number == self.unknown else run

    def _best(self, word: str) -> list[int]:
        """Viterbi: to each place the best way that ends there."""
        ways: list[tuple[float, int, int]] = [(0.0, 0, 0), *[(-np.inf, 0, 0)] * len(word)]
        for begin in range(len(word)):
            for end, score, number in self._from(word, begin):
                total = ways[begin][0] + score
                if total > ways[end][0]:
                    ways[end] = total, begin, number
        numbers, place = [], len(word)
        while place:
            _, place, number = ways[place]
            numbers.append(number)
        return numbers[::-1]

    def _from(self, word: str, begin: int) -> Iterator[tuple[int, float, int]]:
        """End, score and id of each piece that begins there; where no character's own does, of an unknown."""
        if word[begin] not in self._pieces:
            yield begin + 1, self._unknown_score, self.unknown
        for end in range(begin + 1, min(len(word), begin + self._longest) + 1):
            piece = self._pieces.get(word[begin:end])
            if piece is not None:
                yield end, *piece


def _table(normalizer: Mapping[str, Any]) -> str:
    """The table of replacements, alone or before the joining of spaces, which changes nothing here."""
    first, *others = normalizer.get("normalizers", [normalizer])
    if first["type"] != "Precompiled" or any(step.get("pattern") != _SPACES for step in others):
        raise ValueError("it normalises texts in another way than XLM-RoBERTa does")
    return str(first["precompiled_charsmap"])
