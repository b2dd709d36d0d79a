"""CLIPs that read Russian, as published and converted: they guide, rank, and answer questions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from generation.clip import load_clip
from generation.convert import Order, convert
from generation.dalle import DalleConfig
from generation.dalle_files import save_dalle
from generation.engines import dalle, vqgan_clip
from generation.engines.guided import Viewer, to_tensor
from generation.protocol import Phrase
from generation.tokenizer import Tokenizer
from generation.vocabulary import load_vocabulary
from tests.generation import toy_files, toy_languages
from tests.generation.contract_runs import finish
from tests.generation.toy_dalle import toy_dalle
from tests.generation.toys import MERGES, REQUEST, TOY_VQGAN, toy_settings, write_toy

GRID = 6
CONFIG = DalleConfig(3, 32, 4, 512 + len(MERGES) + 2, 8, TOY_VQGAN.n_embed, GRID)
DALLE = """
engine = "dalle"
factor = 4
native = [24, 24]
steps = 6
clips = ["english", "russian"]
files = [{ name = "transformer.safetensors" }, { name = "vqgan.safetensors" }]
"""
GUIDED = """
engine = "vqgan-clip"
factor = 4
native = [32, 32]
steps = 4
clips = ["many"]
files = [{ name = "vqgan.safetensors" }]
"""
VOCABULARIES = {"english": "bpe.txt", "russian": "yttm.model", "many": "tokenizer.json"}


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three CLIPs of toy size in their publishers' forms, converted; and models that take them."""
    web, folder = tmp_path_factory.mktemp("web"), tmp_path_factory.mktemp("models")
    texts = {"english": ("en",), "russian": (), "many": ()}
    for name in texts:
        (web / name).mkdir()
    toy_files.save_archive(web / "english" / "clip.pt", toy_files.clip())
    Tokenizer(toy_files.MERGES).save(web / "english" / "merges.txt")
    torch.save(toy_languages.ruclip(web / "russian").state_dict(), web / "russian" / "clip.pt")
    toy_languages.write_ruclip_config(web / "russian")
    torch.save(toy_languages.multilingual().state_dict(), web / "many" / "clip.pt")
    toy_languages.save_unigram(web / "many" / "tokenizer.json")
    for name, languages in texts.items():
        convert(Order(web / name / "clip.pt", name, folder, languages=languages))
    for name, text in (("malevich", DALLE), ("painter", GUIDED)):
        write_toy(folder, name)
        (folder / name / "model.toml").write_text(text, encoding="utf-8")
    save_dalle(toy_dalle(CONFIG), folder / "malevich" / "transformer.safetensors")
    return folder


def cosine(models_dir: Path, clip: str, picture: Tensor, text: str) -> float:
    """By the CLIP of that name, alone."""
    network = load_clip(models_dir / clip / "clip.safetensors")
    vocabulary = load_vocabulary(models_dir / clip / VOCABULARIES[clip], network.config)
    viewer = Viewer(network, vocabulary, torch.device("cpu"), torch.float32)
    with torch.no_grad():
        seen = viewer.judge(viewer.view_whole(picture))
        return float(F.cosine_similarity(seen, viewer.read([text]))[0])


@pytest.mark.parametrize(
    ("text", "clip"), [("кот", "russian"), ("a cat", "english"), ("кот в сапогах, VQGAN", "russian")]
)
def test_candidates_are_ranked_by_the_clip_that_reads_the_prompt(
    models_dir: Path, text: str, clip: str
) -> None:
    engine = dalle.create(toy_settings(models_dir))
    request = replace(REQUEST, engine="dalle", model="malevich", width=24, height=24)
    run = engine.begin(replace(request, phrases=(Phrase(text),)), 0)
    finish(engine, run)
    wanted = {name: cosine(models_dir, name, run.picture(), text) for name in ("russian", "english")}
    assert run.score() == pytest.approx(wanted[clip], abs=1e-5)
    assert len(set(wanted.values())) == 2
    scores = run.scores
    assert scores is not None
    assert int(scores.argmax()) == run.best


def test_questions_keep_to_the_first_clip(models_dir: Path) -> None:
    """So that all vectors can be compared."""
    judge = dalle.create(toy_settings(models_dir)).judge("malevich")
    network = load_clip(models_dir / "english" / "clip.safetensors")
    tokens = load_vocabulary(models_dir / "english" / "bpe.txt", network.config).tokenize(["кот"], 8)
    with torch.no_grad():
        wanted = F.normalize(network.encode_text(torch.from_numpy(tokens)), dim=-1).numpy()
    np.testing.assert_allclose(judge.read(["кот"]), wanted, atol=1e-5)


def test_a_multilingual_clip_guides_in_russian(models_dir: Path) -> None:
    """Other words make another picture; it is scored by the CLIP that guided it."""
    engine = vqgan_clip.create(toy_settings(models_dir))
    pictures = []
    for text in ("кот", "о"):
        run = engine.begin(replace(REQUEST, model="painter", phrases=(Phrase(text),)), 0)
        pictures.append(finish(engine, run))
        wanted = cosine(models_dir, "many", to_tensor(pictures[-1]), text)
        assert engine.score(run) == pytest.approx(wanted, abs=0.02)
    assert not np.array_equal(pictures[0], pictures[1])
