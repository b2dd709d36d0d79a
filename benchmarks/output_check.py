"""How often the output check errs on the shipped models: python -m benchmarks.output_check [--painted 40]

Ten concepts, each looked for in rendered scenes that show it alone, that show it beside another thing, and
that show none of the ten; and in pictures that the model paints of prompts with and without them. Seeds are
fixed.
The scenes need the font that `generation.training` needs; nothing is trained.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bot.checking import neutral_captions
from bot.describing import article
from bot.lexicon import lexicons
from bot.output_check import DEFAULT_THRESHOLD, read
from generation.engine import Judge
from generation.models import catalogue
from generation.training.captions import ENGLISH, caption
from generation.training.examine import Painter
from generation.training.scenes import FONT, Renderer, Scene, draw_scene
from storage.concepts import Action, Concept

MODEL = "pocket"
NAMES = ("penguin", "fire", "car", "snake", "rocket", "mushroom", "ghost", "castle", "horse", "pizza")
THRESHOLDS = (0.05, 0.1, DEFAULT_THRESHOLD, 0.4, 0.6, 0.8)
SEED = 20_261_124
SIDE = 256
BATCH = 16

Picture = NDArray[np.uint8]  # [H, W, 3]


@dataclass(frozen=True, slots=True)
class Group:
    """Pictures of one kind; each with the concept (its place in `NAMES`) that it shows, or none."""

    title: str
    pictures: Sequence[Picture]
    shown: Sequence[int | None]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--each", type=int, default=30, help="scenes for each concept, of either kind")
    parser.add_argument("--without", type=int, default=300, help="scenes without any of the concepts")
    parser.add_argument("--painted", type=int, default=40, help="painted pictures, half of them without")
    parser.add_argument("--folder", type=Path, help="keeps painted pictures, and finds them again")
    parser.add_argument("--font", type=Path, default=FONT)
    options = parser.parse_args()
    renderer, painter = Renderer(options.font), Painter(MODEL, None, threads=1)
    groups = [
        *rendered(renderer, options.each, options.without),
        *painted(renderer, painter, options.painted, options.folder),
    ]
    report(groups, painter.engine.judge(MODEL))


# --- the pictures


def rendered(renderer: Renderer, each: int, without: int) -> Iterator[Group]:
    """Scenes as the models' training draws them, from seeds of this benchmark's own."""
    rng, places = np.random.default_rng(SEED), places_of(renderer)
    for title, relations in (
        ("rendered, alone", ("single",)),
        ("rendered, beside another", ("and", "under")),
    ):
        scenes = [
            with_concept(renderer, rng, places[number], relations[turn % len(relations)])
            for number in range(len(NAMES))
            for turn in range(each)
        ]
        shown = [number for number in range(len(NAMES)) for _ in range(each)]
        yield Group(title, [renderer.render(scene, SIDE) for scene in scenes], shown)
    scenes = list(bare(renderer, rng, set(places), without))
    yield Group("rendered, without", [renderer.render(scene, SIDE) for scene in scenes], [None] * without)


def painted(renderer: Renderer, painter: Painter, count: int, folder: Path | None) -> Iterator[Group]:
    """What the model paints of prompts about such scenes, of one thing each."""
    rng, places = np.random.default_rng(SEED + 1), places_of(renderer)
    half = count // 2
    wanted = [number % len(NAMES) for number in range(half)]
    scenes = [with_concept(renderer, rng, places[number], "single") for number in wanted]
    others = list(bare(renderer, rng, set(places), half, "single"))
    if not half:
        return
    for title, some, shown in (
        ("painted, with", scenes, wanted),
        ("painted, without", others, [None] * half),
    ):
        prompts = [caption(scene, renderer.concepts, ENGLISH, rng, 1.0).text for scene in some]
        pictures = [paint(painter, prompt, seed, folder) for seed, prompt in enumerate(prompts)]
        yield Group(title, pictures, shown)


def paint(painter: Painter, prompt: str, seed: int, folder: Path | None) -> Picture:
    """A picture, from the folder where it has been painted before."""
    path = None if folder is None else folder / f"{seed:03d} {prompt}.png"
    if path is not None and path.exists():
        return np.asarray(Image.open(path).convert("RGB"))
    picture = painter.paint(prompt, seed)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(path)
    return picture


def places_of(renderer: Renderer) -> list[int]:
    """Where the concepts stand among the things that the models have learned."""
    names = [concept.names[0].english for concept in renderer.concepts]
    return [names.index(name) for name in NAMES]


def with_concept(renderer: Renderer, rng: np.random.Generator, place: int, relation: str) -> Scene:
    """A scene by lot whose first thing is this one."""
    while True:
        scene = draw_scene(rng, len(renderer.concepts), relation)
        first, *rest = scene.stickers
        if all(sticker.concept != place for sticker in rest):
            return replace(scene, stickers=(replace(first, concept=place), *rest))


def bare(
    renderer: Renderer, rng: np.random.Generator, places: set[int], count: int, relation: str | None = None
) -> Iterator[Scene]:
    """Scenes by lot that show none of the concepts."""
    while count:
        scene = draw_scene(rng, len(renderer.concepts), relation)
        if not places & {sticker.concept for sticker in scene.stickers}:
            count -= 1
            yield scene


# --- what the check says


def report(groups: Iterable[Group], judge: Judge) -> None:
    """Of each group, by threshold: how much is missed, and how much is seen that is not there."""
    neutral = neutral_captions(lexicons(catalogue(), Path())[MODEL], "en")
    words = [f"{article(name)} {name}" if name != "fire" else name for name in NAMES]
    texts = list(dict.fromkeys([*words, *neutral]))
    concepts = [Concept(1, each, Action.HOLD, 0.5, None) for each in words]
    vectors = judge.read(texts)
    print(f"{MODEL}: {len(NAMES)} concepts among {len(neutral)} neutral captions; per cent")
    print(f"{'':28}{'pictures':>9}" + "".join(f"{f'from {each:.0%}':>10}" for each in THRESHOLDS))
    for group in groups:
        shares = np.array(
            [
                [
                    seen.share
                    for seen in read(concepts, neutral, dict(zip(texts, row, strict=True)), judge.scale)
                ]
                for row in cosines(group.pictures, vectors, judge)
            ]
        )
        for title, errors in errors_of(group, shares).items():
            print(f"{title:28}{len(group.pictures):9}" + "".join(f"{100 * each:10.1f}" for each in errors))


def cosines(pictures: Sequence[Picture], vectors: NDArray[np.float32], judge: Judge) -> list[list[float]]:
    """Each picture's cosines to the texts."""
    rows: list[list[float]] = []
    for start in range(0, len(pictures), BATCH):
        rows += (judge.see(pictures[start : start + BATCH]) @ vectors.T).tolist()
    return rows


def errors_of(group: Group, shares: NDArray[np.float64]) -> dict[str, list[float]]:
    """Lines of the table: missed, seen instead or beside it, and of pictures without, seen at all."""
    lines: dict[str, list[float]] = {}
    own = np.zeros(shares.shape, bool)
    for row, number in enumerate(group.shown):
        if number is not None:
            own[row, number] = True
    if own.any():
        lines[f"{group.title}: missed"] = [float((shares[own] < each).mean()) for each in THRESHOLDS]
    others = np.where(own, 0.0, shares)
    lines[f"{group.title}: false"] = [float((others.max(1) >= each).mean()) for each in THRESHOLDS]
    return lines


if __name__ == "__main__":
    main()
