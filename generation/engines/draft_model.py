"""A transformer that tells codes, and what turns them into pictures and ranks them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from generation.dalle import Dalle
from generation.dalle_files import load_dalle, load_vocabulary
from generation.decoding import FREE, Batch, Decoder
from generation.engines.guided import Painter
from generation.sampling import Sampling
from generation.tensors import ModelFileError
from generation.tokenizer import Tokenizer
from generation.yttm import YTTM

TRANSFORMER = "transformer.safetensors"
VOCABULARY = "bpe.model"
#: Candidates that are decoded in one go.
AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Drafting:
    """How candidates are made with a given model. The defaults suit the published ones."""

    candidates: int = 4
    sampling: Sampling = field(default_factory=Sampling)


DRAFTINGS: Mapping[str, Drafting] = MappingProxyType(
    {"pocket": Drafting(8, Sampling(temperature=1.0, top_k=100, top_p=0.9, guidance=2.0))}
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


class CodeModel(ABC):
    """A network that tells codes, the VQGAN that decodes them, and the CLIP that judges, if there is one.

    `grid` is the codes of a side that the network tells, `image_vocab` how many different ones there are.
    """

    def __init__(self, network: Painter, drafting: Drafting, grid: int, image_vocab: int) -> None:
        self.network, self.drafting, self.grid, self.image_vocab = network, drafting, grid, image_vocab
        self.viewer = network.viewer

    @property
    def side(self) -> int:
        """The pixels of a side of its pictures."""
        return self.grid * self.network.config.factor

    @abstractmethod
    def branches(self, captions: Sequence[str]) -> Tensor:
        """The captions' tokens, before them the empty caption's where there is guidance: [P, text_length]."""

    @abstractmethod
    def decoder(self, slots: int, branches: int, candidates: int, dtype: torch.dtype) -> Batch:
        """Room for so many runs of so many captions and candidates each."""

    @abstractmethod
    def cache_bytes(self, phrases: int, candidates: int, itemsize: int) -> int:
        """What keys and values of a run of so many phrases and candidates take."""

    @abstractmethod
    def filled(self, codes: Tensor) -> Tensor:
        """Codes [n, cells] with something in the cells that are `FREE`."""

    @torch.no_grad()
    def decode(self, codes: Tensor, across: int | None = None) -> Tensor:
        """Codes [n, cells], `FREE` where there is none yet → pictures [n, 3, H, W] in 0..1.

        `across`: codes of a row; as many as the grid has, unless told.
        """
        whole = self.filled(codes).unflatten(1, (-1, across or self.grid))  # type: ignore[no-untyped-call]
        parts = torch.split(whole, AT_ONCE)
        return torch.cat([self.network.paint(self.network.rows(part)) for part in parts])

    @torch.no_grad()
    def encode(self, picture: Tensor) -> Tensor:
        """A picture [1, 3, H, W] in 0..1 → its codes [cells]."""
        z = self.network.latent(picture)
        distance = torch.cdist(z.flatten(2).mT, self.network.codebook[None])
        return distance.argmin(-1).flatten()

    def rows(self, phrases: int, candidates: int) -> int:
        """Sequences of a run of so many phrases and candidates."""
        return (phrases + (self.drafting.sampling.guidance is not None)) * candidates


class DraftModel(CodeModel):
    """With a transformer in ruDALL-E's layout."""

    def __init__(self, dalle: Dalle, network: Painter, texts: Texts, drafting: Drafting) -> None:
        super().__init__(network, drafting, dalle.config.grid, dalle.config.image_vocab)
        self.dalle, self.texts = dalle, texts
        self.grey = self._grey()

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
        return cls(dalle, network, texts, drafting)

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

    def filled(self, codes: Tensor) -> Tensor:
        """Grey where there is none."""
        return torch.where(codes == FREE, self.grey, codes)

    def _grey(self) -> int:
        """The code of mid-grey."""
        codes = self.encode(torch.full((1, 3, self.side, self.side), 0.5))
        return int(codes.mode().values)


def check_codes(path: Path, image_vocab: int, network: Painter) -> None:
    """Raise `ModelFileError` unless the VQGAN has just the codes that the transformer tells."""
    if image_vocab != network.config.n_embed:
        raise ModelFileError(f"{path}: speaks of other codes than the VQGAN's")


def free_codes(model: CodeModel, shape: tuple[int, int], candidates: int) -> Tensor:
    """No code is forced: [candidates, cells] of a picture of (rows, columns)."""
    return torch.full((candidates, shape[0] * shape[1]), FREE, device=model.network.device)
