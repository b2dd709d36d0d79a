"""Trains a CLIP's text tower on while its image tower stays: order and relation are learned here.

A picture's vector soon tells what lies below and what above; the text tower takes far longer to hear "a cat
under a house" otherwise than as a cat and a house. Pictures are seen once and their vectors kept, so that a
step costs little more than reading its captions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generation.clip import CLIP, normalise_pixels
from generation.training.batches import SIDES, Labels, PairBatches, draw_batch
from generation.training.clip import augment, contrast, naming_loss
from generation.training.common import Average, Progress, Setup, cosine, descend, half_precision, set_rate
from generation.training.rehearsal import LANGUAGES
from generation.training.scenes import Scene


@dataclass(frozen=True, slots=True)
class ReadingPlan:
    """The numbers of a training; `swaps`: the share of pairs of scenes that differ in places alone."""

    steps: int = 2_000
    batch: int = 128
    pool: int = 60  #: batches of pictures that are seen once
    swaps: float = 0.7
    rate: float = 2e-3
    decay: float = 0.02


@dataclass(frozen=True, slots=True)
class Seen:
    """A batch of scenes and the unit vectors of their pictures, [B, D]."""

    scenes: list[Scene]
    vectors: Tensor


class Reading(nn.Module):
    """A CLIP whose image tower is frozen, and a head that names what a text claims."""

    def __init__(self, clip: CLIP, labels: Labels) -> None:
        super().__init__()
        self.clip, self.head = clip.eval(), nn.Linear(clip.config.embed_dim, len(labels.names))
        self.sides = [labels.columns(side) for side in SIDES]
        nn.init.zeros_(self.head.weight)
        nn.init.constant_(self.head.bias, -4.0)
        self.clip.visual.requires_grad_(False)

    @torch.no_grad()
    def see(self, pictures: Tensor, generator: torch.Generator) -> Tensor:
        """uint8 [B, 3, S, S] → unit vectors [B, D]."""
        x = augment(pictures, self.clip.config.image_resolution, generator, smallest=0.9)
        with half_precision("cpu"):
            return F.normalize(self.clip.encode_image(normalise_pixels(x)).float(), dim=-1)

    def loss(self, seen: Tensor, told: dict[str, Any]) -> dict[str, Tensor]:
        """How far the captions are from their pictures, and from naming what they claim."""
        none, losses = seen[:0], []
        for language in LANGUAGES:
            claims = told[language]["claims"]
            with half_precision("cpu"):
                texts = self.clip.encode_text(told[language]["tokens"]).float()
            unit = F.normalize(texts, dim=-1)
            apart = contrast(seen, unit, self.clip.logit_scale, told[language]["foreign"], none)
            logits = self.head(texts)
            losses.append((apart, naming_loss(logits, claims), self._sides(logits, claims)))
        apart, naming, sides = (torch.stack(each).mean() for each in zip(*losses, strict=True))
        return {"contrast": apart, "text": naming, "sides": sides}

    def _sides(self, logits: Tensor, claims: Tensor) -> Tensor:
        """Cross-entropy of which thing is below, above, left, right, where a text tells it.

        Asked thing by thing, as in the other loss, it is not learned within thousands of steps.
        """
        losses = []
        for columns in self.sides:
            told = claims[:, columns].sum(1) == 1
            losses.append(F.cross_entropy(logits[told][:, columns], claims[told][:, columns].argmax(1)))
        return torch.stack(losses).mean()


def train_reading(plan: ReadingPlan, setup: Setup, clip: CLIP, batches: PairBatches) -> CLIP:
    """The CLIP with a text tower that has read on; a few minutes, so there is no checkpoint."""
    torch.manual_seed(setup.seed)
    reading = Reading(clip, batches.labels)
    pool = list(_pool(plan, setup, reading, batches))
    parameters = [p for p in reading.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, plan.rate, (0.9, 0.98), weight_decay=plan.decay)
    average = Average(clip, 0.995)
    progress = Progress(setup.folder / "reading.csv", setup.log_every, plan.steps)
    for step in range(plan.steps):
        set_rate(optimizer, plan.rate * cosine(step, plan.steps))
        seen = pool[step % plan.pool]
        told = batches.tell(seen.scenes, np.random.default_rng((setup.seed, 7, step)))
        losses = reading.loss(seen.vectors, told)
        descend(torch.stack(list(losses.values())).sum(), reading, optimizer)
        average.update(clip)
        progress.tell(step, {name: value.detach() for name, value in losses.items()})
    clip.load_state_dict(average.state)
    return clip.eval()


def _pool(plan: ReadingPlan, setup: Setup, reading: Reading, batches: PairBatches) -> Iterator[Seen]:
    kinds = len(batches.renderer.concepts)
    for number in range(plan.pool):
        rng = np.random.default_rng((setup.seed, 6, number))
        scenes = draw_batch(rng, kinds, plan.batch, plan.swaps)
        generator = torch.Generator().manual_seed(setup.seed * 1_000_003 + number)
        yield Seen(scenes, reading.see(batches.pictures(scenes), generator))
