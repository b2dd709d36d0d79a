"""Real-ESRGAN against the laws of the engines that hold without a prompt, and what is its own."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image

from generation.codec import encode_png
from generation.convert import Order, convert
from generation.engine import Refusal
from generation.engines import enlarging
from generation.engines.real_esrgan import create
from generation.models import catalogue, fit_size
from generation.protocol import Generate, Phrase, Reason, Turn
from generation.rrdbnet import RRDBConfig, RRDBNet, save_rrdbnet
from tests.generation import contract_refusals, contract_runs
from tests.generation.contract import LAWS
from tests.generation.contract_runs import finish
from tests.generation.toys import toy_settings

#: It reads no prompt, follows no seed, has no loss and no CLIP.
NOT_ITS_OWN = {
    contract_runs.another_seed_gives_another_picture,
    contract_runs.the_loss_is_known_after_a_step,
    contract_runs.the_judge_sees_what_is_there_and_disturbs_no_run,
    contract_refusals.bad_requests_are_refused,
}
SCALES = (2, 4, 8)
DESCRIPTION = """
engine = "real-esrgan"
factor = 1
native = [64, 64]
steps = 4
files = [{ name = "rrdbnet.safetensors" }]
"""


def picture(width: int, height: int) -> np.ndarray:
    """Noise that was blurred a little, uint8 [height, width, 3]."""
    rng = np.random.default_rng(width + height)
    coarse = Image.fromarray(rng.integers(0, 256, (height // 2, width // 2, 3), np.uint8))
    return np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC))


def network(scale: int) -> RRDBNet:
    """Random weights that change a picture without drowning it."""
    with torch.random.fork_rng():
        torch.manual_seed(scale)
        return RRDBNet(RRDBConfig(scale, features=8, blocks=2, growth=4))


REQUEST = Generate(
    "job", "real-esrgan", "x4", (Phrase("a red car"),), 80, 64, 4, 7, init=encode_png(picture(20, 16))
)


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    for scale in SCALES:
        own = folder / f"x{scale}"
        own.mkdir()
        save_rrdbnet(network(scale), own / "rrdbnet.safetensors")
        (own / "model.toml").write_text(DESCRIPTION, encoding="utf-8")
    return folder


@pytest.fixture
def small_tiles(monkeypatch):
    """So that a small picture has several."""
    monkeypatch.setattr(enlarging, "_ENLARGED", 32)


@pytest.mark.parametrize("law", [law for law in LAWS if law not in NOT_ITS_OWN], ids=lambda law: law.__name__)
def test_the_engine_keeps_the_law_that(law, models_dir, small_tiles):
    law(partial(create, toy_settings(models_dir)), REQUEST)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("scale", SCALES)
def test_a_tile_is_what_the_network_makes_of_the_picture(scale, dtype, models_dir):
    engine = create(toy_settings(models_dir, dtype))
    small = picture(20, 16)
    asked = replace(REQUEST, model=f"x{scale}", width=20 * scale, height=16 * scale)
    made = finish(engine, engine.begin(asked, 0))
    x = torch.tensor(small).permute(2, 0, 1)[None].float() / 255
    with torch.no_grad():
        whole = network(scale)(x)[0].clamp(0, 1)
    off = np.abs(made.astype(float) - whole.movedim(0, -1).numpy() * 255)
    assert off.max() <= (0.51 if dtype == "float32" else 6)


def test_there_are_no_seams_where_tiles_meet(models_dir, monkeypatch):
    """Tiles see enough of their neighbours: small ones and a single one agree."""
    engine = create(toy_settings(models_dir))
    asked = replace(REQUEST, width=320, height=256, init=encode_png(picture(80, 64)))
    whole = finish(engine, engine.begin(asked, 0))
    monkeypatch.setattr(enlarging, "_ENLARGED", 64)
    run = engine.begin(asked, 0)
    tiled = finish(engine, run)
    assert np.abs(whole.astype(int) - tiled).max() <= 1


def test_an_odd_picture_can_be_folded(models_dir):
    engine = create(toy_settings(models_dir))
    asked = replace(REQUEST, model="x2", width=42, height=34, init=encode_png(picture(21, 17)))
    assert finish(engine, engine.begin(asked, 0)).shape == (34, 42, 3)


def test_tiles_appear_one_after_another(models_dir, small_tiles):
    engine = create(toy_settings(models_dir))
    run = engine.begin(REQUEST, 0)
    plain = engine.picture(run)
    enlarged = np.asarray(Image.fromarray(picture(20, 16)).resize((80, 64), Image.Resampling.BICUBIC))
    assert np.array_equal(plain, enlarged)
    engine.advance([run])
    changed = (engine.picture(run) != plain).any(-1)
    assert changed[:32, :32].mean() > 0.5
    assert not changed[32:].any()


def test_any_size_can_be_asked_for_and_the_aspect_is_cut(models_dir):
    engine = create(toy_settings(models_dir))
    for width, height in ((50, 64), (400, 100), (20, 16)):
        run = engine.begin(replace(REQUEST, width=width, height=height), 0)
        assert finish(engine, run).shape == (height, width, 3)
        assert run.canvas.shape[0] <= 2 * height + 4


def test_nothing_to_enlarge_and_bad_numbers_are_refused(models_dir):
    engine = create(toy_settings(models_dir))
    for bad in ({"init": None}, {"width": 0}, {"steps": 0}, {"model": "x3"}):
        with pytest.raises(Refusal) as caught:
            engine.begin(replace(REQUEST, **bad), 0)
        assert caught.value.reason is Reason.BAD_REQUEST


def test_there_is_nothing_to_steer_and_nobody_to_judge(models_dir):
    engine = create(toy_settings(models_dir))
    run = engine.begin(REQUEST, 0)
    with pytest.raises(Refusal) as caught:
        engine.steer(run, Turn(1, (Phrase("a boat"),), 5))
    assert caught.value.reason is Reason.BAD_REQUEST
    with pytest.raises(Refusal) as caught:
        engine.judge("x4")
    assert caught.value.reason is Reason.MODEL_MISSING
    assert engine.score(run) is None


@pytest.mark.parametrize("half", [False, True])
def test_a_published_file_becomes_a_model_that_enlarges(half, tmp_path):
    torch.save({"params_ema": network(4).state_dict()}, tmp_path / "RealESRGAN_x4.pth")
    models = tmp_path / "models"
    folder = convert(Order(tmp_path / "RealESRGAN_x4.pth", "mine", models, half=half))
    assert sorted(path.name for path in folder.iterdir()) == ["model.toml", "rrdbnet.safetensors"]
    model = catalogue(models)["mine"]
    assert not model.paints
    assert fit_size(model, 333, 77) == (333, 77)
    engine = create(toy_settings(models))
    made = finish(engine, engine.begin(replace(REQUEST, model="mine"), 0))
    assert made.shape == (64, 80, 3)


def test_without_files_there_are_no_pixels(tmp_path):
    assert create(toy_settings(tmp_path)).info.max_pixels == 0


def test_a_jpeg_is_enlarged_too(models_dir):
    buffer = BytesIO()
    Image.fromarray(picture(20, 16)).save(buffer, "JPEG")
    engine = create(toy_settings(models_dir))
    asked = replace(REQUEST, init=buffer.getvalue())
    assert finish(engine, engine.begin(asked, 0)).shape == (64, 80, 3)
