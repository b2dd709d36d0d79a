"""`python -m generation.training <stage>`: draw, learn the vocabulary, train the networks, measure them.

Every stage takes a seed and gives the same again; the trainings go on from their checkpoint.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np
import torch
from PIL import Image

from generation.clip import CLIP, load_clip, save_clip
from generation.dalle_files import load_dalle
from generation.tokenizer import Tokenizer
from generation.training.batches import PairBatches
from generation.training.captions import ENGLISH, RUSSIAN, caption
from generation.training.clip import CONTEXT, JUDGE, CLIPPlan, export_clip, train_clip
from generation.training.codes import STEADY, encode_scenes, steady_codes
from generation.training.common import Setup
from generation.training.curves import draw_curves
from generation.training.evaluate import evaluate_clip, evaluate_vqgan, load_tokenizer, reconstruction_sheet
from generation.training.examine import LANGUAGES, PROMPTS, Painter, sheet
from generation.training.examine import examine as examine_model
from generation.training.examiner import ExaminerPlan, load_examiner, train_examiner
from generation.training.reading import ReadingPlan, train_reading
from generation.training.refining import RefiningPlan, export_refined, refine_vqgan
from generation.training.scenes import FONT, Renderer, draw_scene
from generation.training.transformer import TransformerPlan, export_transformer, train_transformer
from generation.training.vocabulary import draw_captions, learn_merges, read_words
from generation.training.vqgan import VQGANPlan, export_vqgan, train_vqgan
from generation.vqgan import load_vqgan

Stages: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
SHIPPED = Path(__file__).parents[1] / "weights" / "pocket"


class Plan(Protocol):
    """The numbers that every training's plan has."""

    @property
    def steps(self) -> int:
        """Of the optimiser, in all."""

    @property
    def batch(self) -> int:
        """Scenes in a step."""


def render(options: argparse.Namespace) -> None:
    """Write numbered pictures and a text file with their captions."""
    renderer, rng = Renderer(options.font), np.random.default_rng(options.seed)
    options.folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for index in range(options.count):
        scene = draw_scene(rng, len(renderer.concepts))
        Image.fromarray(renderer.render(scene, options.side)).save(options.folder / f"{index:06d}.png")
        texts = (caption(scene, renderer.concepts, language, rng).text for language in (ENGLISH, RUSSIAN))
        lines.append("\t".join((f"{index:06d}", *texts)))
    (options.folder / "captions.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def vocabulary(options: argparse.Namespace) -> None:
    """Learn the merges and write them, and the words that the captions know."""
    captions = draw_captions(options.count, options.seed)
    merges = learn_merges(captions, options.merges)
    options.model.mkdir(parents=True, exist_ok=True)
    Tokenizer(merges).save(options.model / "bpe.txt")
    words(options)
    print(f"{len(merges)} merges")


def words(options: argparse.Namespace) -> None:
    """Write the words that the captions know."""
    known = read_words(draw_captions(options.count, options.seed))
    text = json.dumps(known, ensure_ascii=False, indent=0)
    (options.model / "words.json").write_text(text + "\n", encoding="utf-8")


def setup(options: argparse.Namespace) -> Setup:
    """The options that both trainings share."""
    torch.set_num_threads(options.threads)
    return Setup(options.folder, options.device, options.seed, options.workers, stop_at=options.stop_at)


def vqgan(options: argparse.Namespace) -> None:
    """Train the VQGAN and write its weights."""
    plan = VQGANPlan(steps=options.steps, batch=options.batch)
    export_vqgan(train_vqgan(plan, setup(options), font=options.font), options.model / "vqgan.safetensors")


def refine(options: argparse.Namespace) -> None:
    """Train the VQGAN on, while what the transformer writes keeps its meaning, and write the weights."""
    plan = RefiningPlan(steps=options.steps, batch=options.batch)
    path = options.model / "vqgan.safetensors"
    model = load_vqgan(path)
    steady = steady_codes(model, Renderer(options.font), options.codes / STEADY)
    export_refined(refine_vqgan(plan, setup(options), model, steady, options.font), path)


def clip(options: argparse.Namespace) -> None:
    """Train the CLIP and write its weights."""
    plan = CLIPPlan(steps=options.steps, batch=options.batch)
    training = train_clip(plan, setup(options), load_tokenizer(options.model), options.font)
    export_clip(training, options.model / "clip.safetensors")


def judge(options: argparse.Namespace) -> None:
    """Train the CLIP that ranks and finds, from the one that guides, and write its weights."""
    plan, tokenizer = replace(JUDGE, steps=options.steps, batch=options.batch), load_tokenizer(options.model)
    own = replace(setup(options), folder=options.folder / "judge")
    start = load_clip(options.model / "clip.safetensors")
    assert isinstance(start, CLIP)
    training = train_clip(plan, own, tokenizer, options.font, start)
    if training.step == plan.steps:
        batches = PairBatches(tokenizer, ReadingPlan().batch, own.seed, CONTEXT, options.font)
        judge = train_reading(ReadingPlan(), own, training.averaged(), batches)
        save_clip(judge, options.model / "judge.safetensors")


def codes(options: argparse.Namespace) -> None:
    """Encode scenes for the transformer with the VQGAN."""
    torch.set_num_threads(options.threads)
    model = load_vqgan(options.model / "vqgan.safetensors", options.device)
    encode_scenes(model, options.folder, options.count, options.seed, options.font)


def transformer(options: argparse.Namespace) -> None:
    """Train the transformer on encoded scenes and write its weights."""
    plan = TransformerPlan(steps=options.steps, batch=options.batch, rate=options.rate)
    path = options.model / "transformer.safetensors"
    first = load_dalle(path) if options.go_on else None
    tokenizer = load_tokenizer(options.model)
    export_transformer(train_transformer(plan, setup(options), tokenizer, options.codes, first=first), path)


def evaluate(options: argparse.Namespace) -> None:
    """Print the figures; with --sheet also write a picture of reconstructions."""
    torch.set_num_threads(options.threads)
    renderer = Renderer(options.font)
    model = load_vqgan(options.model / "vqgan.safetensors")
    found = asdict(evaluate_vqgan(model, renderer))
    for name in ("clip", "judge"):
        clip = load_clip(options.model / f"{name}.safetensors")
        scores = asdict(evaluate_clip(clip, load_tokenizer(options.model), renderer))
        found |= {f"{name}: {what}": value for what, value in scores.items()}
    for name, value in found.items():
        print(f"{name:28} {value:.3f}")
    if options.sheet:
        sheet = Image.fromarray(reconstruction_sheet(model, renderer))
        sheet.resize((sheet.width // 2, sheet.height // 2), Image.Resampling.LANCZOS).save(
            options.sheet, quality=80
        )


def examiner(options: argparse.Namespace) -> None:
    """Train the classifier that `examine` asks."""
    plan = ExaminerPlan(steps=options.steps, batch=options.batch)
    train_examiner(plan, setup(options), load_vqgan(options.model / "vqgan.safetensors"), options.font)


def examine(options: argparse.Namespace) -> None:
    """Paint prompts that were never taught and have the examiner mark them."""
    renderer = Renderer(options.font)
    marker = load_examiner(options.folder, len(renderer.concepts))
    painter = Painter(options.name, options.models_dir, options.threads)
    for relation, languages in (("single", LANGUAGES), ("and", {"English": ENGLISH})):
        for name, language in languages.items():
            exam = examine_model(painter, marker, renderer, options.taught, options.count, relation, language)
            print(f"{relation:7} {name:8} {exam}", flush=True)


def samples(options: argparse.Namespace) -> None:
    """Paint a sheet of fixed prompts with fixed seeds; nothing is picked."""
    painter = Painter(options.name, options.models_dir, options.threads)
    pictures = [painter.paint(prompt, seed) for prompt in PROMPTS for seed in (1, 2)]
    sheet(pictures, 8, 160).save(options.out, quality=85)


def curves(options: argparse.Namespace) -> None:
    """Draw what the trainings have logged."""
    draw_curves(options.folder).save(options.out)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m generation.training", description=__doc__)
    stages = top.add_subparsers(required=True, metavar="stage")
    _add_drawing(stages)
    _add_trainings(stages)
    _add_examining(stages)
    return top


def _stage(stages: Stages, run: Callable[[argparse.Namespace], None]) -> argparse.ArgumentParser:
    """A stage with the options that all have."""
    found = stages.add_parser(
        run.__name__, help=run.__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    found.set_defaults(run=run)
    found.add_argument("--seed", type=int, default=0)
    found.add_argument("--font", type=Path, default=FONT, help="NotoColorEmoji.ttf")
    found.add_argument("--model", type=Path, default=SHIPPED, help="folder of the model's files")
    found.add_argument("--threads", type=int, default=torch.get_num_threads())
    return found


def _training(
    stages: Stages, run: Callable[[argparse.Namespace], None], plan: Plan
) -> argparse.ArgumentParser:
    """A stage that trains, with the numbers of its plan."""
    found = _stage(stages, run)
    found.add_argument("--folder", type=Path, default=Path("training"), help="checkpoint and log")
    found.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    found.add_argument("--workers", type=int, default=0, help="processes that draw")
    found.add_argument("--steps", type=int, default=plan.steps)
    found.add_argument("--stop-at", type=int, help="stop early; a later call goes on")
    found.add_argument("--batch", type=int, default=plan.batch)
    return found


def _add_drawing(stages: Stages) -> None:
    drawing = _stage(stages, render)
    drawing.add_argument("folder", type=Path)
    drawing.add_argument("--count", type=int, default=100)
    drawing.add_argument("--side", type=int, default=256)
    for learning in (_stage(stages, vocabulary), _stage(stages, words)):
        learning.add_argument("--count", type=int, default=60_000, help="captions to learn from")
        learning.add_argument("--merges", type=int, default=1500)


def _add_trainings(stages: Stages) -> None:
    _training(stages, vqgan, VQGANPlan())
    refinement = _training(stages, refine, RefiningPlan())
    _training(stages, clip, CLIPPlan())
    _training(stages, judge, JUDGE)
    encoding = _stage(stages, codes)
    encoding.add_argument("--folder", type=Path, default=Path("training/codes"), help="takes the codes")
    encoding.add_argument("--count", type=int, default=40_960)
    encoding.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    writing, plan = _training(stages, transformer, TransformerPlan()), TransformerPlan()
    writing.add_argument("--rate", type=float, default=plan.rate, help="the highest of the training")
    writing.add_argument("--go-on", action="store_true", help="start from the weights in --model")
    for reading in (refinement, writing):
        reading.add_argument("--codes", type=Path, default=Path("training/codes"), help="what `codes` wrote")


def _add_examining(stages: Stages) -> None:
    _training(stages, examiner, ExaminerPlan())
    for painting in (_stage(stages, examine), _stage(stages, samples)):
        painting.add_argument("--name", default="pocket", help="the model to paint with")
        painting.add_argument("--models-dir", type=Path, help="folder of models beside the shipped ones")
        painting.add_argument("--folder", type=Path, default=Path("training"), help="where the examiner lies")
        painting.add_argument("--taught", type=int, default=40_960, help="scenes that `codes` has encoded")
        painting.add_argument("--count", type=int, default=64, help="prompts of each kind")
        painting.add_argument("--out", type=Path, default=Path("samples.webp"))
    drawing_curves = _stage(stages, curves)
    drawing_curves.add_argument("--folder", type=Path, default=Path("training"), help="where the logs lie")
    drawing_curves.add_argument("--out", type=Path, default=Path("training/curves.png"))
    _stage(stages, evaluate).add_argument("--sheet", type=Path, help="write a sheet of reconstructions here")


def main() -> None:
    """Run the stage that the command line names."""
    options = parser().parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
