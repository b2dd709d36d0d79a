"""ruDALL-E's published files become models, or are refused in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from generation.convert import Order, convert
from generation.dalle_files import load_dalle
from generation.tensors import ModelFileError
from generation.vqgan import load_vqgan
from generation.wavelets import inverse_haar
from tests.generation import toy_files
from tests.generation.toy_dalle import toy_dalle
from tests.generation.toy_sber import SHAPE, models, published_dalle, sber

__all__ = ["models"]  # the fixture

# -- the VAEs ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wavelets", [False, True])
def test_a_vae_paints_and_sees_the_same_after_conversion(models: Path, wavelets: bool) -> None:
    kept, model = (
        load_vqgan(models / ("dwt" if wavelets else "plain") / "vqgan.safetensors"),
        sber(wavelets=wavelets),
    )
    assert kept.config == model.config
    codes = torch.arange(16).reshape(1, 4, 4)
    side = 4 * model.config.factor
    picture = torch.linspace(-1, 1, 3 * side * side).reshape(1, 3, side, side)
    assert kept.decode(kept.lookup(codes)).shape == (1, 3, side, side)
    assert torch.equal(kept.decode(kept.lookup(codes)), model.decode(model.lookup(codes)))
    assert torch.equal(kept.quantise(kept.encode(picture)), model.quantise(model.encode(picture)))


def test_wavelets_become_pixels_by_the_formula() -> None:
    x = torch.randn(2, 12, 3, 5, dtype=torch.float64)
    out = inverse_haar(x)
    assert out.shape == (2, 3, 6, 10)
    for colour in range(3):
        low = x[:, colour]
        lh, hl, hh = (x[:, 3 + 3 * colour + kind] for kind in range(3))
        for a in (0, 1):
            for b in (0, 1):
                expected = 0.5 * (low + (-1) ** a * lh + (-1) ** b * hl + (-1) ** (a + b) * hh)
                torch.testing.assert_close(out[:, colour, a::2, b::2], expected)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"quantize.proj.weight": torch.full((20, 32, 1, 1), torch.nan)}, "not finite: quantize.proj.weight"),
        ({"decoder.conv_in.weight": None}, "missing: decoder.conv_in.weight"),
        ({"encoder.conv_in.weight": None}, "not the VAE of ruDALL-E"),
        ({"decoder.surprise": torch.zeros(1)}, "not known: decoder.surprise"),
    ],
)
def test_a_broken_vae_is_refused(tmp_path: Path, change: dict[str, Tensor | None], words: str) -> None:
    state = {**sber().state_dict(), **change}
    torch.save({"state_dict": {k: t for k, t in state.items() if t is not None}}, tmp_path / "v.ckpt")
    with pytest.raises(ModelFileError, match=words):
        convert(Order(tmp_path / "v.ckpt", "vae", tmp_path / "models"))


# -- the transformer ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [2, 3])
def test_a_transformer_says_the_same_after_conversion(tmp_path: Path, version: int) -> None:
    """Its version is told by its masks; a trainer's prefix and callbacks do not matter."""
    shape = replace(SHAPE, grid=13, version=version)  # large enough for the masks to differ
    file = published_dalle(tmp_path, shape=shape)
    state = {f"module.{name}": tensor for name, tensor in torch.load(file).items()}
    toy_files.save_lightning(tmp_path / "tuned.ckpt", state)
    text, codes = torch.tensor([[2, 9, 3, 0, 0, 0]]), torch.arange(5)[None]
    expected = toy_dalle(shape).half().float()
    for name, source in (("one", file), ("two", tmp_path / "tuned.ckpt")):
        folder = convert(Order(source, name, tmp_path / "models", heads=4))
        kept = load_dalle(folder / "transformer.safetensors")
        assert kept.config == expected.config
        assert torch.equal(kept(text, codes), expected(text, codes))
        assert {path.name for path in folder.iterdir()} == {
            "transformer.safetensors",
            "bpe.model",
            "model.toml",
        }


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"to_logits.1.bias": torch.full((40,), torch.nan)}, "not finite: to_logits.1.bias"),
        ({"to_logits.1.bias": torch.zeros(3)}, "wrong shape: to_logits.1.bias"),
        ({"transformer.layers.2.mlp.dense_4h_to_h.weight": None}, "missing: transformer.layers.2.mlp"),
        ({"vae.model.weight": torch.zeros(1)}, "not known: vae.model.weight"),
        ({"transformer.conv_mask": None}, "no masks.*--dalle-version 2 or 3"),
        ({"transformer.conv_mask": torch.ones(22, 22)}, "masks are those of no known version"),
        ({"image_embeddings.weight": None}, "its names begin with image_col_embeddings"),
    ],
)
def test_a_broken_transformer_is_refused(
    tmp_path: Path, change: dict[str, Tensor | None], words: str
) -> None:
    file = published_dalle(tmp_path, change)
    with pytest.raises(ModelFileError, match=words):
        convert(Order(file, "toy", tmp_path / "models", heads=4))
    assert list((tmp_path / "models").iterdir()) == []


def test_what_no_file_tells_is_asked_for(tmp_path: Path) -> None:
    file = published_dalle(tmp_path, {"transformer.conv_mask": None})
    folder = convert(Order(file, "toy", tmp_path / "models", heads=4, dalle_version=2))
    assert load_dalle(folder / "transformer.safetensors").config.version == 2
    with pytest.raises(ModelFileError, match="say --heads"):
        convert(Order(published_dalle(tmp_path), "other", tmp_path / "models"))


def test_files_cut_short_and_foreign_vocabularies_are_refused(tmp_path: Path) -> None:
    file = published_dalle(tmp_path)
    order = Order(file, "toy", tmp_path / "models", heads=4)
    (tmp_path / "bpe.model").write_text("1 0\n97 4\n1 0 2 3\n")
    with pytest.raises(ModelFileError, match="has 5 pieces, and the transformer reads 14"):
        convert(order)
    (tmp_path / "bpe.model").unlink()
    with pytest.raises(ModelFileError, match="not a readable YouTokenToMe model"):
        convert(order)
    file.write_bytes(file.read_bytes()[:-500])
    with pytest.raises(ModelFileError, match="damaged, cut short"):
        convert(order)
