"""What ruDALL-E's published files paint when they have been converted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from generation.convert import Order, convert
from generation.engine import Refusal
from generation.engines.dalle import create
from generation.matte import MATTE_FILE, Matte
from generation.models import Model, catalogue, fit_size, folders
from generation.protocol import Reason
from tests.generation import toy_unet
from tests.generation.contract_runs import finish
from tests.generation.toy_sber import GRID, REQUEST, models, published_dalle, published_vae, sber
from tests.generation.toys import toy_settings

__all__ = ["models"]  # the fixture

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
