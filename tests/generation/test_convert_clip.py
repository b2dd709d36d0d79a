"""Published CLIPs, from OpenAI's archives and open_clip's files, see the same after conversion."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from generation.clip import CLIP, CLIPTraits, TwoTowers, load_clip, normalise_pixels
from generation.convert import Order, convert
from generation.models import folders
from generation.tensors import ModelFileError
from generation.tokenizer import Tokenizer
from tests.generation import toy_files

PIXELS = torch.linspace(0, 1, 2 * 3 * 32 * 32).reshape(2, 3, 32, 32)
TOKENS = torch.tensor([[514, 7, 515, 0, 0, 0, 0, 0]])


@pytest.fixture
def order(tmp_path: Path) -> Order:
    """Convert `tmp_path/clip.pt`; the vocabulary lies beside it."""
    toy_files.save_vocabulary(tmp_path / "merges.txt")
    return Order(tmp_path / "clip.pt", "toy", tmp_path / "models")


def vectors(model: TwoTowers, normalise: Callable[[Tensor], Tensor] = normalise_pixels) -> list[Tensor]:
    with torch.no_grad():
        return [model.encode_image(normalise(PIXELS)), model.encode_text(TOKENS)]


def write_config(path: Path, **changes: object) -> None:
    """An `open_clip_config.json` in open_clip's form."""
    tree: dict[str, dict[str, Any]] = {
        "model_cfg": {
            "embed_dim": 16,
            "vision_cfg": {"image_size": 32, "layers": 2, "width": 64, "patch_size": 16},
            "text_cfg": {"context_length": 8, "vocab_size": 516, "width": 64, "heads": 1, "layers": 1},
        },
        "preprocess_cfg": {
            "mean": [0.48145466, 0.4578275, 0.40821073],
            "std": [0.26862954, 0.26130258, 0.27577711],
        },
    }
    for name, value in changes.items():
        section, _, key = name.partition("__")
        tree.setdefault(section, {})
        if isinstance(value, dict):
            tree[section].setdefault(key, {}).update(value)
        else:
            tree[section][key] = value
    path.write_text(json.dumps(tree))


@pytest.mark.parametrize("resnet", [False, True])
def test_an_archive_sees_the_same_after_conversion(order: Order, resnet: bool) -> None:
    """fp16 weights run in fp32; the vocabulary comes along."""
    model = toy_files.clip(resnet=resnet)
    folder = convert(replace(order, file=toy_files.save_archive(order.file, model)))
    kept = load_clip(folder / "clip.safetensors")
    assert kept.config == model.config
    for mine, theirs in zip(vectors(kept), vectors(model), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=2e-2, atol=2e-3)
    assert Tokenizer.load(folder / "bpe.txt").merges == toy_files.MERGES
    table = tomllib.loads((folder / "model.toml").read_text())
    assert (table["kind"], table["activation"], table["languages"]) == ("clip", "quick-gelu", [])


def test_what_a_clip_reads_can_be_told(order: Order) -> None:
    folder = convert(
        replace(order, file=toy_files.save_archive(order.file, toy_files.clip()), languages=("en", "ru"))
    )
    assert folders(order.models_dir)[folder.name].clips[0].languages == ("en", "ru")


@pytest.mark.parametrize(
    ("quick", "asked", "activation"),
    [
        (None, None, "gelu"),
        (True, None, "quick-gelu"),
        (False, None, "gelu"),
        (False, "quick-gelu", "quick-gelu"),
    ],
)
def test_open_clips_file_says_which_gelu(
    order: Order, quick: bool | None, asked: str | None, activation: str
) -> None:
    """Its config file settles it, the caller overrules; without either it is the exact one."""
    model = toy_files.clip(traits=CLIPTraits(activation))  # type: ignore[arg-type]
    file = order.file.with_name("open_clip_model.safetensors")
    save_file(model.state_dict(), file)
    if quick is not None:
        write_config(order.file.with_name("open_clip_config.json"), model_cfg__quick_gelu=quick)
    folder = convert(replace(order, file=file, activation=asked))  # type: ignore[arg-type]
    kept = load_clip(folder / "clip.safetensors")
    assert kept.config.traits.activation == activation
    assert all(torch.equal(a, b) for a, b in zip(vectors(kept), vectors(model), strict=True))


def test_the_two_gelus_see_differently() -> None:
    """Which is why it matters."""
    exact = toy_files.clip(traits=CLIPTraits("gelu"))
    quick = CLIP(toy_files.clip_config())
    quick.load_state_dict(exact.state_dict())
    assert not torch.allclose(vectors(exact)[0], vectors(quick)[0], atol=1e-4)


def test_head_widths_and_the_text_prefix_are_understood(order: Order) -> None:
    """As in ViT-H: heads of another width; as in custom text towers: names under `text.`."""
    model = toy_files.clip(traits=CLIPTraits("gelu", 32, 16))
    write_config(
        order.file.with_name("open_clip_config.json"),
        model_cfg__vision_cfg={"head_width": 32},
        model_cfg__text_cfg={"heads": 4},
    )
    state = {
        name if name.startswith(("visual", "logit")) else f"text.{name}": tensor
        for name, tensor in model.state_dict().items()
    }
    torch.save({**state, "text.attn_mask": torch.ones(8, 8)}, order.file)
    kept = load_clip(convert(order) / "clip.safetensors")
    assert kept.config.traits == CLIPTraits("gelu", 32, 16)
    assert all(torch.equal(a, b) for a, b in zip(vectors(kept), vectors(model), strict=True))


def test_another_pixel_normalisation_moves_into_the_first_layer(order: Order) -> None:
    """A model trained on (x - 0.5) / 0.5 sees the same through the usual normalisation."""
    model = toy_files.clip(traits=CLIPTraits("gelu"))
    halves = {"mean": [0.5] * 3, "std": [0.5] * 3}
    config = order.file.with_name("open_clip_config.json")
    write_config(config, preprocess_cfg__mean=halves["mean"], preprocess_cfg__std=halves["std"])
    torch.save(model.state_dict(), order.file)
    kept = load_clip(convert(order) / "clip.safetensors")
    wanted = vectors(model, lambda x: (x - 0.5) / 0.5)
    for mine, theirs in zip(vectors(kept), wanted, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "changes",
    [
        {"model_cfg__text_cfg": {"hf_model_name": "xlm-roberta-base"}},
        {"model_cfg__vision_cfg": {"timm_model_name": "convnext_base"}},
        {"model_cfg__vision_cfg": {"pool_type": "avg"}},
        {"model_cfg__text_cfg": {"no_causal_mask": True}},
    ],
)
def test_a_clip_of_another_form_is_refused(order: Order, changes: dict[str, object]) -> None:
    write_config(order.file.with_name("open_clip_config.json"), **changes)
    torch.save(toy_files.clip().state_dict(), order.file)
    with pytest.raises(ModelFileError, match=r"open_clip_config\.json: not a CLIP of a form that Gala knows"):
        convert(order)


def test_a_missing_vocabulary_is_told_with_source_and_size(order: Order) -> None:
    torch.save(toy_files.clip().state_dict(), order.file)
    order.file.with_name("merges.txt").unlink()
    with pytest.raises(
        ModelFileError, match=r"bpe_simple_vocab_16e6\.txt\.gz: .* missing \(1,356,917 bytes, from http"
    ):
        convert(order)


def test_a_vocabulary_of_another_size_is_refused(order: Order) -> None:
    torch.save(toy_files.clip(vocab_size=600).state_dict(), order.file)
    with pytest.raises(ModelFileError, match=r"makes 516 tokens, but the CLIP knows 600"):
        convert(order)


@pytest.mark.parametrize("as_text", [True, False])
def test_the_merges_of_a_tokenizer_json_are_read(order: Order, as_text: bool) -> None:
    """Both forms that the tokenizers library writes."""
    torch.save(toy_files.clip().state_dict(), order.file)
    order.file.with_name("merges.txt").unlink()
    merges = [" ".join(pair) if as_text else list(pair) for pair in toy_files.MERGES]
    order.file.with_name("tokenizer.json").write_text(json.dumps({"model": {"merges": merges}}))
    assert Tokenizer.load(convert(order) / "bpe.txt").merges == toy_files.MERGES


def test_nan_and_infinity_are_refused(order: Order) -> None:
    state = toy_files.clip().state_dict()
    state["visual.proj"][0, 0] = float("inf")
    torch.save(state, order.file)
    with pytest.raises(ModelFileError, match=r"not finite: visual\.proj"):
        convert(order)


def test_a_siglip_is_refused(order: Order) -> None:
    torch.save({**toy_files.clip().state_dict(), "logit_bias": torch.ones(())}, order.file)
    with pytest.raises(ModelFileError, match="SigLIP"):
        convert(order)


def test_unknown_traits_in_metadata_are_refused(tmp_path: Path) -> None:
    save_file(toy_files.clip().state_dict(), tmp_path / "x.safetensors", {"activation": "relu"})
    with pytest.raises(ModelFileError, match="no usable CLIP traits"):
        load_clip(tmp_path / "x.safetensors")
