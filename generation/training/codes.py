"""The transformer's data: scenes as codes of the VQGAN, with captions drawn anew each time they are seen.

A scene follows from the seed and its number, so only its codes are kept, in pieces of a few hundred.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray

from generation.tokenizer import Tokenizer
from generation.training.captions import ENGLISH, RUSSIAN, caption
from generation.training.common import half_precision
from generation.training.scenes import FONT, Renderer, Scene, draw_scene
from generation.training.steady import GRID, Steady, find_steady, load_steady, regular, settled
from generation.training.words import Concept
from generation.vqgan import VQGAN

#: Scenes in a file.
PIECE = 256
#: The file beside them.
STEADY = "steady.npz"
#: Nearly half show one thing, which most prompts ask for; the others take longer to learn.
RELATIONS = ("single", "none", "under", "and", "left", "count")
SHARES = (0.46, 0.02, 0.14, 0.20, 0.07, 0.11)
#: The cells around a thing count so many times as much as the ground, which is mostly chance.
THING_WEIGHT = 3.0
#: Its first cells, in the order of painting, count more still, for they decide which thing it will be; of
#: those that it covers, each counts less than the one before by this factor.
FIRST_WEIGHT, FADING = 12.0, 0.8
#: Coloured more often than elsewhere: there are twelve times as many coloured things to learn.
COLOURED = 0.45


def scene_of(number: int, seed: int, concepts: int) -> Scene:
    """The scene of that number."""
    rng = np.random.default_rng((seed, number))
    return settled(draw_scene(rng, concepts, str(rng.choice(RELATIONS, p=SHARES)), colour_share=COLOURED))


def cell_weights(scene: Scene, steady: Steady) -> NDArray[np.float32]:
    """What each cell counts in the loss, [cells]; the mean is 1."""
    weights = np.ones((GRID, GRID), np.float32)
    for sticker in scene.stickers:
        x, y, half = sticker.x * GRID, sticker.y * GRID, sticker.size * GRID / 2
        rows, columns = (slice(round(at - half), round(at + half)) for at in (y, x))
        weights[rows, columns] = THING_WEIGHT
    for sticker in scene.stickers:
        held = steady.codes(replace(scene, stickers=(sticker,)))[1].reshape(GRID, GRID)
        weights[held] = THING_WEIGHT + FIRST_WEIGHT * FADING ** np.arange(held.sum())
    found: NDArray[np.float32] = (weights / weights.mean()).ravel()
    return found


def encode_scenes(
    vqgan: VQGAN, folder: Path, count: int, seed: int, font: Path = FONT, side: int = 256, batch: int = 16
) -> None:
    """Write the codes of the scenes 0 to `count`; goes on where it stopped."""
    folder.mkdir(parents=True, exist_ok=True)
    renderer = Renderer(font)
    vqgan.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    steady = steady_codes(vqgan, renderer, folder / STEADY, side)
    for first in range(0, count, PIECE):
        path = folder / f"codes-{first:07d}.npy"
        if path.exists():
            continue
        numbers = range(first, first + PIECE)
        scenes = [scene_of(number, seed, len(renderer.concepts)) for number in numbers]
        parts = [_encode(vqgan, renderer, scenes[i : i + batch], side) for i in range(0, PIECE, batch)]
        codes = [steady.over(own, scene) for own, scene in zip(np.concatenate(parts), scenes, strict=True)]
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            np.save(file, np.stack(codes))
        part.replace(path)
        print(f"{first + PIECE}/{count} scenes encoded", flush=True)


def steady_codes(vqgan: VQGAN, renderer: Renderer, path: Path, side: int = 256) -> Steady:
    """The steady codes of that VQGAN, from the file or found anew and written there."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        found = find_steady(renderer, partial(_embed, vqgan), partial(_quantise, vqgan), side)
        regular(found, vqgan.quantize.rows.detach().float().cpu().numpy()).save(path)
    return load_steady(path)


def _encode(vqgan: VQGAN, renderer: Renderer, scenes: list[Scene], side: int) -> NDArray[np.uint16]:
    pictures = np.stack([renderer.render(scene, side) for scene in scenes])
    return _quantise(vqgan, _embed(vqgan, pictures)).reshape(len(scenes), -1)


@torch.no_grad()
def _embed(vqgan: VQGAN, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Pictures [B, side, side, 3] → z [B, h, w, e]."""
    device = next(vqgan.parameters()).device
    x = torch.from_numpy(pictures).movedim(-1, 1).to(device).float() / 127.5 - 1
    with half_precision(device.type):
        z = vqgan.encode(x.contiguous(memory_format=torch.channels_last))
    found: NDArray[np.float32] = z.float().movedim(1, -1).cpu().numpy()
    return found


def _quantise(vqgan: VQGAN, z: NDArray[np.float32]) -> NDArray[np.uint16]:
    device = next(vqgan.parameters()).device
    codes: NDArray[np.uint16] = (
        vqgan.quantise(torch.from_numpy(z).to(device).movedim(-1, 1)).cpu().numpy().astype(np.uint16)
    )
    return codes


def read_codes(folder: Path) -> NDArray[np.uint16]:
    """What `encode_scenes` wrote, [scenes, cells]."""
    return np.concatenate([np.load(path) for path in sorted(folder.glob("codes-*.npy"))])


@dataclass(frozen=True, slots=True)
class CodeBatches:
    """{"text": int64 [B, context], "codes": int64 [B, cells], "weights": float [B, cells]}.

    Each epoch has an order of its own.
    """

    codes: NDArray[np.uint16]
    steady: Steady
    concepts: tuple[Concept, ...]
    tokenizer: Tokenizer
    batch: int
    context: int
    seed: int
    caption_dropout: float = 0.1

    def __getitem__(self, step: int) -> dict[str, Any]:
        rng = np.random.default_rng((self.seed, 1, step))
        chosen = self._chosen(step)
        scenes = [scene_of(int(number), self.seed, len(self.concepts)) for number in chosen]
        texts = [self.caption(scene, rng) for scene in scenes]
        tokens = self.tokenizer.tokenize(texts, self.context)
        tokens[rng.random(self.batch) < self.caption_dropout] = 0
        return {
            "text": torch.from_numpy(tokens),
            "codes": torch.from_numpy(self.codes[chosen].astype(np.int64)),
            "weights": torch.from_numpy(np.stack([cell_weights(scene, self.steady) for scene in scenes])),
        }

    def caption(self, scene: Scene, rng: Generator) -> str:
        """A caption for the scene, in either language."""
        language = ENGLISH if rng.random() < 0.5 else RUSSIAN
        return caption(scene, self.concepts, language, rng, ground_share=0.8, placed=True).text

    def _chosen(self, step: int) -> NDArray[np.int64]:
        """The numbers of the step's scenes."""
        places = np.arange(step * self.batch, (step + 1) * self.batch)
        epochs, inside = np.divmod(places, len(self.codes))
        orders = {
            e: np.random.default_rng((self.seed, 2, e)).permutation(len(self.codes))
            for e in set(epochs.tolist())
        }
        return np.array([orders[e][i] for e, i in zip(epochs.tolist(), inside.tolist(), strict=True)])
