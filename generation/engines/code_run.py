"""A run that tells codes: several candidates of one prompt, in whatever order, ranked when they are whole."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load as unpack
from safetensors.torch import save as pack
from torch import Tensor

from generation.decoding import FREE
from generation.engine import Candidates
from generation.engines.code_model import CodeModel
from generation.engines.guided import to_pixels
from generation.engines.painting import CheckpointError
from generation.engines.prompts import Sought
from generation.protocol import Generate

#: Of snapshots; the second stage once wrote 1 where it writes 2 now.
_FORMAT, _FORMATS = 2, (1, 2)


@dataclass(frozen=True, slots=True)
class CodePrompt:
    """P phrases as a CLIP sees them, by which it chooses among candidates."""

    judged: Sought | None  #: [P, D], where there is a CLIP
    weights: Callable[[int], Sequence[float]]  #: of a step, [P]; magnitudes sum to 1
    basis: Tensor | None = field(default=None, kw_only=True)  #: tokens [cells] of a shown picture


class CodeRun(ABC):
    """One picture in the making. Shown is the first candidate, in the end the best.

    `order` are the cells [n] as they are told, and each step tells an equal share of them.
    """

    def __init__(
        self,
        request: Generate,
        lane: int,
        model: CodeModel,
        prompt: CodePrompt,
        forced: Tensor,
        order: Tensor,
        across: int,
    ) -> None:
        """`forced` are codes [candidates, cells], `FREE` where they are drawn, `across` of them a row."""
        self.request, self.lane, self.model, self.prompt = request, lane, model, prompt
        self.forced, self.order, self.across = forced, order, across
        #: [candidates, cells], `FREE` where there is none yet
        self.codes = torch.where(self._there(), forced, FREE)
        self.logprob = torch.zeros(forced.shape, device=forced.device)
        self.step, self.best = 0, 0
        self.scores: Tensor | None = None  #: [candidates], once they are whole

    @property
    def steps(self) -> int:
        """Steps in all; the picture's codes are spread evenly over them."""
        return self.request.steps

    @property
    def settled(self) -> bool:
        """A picture is always told to its end."""
        return False

    @property
    def loss(self) -> float | None:
        """Minus the mean log-probability of the codes drawn so far."""
        drawn = (self.codes != FREE) & (self.forced == FREE)
        return -float(self.logprob[drawn].mean()) if bool(drawn.any()) else None

    @property
    def company(self) -> object:
        """What it shares with the runs that are to be advanced together with it."""
        return self

    def is_finite(self) -> bool:
        """Whether the log-probabilities are still numbers."""
        return bool(self.logprob.isfinite().all())

    def picture(self) -> Tensor:
        """The picture as it stands, [1, 3, H, W] in 0..1."""
        return self._decode(self.codes[self.best : self.best + 1])

    def candidates(self, fit: Callable[[Tensor], Tensor] = lambda picture: picture) -> Candidates:
        """All of them as they stand, best first once they are whole; `fit` brings a picture to its size."""
        scores: tuple[float, ...] = ()
        codes = self.codes
        if self.scores is not None:
            order = self.scores.argsort(descending=True, stable=True)
            codes = codes[order]
            scores = tuple(self.scores[order].tolist()) if self.prompt.judged else ()
        each = (self._decode(one[None]) for one in codes)  # as it would be decoded alone
        shown = np.stack([to_pixels(fit(picture)) for picture in each])
        basis = None if self.prompt.basis is None else _numbers(self.prompt.basis)
        return Candidates(shown, _numbers(codes), scores, basis)

    def score(self) -> float | None:
        """Cosine of the picture to each phrase, weighted, -1..1; None without a CLIP."""
        judged = self.prompt.judged
        if judged is None:
            return None
        if self.scores is not None:
            return float(self.scores[self.best])
        return float(self._judge(judged, self.picture())[0])

    def snapshot(self) -> bytes:
        """The codes and their log-probabilities; all else follows from them."""
        numbers = torch.tensor([_FORMAT, self.step, *self._identity()])
        codes = self.codes.to("cpu", torch.int32).contiguous()
        return pack({"codes": codes, "logprob": self.logprob.cpu().contiguous(), "numbers": numbers})

    def restore(self, data: bytes) -> None:
        """Go on from a snapshot. Raises `CheckpointError`."""
        try:
            state = unpack(data)
            version, step, *identity = state["numbers"].tolist()
            codes, logprob = state["codes"].to(self.codes), state["logprob"].to(self.logprob)
        except (SafetensorError, KeyError, ValueError) as error:
            raise CheckpointError(f"not a checkpoint: {error!r}") from error
        if version not in _FORMATS or identity != self._identity() or not 0 <= step <= self.steps:
            raise CheckpointError("the checkpoint belongs to another request")
        if codes.shape != self.codes.shape or logprob.shape != codes.shape or not self._fits(codes, step):
            raise CheckpointError("the checkpoint does not fit the model")
        self.codes, self.logprob, self.step = codes, logprob, step
        if step == self.steps:
            self._rank()
        else:
            self._resume()

    @abstractmethod
    def _there(self) -> Tensor:
        """Which of the given codes are there before the first step: bool [candidates, cells]."""

    @abstractmethod
    def _resume(self) -> None:
        """Make ready to go on from codes and a step that are not one's own."""

    def _decode(self, codes: Tensor) -> Tensor:
        """Codes [n, cells] → pictures [n, 3, H, W] in 0..1."""
        return self.model.decode(codes, self.across, tile=self.request.manner.tile)

    def _take(self) -> None:
        """All codes are given, and nothing is left to draw."""
        self.codes, self.step = self.forced.clone(), self.steps
        self._rank()

    def _told(self, step: int) -> int:
        """Codes told after so many steps; there is at least one after the first."""
        return -(-len(self.order) * min(step, self.steps) // self.steps)

    def _fits(self, codes: Tensor, step: int) -> bool:
        """Whether there is a code of the model's in just those cells that so many steps fill."""
        filled = self._there()
        filled[:, self.order[: self._told(step)]] = True
        known = (codes >= 0) & (codes < self.model.image_vocab)
        return bool(torch.where(filled, known, codes == FREE).all())

    def _rank(self) -> None:
        """The best by the CLIP; without one, that which the transformer held for the likeliest."""
        judged = self.prompt.judged
        if judged is None:
            self.scores = self._likelihood()
        else:
            self.scores = self._judge(judged, self._decode(self.codes))
        self.best = int(self.scores.argmax())

    def _likelihood(self) -> Tensor:
        """The mean log-probability of the codes that were drawn, [candidates]."""
        drawn = self.forced == FREE
        return (self.logprob * drawn).sum(1) / drawn.sum(1).clamp(min=1)

    @torch.no_grad()
    def _judge(self, judged: Sought, pictures: Tensor) -> Tensor:
        """Weighted cosines, [n]."""
        viewer = judged.viewer
        views = torch.cat([viewer.view_whole(picture[None]) for picture in pictures])
        cosines = F.cosine_similarity(viewer.judge(views)[:, None], judged.vectors[None], dim=-1)
        return cosines @ torch.tensor(self.prompt.weights(self.step), device=cosines.device)

    def _identity(self) -> list[int]:
        request = self.request
        digest = hashlib.blake2b(repr(request.phrases).encode(), digest_size=7).digest()
        return [request.seed, request.width, request.height, request.steps, int.from_bytes(digest, "big")]


def _numbers(codes: Tensor) -> NDArray[np.int32]:
    array: NDArray[np.int32] = codes.to("cpu", torch.int32).numpy()
    return array
