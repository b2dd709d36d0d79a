"""The transformer's data: scenes as codes of the VQGAN, with captions drawn anew each time they are seen.

A scene follows from the seed and its number, so only its codes are kept, in pieces of a few hundred.
"""

from __future__ import annotations

from dataclasses import dataclass
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
from generation.training.words import Concept
from generation.vqgan import VQGAN

#: Scenes in a file.
PIECE = 256
#: Mostly one thing: two take a multiple of the training until they are right.
RELATIONS = ("single", "none", "under", "and", "left", "count")
SHARES = (0.70, 0.10, 0.07, 0.05, 0.03, 0.05)


def scene_of(number: int, seed: int, concepts: int) -> Scene:
    """The scene of that number."""
    rng = np.random.default_rng((seed, number))
    return draw_scene(rng, concepts, str(rng.choice(RELATIONS, p=SHARES)))


def encode_scenes(
    vqgan: VQGAN, folder: Path, count: int, seed: int, font: Path = FONT, side: int = 256, batch: int = 16
) -> None:
    """Write the codes of the scenes 0 to `count`; goes on where it stopped."""
    folder.mkdir(parents=True, exist_ok=True)
    renderer = Renderer(font)
    vqgan.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    for first in range(0, count, PIECE):
        path = folder / f"codes-{first:07d}.npy"
        if path.exists():
            continue
        numbers = range(first, first + PIECE)
        scenes = [scene_of(number, seed, len(renderer.concepts)) for number in numbers]
        parts = [_encode(vqgan, renderer, scenes[i : i + batch], side) for i in range(0, PIECE, batch)]
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            np.save(file, np.concatenate(parts))
        part.replace(path)
        print(f"{first + PIECE}/{count} scenes encoded", flush=True)


@torch.no_grad()
def _encode(vqgan: VQGAN, renderer: Renderer, scenes: list[Scene], side: int) -> NDArray[np.uint16]:
    device = next(vqgan.parameters()).device
    pictures = torch.from_numpy(np.stack([renderer.render(scene, side) for scene in scenes])).movedim(-1, 1)
    x = (pictures.to(device).float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)
    with half_precision(device.type):
        z = vqgan.encode(x)
    codes: NDArray[np.uint16] = vqgan.quantise(z.float()).flatten(1).cpu().numpy().astype(np.uint16)
    return codes


def read_codes(folder: Path) -> NDArray[np.uint16]:
    """What `encode_scenes` wrote, [scenes, cells]."""
    return np.concatenate([np.load(path) for path in sorted(folder.glob("codes-*.npy"))])


@dataclass(frozen=True, slots=True)
class CodeBatches:
    """{"text": int64 [B, context], "codes": int64 [B, cells]}; each epoch in an order of its own."""

    codes: NDArray[np.uint16]
    concepts: tuple[Concept, ...]
    tokenizer: Tokenizer
    batch: int
    context: int
    seed: int
    caption_dropout: float = 0.1

    def __getitem__(self, step: int) -> dict[str, Any]:
        rng = np.random.default_rng((self.seed, 1, step))
        chosen = self._chosen(step)
        texts = [self.caption(int(number), rng) for number in chosen]
        tokens = self.tokenizer.tokenize(texts, self.context)
        tokens[rng.random(self.batch) < self.caption_dropout] = 0
        return {
            "text": torch.from_numpy(tokens),
            "codes": torch.from_numpy(self.codes[chosen].astype(np.int64)),
        }

    def caption(self, number: int, rng: Generator) -> str:
        """A caption for the scene of that number, in either language."""
        language = ENGLISH if rng.random() < 0.5 else RUSSIAN
        scene = scene_of(number, self.seed, len(self.concepts))
        return caption(scene, self.concepts, language, rng, ground_share=0.8).text

    def _chosen(self, step: int) -> NDArray[np.int64]:
        """The numbers of the step's scenes."""
        places = np.arange(step * self.batch, (step + 1) * self.batch)
        epochs, inside = np.divmod(places, len(self.codes))
        orders = {
            e: np.random.default_rng((self.seed, 2, e)).permutation(len(self.codes))
            for e in set(epochs.tolist())
        }
        return np.array([orders[e][i] for e, i in zip(epochs.tolist(), inside.tolist(), strict=True)])
