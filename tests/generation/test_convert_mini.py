"""DALL-E mini's published files become models, or are refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from generation.convert import Order, convert
from generation.mini_files import load_dalle_mini
from generation.models import catalogue, folders, open_model
from generation.tensors import ModelFileError
from generation.vqgan import VQGAN, VQGANConfig, load_vqgan
from tests.generation import toy_mini
from tests.generation.toy_mini import CODES, GATED, GRID, HEADS, HIDDEN, write_pair


def models(folder: Path) -> Path:
    return toy_mini.write_models(folder / "models", folder)


def test_the_four_files_become_one_model(tmp_path: Path) -> None:
    """Found by the encoder's name or by the decoder's; every number stays the half that it was."""
    folder = models(tmp_path)
    known = catalogue(folder)["toy"]
    assert (known.engine, known.factor, known.native, known.steps) == ("dalle-mini", 2, (8, 8), GRID)
    assert set(open_model("toy", folder).files) == {
        "transformer.safetensors",
        "vocab.json",
        "merges.txt",
        "vqgan.safetensors",
    }
    pair = load_dalle_mini(folder / "toy" / "transformer.safetensors", torch.device("cpu"), torch.float32)
    encoder, decoder = toy_mini.pair()
    for half, state in ((pair.encoder, encoder), (pair.decoder, decoder)):
        kept = half.state_dict()
        assert kept.keys() == state.keys()
        assert all(torch.equal(kept[name], tensor.float()) for name, tensor in state.items())
    assert (pair.config.heads, pair.config.gated, pair.config.start) == (HEADS, GATED, CODES)
    other = convert(Order(tmp_path / "decoder_mini.pt", "other", folder, heads=HEADS, vae="plain"))
    weights = (folder / name / "transformer.safetensors" for name in ("toy", "other"))
    assert len({path.read_bytes() for path in weights}) == 1
    assert other.name in folders(folder)


def test_matrices_alone_go_into_half_precision(tmp_path: Path) -> None:
    path = models(tmp_path) / "toy" / "transformer.safetensors"
    pair = load_dalle_mini(path, torch.device("cpu"), torch.bfloat16)
    kinds = {name: tensor.dtype for name, tensor in pair.state_dict().items()}
    halved = {name for name, kind in kinds.items() if kind == torch.bfloat16}
    assert {name.split(".")[-2] for name in halved} == {
        "k_proj",
        "v_proj",
        "q_proj",
        "out_proj",
        "fc0",
        "fc1",
        "fc2",
        "lm_head",
    }
    assert set(kinds.values()) == {torch.bfloat16, torch.float32}


def test_the_width_tells_the_heads_of_the_published_models(tmp_path: Path) -> None:
    folder = convert(Order(write_pair(tmp_path), "toy", tmp_path / "models"))
    pair = load_dalle_mini(folder / "transformer.safetensors", torch.device("cpu"), torch.float32)
    assert pair.config.heads == HIDDEN // 64


def test_the_detokenizer_paints_what_the_published_one_does(tmp_path: Path) -> None:
    """Its 0..1 are our -1..1 at the middle; an encoder it has none."""
    kept = load_vqgan(models(tmp_path) / "plain" / "vqgan.safetensors")
    published = toy_mini.detokenizer()
    config = VQGANConfig(32, (1, 2), 1, (128,), 256, 32, 32, CODES)
    assert kept.config == VQGANConfig(32, (1, 2), 1, (128,), 256, 32, 32, CODES, blind=True)
    whole = VQGAN(config)
    names = whole.load_state_dict(
        {**published, "quantize.embedding.weight": published["embedding.weight"]}, strict=False
    )
    assert names.unexpected_keys == ["embedding.weight"]
    codes = torch.arange(16).view(1, 4, 4)
    with torch.no_grad():
        expected = whole.decode(whole.lookup(codes))
        torch.testing.assert_close((kept.decode(kept.lookup(codes)) + 1) / 2, expected, rtol=0, atol=1e-5)
    with pytest.raises(ValueError, match="has no encoder"):
        kept.encode(torch.zeros(1, 3, 8, 8))


@pytest.mark.parametrize(
    ("encoder", "decoder", "words"),
    [
        (
            {"final_ln.bias": torch.full((HIDDEN,), torch.nan)},
            {},
            "encoder_mini.pt: not finite: final_ln.bias",
        ),
        ({}, {"lm_head.weight": torch.full((33, HIDDEN), torch.inf)}, "decoder_mini.pt: not finite: lm_head"),
        (
            {},
            {"lm_head.weight": torch.zeros(30, HIDDEN)},
            r"wrong shape: lm_head.weight \[30, 64\] instead of",
        ),
        ({"layers.1.glu.fc2.weight": None}, {}, "encoder_mini.pt: missing: layers.1.glu.fc2.weight"),
        ({}, {"layers.1.glu.ln0.bias": None}, "decoder_mini.pt: missing: layers.1.glu.ln0.bias"),
        ({"layers.0.glu.ln0.weight": torch.ones(HIDDEN)}, {}, "not known: layers.0.glu.ln0.weight"),
        ({}, {"embed_positions.weight": None}, "not the weights of DALL-E mini"),
        ({}, {"embed_positions.weight": torch.zeros(17, HIDDEN)}, "wrong shape: embed_positions.weight"),
    ],
)
def test_a_broken_pair_is_refused(
    tmp_path: Path, encoder: dict[str, Tensor | None], decoder: dict[str, Tensor | None], words: str
) -> None:
    file = write_pair(tmp_path, encoder=encoder, decoder=decoder)
    with pytest.raises(ModelFileError, match=words):
        convert(Order(file, "toy", tmp_path / "models", heads=HEADS))
    assert list((tmp_path / "models").iterdir()) == []


def test_files_cut_short_absent_or_misnamed_are_refused(tmp_path: Path) -> None:
    file = write_pair(tmp_path)
    order = Order(file, "toy", tmp_path / "models", heads=HEADS)
    decoder = tmp_path / "decoder_mini.pt"
    whole = decoder.read_bytes()
    decoder.write_bytes(whole[:-500])
    with pytest.raises(ModelFileError, match=r"decoder_mini.pt: damaged, cut short"):
        convert(order)
    decoder.unlink()
    with pytest.raises(ModelFileError, match=r"decoder_mini.pt: there is no such file"):
        convert(order)
    decoder.write_bytes(whole)
    (tmp_path / "vocab_mini.json").unlink()
    with pytest.raises(ModelFileError, match=r"vocab_mini.json: not a readable vocabulary"):
        convert(order)
    with pytest.raises(ModelFileError, match=r"name one of them so"):
        convert(Order(file.rename(tmp_path / "weights.pt"), "toy", tmp_path / "models", heads=HEADS))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"embedding.weight": torch.full((CODES, 32), torch.nan)}, "not finite: quantize.embedding.weight"),
        ({"decoder.mid.attn_1.q.bias": None}, "missing: decoder.mid.attn_1.q.bias"),
        ({"post_quant_conv.weight": None}, "not the detokenizer of DALL-E mini"),
        ({"quant_conv.weight": torch.zeros(1)}, "not known: quant_conv.weight"),
    ],
)
def test_a_broken_detokenizer_is_refused(
    tmp_path: Path, change: dict[str, Tensor | None], words: str
) -> None:
    torch.save(toy_mini.detokenizer(change), tmp_path / "detoker.pt")
    with pytest.raises(ModelFileError, match=words):
        convert(Order(tmp_path / "detoker.pt", "vae", tmp_path / "models"))
