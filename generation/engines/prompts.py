"""A prompt as CLIP sees it: a row of numbers for each phrase, and what each weighs at each step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from generation.engine import Refusal
from generation.engines.guided import GuidedModel
from generation.protocol import Phrase, Reason
from generation.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Prompt:
    """P phrases; those that hold throughout keep one tensor of weights, so that no step sends it anew."""

    vectors: Tensor  #: [P, D]
    stops: Tensor  #: [P]
    schedule: Schedule
    first: Tensor  #: [P], the weights of the first step
    before: int = 0  #: steps of the whole that come before a part of it
    whole: int | None = None  #: steps of the whole, where the run is a part

    def weights(self, step: int, steps: int) -> Tensor:
        """[P], magnitudes sum to 1."""
        if self.schedule.constant:
            return self.first
        return torch.tensor(
            self.schedule.at(self.before + step, self.whole or steps), device=self.first.device
        )


def read_prompt(phrases: Sequence[Phrase], network: GuidedModel, steps: int) -> Prompt:
    """The phrases of a run of so many steps. Raises `Refusal`."""
    try:
        schedule = Schedule(tuple(phrases))
    except ValueError as error:
        raise Refusal(Reason.BAD_REQUEST, str(error)) from error
    return Prompt(
        vectors=network.read([phrase.text for phrase in phrases]),
        stops=torch.tensor([phrase.stop for phrase in phrases], device=network.device),
        schedule=schedule,
        first=torch.tensor(schedule.at(0, steps), device=network.device),
    )
