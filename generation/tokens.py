"""What is common to the vocabularies of CLIPs: a text becomes start, pieces, end, and padding."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class Vocabulary(ABC):
    """Pieces of text and their ids. `start`, `end` and `pad` are ids that no text gives."""

    start: int
    end: int
    pad: int = 0

    @abstractmethod
    def __len__(self) -> int:
        """How many ids there are, the special ones too."""

    @abstractmethod
    def encode(self, text: str) -> list[int]:
        """Ids of the text's pieces, without start and end. Special tokens spelt out are ordinary text."""

    def tokenize(self, texts: Sequence[str], context: int) -> NDArray[np.int64]:
        """int64 [N, context]: start, pieces, end, padding. What is too long is cut, the end token kept."""
        tokens = np.full((len(texts), context), self.pad, np.int64)
        for row, text in zip(tokens, texts, strict=True):
            ids = [self.start, *self.encode(text)[: context - 2], self.end]
            row[: len(ids)] = ids
        return tokens

    def is_cut(self, text: str, context: int) -> bool:
        """Whether `tokenize` leaves out a part of the text."""
        return len(self.encode(text)) > context - 2
