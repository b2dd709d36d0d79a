"""A run of the second stage whose window slides: several candidates, told front by front."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from generation.decoding import FREE
from generation.engines.code_run import CodeRun
from generation.engines.drafting import DraftPrompt
from generation.engines.stage_model import StageModel
from generation.protocol import Generate
from generation.sampling import mix, sample, uniforms
from generation.telling import WindowTeller

#: Windows that go through the transformer in one go.
MOST_ROWS = 64


class Telling(CodeRun):
    """One picture in the making. What is given of it is there from the first.

    It goes alone. A front of its candidates is thousands of tokens already, which keep any device busy with
    arithmetic; a batch with other runs pays where few tokens wait for many weights.
    """

    def __init__(
        self,
        request: Generate,
        lane: int,
        model: StageModel,
        prompt: DraftPrompt,
        forced: Tensor,
    ) -> None:
        """`forced` are codes [candidates, cells], `FREE` where they are drawn."""
        self.field = model.field(request.width, request.height)
        free = (forced == FREE).any(0).tolist()
        cells = [cell for cell in self.field.wavefront() if free[cell]]
        order = torch.tensor(cells, dtype=torch.int64, device=forced.device)
        super().__init__(request, lane, model, prompt, forced, order, self.field.columns)
        self._uniforms = uniforms(request.seed, len(forced), self.field.cells).to(forced.device)
        self._shares = torch.tensor(prompt.shares(0), device=forced.device)
        self._teller = WindowTeller(model.gpt, self.field, prompt.texts, spread=model.condition.spread)
        if not cells:
            self._take()

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
