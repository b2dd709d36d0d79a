"""A prompt as the CLIPs see it: rows of numbers, and what each weighs at each step."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from generation.engine import Refusal
from generation.engines.guided import GuidedModel, Viewer
from generation.languages import languages_of
from generation.protocol import Generate, Noise, Phrase, Reason
from generation.schedule import Schedule

#: What a picture with words in it looks like to a CLIP that has learned to read.
LETTERING = "text, letters, words, captions, a watermark"


@dataclass(frozen=True, slots=True)
class Extra:
    """What a picture is drawn to beside its phrases: K rows that share one weight."""

    rows: Callable[[Viewer], Tensor]  #: a CLIP's, [K, D]
    weight: float
    stop: float = -math.inf
    count: int = 1  #: K


@dataclass(frozen=True, slots=True)
class Sought:
    """What one CLIP looks for in a picture."""

    viewer: Viewer
    vectors: Tensor  #: [R, D]
    share: float  #: of the pull, which the CLIPs that guide have among them


@dataclass(frozen=True, slots=True)
class Prompt:
    """R rows: P phrases, then the extras'. Where nothing changes on the way, no step sends weights anew."""

    sought: tuple[Sought, ...]  #: by each CLIP that guides
    judged: Sought  #: by the CLIP that judges
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

    def each(self, step: int, steps: int) -> list[float]:
        """The same as a list."""
        weights: list[float] = self.weights(step, steps).tolist()
        return weights


def read_prompt(
    phrases: Sequence[Phrase], network: GuidedModel, steps: int, extras: Sequence[Extra] = ()
) -> Prompt:
    """The prompt of a run of so many steps. Raises `Refusal`."""
    try:
        Schedule(tuple(phrases))
        schedule = Schedule((*phrases, *(Phrase("", extra.weight, extra.stop) for extra in extras)))
    except ValueError as error:
        raise Refusal(Reason.BAD_REQUEST, str(error)) from error
    counts = (*(1 for _ in phrases), *(extra.count for extra in extras))
    stops = [phrase.stop for phrase in schedule.phrases]
    sought, judged = _sought([phrase.text for phrase in phrases], network, extras)
    return Prompt(
        sought=sought,
        judged=judged,
        stops=torch.tensor(
            [stop for stop, count in zip(stops, counts, strict=True) for _ in range(count)],
            device=network.device,
        ),
        schedule=schedule,
        counts=counts,
        phrases=len(phrases),
        first=torch.tensor(_spread(schedule.at(0, steps), counts), device=network.device),
    )


def _sought(
    texts: Sequence[str], network: GuidedModel, extras: Sequence[Extra]
) -> tuple[tuple[Sought, ...], Sought]:
    """What each CLIP that guides looks for, and what the one does that judges."""
    asked = languages_of(texts)
    judge, guides = network.ranker(asked), network.guides(asked)
    rows = {
        viewer: torch.cat([viewer.read(texts), *(extra.rows(viewer) for extra in extras)])
        for viewer in dict.fromkeys([judge, *(guide for guide, _ in guides)])
    }
    return tuple(Sought(guide, rows[guide], share) for guide, share in guides), Sought(
        judge, rows[judge], 1.0
    )


def extras_of(request: Generate, phrases: Sequence[Phrase], lettering: float) -> list[Extra]:
    """What the request's manner adds; `lettering` is the share with which the model is kept from writing."""
    found = [Extra(partial(noise_vector, noise), noise.weight) for noise in request.manner.noises]
    if lettering > 0 and not request.manner.letters:
        total = sum(abs(phrase.weight) for phrase in phrases)
        found.append(Extra(lambda viewer: viewer.read([LETTERING]), -lettering * total))
    return found


def noise_vector(noise: Noise, viewer: Viewer) -> Tensor:
    """A direction of a CLIP's space, [1, D], drawn on the CPU from the noise's own seed."""
    drawn = torch.randn(1, viewer.width, generator=torch.Generator().manual_seed(noise.seed))
    return drawn.to(viewer.device)


def _spread(weights: Sequence[float], counts: Sequence[int]) -> list[float]:
    """Each weight shared out among its rows: their mean distance counts with it."""
    return [weight / count for weight, count in zip(weights, counts, strict=True) for _ in range(count)]
