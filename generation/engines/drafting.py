"""A run of the token engine: several candidates of one prompt, ranked by the CLIP when they are whole."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load as unpack
from safetensors.torch import save as pack
from torch import Tensor

from generation.decoding import FREE, Batch
from generation.engine import Candidates
from generation.engines.draft_model import CodeModel
from generation.engines.guided import Viewer, to_pixels
from generation.engines.painting import CheckpointError
from generation.engines.windows import windows
from generation.protocol import Generate
from generation.sampling import branch_shares, uniforms

_FORMAT = 2


@dataclass(frozen=True, slots=True)
class DraftPrompt:
    """P phrases as transformer and CLIP see them."""

    captions: tuple[str, ...]
    vectors: Tensor | None  #: [P, D], where there is a CLIP
    weights: Callable[[int], Sequence[float]]  #: of a step, [P]; magnitudes sum to 1


class Draft:
    """One picture in the making, in a decoder's slot. Shown is the first candidate, in the end the best.

    A picture larger than the grid is drawn window by window.
    """

    def __init__(
        self,
        request: Generate,
        lane: int,
        model: CodeModel,
        decoder: Batch,
        slot: int,
        prompt: DraftPrompt,
        forced: Tensor,
        shape: tuple[int, int] | None = None,
    ) -> None:
        """`forced` are codes [candidates, cells], `FREE` where they are drawn; `shape` rows and columns."""
        self.request, self.lane, self.model, self.prompt = request, lane, model, prompt
        self.decoder, self.slot, self.forced = decoder, slot, forced
        grid = model.grid
        rows, self._across = shape or (grid, grid)
        self._windows = windows(rows, self._across, grid).to(forced.device)
        self._uniforms = uniforms(request.seed, len(forced), self._windows.numel()).to(forced.device)
        self.codes = torch.full_like(forced, FREE)  #: [candidates, cells], `FREE` where there is none yet
        self.logprob = torch.zeros(forced.shape, device=forced.device)
        self.step = 0
        self.best = 0
        self.scores: Tensor | None = None  #: [candidates], once they are whole
        self._done = 0  # tokens, over all windows
        if bool((forced == FREE).any()):
            self._enter()
        else:
            self._take()

    @property
    def steps(self) -> int:
        """Steps in all; the picture's tokens are spread evenly over them."""
        return self.request.steps

    @property
    def loss(self) -> float | None:
        """Minus the mean log-probability of the tokens so far."""
        filled = self.codes != FREE
        return -float(self.logprob[filled].mean()) if self.step else None

    @property
    def settled(self) -> bool:
        """A draft is always drawn to its end."""
        return False

    def due(self) -> int:
        """How many tokens are next: what the step still needs, but no more than the window has left."""
        cells = self._windows.shape[1]
        return min(self._tokens(self.step + 1) - self._done, cells - self._done % cells)

    def advance(self) -> None:
        """One step, alone."""
        end = self.step + 1
        while self.step < end:
            count = self.due()
            self.decoder.shares[self.slot] = self._shares()
            self.decoder.advance({self.slot: count})
            self.advanced(count)

    def advanced(self, count: int) -> None:
        """The decoder has drawn so many tokens, as was due; the step is over when it has all of its own."""
        self._done += count
        if count:
            self._collect()
            if self._done % self._windows.shape[1] == 0 and self._done < self._windows.numel():
                self._enter()
        if self._done == self._tokens(self.step + 1):
            self.step += 1
            if self.step == self.steps:
                self._rank()

    def is_finite(self) -> bool:
        """Whether the log-probabilities are still numbers."""
        return bool(self.logprob.isfinite().all())

    def picture(self) -> Tensor:
        """The picture as it stands, [1, 3, H, W] in 0..1."""
        return self.model.decode(self.codes[self.best : self.best + 1], self._across)

    def candidates(self, fit: Callable[[Tensor], Tensor] = lambda picture: picture) -> Candidates:
        """All of them as they stand, best first once they are whole; `fit` brings a picture to its size."""
        scores: tuple[float, ...] = ()
        codes = self.codes
        if self.scores is not None:
            order = self.scores.argsort(descending=True, stable=True)
            codes = codes[order]
            scores = tuple(self.scores[order].tolist()) if self.model.viewer else ()
        each = (self.model.decode(one[None], self._across) for one in codes)  # as it would be decoded alone
        shown = np.stack([to_pixels(fit(picture)) for picture in each])
        return Candidates(shown, codes.to("cpu", torch.int32).numpy(), scores)

    def score(self) -> float | None:
        """Cosine of the picture to each phrase, weighted, -1..1; None without a CLIP."""
        viewer = self.model.viewer
        if viewer is None:
            return None
        if self.scores is not None:
            return float(self.scores[self.best])
        return float(self._judge(viewer, self.picture())[0])

    def snapshot(self) -> bytes:
        """The codes and their log-probabilities; the keys and values follow from them."""
        numbers = torch.tensor([_FORMAT, self.step, *self._identity()])
        codes = self.codes.to("cpu", torch.int32).contiguous()
        return pack({"codes": codes, "logprob": self.logprob.cpu().contiguous(), "numbers": numbers})

    def restore(self, data: bytes) -> None:
        """Go on from a snapshot, by forcing its codes. Raises `CheckpointError`."""
        try:
            state = unpack(data)
            version, step, *identity = state["numbers"].tolist()
            codes, logprob = state["codes"].to(self.codes), state["logprob"].to(self.logprob)
        except (SafetensorError, KeyError, ValueError) as error:
            raise CheckpointError(f"not a checkpoint: {error!r}") from error
        if version != _FORMAT or identity != self._identity() or not 0 <= step <= self.steps:
            raise CheckpointError("the checkpoint belongs to another request")
        if codes.shape != self.codes.shape or logprob.shape != codes.shape or not self._fits(codes, step):
            raise CheckpointError("the checkpoint does not fit the model")
        self.codes, self.logprob, self.step, self._done = codes, logprob, step, self._tokens(step)
        if step == self.steps:
            self._rank()
            return
        self._enter()
        self.decoder.advance({self.slot: self._done % self._windows.shape[1]})

    def _take(self) -> None:
        """All codes are given, and nothing is left to draw."""
        self.codes, self.step, self._done = self.forced.clone(), self.steps, self._windows.numel()
        self._rank()

    def _enter(self) -> None:
        """Begin the window that is next; what is drawn of it already is forced."""
        model, cells = self.model, self._windows.shape[1]
        window = self._done // cells
        index = self._windows[window]
        forced = torch.where(self.codes[:, index] == FREE, self.forced[:, index], self.codes[:, index])
        numbers = self._uniforms[:, window * cells : (window + 1) * cells]
        self.decoder.enter(self.slot, model.branches(self.prompt.captions), self._shares(), numbers, forced)

    def _shares(self) -> Tensor:
        """By what the logits of each branch count in this step."""
        weights, guidance = self.prompt.weights(self.step), self.model.drafting.sampling.guidance
        return torch.tensor(branch_shares(list(weights), guidance), device=self.forced.device)

    def _collect(self) -> None:
        """Take over what the decoder has drawn in the window; what lay there before stays."""
        window = (self._done - 1) // self._windows.shape[1]
        count = self._done - window * self._windows.shape[1]
        index = self._windows[window, :count]
        fresh = self.codes[:, index] == FREE
        for mine, drawn in ((self.codes, self.decoder.codes), (self.logprob, self.decoder.logprob)):
            mine[:, index] = torch.where(fresh, drawn[self.slot, :, :count], mine[:, index])

    def _fits(self, codes: Tensor, step: int) -> bool:
        """Whether there is a code of the model's in just those cells that so many steps fill."""
        filled = torch.zeros(codes.shape[1], dtype=torch.bool, device=codes.device)
        filled[self._windows.flatten()[: self._tokens(step)]] = True
        known = (codes >= 0) & (codes < self.model.image_vocab)
        return bool(torch.where(filled, known, codes == FREE).all())

    def _tokens(self, step: int) -> int:
        """Tokens after so many steps; there is at least one after the first."""
        return -(-self._windows.numel() * min(step, self.steps) // self.steps)

    def _rank(self) -> None:
        """The best by the CLIP; without one, that which the transformer held for the likeliest."""
        viewer = self.model.viewer
        if viewer is None:
            self.scores = self._likelihood()
        else:
            self.scores = self._judge(viewer, self.model.decode(self.codes, self._across))
        self.best = int(self.scores.argmax())

    def _likelihood(self) -> Tensor:
        """The mean log-probability of the tokens that were drawn, [candidates]."""
        drawn = self.forced == FREE
        return (self.logprob * drawn).sum(1) / drawn.sum(1).clamp(min=1)

    @torch.no_grad()
    def _judge(self, viewer: Viewer, pictures: Tensor) -> Tensor:
        """Weighted cosines, [n]."""
        assert self.prompt.vectors is not None
        views = torch.cat([viewer.view_whole(picture[None]) for picture in pictures])
        cosines = F.cosine_similarity(viewer.judge(views)[:, None], self.prompt.vectors[None], dim=-1)
        return cosines @ torch.tensor(self.prompt.weights(self.step), device=cosines.device)

    def _identity(self) -> list[int]:
        request = self.request
        digest = hashlib.blake2b(repr(request.phrases).encode(), digest_size=7).digest()
        return [request.seed, request.width, request.height, request.steps, int.from_bytes(digest, "big")]
