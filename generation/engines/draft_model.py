"""Networks that tell codes by a caption, and DALL-E's among them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from generation.dalle import Dalle
from generation.dalle_files import load_dalle, load_vocabulary
from generation.decoding import Batch, Decoder
from generation.engines.code_model import TRANSFORMER, CodeModel, Drafting, check_codes
from generation.engines.guided import Painter
from generation.matte import MATTE_FILE, Matte
from generation.sampling import Sampling
from generation.tokenizer import Tokenizer
from generation.yttm import YTTM

VOCABULARY = "bpe.model"


DRAFTINGS: Mapping[str, Drafting] = MappingProxyType(
    {"pocket": Drafting(8, Sampling(temperature=1.0, top_k=100, top_p=0.8, guidance=1.5))}
)


def drafting_of(model: str) -> Drafting:
    """The drafting of a model; one that has none of its own is taken for a published one."""
    return DRAFTINGS.get(model, Drafting())


class Texts(Protocol):
    """A way to turn a caption into the transformer's tokens."""

    def read(self, text: str, length: int) -> NDArray[np.int64]:
        """[length], 0 where there is none."""


@dataclass(frozen=True, slots=True)
class PocketTexts:
    """The vocabulary that the CLIP beside it has."""

    tokenizer: Tokenizer

    def read(self, text: str, length: int) -> NDArray[np.int64]:
        """Start, pieces, end, zeros."""
        tokens: NDArray[np.int64] = self.tokenizer.tokenize([text], length)[0]
        return tokens


@dataclass(frozen=True, slots=True)
class PublishedTexts:
    """ruDALL-E's vocabulary; a text that is too long loses its end token, as in the original."""

    tokenizer: YTTM

    def read(self, text: str, length: int) -> NDArray[np.int64]:
        """Start, pieces, end, zeros."""
        pieces = self.tokenizer.encode(text.lower().strip())
        ids = [self.tokenizer.start, *pieces, self.tokenizer.end][:length]
        return np.array([*ids, *[0] * (length - len(ids))], np.int64)


class CaptionModel(CodeModel):
    """One that captions guide, and whose runs share a batch."""

    @abstractmethod
    def branches(self, captions: Sequence[str]) -> Tensor:
        """The captions' tokens, before them the empty caption's where there is guidance: [P, text_length]."""

    @abstractmethod
    def decoder(self, slots: int, branches: int, candidates: int, dtype: torch.dtype) -> Batch:
        """Room for so many runs of so many captions and candidates each."""

    @abstractmethod
    def cache_bytes(self, phrases: int, candidates: int, itemsize: int) -> int:
        """What keys and values of a run of so many phrases and candidates take."""

    def rows(self, phrases: int, candidates: int) -> int:
        """Sequences of a run of so many phrases and candidates."""
        return (phrases + (self.drafting.sampling.guidance is not None)) * candidates


class DraftModel(CaptionModel):
    """With a transformer in ruDALL-E's layout."""

    def __init__(
        self, dalle: Dalle, network: Painter, texts: Texts, drafting: Drafting, matte: Matte | None = None
    ) -> None:
        super().__init__(network, drafting, dalle.config.grid, dalle.config.image_vocab)
        self.dalle, self.texts, self._matte = dalle, texts, matte

    @classmethod
    def load(
        cls, files: Mapping[str, Path], network: Painter, dtype: torch.dtype, drafting: Drafting
    ) -> DraftModel:
        """Read the transformer and its vocabulary, to go with a VQGAN. Raises `ModelFileError`."""
        dalle = load_dalle(files[TRANSFORMER], str(network.device), dtype)
        check_codes(files[TRANSFORMER], dalle.config.image_vocab, network)
        texts: Texts
        if VOCABULARY in files:
            texts = PublishedTexts(load_vocabulary(files[VOCABULARY], dalle.config))
        else:
            texts = PocketTexts(Tokenizer.load(files["bpe.txt"]))
        matte = Matte.load(files[MATTE_FILE], network.device) if MATTE_FILE in files else None
        return cls(dalle, network, texts, drafting, matte)

    @property
    def finishing_bytes(self) -> int:
        """What the network of the matte takes."""
        return 0 if self._matte is None else self._matte.memory_bytes

    def finish(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Cut out of its background, where there is a matte."""
        return pixels if self._matte is None else self._matte.cut(pixels)

    def branches(self, captions: Sequence[str]) -> Tensor:
        """The empty caption has no token at all."""
        length = self.dalle.config.text_length
        rows = [self.texts.read(caption, length) for caption in captions]
        if self.drafting.sampling.guidance is not None:
            rows.insert(0, np.zeros(length, np.int64))
        return torch.from_numpy(np.stack(rows)).to(self.network.device)

    def decoder(self, slots: int, branches: int, candidates: int, dtype: torch.dtype) -> Decoder:
        """Room for so many runs of so many captions and candidates each."""
        return Decoder(self.dalle, self.drafting.sampling, slots, branches, candidates, dtype)

    def cache_bytes(self, phrases: int, candidates: int, itemsize: int) -> int:
        """What keys and values of a run of so many phrases and candidates take."""
        config, rows = self.dalle.config, self.rows(phrases, candidates)
        return 2 * itemsize * config.layers * rows * config.length * config.hidden
