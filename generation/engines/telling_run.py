"""A run of the second stage: several candidates, told front by front, and the best of them in the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from generation.decoding import FREE
from generation.engines.code_run import CodePrompt, CodeRun
from generation.engines.stage_model import StageModel
from generation.protocol import Generate
from generation.sampling import mix, sample, uniforms
from generation.sliding import Field
from generation.telling import CachedTeller, Teller, WindowTeller

#: Windows that go through the transformer in one go.
MOST_ROWS = 64


@dataclass(frozen=True, slots=True)
class StagePrompt(CodePrompt):
    """P phrases as a CLIP sees them, and B branches of what the picture hangs on."""

    conditions: Tensor  #: tokens [B, length], [1, cells], or [1, cells, length]: see `WindowTeller`
    shares: tuple[float, ...]  #: [B], magnitudes sum to 1


class Telling(CodeRun):
    """One picture in the making. What is given of it is there from the first."""

    def __init__(
        self,
        request: Generate,
        lane: int,
        model: StageModel,
        prompt: StagePrompt,
        forced: Tensor,
    ) -> None:
        """`forced` are codes [candidates, cells], `FREE` where they are drawn."""
        self.field = model.field(request.width, request.height)
        free = (forced == FREE).any(0).tolist()
        order = torch.tensor([cell for cell in self.field.wavefront() if free[cell]], device=forced.device)
        super().__init__(request, lane, model, prompt, forced, order, self.field.columns)
        self._uniforms = uniforms(request.seed, len(forced), self.field.cells).to(forced.device)
        self._shares = torch.tensor(prompt.shares, device=forced.device)
        self._teller = _teller(model, prompt.conditions, self.field, forced)

    def advance(self) -> None:
        """One step."""
        due = self.order[self._told(self.step) : self._told(self.step + 1)].tolist()
        most = MOST_ROWS // (len(self._shares) * len(self.codes)) or 1
        for cells in self.field.batches(due, most):
            self._draw(cells)
        self.step += 1
        if self.step == self.steps:
            self._rank()

    def _there(self) -> Tensor:
        return self.forced != FREE

    def _resume(self) -> None:
        """Nothing: the teller goes over what it has not seen."""

    def _draw(self, cells: Sequence[int]) -> None:
        """Tell these cells, which do not stand on each other."""
        logits = self._teller.tell(self.codes, cells)
        mixed = mix(logits.flatten(1, 2), self._shares).view(logits.shape[1:])
        index = torch.tensor(cells, device=self.codes.device)
        self.codes[:, index], self.logprob[:, index] = sample(
            mixed, self._uniforms[:, index], self.model.drafting.sampling
        )


def _teller(model: StageModel, conditions: Tensor, field: Field, forced: Tensor) -> Teller:
    """Keys and values are kept where the window stands still."""
    if field.slides:
        return WindowTeller(model.gpt, field, conditions, spread=model.condition.spread)
    given = int((forced[0] != FREE).cumprod(0).sum())
    return CachedTeller(model.gpt, conditions, len(forced), given, model.dtype)
