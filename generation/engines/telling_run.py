"""A run of the second stage: several candidates, told front by front, and the best of them in the end."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load as unpack
from safetensors.torch import save as pack
from torch import Tensor

from generation.decoding import FREE
from generation.engines.guided import Viewer
from generation.engines.painting import CheckpointError
from generation.engines.stage_model import CANDIDATES, StageModel
from generation.protocol import Generate
from generation.sampling import mix, sample, uniforms
from generation.telling import CachedTeller, Teller, WindowTeller

_FORMAT = 1
#: Windows that go through the transformer in one go.
MOST_ROWS = 64


@dataclass(frozen=True, slots=True)
class StagePrompt:
    """What a picture hangs on: B branches, and the P phrases by which a CLIP chooses among candidates."""

    conditions: Tensor  #: tokens [B, 1], or [1, cells] where each code has its own
    shares: tuple[float, ...]  #: [B], magnitudes sum to 1
    given: Tensor  #: codes of the first cells in raster order, which are not drawn
    vectors: Tensor | None  #: [P, D], where there is a CLIP
    weights: tuple[float, ...]  #: [P], magnitudes sum to 1


class Telling:
    """One picture in the making. Shown is the first candidate, in the end the best."""

    def __init__(self, request: Generate, lane: int, model: StageModel, prompt: StagePrompt) -> None:
        self.request, self.lane, self.model, self.prompt = request, lane, model, prompt
        self.field = model.field(request.width, request.height)
        given, device = len(prompt.given), model.network.device
        self._order = [cell for cell in self.field.wavefront() if cell >= given]
        self._uniforms = uniforms(request.seed, CANDIDATES, self.field.cells).to(device)
        self._shares = torch.tensor(prompt.shares, device=device)
        #: [candidates, cells], `FREE` where there is none yet
        self.codes = torch.full((CANDIDATES, self.field.cells), FREE, device=device)
        self.codes[:, :given] = prompt.given
        self.logprob = torch.zeros(self.codes.shape, device=device)
        self._teller = self._new_teller()
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
        """Minus the mean log-probability of the codes so far."""
        drawn = self._order[: self._cells(self.step)]
        return -float(self.logprob[:, drawn].mean()) if drawn else None

    def advance(self) -> None:
        """One step."""
        due = self._order[self._cells(self.step) : self._cells(self.step + 1)]
        most = MOST_ROWS // (len(self._shares) * CANDIDATES) or 1
        for cells in self.field.batches(due, most):
            self._draw(cells)
        self.step += 1
        if self.step == self.steps:
            self._rank()

    def is_finite(self) -> bool:
        """Whether the log-probabilities are still numbers."""
        return bool(self.logprob.isfinite().all())

    def picture(self) -> Tensor:
        """The picture as it stands, [1, 3, H, W] in 0..1."""
        return self.model.decode(self.codes[self.best : self.best + 1], self.field.columns)

    def score(self) -> float | None:
        """Cosine of the picture to each phrase, weighted, -1..1; None without a CLIP."""
        viewer = self.model.viewer
        if viewer is None:
            return None
        if self.scores is not None:
            return float(self.scores[self.best])
        return float(self._judge(viewer, self.picture())[0])

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
        if version != _FORMAT or identity != self._identity() or not 0 <= step <= self.steps:
            raise CheckpointError("the checkpoint belongs to another request")
        if codes.shape != self.codes.shape or logprob.shape != codes.shape or not self._fits(codes, step):
            raise CheckpointError("the checkpoint does not fit the model")
        self.codes, self.logprob, self.step = codes, logprob, step
        if step == self.steps:
            self._rank()

    def _new_teller(self) -> Teller:
        model, conditions = self.model, self.prompt.conditions
        if self.field.slides:
            return WindowTeller(model.gpt, self.field, conditions, spread=model.condition.spread)
        return CachedTeller(model.gpt, conditions, CANDIDATES, len(self.prompt.given), model.dtype)

    def _draw(self, cells: Sequence[int]) -> None:
        """Tell these cells, which do not stand on each other."""
        logits = self._teller.tell(self.codes, cells)
        mixed = mix(logits.flatten(1, 2), self._shares).view(logits.shape[1:])
        index = torch.tensor(cells, device=self.codes.device)
        self.codes[:, index], self.logprob[:, index] = sample(
            mixed, self._uniforms[:, index], self.model.sampling
        )

    def _cells(self, step: int) -> int:
        """Codes drawn after so many steps; there is at least one after the first."""
        return -(-len(self._order) * min(step, self.steps) // self.steps)

    def _fits(self, codes: Tensor, step: int) -> bool:
        """Whether there is a code of the model's in just those cells that so many steps fill."""
        filled = torch.zeros(codes.shape[1], dtype=torch.bool, device=codes.device)
        filled[: len(self.prompt.given)] = True
        filled[self._order[: self._cells(step)]] = True
        known = (codes >= 0) & (codes < self.model.gpt.config.vocab)
        return bool(torch.where(filled, known, codes == FREE).all())

    def _rank(self) -> None:
        """The best by the CLIP; without one, that which the transformer held for the likeliest."""
        viewer = self.model.viewer
        if viewer is None:
            self.scores = self.logprob.sum(1) / max(len(self._order), 1)
        else:
            self.scores = self._judge(viewer, self.model.decode(self.codes, self.field.columns))
        self.best = int(self.scores.argmax())

    @torch.no_grad()
    def _judge(self, viewer: Viewer, pictures: Tensor) -> Tensor:
        """Weighted cosines, [n]."""
        assert self.prompt.vectors is not None
        views = torch.cat([viewer.view_whole(picture[None]) for picture in pictures])
        cosines = F.cosine_similarity(viewer.judge(views)[:, None], self.prompt.vectors[None], dim=-1)
        return cosines @ torch.tensor(self.prompt.weights, device=cosines.device)

    def _identity(self) -> list[int]:
        request = self.request
        digest = hashlib.blake2b(repr(request.phrases).encode(), digest_size=7).digest()
        return [request.seed, request.width, request.height, request.steps, int.from_bytes(digest, "big")]
