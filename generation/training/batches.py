"""CLIP's batches: scenes in groups that share a ground, near misses beside them, captions twice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from generation.tokenizer import Tokenizer
from generation.training.captions import ENGLISH, RUSSIAN, Caption, caption, facts
from generation.training.scenes import FONT, Ground, Renderer, Scene, draw_ground, draw_scene
from generation.training.words import COLOURS, PATTERNS, PLACES, TIMES

GROUP = 32
#: Where one of two things is, as seen from the other.
SIDES = ("below", "above", "left", "right")
GROUPED_SHARE = 0.6
#: Of a batch that trains a judge: how many scenes of two things stand beside the same two, places exchanged.
SWAPPED_SHARE = 0.25
NEAR_MISS_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Labels:
    """The simple facts that the auxiliary heads learn to name, by their index."""

    names: tuple[str, ...]

    @classmethod
    def of(cls, concepts: int) -> Labels:
        """Concepts and the side they are on, colours, grounds, patterns, places, times and numbers."""
        names = [f"{what} {index}" for what in ("concept", *SIDES) for index in range(concepts)]
        names += [f"{kind} {index}" for kind in ("colour", "ground") for index in range(len(COLOURS))]
        names += [f"place {place}" for place in PLACES] + [f"time {time}" for time in TIMES]
        names += [f"pattern {kind}" for kind in PATTERNS] + [f"count {count}" for count in (2, 3, 4)]
        return cls(tuple(names))

    def columns(self, what: str) -> list[int]:
        """Where the facts of one kind stand."""
        return [column for column, name in enumerate(self.names) if name.split()[0] == what]

    def mark(self, sets: list[frozenset[str]]) -> Tensor:
        """A float [B, labels]: 1 where the set holds the fact."""
        index = {name: column for column, name in enumerate(self.names)}
        marks = torch.zeros(len(sets), len(index))
        for row, found in enumerate(sets):
            marks[row, [index[name] for name in found if name in index]] = 1.0
        return marks


def swapped(scene: Scene) -> Scene:
    """The scene of two things, each in the other's place."""
    first, second = scene.stickers
    return replace(scene, stickers=(
        replace(first, concept=second.concept, colour=second.colour, flip=second.flip),
        replace(second, concept=first.concept, colour=first.colour, flip=first.flip),
    ))  # fmt: skip


def near_miss(scene: Scene, concepts: int, rng: Generator) -> Scene:
    """The scene with one thing changed: places swapped, another colour, another thing or another ground."""
    lot = rng.random()
    if scene.relation in {"under", "left"} and lot < 0.6:
        return swapped(scene)
    if lot < 0.35:
        changed = partial(replace, colour=int(rng.integers(len(COLOURS))))
    elif lot < 0.8:
        changed = partial(replace, concept=int(rng.integers(concepts)))
    else:
        return replace(scene, ground=draw_ground(rng))
    count = len(scene.stickers) if scene.relation == "count" else 1
    stickers = [changed(sticker) for sticker in scene.stickers[:count]]
    return replace(scene, stickers=(*stickers, *scene.stickers[count:]))


def draw_group(rng: Generator, concepts: int, count: int, ground: Ground | None) -> list[Scene]:
    """Scenes on one ground (or each on its own), some of them near misses of the one before."""
    scenes: list[Scene] = []
    while len(scenes) < count:
        last = scenes[-1] if scenes else None
        if last is not None and last.stickers and rng.random() < NEAR_MISS_SHARE:
            scenes.append(near_miss(last, concepts, rng))
            continue
        own = None if ground is None else replace(ground, seed=int(rng.integers(2**31)))
        relation = None if own is None or rng.random() < 0.3 else "single"
        scenes.append(draw_scene(rng, concepts, relation, own))
    return scenes


def draw_swaps(rng: Generator, concepts: int, count: int) -> list[Scene]:
    """`count` scenes of two things under or beside each other, every second one the last one swapped."""
    scenes = [draw_scene(rng, concepts, str(rng.choice(("under", "left")))) for _ in range(count // 2)]
    return [each for scene in scenes for each in (scene, swapped(scene))]


def draw_batch(rng: Generator, concepts: int, count: int, swaps: float = 0.0) -> list[Scene]:
    """A batch of scenes: swapped pairs, groups on one ground each, then scenes each on its own."""
    pairs = draw_swaps(rng, concepts, round(count * swaps))
    return pairs + _draw_batch(rng, concepts, count - len(pairs))


def _draw_batch(rng: Generator, concepts: int, count: int) -> list[Scene]:
    groups = round(count * GROUPED_SHARE / GROUP)
    scenes = [scene for _ in range(groups) for scene in draw_group(rng, concepts, GROUP, draw_ground(rng))]
    return scenes + draw_group(rng, concepts, count - len(scenes), None)


def foreign(captions: list[Caption], found: list[frozenset[str]]) -> Tensor:
    """A bool [captions, pictures]: the caption is true of that picture too, though it is not its own."""
    table = [[one.claims <= of and i != j for j, of in enumerate(found)] for i, one in enumerate(captions)]
    return torch.tensor(table)


class PairBatches:
    """Pictures (uint8 [B, 3, S, S]), tokens, labels and `foreign` tables for both languages."""

    def __init__(
        self,
        tokenizer: Tokenizer,
        batch: int,
        seed: int,
        context: int,
        font: Path = FONT,
        side: int = 96,
        swaps: float = 0.0,
    ) -> None:
        self.tokenizer, self.batch, self.seed, self.context, self.side = tokenizer, batch, seed, context, side
        self.swaps = swaps
        self.renderer = Renderer(font)
        self.labels = Labels.of(len(self.renderer.concepts))

    def __getitem__(self, step: int) -> dict[str, Any]:
        rng = np.random.default_rng((self.seed, step))
        return self.describe(draw_batch(rng, len(self.renderer.concepts), self.batch, self.swaps), rng)

    def describe(self, scenes: list[Scene], rng: Generator) -> dict[str, Any]:
        """The batch of these scenes."""
        marks = self.labels.mark([facts(scene, self.renderer.concepts) for scene in scenes])
        return {"pictures": self.pictures(scenes), "facts": marks, **self.tell(scenes, rng)}

    def pictures(self, scenes: list[Scene]) -> Tensor:
        """uint8 [B, 3, S, S]."""
        drawn = np.stack([self.renderer.render(scene, self.side) for scene in scenes])
        return torch.from_numpy(drawn).movedim(-1, 1)

    def tell(self, scenes: list[Scene], rng: Generator) -> dict[str, Any]:
        """Captions by lot: tokens, claims and `foreign` tables for both languages."""
        concepts, told = self.renderer.concepts, {}
        found = [facts(scene, concepts) for scene in scenes]
        for language in (ENGLISH, RUSSIAN):
            captions = [caption(scene, concepts, language, rng) for scene in scenes]
            tokens = self.tokenizer.tokenize([one.text for one in captions], self.context)
            told[language] = {
                "tokens": torch.from_numpy(tokens),
                "claims": self.labels.mark([one.claims for one in captions]),
                "foreign": foreign(captions, found),
            }
        return told
