"""A run that is drawn code by code in a decoder's slot, beside others, window by window where it is large."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from generation.decoding import FREE, Batch
from generation.engines.code_model import CodeModel
from generation.engines.code_run import CodePrompt, CodeRun
from generation.engines.draft_model import CaptionModel
from generation.engines.prompts import Sought
from generation.engines.windows import windows
from generation.protocol import Generate
from generation.sampling import branch_shares, uniforms


@dataclass(frozen=True, slots=True)
class DraftPrompt(CodePrompt):
    """P phrases as a CLIP sees them, and B branches by which the transformer draws."""

    texts: Tensor  #: tokens [B, length]
    shares: Callable[[int], Sequence[float]]  #: of a step, [B]: by what the logits of each branch count


def draft_prompt(
    model: CaptionModel,
    captions: Sequence[str],
    judged: Sought | None,
    weights: Callable[[int], Sequence[float]],
) -> DraftPrompt:
    """The prompt of a model that reads captions; `judged` and `weights` as in `CodePrompt`."""

    def shares(step: int) -> Sequence[float]:
        return branch_shares(list(weights(step)), model.drafting.sampling.guidance)

    return DraftPrompt(judged, weights, model.branches(captions), shares)


class Draft(CodeRun):
    """One picture in the making, in a decoder's slot. One larger than the grid is drawn window by window."""

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
        given: int = 0,
    ) -> None:
        """`forced` are codes [candidates, cells], `FREE` where they are drawn; `shape` rows and columns.

        The first `given` of the codes are the same in all candidates, and gone over with the texts.
        """
        self.decoder, self.slot, self._draws_by, self._given = decoder, slot, prompt, given
        rows, across = shape or (model.grid, model.grid)
        self._windows = windows(rows, across, model.grid).to(forced.device)
        super().__init__(request, lane, model, prompt, forced, self._windows.flatten()[given:], across)
        self._uniforms = uniforms(request.seed, len(forced), self._windows.numel()).to(forced.device)
        self._done = given  # tokens, over all windows
        if bool((forced == FREE).any()):
            self._enter()
        else:
            self._take()

    @property
    def company(self) -> Batch:
        """Those in other slots of its decoder."""
        return self.decoder

    def due(self) -> int:
        """How many tokens are next: what the step still needs, but no more than the window has left."""
        cells = self._windows.shape[1]
        return min(self._due(self.step + 1) - self._done, cells - self._done % cells)

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
        if self._done == self._due(self.step + 1):
            self.step += 1
            if self.step == self.steps:
                self._rank()

    def _due(self, step: int) -> int:
        """Tokens that are there after so many steps, over all windows."""
        return self._given + self._told(step)

    def _there(self) -> Tensor:
        """What the texts hold; any other given code is taken over when it is its turn."""
        there = torch.zeros_like(self.forced, dtype=torch.bool)
        there[:, : self._given] = True
        return there

    def _resume(self) -> None:
        """The codes so far are forced, and keys and values follow from them."""
        self._done = self._due(self.step)
        self._enter()
        count = self._done % self._windows.shape[1] - self.decoder.filled[self.slot]
        self.decoder.advance({self.slot: count})

    def _enter(self) -> None:
        """Begin the window that is next; what is drawn of it already is forced."""
        cells = self._windows.shape[1]
        window = self._done // cells
        index = self._windows[window]
        forced = torch.where(self.codes[:, index] == FREE, self.forced[:, index], self.codes[:, index])
        numbers = self._uniforms[:, window * cells : (window + 1) * cells]
        texts = self._draws_by.texts
        known = torch.cat([texts, forced[:1, : self._given].expand(len(texts), -1)], 1)
        self.decoder.enter(self.slot, known, self._shares(), numbers, forced)

    def _shares(self) -> Tensor:
        """By what the logits of each branch count in this step."""
        return torch.tensor(self._draws_by.shares(self.step), device=self.forced.device)

    def _collect(self) -> None:
        """Take over what the decoder has drawn in the window; what lay there before stays."""
        window = (self._done - 1) // self._windows.shape[1]
        count = self._done - window * self._windows.shape[1]
        index = self._windows[window, :count]
        fresh = self.codes[:, index] == FREE
        for mine, drawn in ((self.codes, self.decoder.codes), (self.logprob, self.decoder.logprob)):
            mine[:, index] = torch.where(fresh, drawn[self.slot, :, :count], mine[:, index])


def advance_together(drafts: Sequence[Draft]) -> None:
    """One step of each of the runs, which are in the slots of one decoder."""
    ends = [draft.step + 1 for draft in drafts]
    while waiting := [draft for draft, end in zip(drafts, ends, strict=True) if draft.step < end]:
        counts = {draft.slot: draft.due() for draft in waiting}
        drafts[0].decoder.advance(counts)
        for draft in waiting:
            draft.advanced(counts[draft.slot])
