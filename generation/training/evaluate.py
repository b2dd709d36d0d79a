"""Measures the networks on scenes that no training saw: seeds of its own, pictures as they are used."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from generation.clip import TwoTowers, normalise_pixels
from generation.tokenizer import Tokenizer
from generation.training.captions import ENGLISH, RUSSIAN, Noun, caption
from generation.training.scenes import Renderer, Scene, draw_scene
from generation.training.words import COLOURS, PLACES
from generation.vqgan import VQGAN

SEED = 987_654_321


@dataclass(frozen=True, slots=True)
class VQGANScore:
    """`l1` of pixels -1..1; `psnr` in dB, the mean over pictures; `codes` that occur at least once."""

    l1: float
    psnr: float
    codes: int


@dataclass(frozen=True, slots=True)
class CLIPScore:
    """Shares of right answers: recall at 1 among the batch, then zero-shot questions with two languages."""

    picture_to_english: float
    english_to_picture: float
    picture_to_russian: float
    russian_to_picture: float
    thing: float
    thing_russian: float
    colour: float
    place: float
    under: float
    true_pair: float
    false_pair: float


def reconstruct(model: VQGAN, pictures: NDArray[np.uint8]) -> tuple[Tensor, Tensor]:
    """uint8 [B, H, W, 3] → reconstructions in -1..1 [B, 3, H, W] and their codes."""
    x = to_tensor(pictures) * 2 - 1
    with torch.inference_mode():
        codes = torch.cat([model.quantise(model.encode(part)) for part in torch.split(x, 4)])
        found = [model.decode(model.lookup(part)).clamp(-1, 1) for part in torch.split(codes, 4)]
    return torch.cat(found), codes


def to_tensor(pictures: NDArray[np.uint8]) -> Tensor:
    """uint8 [B, H, W, 3] → 0..1 [B, 3, H, W]."""
    return torch.from_numpy(pictures).movedim(-1, 1).float() / 255


def evaluate_vqgan(model: VQGAN, renderer: Renderer, count: int = 64, side: int = 256) -> VQGANScore:
    """Reconstruct unseen scenes."""
    rng = np.random.default_rng(SEED)
    pictures = np.stack(
        [renderer.render(draw_scene(rng, len(renderer.concepts)), side) for _ in range(count)]
    )
    found, codes = reconstruct(model, pictures)
    difference = found - (to_tensor(pictures) * 2 - 1)
    squared = (difference / 2).square().flatten(1).mean(1)
    return VQGANScore(
        difference.abs().mean().item(),
        float((-10 * squared.log10()).mean()),
        len(set(codes.flatten().tolist())),
    )


class Reader:
    """Asks a CLIP about pictures and texts."""

    def __init__(self, model: TwoTowers, tokenizer: Tokenizer) -> None:
        self.model, self.tokenizer = model, tokenizer

    @torch.inference_mode()
    def pictures(self, pictures: NDArray[np.uint8]) -> Tensor:
        """Unit vectors of uint8 [B, H, W, 3]."""
        side = self.model.config.image_resolution
        x = F.interpolate(to_tensor(pictures), size=side, mode="bilinear", antialias=True)
        return F.normalize(self.model.encode_image(normalise_pixels(x)), dim=-1)

    @torch.inference_mode()
    def texts(self, texts: list[str]) -> Tensor:
        """Unit vectors of texts."""
        tokens = self.tokenizer.tokenize(texts, self.model.config.context_length)
        return F.normalize(self.model.encode_text(torch.from_numpy(tokens)), dim=-1)

    def right(self, pictures: Tensor, texts: list[str], truth: list[int]) -> float:
        """How often the true text, among all, is nearest to the picture."""
        answers = (pictures @ self.texts(texts).T).argmax(1)
        return (answers == torch.tensor(truth)).float().mean().item()


def draw(renderer: Renderer, scenes: list[Scene], side: int = 96) -> NDArray[np.uint8]:
    """Render all, [B, side, side, 3]."""
    return np.stack([renderer.render(scene, side) for scene in scenes])


def evaluate_clip(model: TwoTowers, tokenizer: Tokenizer, renderer: Renderer, count: int = 256) -> CLIPScore:
    """Retrieval among `count` unseen pairs, then what, which colour, where, and which way round."""
    reader = Reader(model.eval(), tokenizer)
    rng = np.random.default_rng(SEED)
    kinds = len(renderer.concepts)
    scenes = [draw_scene(rng, kinds) for _ in range(count)]
    pictures = reader.pictures(draw(renderer, scenes))
    recall, similarity = {}, {}
    own = torch.arange(count)
    for language in (ENGLISH, RUSSIAN):
        texts = reader.texts([caption(scene, renderer.concepts, language, rng, 1.0).text for scene in scenes])
        similarity[language] = pictures @ texts.T
        for name, table in (("from picture", similarity[language]), ("to picture", similarity[language].T)):
            recall[language, name] = (table.argmax(1) == own).float().mean().item()
    rng = np.random.default_rng(SEED + 2)
    singles = [draw_scene(rng, kinds, "single") for _ in range(3 * count)]
    things = reader.pictures(draw(renderer, singles))
    truth = [scene.stickers[0].concept for scene in singles]
    english = similarity[ENGLISH]
    return CLIPScore(
        recall[ENGLISH, "from picture"], recall[ENGLISH, "to picture"],
        recall[RUSSIAN, "from picture"], recall[RUSSIAN, "to picture"],
        reader.right(things, names(renderer, ENGLISH), truth),
        reader.right(things, names(renderer, RUSSIAN), truth),
        colour_score(reader, renderer, singles[:count], rng),
        place_score(reader, renderer, singles[:count]),
        under_score(reader, renderer, rng),
        english.diagonal().mean().item(), english[~torch.eye(count, dtype=torch.bool)].mean().item(),
    )  # fmt: skip


def names(renderer: Renderer, language: str) -> list[str]:
    """The chief name of every concept, as a caption."""
    return [Noun(concept.names[0], None).say(language) for concept in renderer.concepts]


def colour_score(reader: Reader, renderer: Renderer, scenes: list[Scene], rng: Generator) -> float:
    """Which of the twelve colours has the thing? The thing's name is told."""
    right = 0.0
    for scene in scenes:
        colour = int(rng.integers(len(COLOURS)))
        sticker = replace(scene.stickers[0], colour=colour)
        picture = reader.pictures(draw(renderer, [replace(scene, stickers=(sticker,))]))
        name = renderer.concepts[sticker.concept].names[0]
        right += reader.right(picture, [Noun(name, i).say(ENGLISH) for i in range(len(COLOURS))], [colour])
    return right / len(scenes)


def place_score(reader: Reader, renderer: Renderer, scenes: list[Scene]) -> float:
    """In which of the eleven places is the thing? The thing's name is told."""
    placed = [scene for scene in scenes if scene.ground.kind == "place"]
    right = 0.0
    for scene in placed:
        thing = Noun(renderer.concepts[scene.stickers[0].concept].names[0], None).say(ENGLISH)
        texts = [f"{thing} {phrases[0].english}" for phrases, _ in PLACES.values()]
        picture = reader.pictures(draw(renderer, [scene]))
        right += reader.right(picture, texts, [list(PLACES).index(scene.ground.place)])
    return right / len(placed)


def under_score(reader: Reader, renderer: Renderer, rng: Generator, count: int = 128) -> float:
    """Tell "A under B" from "B under A"; chance is a half."""
    right = 0.0
    for _ in range(count):
        scene = draw_scene(rng, len(renderer.concepts), "under")
        a, b = (Noun(renderer.concepts[s.concept].names[0], None).say(ENGLISH) for s in scene.stickers)
        right += reader.right(
            reader.pictures(draw(renderer, [scene])), [f"{a} under {b}", f"{b} under {a}"], [0]
        )
    return right / count


def reconstruction_sheet(
    model: VQGAN, renderer: Renderer, columns: int = 10, side: int = 256
) -> NDArray[np.uint8]:
    """Unseen, unpicked scenes above their reconstructions, two times: uint8 [4 * side, columns * side, 3]."""
    rng = np.random.default_rng(SEED + 1)
    pictures = draw(renderer, [draw_scene(rng, len(renderer.concepts)) for _ in range(2 * columns)], side)
    found, _ = reconstruct(model, pictures)
    again = ((found + 1) * 127.5).round().byte().movedim(1, -1).numpy()
    rows = [
        np.concatenate(list(part), 1)
        for half in (slice(0, columns), slice(columns, None))
        for part in (pictures[half], again[half])
    ]
    return np.concatenate(rows, 0)


def load_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of a model's folder."""
    return Tokenizer.load(folder / "bpe.txt")
