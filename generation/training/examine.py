"""Examines a model as members use it: prompts never taught, painted by the engine, marked by the examiner."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from generation.engines.vqgan_clip import NAME, VQGANCLIP
from generation.models import catalogue
from generation.protocol import Generate, Phrase, Settings
from generation.training.captions import ENGLISH, RUSSIAN, Caption, caption
from generation.training.examiner import Examiner, ask, unseen
from generation.training.scenes import Renderer, Scene
from generation.training.words import PLACES

SEED = 192_837_465


@dataclass(frozen=True, slots=True)
class Exam:
    """Shares of right answers, and the seconds that a picture took; None where nothing was asked.

    The colour is asked of pictures of one thing only.
    """

    count: int
    thing: float
    colour: float | None
    place: float | None
    seconds: float


class Painter:
    """Paints prompts with a model, one after another, at its own size and steps."""

    def __init__(self, model: str, models_dir: Path | None, threads: int) -> None:
        folder = None if models_dir is None else str(models_dir)
        self.model = catalogue(folder)[model]
        self.engine = VQGANCLIP(Settings(folder, "cpu", threads=threads))
        self.seconds: list[float] = []

    def paint(self, prompt: str, seed: int) -> NDArray[np.uint8]:
        """uint8 [H, W, 3]."""
        width, height = self.model.native
        request = Generate(
            "exam", NAME, self.model.name, (Phrase(prompt),), width, height, self.model.steps, seed
        )
        since = time.perf_counter()
        run = self.engine.begin(request, 0)
        while run.step < run.steps:
            refused = self.engine.advance([run])
            if refused:
                raise RuntimeError(f"{prompt}: {refused[0][1]}")
        self.seconds.append(time.perf_counter() - since)
        return self.engine.picture(run)


def examine(
    painter: Painter,
    examiner: Examiner,
    renderer: Renderer,
    taught: int,
    count: int,
    relation: str,
    language: str,
) -> Exam:
    """Paint `count` prompts whose combination is in none of the first `taught` scenes, and mark them."""
    rng = np.random.default_rng((SEED, relation == "single"))
    scenes = unseen(renderer, 0, taught, count, relation, rng)
    told = [caption(scene, renderer.concepts, language, rng, 1.0) for scene in scenes]
    painter.seconds.clear()
    pictures = [painter.paint(each.text, seed) for seed, each in enumerate(told)]
    things, colours, places = ask(examiner, pictures)
    alone = relation == "single"
    right = [_shown(scene, row) for scene, row in zip(scenes, things, strict=True)]
    return Exam(
        count=count,
        thing=sum(right) / count,
        colour=_marked(told, "colour", (f"colour {int(row.argmax())}" for row in colours)) if alone else None,
        place=_marked(told, "place", (f"place {list(PLACES)[int(row[:-1].argmax())]}" for row in places)),
        seconds=float(np.median(painter.seconds)),
    )


def _shown(scene: Scene, logits: torch.Tensor) -> bool:
    """Whether the things of the scene are the ones that the examiner is surest of."""
    wanted = {sticker.concept for sticker in scene.stickers}
    return wanted == set(logits.topk(len(wanted)).indices.tolist())


def _marked(told: Sequence[Caption], kind: str, found: Iterable[str]) -> float | None:
    """The share of captions claiming one thing of this kind in whose picture it was found."""
    marks = []
    for each, answer in zip(told, found, strict=True):
        claims = [claim for claim in each.claims if claim.split()[0] == kind]
        if len(claims) == 1:
            marks.append(claims[0] == answer)
    return sum(marks) / len(marks) if marks else None


def sheet(pictures: Sequence[NDArray[np.uint8]], columns: int, side: int) -> Image.Image:
    """The pictures in rows, each made `side` pixels wide and high."""
    rows = -(-len(pictures) // columns)
    canvas = Image.new("RGB", (columns * side, rows * side), (24, 26, 32))
    for index, picture in enumerate(pictures):
        small = Image.fromarray(picture).resize((side, side), Image.Resampling.LANCZOS)
        canvas.paste(small, (index % columns * side, index // columns * side))
    return canvas


#: What the sheet in docs/models.md shows, each with the seeds 1 and 2.
PROMPTS = (
    "a penguin on the beach", "a red car under a rainbow", "красный дом ночью", "a rocket in space",
    "a black cat on a yellow background", "a pizza on a blue background", "собака на пляже",
    "a fox in the snow",
    "a green frog in the forest", "a castle at sunset", "a yellow fish under water", "синяя бабочка на лугу",
    "three red apples", "a cat and a red apple", "a guitar on a pink background", "дракон в горах",
)  # fmt: skip

LANGUAGES = {"English": ENGLISH, "Russian": RUSSIAN}
