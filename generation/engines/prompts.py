"""A prompt as CLIP sees it: rows of numbers, and what each weighs at each step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from generation.engine import Refusal
from generation.engines.guided import GuidedModel
from generation.protocol import Generate, Noise, Phrase, Reason
from generation.schedule import Schedule

#: What a picture with words in it looks like to a CLIP that has learned to read.
LETTERING = "text, letters, words, captions, a watermark"


@dataclass(frozen=True, slots=True)
class Extra:
    """What a picture is drawn to beside its phrases: K vectors that share one weight."""

    vectors: Tensor  #: [K, D]
    weight: float
    stop: float = -math.inf


@dataclass(frozen=True, slots=True)
class Prompt:
    """R rows: P phrases, then the extras'. Where nothing changes on the way, no step sends weights anew."""

    vectors: Tensor  #: [R, D]
    stops: Tensor  #: [R]
    schedule: Schedule  #: of the phrases, and of each extra as one more
    counts: tuple[int, ...]  #: rows of each
    phrases: int  #: P
    first: Tensor  #: [R], the weights of the first step
    before: int = 0  #: steps of the whole that come before a part of it
    whole: int | None = None  #: steps of the whole, where the run is a part

    def weights(self, step: int, steps: int) -> Tensor:
        """[R], magnitudes sum to 1."""
        if self.schedule.constant:
            return self.first
        weights = self.schedule.at(self.before + step, self.whole or steps)
        return torch.tensor(_spread(weights, self.counts), device=self.first.device)


def read_prompt(
    phrases: Sequence[Phrase], network: GuidedModel, steps: int, extras: Sequence[Extra] = ()
) -> Prompt:
    """The prompt of a run of so many steps. Raises `Refusal`."""
    try:
        Schedule(tuple(phrases))
        schedule = Schedule((*phrases, *(Phrase("", extra.weight, extra.stop) for extra in extras)))
    except ValueError as error:
        raise Refusal(Reason.BAD_REQUEST, str(error)) from error
    counts = (*(1 for _ in phrases), *(len(extra.vectors) for extra in extras))
    stops = [phrase.stop for phrase in schedule.phrases]
    return Prompt(
        vectors=torch.cat(
            [network.read([phrase.text for phrase in phrases]), *(extra.vectors for extra in extras)]
        ),
        stops=torch.tensor(
            [stop for stop, count in zip(stops, counts, strict=True) for _ in range(count)],
            device=network.device,
        ),
        schedule=schedule,
        counts=counts,
        phrases=len(phrases),
        first=torch.tensor(_spread(schedule.at(0, steps), counts), device=network.device),
    )


def extras_of(
    request: Generate, phrases: Sequence[Phrase], network: GuidedModel, lettering: float
) -> list[Extra]:
    """What the request's manner adds; `lettering` is the share with which the model is kept from writing."""
    found = [
        Extra(noise_vector(noise, network.width).to(network.device), noise.weight)
        for noise in request.manner.noises
    ]
    if lettering > 0 and not request.manner.letters:
        total = sum(abs(phrase.weight) for phrase in phrases)
        found.append(Extra(network.read([LETTERING]), -lettering * total))
    return found


def noise_vector(noise: Noise, width: int) -> Tensor:
    """A direction of CLIP's space, [1, width], drawn on the CPU from the noise's own seed."""
    return torch.randn(1, width, generator=torch.Generator().manual_seed(noise.seed))


def _spread(weights: Sequence[float], counts: Sequence[int]) -> list[float]:
    """Each weight shared out among its rows: their mean distance counts with it."""
    return [weight / count for weight, count in zip(weights, counts, strict=True) for _ in range(count)]
