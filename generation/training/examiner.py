"""A classifier that says what a picture shows: the examiner of the shipped models, used for nothing else.

It learns from renders of its own seeds, blurred, cropped and partly sent through the VQGAN, so that it knows
things by their shape and not by the renderer's crispness.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn

from generation.training.captions import looks
from generation.training.codes import scene_of
from generation.training.common import (
    Setup,
    Training,
    cosine,
    descend,
    half_precision,
    load_checkpoint,
    placed,
    set_rate,
)
from generation.training.scenes import FONT, Renderer, Scene, draw_scene
from generation.training.steady import settled
from generation.training.words import COLOURS, PLACES
from generation.vqgan import VQGAN

SIDE = 96
#: Pairs as often as single things: in a pair each is small, and the examiner must know it all the same.
RELATIONS = ("single", "and", "under", "left", "count", "none")
SHARES = (0.36, 0.28, 0.15, 0.10, 0.06, 0.05)
#: The cells of a picture, on each side.
CELLS = SIDE // 16
#: What a cell with nothing in it counts in the loss; most are such.
NOTHING_WEIGHT = 0.1
#: What the loss leaves out: a colour, a cell.
UNASKED = -100
_FILE = "examiner.pt"
_PLACES = tuple(PLACES)


@dataclass(frozen=True, slots=True)
class ExaminerPlan:
    """The numbers of a training."""

    steps: int = 5_000
    batch: int = 40
    rate: float = 2e-3
    reconstructed: int = 1  #: of a batch, how many pictures go through the VQGAN
    again: int = 7  #: how many that went through it before are shown beside the batch
    kept: int = 700  #: from so many, the last ones


class Examiner(nn.Module):
    """Residual convolutions, then three answers about [B, 3, 96, 96] in 0..1.

    Things are looked for in each of 6×6 cells alike, so that a small one is learned once for all places.
    """

    def __init__(self, things: int, width: int = 32) -> None:
        super().__init__()
        widths = (3, width, 2 * width, 4 * width, 6 * width)
        self.down = nn.ModuleList(nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in pairwise(widths))
        self.inner = nn.ModuleList(nn.Conv2d(b, b, 3, padding=1) for b in widths[1:])
        self.norms = nn.ModuleList(nn.GroupNorm(1, b) for b in widths[1:])
        self.hidden = nn.Linear(widths[-1] * CELLS**2, 512)
        self.parts = nn.Conv2d(widths[-1], 512, 1)
        self.thing = nn.Conv2d(512, things + 1, 1)
        self.colour = nn.Linear(512, len(COLOURS))
        self.place = nn.Linear(512, len(PLACES) + 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of each cell's thing [B, things + 1, 6, 6], of colour and place; the last is none."""
        x = x * 2 - 1
        for down, inner, norm in zip(self.down, self.inner, self.norms, strict=True):
            x = down(x)
            x = x + F.relu(inner(F.relu(norm(x))))
        things = self.thing(F.dropout(F.relu(self.parts(x)), 0.1, self.training))
        x = F.dropout(F.relu(self.hidden(x.flatten(1))), 0.2, self.training)
        return things, self.colour(x), self.place(x)


@dataclass(frozen=True, slots=True)
class Answers:
    """What a batch of scenes shows."""

    things: Tensor  #: int64 [B, 6, 6]: each cell's thing; `UNASKED` on edges, the last number for none
    colours: Tensor  #: int64 [B]; `UNASKED` where things are none, of several kinds, or of no one colour
    places: Tensor  #: int64 [B]; `len(PLACES)` where the ground is none


def answers(scenes: Sequence[Scene], renderer: Renderer) -> Answers:
    """The truth about scenes."""
    colours, places = [], []
    for scene in scenes:
        kinds = {sticker.concept for sticker in scene.stickers}
        own = looks(scene.stickers[0], renderer.concepts) if len(kinds) == 1 else None
        colours.append(UNASKED if own is None else own)
        known = scene.ground.kind == "place"
        places.append(_PLACES.index(scene.ground.place) if known else len(_PLACES))
    things = torch.stack([_cells(scene, len(renderer.concepts)) for scene in scenes])
    return Answers(things, torch.tensor(colours), torch.tensor(places))


def _cells(scene: Scene, none: int) -> Tensor:
    """What is in each cell: a thing well inside of its square, nothing well outside of all."""
    found = torch.full((CELLS, CELLS), none)
    middles = (torch.arange(CELLS) + 0.5) / CELLS
    for reach, marked in ((0.6, False), (0.32, True)):
        for sticker in scene.stickers:
            near = [(middles - at).abs() < reach * sticker.size for at in (sticker.y, sticker.x)]
            found[near[0][:, None] & near[1]] = sticker.concept if marked else UNASKED
    return found


@dataclass(frozen=True, slots=True)
class ExaminerBatches:
    """{"pictures": uint8 [B, 3, 144, 144], "things", "colours", "places"}."""

    plan: ExaminerPlan
    renderer: Renderer
    seed: int
    side: int = 144

    def __getitem__(self, step: int) -> dict[str, Any]:
        rng = np.random.default_rng((self.seed, 4, step))
        kinds = len(self.renderer.concepts)
        relations = rng.choice(RELATIONS, self.plan.batch, p=SHARES)
        drawn = [draw_scene(rng, kinds, str(relation), colour_share=0.6) for relation in relations]
        scenes = [settled(scene) if rng.random() < 0.75 else scene for scene in drawn]
        pictures = np.stack([self.renderer.render(scene, self.side) for scene in scenes])
        truth = answers(scenes, self.renderer)
        return {
            "pictures": torch.from_numpy(pictures).movedim(-1, 1),
            "things": truth.things,
            "colours": truth.colours,
            "places": truth.places,
        }


class ExaminerTraining(Training):
    """The state of a training."""

    NAME = "examiner"
    PARTS = ("model", "optimizer")

    def __init__(self, things: int, vqgan: VQGAN, plan: ExaminerPlan, setup: Setup) -> None:
        torch.manual_seed(setup.seed + 77)
        super().__init__(setup)
        self.plan = plan
        self.vqgan = placed(vqgan.requires_grad_(False), setup.device)
        self.model = placed(Examiner(things), setup.device)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), plan.rate, weight_decay=0.05)
        self.shown: list[dict[str, Tensor]] = []

    def advance(self, batch: dict[str, Any]) -> dict[str, Tensor | float]:
        """One step; returns what to log."""
        device = self.setup.device
        set_rate(self.optimizer, self.plan.rate * cosine(self.step, self.plan.steps))
        batch = self._worn(batch)
        pictures = self._seen(batch["pictures"].to(device).float() / 255)
        with half_precision(device):
            things, colours, places = (found.float() for found in self.model(pictures))
        wanted = batch["things"].to(device)
        weights = torch.ones(things.shape[1], device=device)
        weights[-1] = NOTHING_WEIGHT
        thing = F.cross_entropy(things, wanted, weights, ignore_index=UNASKED)
        looks_like = batch["colours"].to(device)
        colour = F.cross_entropy(colours, looks_like, ignore_index=UNASKED, reduction="sum")
        colour = colour / (looks_like != UNASKED).sum().clamp(min=1)  # a small batch may ask none
        place = F.cross_entropy(places, batch["places"].to(device))
        descend(thing + 0.6 * colour + 0.3 * place, self.model, self.optimizer)
        self.step += 1
        there = (wanted >= 0) & (wanted < things.shape[1] - 1)
        right = (things.argmax(1) == wanted)[there].float().mean()
        return {"thing": thing.detach(), "colour": colour.detach(), "place": place.detach(), "right": right}

    def _worn(self, batch: dict[str, Any]) -> dict[str, Any]:
        """The batch with its first pictures as the VQGAN shows them, and some that it has shown before."""
        count = self.plan.reconstructed
        rebuilt = self._rebuilt(batch["pictures"][:count])
        batch = {**batch, "pictures": torch.cat([rebuilt, batch["pictures"][count:]])}
        self.shown += [{name: of[i].clone() for name, of in batch.items()} for i in range(count)]
        del self.shown[: -self.plan.kept]
        again = [self.shown[i] for i in torch.randint(len(self.shown), (self.plan.again,)).tolist()]
        return {name: torch.stack([*of, *(one[name] for one in again)]) for name, of in batch.items()}

    @torch.no_grad()
    def _rebuilt(self, pictures: Tensor) -> Tensor:
        """uint8 [B, 3, S, S] through the VQGAN, at its own 256 pixels, and back."""
        x = pictures.to(self.setup.device).float().div(127.5).sub(1)
        with half_precision(self.setup.device):
            large = F.interpolate(x, 256, mode="bilinear").contiguous(memory_format=torch.channels_last)
            z = self.vqgan.encode(large).float()
            found = self.vqgan.decode(self.vqgan.lookup(self.vqgan.quantise(z))).float()
        found = F.interpolate(found, pictures.shape[-1], mode="bilinear", antialias=True)
        return found.add(1).mul(127.5).round().clamp(0, 255).to(pictures)

    def _seen(self, pictures: Tensor) -> Tensor:
        """[B, 3, 144, 144] in 0..1 → [B, 3, 96, 96], worn by a blur, by noise and a shift."""
        coarse = int(torch.randint(72, SIDE + 1, ()))
        seen = F.interpolate(pictures, coarse, mode="bilinear", antialias=True)
        seen = F.interpolate(seen, SIDE, mode="bilinear")
        shift = torch.randint(-3, 4, (2,)).tolist()
        seen = F.pad(seen, (3, 3, 3, 3), mode="replicate").roll(shift, (2, 3))[:, :, 3:-3, 3:-3]
        return (seen + 0.03 * torch.randn_like(seen)).contiguous(memory_format=torch.channels_last)


def train_examiner(plan: ExaminerPlan, setup: Setup, vqgan: VQGAN, font: Path = FONT) -> ExaminerTraining:
    """Train to the end, or to `setup.stop_at`; resumes, saves on the way and at the end."""
    renderer = Renderer(font)
    training = ExaminerTraining(len(renderer.concepts), vqgan, plan, setup)
    training.run(ExaminerBatches(plan, renderer, setup.seed), plan.steps)
    return training


def load_examiner(folder: Path, things: int) -> Examiner:
    """The trained classifier in a folder. Raises FileNotFoundError."""
    values = load_checkpoint(folder / _FILE, "cpu")
    if values is None:
        raise FileNotFoundError(f"{folder / _FILE}: run `python -m generation.training examiner` first")
    model = Examiner(things)
    model.load_state_dict(values["model"])
    return model.eval()


@torch.inference_mode()
def ask(examiner: Examiner, pictures: Sequence[NDArray[np.uint8]]) -> tuple[Tensor, Tensor, Tensor]:
    """Pictures uint8 [H, W, 3] → of each thing, how many cells show it; logits of colours and places."""
    x = torch.from_numpy(np.stack(pictures)).movedim(-1, 1).float() / 255
    cells, colours, places = examiner(F.interpolate(x, SIDE, mode="bilinear", antialias=True))
    return cells.softmax(1)[:, :-1].sum((2, 3)), colours, places


def unseen(
    renderer: Renderer, seed: int, taught: int, count: int, relation: str, rng: Generator
) -> list[Scene]:
    """Scenes whose combination is in none of the first `taught` scenes of the transformer."""
    known = {_combination(scene_of(number, seed, len(renderer.concepts))) for number in range(taught)}
    found: list[Scene] = []
    while len(found) < count:
        scene = settled(draw_scene(rng, len(renderer.concepts), relation))
        if _combination(scene) not in known:
            found.append(scene)
    return found


def _combination(scene: Scene) -> tuple[object, ...]:
    things = tuple(sorted((s.concept, -1 if s.colour is None else s.colour) for s in scene.stickers))
    ground = scene.ground  # a place has a colour by lot that nobody sees
    return things, ground.kind, ground.place, ground.time, None if ground.kind == "place" else ground.first
