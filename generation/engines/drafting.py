"""A run of the token engine: several candidates of one prompt, ranked by the CLIP when they are whole."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load as unpack
from safetensors.torch import save as pack
from torch import Tensor

from generation.dalle import Dalle
from generation.dalle_files import load_dalle
from generation.decoding import FREE, Decoder
from generation.engines.guided import GuidedModel
from generation.engines.painting import CheckpointError
from generation.protocol import Generate
from generation.sampling import Sampling, branch_shares, uniforms
from generation.tensors import ModelFileError
from generation.tokenizer import Tokenizer
from generation.yttm import YTTM

TRANSFORMER = "transformer.safetensors"
_FORMAT = 1
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


class DraftModel:
    """A transformer, and the pair that decodes and judges what it says."""

    def __init__(self, dalle: Dalle, network: GuidedModel, texts: Texts, drafting: Drafting) -> None:
        self.dalle, self.network, self.texts, self.drafting = dalle, network, texts, drafting
        self.grey = self._grey()

    @classmethod
    def load(
        cls, files: Mapping[str, Path], network: GuidedModel, dtype: torch.dtype, drafting: Drafting
    ) -> DraftModel:
        """Read the transformer and its vocabulary, to go with a pair. Raises `ModelFileError`."""
        dalle = load_dalle(files[TRANSFORMER], str(network.device), dtype)
        texts: Texts
        if "bpe.model" in files:
            texts = PublishedTexts(YTTM.load(files["bpe.model"]))
        else:
            texts = PocketTexts(Tokenizer.load(files["bpe.txt"]))
        if dalle.config.image_vocab != network.config.n_embed:
            raise ModelFileError(
                f"{files['transformer.safetensors']}: speaks of other codes than the VQGAN's"
            )
        return cls(dalle, network, texts, drafting)

    @property
    def side(self) -> int:
        """The pixels of a side of its pictures."""
        return self.dalle.config.grid * self.network.config.factor

    def branches(self, captions: Sequence[str]) -> Tensor:
        """The captions' tokens, before them the empty caption's where there is guidance: [P, text_length]."""
        length = self.dalle.config.text_length
        rows = [self.texts.read(caption, length) for caption in captions]
        if self.drafting.sampling.guidance is not None:
            rows.insert(0, np.zeros(length, np.int64))
        return torch.from_numpy(np.stack(rows)).to(self.network.device)

    def cache_bytes(self, phrases: int, itemsize: int) -> int:
        """What keys and values of a run of so many phrases take."""
        config, drafting = self.dalle.config, self.drafting
        rows = (phrases + (drafting.sampling.guidance is not None)) * drafting.candidates
        return 2 * itemsize * config.layers * rows * config.length * config.hidden

    @torch.no_grad()
    def decode(self, codes: Tensor) -> Tensor:
        """Codes [n, cells], `FREE` where there is none yet → pictures [n, 3, side, side] in 0..1."""
        grid = self.dalle.config.grid
        whole = torch.where(codes == FREE, self.grey, codes).view(-1, grid, grid)
        parts = torch.split(whole, AT_ONCE)
        return torch.cat([self.network.paint(self.network.rows(part)) for part in parts])

    @torch.no_grad()
    def encode(self, picture: Tensor) -> Tensor:
        """A picture [1, 3, side, side] in 0..1 → its codes [cells]."""
        z = self.network.latent(picture)
        distance = torch.cdist(z.flatten(2).mT, self.network.codebook[None])
        return distance.argmin(-1).flatten()

    def _grey(self) -> int:
        """The code of mid-grey."""
        codes = self.encode(torch.full((1, 3, self.side, self.side), 0.5))
        return int(codes.mode().values)


def free_codes(model: DraftModel) -> Tensor:
    """No code is forced: [candidates, cells]."""
    shape = (model.drafting.candidates, model.dalle.config.cells)
    return torch.full(shape, FREE, device=model.network.device)


@dataclass(frozen=True, slots=True)
class DraftPrompt:
    """P phrases as transformer and CLIP see them."""

    captions: tuple[str, ...]
    weights: tuple[float, ...]  #: magnitudes sum to 1
    vectors: Tensor  #: [P, D]


class Draft:
    """One picture in the making, in a decoder's slot. Shown is the first candidate, in the end the best."""

    def __init__(
        self,
        request: Generate,
        lane: int,
        model: DraftModel,
        decoder: Decoder,
        slot: int,
        prompt: DraftPrompt,
        forced: Tensor,
    ) -> None:
        self.request, self.lane, self.model, self.prompt = request, lane, model, prompt
        self.decoder, self.slot, self.forced = decoder, slot, forced
        self.step = 0
        self.best = 0
        self.scores: Tensor | None = None  #: [candidates], once they are whole
        self._enter(forced)

    @property
    def steps(self) -> int:
        """Steps in all; the picture's tokens are spread evenly over them."""
        return self.request.steps

    @property
    def loss(self) -> float | None:
        """Minus the mean log-probability of the tokens so far."""
        if not self.step:
            return None
        return -float(self.decoder.logprob[self.slot, :, : self.filled].mean())

    @property
    def filled(self) -> int:
        """Tokens so far."""
        return self._tokens(self.step)

    @property
    def codes(self) -> Tensor:
        """[candidates, cells], `FREE` where there is none yet."""
        codes = self.decoder.codes[self.slot].clone()
        codes[:, self.filled :] = FREE
        return codes

    def due(self) -> int:
        """How many tokens the next step takes."""
        return self._tokens(self.step + 1) - self.filled

    def advance(self) -> None:
        """One step, alone."""
        self.decoder.advance({self.slot: self.due()})
        self.advanced()

    def advanced(self) -> None:
        """The decoder has drawn what was due."""
        self.step += 1
        if self.step == self.steps:
            self._rank()

    def is_finite(self) -> bool:
        """Whether the log-probabilities are still numbers."""
        return bool(self.decoder.logprob[self.slot, :, : self.filled].isfinite().all())

    def picture(self) -> Tensor:
        """The picture as it stands, [1, 3, H, W] in 0..1."""
        return self.model.decode(self.codes[self.best : self.best + 1])

    def score(self) -> float:
        """Cosine of the picture to each phrase, weighted, -1..1."""
        if self.scores is not None:
            return float(self.scores[self.best])
        return float(self._judge(self.picture())[0])

    def snapshot(self) -> bytes:
        """The codes; the keys and values follow from them."""
        numbers = torch.tensor([_FORMAT, self.step, *self._identity()])
        codes = self.decoder.codes[self.slot, :, : self.filled]
        return pack({"codes": codes.to("cpu", torch.int32).contiguous(), "numbers": numbers})

    def restore(self, data: bytes) -> None:
        """Go on from a snapshot, by forcing its codes. Raises `CheckpointError`."""
        try:
            state = unpack(data)
            version, step, *identity = state["numbers"].tolist()
            codes = state["codes"].to(self.forced)
        except (SafetensorError, KeyError, ValueError) as error:
            raise CheckpointError(f"not a checkpoint: {error!r}") from error
        if version != _FORMAT or identity != self._identity() or not 0 <= step <= self.steps:
            raise CheckpointError("the checkpoint belongs to another request")
        if codes.shape != (len(self.forced), self._tokens(step)) or not self._known(codes):
            raise CheckpointError("the checkpoint does not fit the model")
        forced = self.forced.clone()
        forced[:, : codes.shape[1]] = codes
        self._enter(forced)
        self.decoder.advance({self.slot: codes.shape[1]})
        self.step = step
        if step == self.steps:
            self._rank()

    def _enter(self, forced: Tensor) -> None:
        model, device = self.model, self.model.network.device
        guidance = model.drafting.sampling.guidance
        shares = torch.tensor(branch_shares(list(self.prompt.weights), guidance), device=device)
        numbers = uniforms(self.request.seed, len(forced), model.dalle.config.cells).to(device)
        self.decoder.enter(self.slot, model.branches(self.prompt.captions), shares, numbers, forced)

    def _known(self, codes: Tensor) -> bool:
        return bool(((codes >= 0) & (codes < self.model.dalle.config.image_vocab)).all())

    def _tokens(self, step: int) -> int:
        """Tokens after so many steps; there is at least one after the first."""
        return -(-self.model.dalle.config.cells * min(step, self.steps) // self.steps)

    def _rank(self) -> None:
        self.scores = self._judge(self.model.decode(self.codes))
        self.best = int(self.scores.argmax())

    @torch.no_grad()
    def _judge(self, pictures: Tensor) -> Tensor:
        """Weighted cosines, [n]."""
        network = self.model.network
        views = torch.cat([network.view_whole(picture[None]) for picture in pictures])
        cosines = F.cosine_similarity(network.judge(views)[:, None], self.prompt.vectors[None], dim=-1)
        return cosines @ torch.tensor(self.prompt.weights, device=cosines.device)

    def _identity(self) -> list[int]:
        request = self.request
        digest = hashlib.blake2b(repr(request.phrases).encode(), digest_size=7).digest()
        return [request.seed, request.width, request.height, request.steps, int.from_bytes(digest, "big")]
