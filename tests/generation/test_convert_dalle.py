"""ruDALL-E's published files become models that paint, or are refused in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
import torch
from torch import Tensor

from generation.convert import Order, convert
from generation.dalle import DalleConfig, Kind, mask_table
from generation.dalle_files import load_dalle
from generation.engine import Refusal
from generation.engines.dalle import create
from generation.matte import MATTE_FILE, Matte
from generation.models import Model, catalogue, fit_size, folders
from generation.protocol import Generate, Phrase, Reason
from generation.sber import SIDE
from generation.tensors import ModelFileError
from generation.vqgan import VQGAN, load_vqgan
from generation.wavelets import inverse_haar
from tests.generation import toy_files, toy_unet
from tests.generation.contract import finish
from tests.generation.test_yttm import MODEL as PIECES
from tests.generation.toy_dalle import toy_dalle
from tests.generation.toys import toy_settings

GRID = 4
SHAPE = DalleConfig(4, 32, 4, text_vocab=14, text_length=6, image_vocab=20, grid=GRID)
REQUEST = Generate("job", "dalle", "toy", (Phrase("abc д"),), 8, 8, GRID, seed=7)


@cache
def sber(*, wavelets: bool = False) -> VQGAN:
    """The VAE with few numbers; its shapes are those that a file of this structure tells."""
    more = {"wavelets": True, "out_ch": 12} if wavelets else {}
    return toy_files.vqgan(gumbel=True, resolution=SIDE, attn_resolutions=(SIDE // 2,), **more)


def published_vae(folder: Path, model: VQGAN) -> Path:
    """A checkpoint as published: no YAML, losses beside the plain one, the wavelets' decoder wrapped."""
    state = dict(model.state_dict())
    path = folder / f"vae-{model.config.wavelets}.ckpt"
    if not model.config.wavelets:
        torch.save({"state_dict": toy_files.with_losses(state)}, path)
        return path
    wrapped: dict[str, Tensor] = {}
    for name, tensor in state.items():
        inner = name.startswith(("decoder.", "post_quant_conv."))
        wrapped[f"model.{'decoder.' if inner else ''}{name}"] = tensor
    wrapped["model.post_quant_conv.weight"] = torch.ones(32, 32, 1, 1)
    wrapped["model.post_quant_conv.bias"] = torch.ones(32)
    wrapped["model.decoder.idwt.g0_col"] = torch.ones(1, 1, 2, 1)
    torch.save({"state_dict": wrapped}, path)
    return path


def published_dalle(
    folder: Path, changes: Mapping[str, Tensor | None] = MappingProxyType({}), shape: DalleConfig = SHAPE
) -> Path:
    """Half weights; the masks of version 3 are booleans, those of version 2 halves."""
    state: dict[str, Tensor | None] = {name: t.half() for name, t in toy_dalle(shape).state_dict().items()}
    for kind, name in zip(Kind, ("row", "col", "conv"), strict=True):
        mask = mask_table(shape)[kind]
        state[f"transformer.{name}_mask"] = mask if shape.version == 3 else mask.half()
    whole = {name: tensor for name, tensor in {**state, **changes}.items() if tensor is not None}
    path = folder / "pytorch_model.bin"
    torch.save(whole, path)
    (folder / "bpe.model").write_text(PIECES)
    return path


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both VAEs and a transformer, converted; `wide` borrows the transformer for 16 px."""
    folder, files = tmp_path_factory.mktemp("models"), tmp_path_factory.mktemp("files")
    convert(Order(published_vae(files, sber()), "plain", folder))
    convert(Order(published_vae(files, sber(wavelets=True)), "dwt", folder))
    convert(Order(published_dalle(files), "toy", folder, heads=4, vae="plain"))
    (folder / "large").mkdir()
    text = 'engine = "dalle"\ngrid = 4\nsteps = 4\nvae = "dwt"\ntransformer = "toy"\n'
    (folder / "large" / "model.toml").write_text(text)
    return folder


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


# -- from files to a picture -------------------------------------------------------------------------------


def test_published_files_paint(models: Path) -> None:
    """The best is the likeliest of the candidates, since no CLIP is named; there is no score and no judge."""
    engine = create(toy_settings(models))
    run = engine.begin(REQUEST, 0)
    picture = finish(engine, run)
    assert picture.shape == (8, 8, 3)
    likely = run.logprob.mean(1)
    assert run.best == int(likely.argmax())
    expected = sber().decode(sber().lookup(run.codes[run.best].view(1, GRID, GRID)))
    pixels = ((expected[0] + 1) / 2).clamp(0, 1).permute(1, 2, 0).mul(255).round().byte().numpy()
    assert np.abs(picture.astype(int) - pixels).max() <= 1
    assert engine.score(run) is None
    with pytest.raises(Refusal, match="names no CLIP") as caught:
        engine.judge("toy")
    assert caught.value.reason is Reason.MODEL_MISSING


def test_the_same_codes_become_a_larger_picture_with_wavelets(models: Path) -> None:
    engine = create(toy_settings(models))
    small, large = (
        engine.begin(REQUEST, 0),
        engine.begin(replace(REQUEST, model="large", width=16, height=16), 0),
    )
    assert finish(engine, small).shape == (8, 8, 3)
    assert finish(engine, large).shape == (16, 16, 3)
    assert torch.equal(small.codes, large.codes)


def test_sizes_follow_from_grid_and_vae(models: Path) -> None:
    known = catalogue(models)
    assert set(folders(models)) == {"plain", "dwt", "toy", "large"}
    assert (known["toy"].factor, known["toy"].native, known["toy"].least) == (2, (8, 8), 8)
    assert (known["large"].factor, known["large"].native) == (4, (16, 16))
    assert [file.name for file in known["large"].files] == [
        "vqgan.safetensors",
        "transformer.safetensors",
        "bpe.model",
    ]
    (models / "absent").mkdir(exist_ok=True)
    (models / "absent" / "model.toml").write_text('engine = "dalle"\ngrid = 32\nsteps = 32\nvae = "none"\n')
    assert catalogue(models)["absent"].native == (256, 256)
    (models / "absent" / "model.toml").unlink()
    (models / "absent").rmdir()


@pytest.mark.parametrize(
    ("asked", "made"),
    [((256, 256), (256, 256)), ((341, 192), (456, 256)), ((100, 200), (256, 512)), ((600, 300), (600, 304))],
)
def test_no_side_is_less_than_the_grid(asked: tuple[int, int], made: tuple[int, int]) -> None:
    model = Model("m", "dalle", 8, (256, 256), 32, "", "", (), least=256)
    assert fit_size(model, *asked) == made
    assert fit_size(model, *asked, max_pixels=256 * 256) == (256, 256)


# -- cut out ------------------------------------------------------------------------------------------------


def test_a_whole_picture_is_cut_out_where_the_matte_is_there(tmp_path: Path) -> None:
    """Without its folder the model paints as ever; the pixels are the same in both."""
    convert(Order(published_vae(tmp_path, sber()), "plain", tmp_path / "models"))
    order = Order(published_dalle(tmp_path), "toy", tmp_path / "models", heads=4, vae="plain", matte="cutter")
    convert(order)
    engine = create(toy_settings(tmp_path / "models"))
    plain = finish(engine, engine.begin(REQUEST, 0))
    assert plain.shape == (8, 8, 3)
    convert(Order(toy_unet.write(tmp_path), "cutter", tmp_path / "models"))
    engine = create(toy_settings(tmp_path / "models"))
    run = engine.begin(REQUEST, 0)
    assert engine.picture(run).shape == (8, 8, 3)  # nothing is to be cut out yet
    cut = finish(engine, run)
    assert cut.shape == (8, 8, 4)
    assert np.array_equal(cut[..., :3], plain)
    expected = Matte.load(tmp_path / "models" / "cutter" / MATTE_FILE, torch.device("cpu")).cut(plain)
    assert np.array_equal(cut, expected)
    assert folders(tmp_path / "models")["cutter"].engine == ""
    sheet = engine.begin(replace(REQUEST, grid=4), 1)
    finish(engine, sheet)
    candidates = engine.candidates(sheet)
    assert candidates is not None
    assert candidates.pictures.shape == (4, 8, 8, 3)  # a sheet shows them as they were told


def test_another_matte_makes_another_recipe(tmp_path: Path) -> None:
    hashes = set()
    convert(Order(published_vae(tmp_path, sber()), "plain", tmp_path))
    convert(Order(published_dalle(tmp_path), "toy", tmp_path, heads=4, vae="plain", matte="cutter"))
    for seed in (0, 1):
        convert(
            Order(toy_unet.write(tmp_path, toy_unet.published(seed=seed)), "cutter", tmp_path, replace=True)
        )
        engine = create(toy_settings(tmp_path))
        hashes.add(engine.recipe(engine.begin(REQUEST, 0)).model_sha256)
    assert len(hashes) == 2
