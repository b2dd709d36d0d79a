"""CLIPs that read Russian, as their publishers have them, become folders that read the same."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from generation.clip import CLIPTraits, TwoTowers, load_clip, normalise_pixels
from generation.convert import Order, convert
from generation.models import ModelFile, catalogue
from generation.tensors import ModelFileError
from generation.vocabulary import load_vocabulary
from tests.generation import toy_languages

PIXELS = torch.linspace(0, 1, 2 * 3 * 32 * 32).reshape(2, 3, 32, 32)
WORDS = ("кот кот", "Кот")


@pytest.fixture
def xlm(tmp_path: Path) -> Order:
    """open_clip's file of a toy, with what older files have beside the weights, and its vocabulary."""
    state = dict(toy_languages.multilingual().state_dict())
    state["text.transformer.embeddings.position_ids"] = torch.arange(80)[None]
    state["text.transformer.pooler.dense.weight"] = torch.ones(128, 128)
    torch.save(state, tmp_path / "open_clip_pytorch_model.bin")
    toy_languages.save_unigram(tmp_path / "tokenizer.json")
    return Order(tmp_path / "open_clip_pytorch_model.bin", "toy", tmp_path / "models")


@pytest.fixture
def sber(tmp_path: Path) -> Order:
    """ruCLIP's three files."""
    torch.save(toy_languages.ruclip(tmp_path).state_dict(), tmp_path / "pytorch_model.bin")
    toy_languages.write_ruclip_config(tmp_path)
    return Order(tmp_path / "pytorch_model.bin", "toy", tmp_path / "models")


def write_open_clip_config(folder: Path, text: Mapping[str, Any]) -> None:
    """In open_clip's form, for the toy."""
    vision = {"image_size": 32, "layers": 1, "width": 64, "patch_size": 16}
    model = {"embed_dim": 16, "vision_cfg": vision, "text_cfg": {"hf_model_name": "xlm-roberta-base", **text}}
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": model, "preprocess_cfg": {}}))


def read(folder: Path, vocabulary: str) -> tuple[TwoTowers, Tensor]:
    """The kept CLIP, and what it makes of the words."""
    kept = load_clip(folder / "clip.safetensors")
    tokens = load_vocabulary(folder / vocabulary, kept.config).tokenize(WORDS, kept.config.context_length)
    with torch.no_grad():
        return kept, kept.encode_text(torch.from_numpy(tokens))


def test_a_multilingual_clip_reads_the_same_after_conversion(xlm: Order) -> None:
    """Without a configuration beside it; the vocabulary comes along."""
    folder = convert(xlm)
    kept, vectors = read(folder, "tokenizer.json")
    model = toy_languages.multilingual()
    assert kept.config == model.config
    with torch.no_grad():
        wanted = [model.encode_text(torch.tensor([row])) for row in ([0, 5, 5, 2], [0, 4, 3, 10, 7, 2])]
        assert torch.equal(vectors[0], wanted[0][0])
        assert torch.equal(
            kept.encode_image(normalise_pixels(PIXELS)), model.encode_image(normalise_pixels(PIXELS))
        )
    table = tomllib.loads((folder / "model.toml").read_text())
    assert (table["vocabulary"], table["languages"], table["activation"]) == ("tokenizer.json", [], "gelu")


def test_its_configuration_says_how_long_texts_are(xlm: Order) -> None:
    write_open_clip_config(xlm.file.parent, {"context_length": 30, "hf_pooler_type": "mean_pooler"})
    assert load_clip(convert(xlm) / "clip.safetensors").config.context_length == 30


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ({"hf_pooler_type": "cls_pooler"}, "hf_pooler_type"),
        ({"hf_proj_type": "linear"}, "hf_proj_type"),
        ({"hf_model_name": "roberta-base"}, "hf_model_name"),
        ({"context_length": "long"}, "not a readable"),
    ],
)
def test_another_text_tower_is_refused(xlm: Order, text: dict[str, Any], words: str) -> None:
    write_open_clip_config(xlm.file.parent, text)
    with pytest.raises(ModelFileError, match=rf"open_clip_config\.json: .*{words}"):
        convert(xlm)


def test_a_ruclip_reads_the_same_after_conversion(sber: Order) -> None:
    folder = convert(sber)
    kept, vectors = read(folder, "yttm.model")
    model = toy_languages.ruclip(sber.file.parent)
    assert kept.config == model.config
    with torch.no_grad():
        wanted = model.encode_text(torch.tensor([[2, 12, 12, 3, 0], [2, 12, 3, 0, 0]]))
        torch.testing.assert_close(vectors, wanted)
        assert torch.equal(kept.encode_image(PIXELS), model.encode_image(PIXELS))
    table = tomllib.loads((folder / "model.toml").read_text())
    assert (table["vocabulary"], table["languages"]) == ("yttm.model", ["ru"])
    assert table["activation"] == "quick-gelu"


def test_a_ruclips_pixels_and_heads_are_read(sber: Order) -> None:
    """Its own normalisation moves into the first layer."""
    toy_languages.write_ruclip_config(sber.file.parent, mean=[0.5] * 3, std=[0.5] * 3, transformer_heads=4)
    kept = load_clip(convert(sber) / "clip.safetensors")
    model = toy_languages.ruclip(sber.file.parent)
    assert kept.config.traits == CLIPTraits(text_head_width=16, text_end=3)
    with torch.no_grad():
        wanted = model.encode_image((PIXELS - 0.5) / 0.5)
        torch.testing.assert_close(kept.encode_image(normalise_pixels(PIXELS)), wanted, rtol=1e-4, atol=1e-5)


def test_a_named_vocabulary_is_enough(sber: Order, tmp_path: Path) -> None:
    """Wherever it lies, and without a configuration."""
    (tmp_path / "config.json").unlink()
    elsewhere = (tmp_path / "bpe.model").rename(tmp_path / "pieces.model")
    folder = convert(replace(sber, vocabulary=elsewhere, languages=("ru", "uk")))
    assert load_clip(folder / "clip.safetensors").config.traits.text_end == 3
    assert tomllib.loads((folder / "model.toml").read_text())["languages"] == ["ru", "uk"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"vocab_size": 16384}, "says vocab_size 16384, but the weights have 13"),
        ({"transformer_width": 128}, "says transformer_width 128, but the weights have 64"),
        ({"image_resolution": 384}, "says image_resolution 384, but the weights have 32"),
        ({"transformer_heads": 0}, "not a readable config"),
        ({"mean": "grey"}, "not a readable config"),
    ],
)
def test_another_models_configuration_is_refused(sber: Order, changes: dict[str, Any], words: str) -> None:
    toy_languages.write_ruclip_config(sber.file.parent, **changes)
    with pytest.raises(ModelFileError, match=rf"config\.json: {words}"):
        convert(sber)


def test_damaged_and_foreign_files_are_refused(sber: Order, xlm: Order, tmp_path: Path) -> None:
    """Cut short, of another model, or with a vocabulary of ruDALL-E's; nothing is written."""
    with pytest.raises(ModelFileError, match=r"missing: text\.transformer"):
        state = torch.load(xlm.file)
        torch.save({n: t for n, t in state.items() if "layer.1.output" not in n}, tmp_path / "part.bin")
        convert(replace(xlm, file=tmp_path / "part.bin"))
    xlm.file.write_bytes(xlm.file.read_bytes()[:-5000])
    with pytest.raises(ModelFileError, match=r"open_clip_pytorch_model\.bin: damaged"):
        convert(xlm)
    pieces = tmp_path / "bpe.model"
    pieces.write_text(pieces.read_text().replace("6 3\n", "6 2\n", 1).replace("11 9 12\n", ""))
    with pytest.raises(ModelFileError, match=r"bpe\.model: makes 12 tokens, but the CLIP knows 13"):
        convert(sber)
    assert not (tmp_path / "models" / "toy").exists()


def test_a_missing_vocabulary_is_told_with_its_source(xlm: Order, sber: Order, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(ModelFileError, match=r"tokenizer\.json: .* missing \(9,000,000 bytes, from https"):
        convert(xlm)
    with pytest.raises(ModelFileError, match=r"x\.model: not a readable YouTokenToMe model"):
        convert(replace(sber, vocabulary=tmp_path / "x.model"))


def test_a_rudalle_takes_a_ruclip_beside_its_own_vocabulary(sber: Order, tmp_path: Path) -> None:
    """Both have a file of YouTokenToMe's, under different names."""
    convert(sber)
    (tmp_path / "models" / "mine").mkdir()
    (tmp_path / "models" / "mine" / "model.toml").write_text(
        'engine = "dalle"\ngrid = 8\nsteps = 8\nfactor = 4\nclips = ["toy"]\n'
        'files = [{ name = "transformer.safetensors" }, { name = "bpe.model" }]\n'
    )
    model = catalogue(tmp_path / "models")["mine"]
    (clip,) = model.clips
    assert (clip.vocabulary, clip.languages) == ("yttm.model", ("ru",))
    paths = {file.name: file.path for file in model.files if isinstance(file, ModelFile)}
    assert (paths["bpe.model"], paths["yttm.model"]) == ("", "toy/yttm.model")
