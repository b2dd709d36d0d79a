"""DALL-E against the laws of every engine, and what is its own."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image

from generation.codec import decode_rgb, encode_png
from generation.dalle import DalleConfig
from generation.dalle_files import save_dalle
from generation.decoding import FREE, Batch
from generation.engine import Refusal
from generation.engines.dalle import create
from generation.protocol import Phrase, Reason
from generation.recipes import read_recipe
from generation.sheets import cut, with_codes
from tests.generation.contract import GRID_LAWS, LAWS
from tests.generation.contract_grids import a_tile_goes_on_at_its_other_edge, sheet_of
from tests.generation.contract_runs import finish
from tests.generation.toy_dalle import toy_dalle
from tests.generation.toys import MERGES, TOY_VQGAN, toy_settings, write_toy
from tests.generation.toys import REQUEST as TOY_REQUEST

GRID = 6
CONFIG = DalleConfig(3, 32, 4, 512 + len(MERGES) + 2, 8, TOY_VQGAN.n_embed, GRID)
REQUEST = replace(TOY_REQUEST, engine="dalle", width=24, height=24, steps=4)
DESCRIPTION = """
engine = "dalle"
factor = 4
native = [24, 24]
steps = 6
files = [{ name = "transformer.safetensors" }, { name = "vqgan.safetensors" },
         { name = "clip.safetensors" }, { name = "bpe.txt" }]
"""


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory):
    """A folder with the toy model under two names, one of them with guidance and eight candidates."""
    folder = tmp_path_factory.mktemp("models")
    for name in ("toy", "pocket"):
        write_toy(folder, name)
        (folder / name / "model.toml").write_text(DESCRIPTION, encoding="utf-8")
        save_dalle(toy_dalle(CONFIG), folder / name / "transformer.safetensors")
    return folder


@pytest.mark.parametrize("model", ["toy", "pocket"])
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_the_engine_keeps_the_law_that(law, model, models_dir):
    law(partial(create, toy_settings(models_dir)), replace(REQUEST, model=model))


@pytest.mark.parametrize("model", ["toy", "pocket"])
@pytest.mark.parametrize("law", GRID_LAWS, ids=lambda law: law.__name__)
def test_of_grids_the_engine_keeps_the_law_that(law, model, models_dir):
    law(partial(create, toy_settings(models_dir)), replace(REQUEST, model=model))


@pytest.mark.parametrize("law", LAWS[:8], ids=lambda law: law.__name__)
def test_a_grid_keeps_the_law_that(law, models_dir):
    law(partial(create, replace(toy_settings(models_dir), lanes=3)), replace(REQUEST, grid=9))


@pytest.mark.parametrize("law", (*LAWS[:2], LAWS[4], LAWS[6]), ids=lambda law: law.__name__)
def test_where_lanes_share_a_batch_the_law_holds_that(law, models_dir):
    law(partial(create, replace(toy_settings(models_dir), lanes=3)), REQUEST)


def test_lanes_share_a_batch_until_the_last_run_is_gone(models_dir):
    engine = create(replace(toy_settings(models_dir), lanes=2))
    first, second = engine.begin(REQUEST, 0), engine.begin(replace(REQUEST, seed=1), 1)
    third = engine.begin(REQUEST, 2)
    assert first.company is second.company
    assert third.company is not first.company
    assert engine.begin(REQUEST, 0).company is not first.company
    twice = replace(REQUEST, phrases=(*REQUEST.phrases, Phrase("the sea")))
    other = engine.begin(twice, 1).company
    assert isinstance(other, Batch)
    assert other.branches == 2


@pytest.mark.parametrize("law", LAWS[:2], ids=lambda law: law.__name__)
def test_in_bfloat16_too_the_law_holds_that(law, models_dir):
    law(partial(create, toy_settings(models_dir, "bfloat16")), REQUEST)


@pytest.mark.parametrize("width", [24, 40])
def test_a_tile_goes_on_at_its_other_edge(width, models_dir):
    a_tile_goes_on_at_its_other_edge(partial(create, toy_settings(models_dir)), replace(REQUEST, width=width))


@pytest.fixture
def engine(models_dir):
    return create(toy_settings(models_dir))


def test_the_rows_arrive_from_the_top_and_the_rest_is_grey(engine):
    run = engine.begin(replace(REQUEST, steps=GRID), 0)
    assert bool((run.codes == FREE).all())
    for row in range(1, GRID + 1):
        engine.advance([run])
        assert bool((run.codes[:, : row * GRID] >= 0).all())
        assert bool((run.codes[:, row * GRID :] == FREE).all())
        whole = torch.where(run.codes == FREE, run.model.grey, run.codes)
        assert torch.equal(run.model.decode(run.codes), run.model.decode(whole))


def test_the_best_of_the_candidates_is_the_picture(engine):
    run = engine.begin(REQUEST, 0)
    picture = finish(engine, run)
    scores = run.scores.tolist()
    assert len(set(scores)) == 4
    assert engine.score(run) == max(scores)
    shown = run.model.decode(run.codes)[scores.index(max(scores))]
    assert np.array_equal(picture, (shown.permute(1, 2, 0) * 255).round().to(torch.uint8).numpy())


@pytest.mark.parametrize("steps", [1, 5, 36, 50])
def test_any_number_of_steps_gives_the_same_picture(engine, steps):
    run = engine.begin(replace(REQUEST, steps=steps), 0)
    assert np.array_equal(finish(engine, run), finish(engine, engine.begin(REQUEST, 0)))


def test_the_top_of_an_init_image_stays(engine):
    pixels = np.random.default_rng(0).integers(0, 256, (24, 24, 3), np.uint8)
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    for weight, rows in ((0.0, 0), (1.0, 3), (5.0, 5)):
        run = engine.begin(replace(REQUEST, init=file.getvalue(), init_weight=weight), 0)
        codes = run.model.encode(torch.from_numpy(pixels).permute(2, 0, 1)[None] / 255)
        finish(engine, run)
        kept = rows * GRID
        assert torch.equal(run.codes[:, :kept], codes[:kept].expand(4, -1))
        assert not torch.equal(run.codes[0, kept:], run.codes[1, kept:])


def a_sheet(engine, request, steps):
    """The file of a grid after so many steps, and its codes."""
    run = engine.begin(request, 0)
    for _ in range(steps):
        engine.advance([run])
    return sheet_of(engine, run, request), engine.candidates(run).codes


def test_where_another_model_has_drawn_the_sheet_its_pixels_are_gone_on_from(engine):
    png, codes = a_sheet(engine, replace(REQUEST, grid=4), REQUEST.steps)
    recipe = read_recipe(png)
    assert recipe is not None
    other = replace(recipe, made=replace(recipe.made, model_sha256="0" * 64))
    foreign = with_codes(encode_png(decode_rgb(png), other), codes)
    run = engine.begin(replace(REQUEST, init=foreign, candidate=3), 0)
    picture = cut(decode_rgb(png), 4, 2)
    seen = run.model.encode(torch.from_numpy(picture.copy()).permute(2, 0, 1)[None] / 255)
    assert torch.equal(run.codes, seen[None])
    with pytest.raises(Refusal) as caught:
        engine.begin(replace(REQUEST, init=foreign, candidate=3, width=48), 0)
    assert caught.value.reason is Reason.BAD_INIT


def test_a_picture_of_a_sheet_that_was_kept_early_is_drawn_to_its_end(engine):
    png, codes = a_sheet(engine, replace(REQUEST, grid=4), REQUEST.steps // 2)
    half = codes.shape[1] // 2
    assert (codes[:, :half] >= 0).all()
    assert (codes[:, half:] == FREE).all()
    run = engine.begin(replace(REQUEST, init=png, candidate=2), 0)
    finish(engine, run)
    assert run.codes.shape[0] == 1
    assert run.codes[0, :half].tolist() == codes[1, :half].tolist()
    assert bool((run.codes >= 0).all())


def test_keep_counts_the_rows_of_an_init_image_exactly(engine):
    pixels = np.random.default_rng(0).integers(0, 256, (24, 24, 3), np.uint8)
    for keep, rows in ((0.01, 0), (0.5, 3), (0.84, 5), (1.0, 6)):
        run = engine.begin(replace(REQUEST, init=encode_png(pixels), init_weight=5.0, keep=keep, grid=4), 0)
        codes = run.model.encode(torch.from_numpy(pixels).permute(2, 0, 1)[None] / 255)
        assert torch.equal(run.forced[:, : rows * GRID], codes[: rows * GRID].expand(4, -1))
        assert bool((run.forced[:, rows * GRID :] == FREE).all())


def test_phrases_and_their_weights_matter(engine):
    pictures = [
        finish(engine, engine.begin(replace(REQUEST, phrases=phrases), 0)).tobytes()
        for phrases in (
            (Phrase("a red car"),),
            (Phrase("the sea"),),
            (Phrase("a red car", 2.0), Phrase("the sea", 1.0)),
            (Phrase("a red car", 1.0), Phrase("the sea", -0.5)),
        )
    ]
    assert len(set(pictures)) == 4


@pytest.mark.parametrize("size", [(24, 20), (20, 24), (12, 48)])
def test_other_sizes_are_refused_in_words(engine, size):
    with pytest.raises(Refusal) as caught:
        engine.begin(replace(REQUEST, width=size[0], height=size[1]), 0)
    assert caught.value.reason is (Reason.BAD_REQUEST)
    assert "24 px or more" in caught.value.detail


def test_what_the_memory_cannot_hold_is_refused(models_dir):
    engine = create(toy_settings(models_dir, memory_bytes=1000))
    with pytest.raises(Refusal) as caught:
        engine.begin(REQUEST, 0)
    assert caught.value.reason is Reason.TOO_LARGE


def test_a_transformer_of_other_codes_is_refused(models_dir, tmp_path):
    write_toy(tmp_path)
    (tmp_path / "toy" / "model.toml").write_text(DESCRIPTION, encoding="utf-8")
    save_dalle(toy_dalle(replace(CONFIG, image_vocab=33)), tmp_path / "toy" / "transformer.safetensors")
    with pytest.raises(Refusal, match="other codes") as caught:
        create(toy_settings(tmp_path)).begin(REQUEST, 0)
    assert caught.value.reason is Reason.MODEL_MISSING


def test_a_cell_of_an_empty_folder_has_no_pixels(tmp_path):
    write_toy(tmp_path)
    (tmp_path / "toy" / "model.toml").write_text(DESCRIPTION, encoding="utf-8")
    assert create(toy_settings(tmp_path)).info.max_pixels == 0
