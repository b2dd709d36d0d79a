"""VQGAN+CLIP that starts from a draft, against the laws of every engine, and what is its own."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from generation.codec import encode_png
from generation.dalle import DalleConfig
from generation.dalle_files import save_dalle
from generation.engines.composition import Composition
from generation.engines.guided import to_tensor
from generation.engines.painting import Painting
from generation.engines.vqgan_clip import create
from generation.protocol import Manner, Phrase, Start, Target
from tests.generation.contract import GRID_LAWS, LAWS
from tests.generation.contract_grids import sheet_of
from tests.generation.contract_runs import a_snapshot_resumes_to_the_same_picture, finish
from tests.generation.toy_dalle import toy_dalle
from tests.generation.toys import MERGES, TOY_VQGAN, toy_settings, write_toy
from tests.generation.toys import REQUEST as TOY_REQUEST

CONFIG = DalleConfig(3, 32, 4, 512 + len(MERGES) + 2, 8, TOY_VQGAN.n_embed, 6)
REQUEST = replace(TOY_REQUEST, width=24, height=24, steps=7)


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory):
    """A folder with the toy model, to which a transformer belongs."""
    folder = tmp_path_factory.mktemp("models")
    description = write_toy(folder) / "model.toml"
    text = description.read_text(encoding="utf-8").replace(
        '"bpe.txt" }', '"bpe.txt" }, { name = "transformer.safetensors" }'
    )
    description.write_text(text, encoding="utf-8")
    save_dalle(toy_dalle(CONFIG), folder / "toy" / "transformer.safetensors")
    return folder


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_the_engine_keeps_the_law_that(law, models_dir):
    law(partial(create, toy_settings(models_dir)), REQUEST)


@pytest.mark.parametrize("law", GRID_LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("size", [(24, 24), (48, 24), (20, 32)])
def test_of_grids_the_engine_keeps_the_law_that(law, size, models_dir):
    request = replace(REQUEST, width=size[0], height=size[1])
    law(partial(create, toy_settings(models_dir)), request)


@pytest.mark.parametrize("law", LAWS[:8], ids=lambda law: law.__name__)
def test_a_grid_keeps_the_law_that(law, models_dir):
    law(partial(create, toy_settings(models_dir)), replace(REQUEST, grid=4))


@pytest.fixture
def engine(models_dir):
    return create(toy_settings(models_dir))


def test_the_draft_comes_first_and_the_rest_refines_its_best(engine):
    run = engine.begin(replace(REQUEST, steps=28), 0)
    assert isinstance(run, Composition)
    losses = []
    for step in range(1, 29):
        engine.advance([run])
        losses.append(run.loss)
        if step == 16:
            draft, score = engine.picture(run), engine.score(run)
    assert len(set(losses)) == 28
    picture = engine.picture(run)
    assert not np.array_equal(draft, picture)
    far = np.abs(
        draft.astype(int) - np.random.default_rng(0).permutation(draft.reshape(-1)).reshape(draft.shape)
    ).mean()
    assert np.abs(draft.astype(int) - picture.astype(int)).mean() < far / 2
    assert -1 <= score <= 1


@pytest.mark.parametrize(("width", "height"), [(48, 24), (24, 36), (64, 64)])
def test_other_sizes_grow_from_the_draft(engine, width, height):
    run = engine.begin(replace(REQUEST, width=width, height=height), 0)
    for _ in range(REQUEST.steps):
        assert engine.picture(run).shape == (height, width, 3)
        engine.advance([run])
    assert engine.picture(run).shape == (height, width, 3)


def test_with_an_init_image_there_is_no_draft(engine):
    init = encode_png(np.zeros((8, 8, 3), np.uint8))
    assert isinstance(engine.begin(replace(REQUEST, init=init), 0), Painting)


def test_a_picture_that_is_picked_takes_gentle_steps_alone(engine):
    grid = replace(REQUEST, grid=4, steps=28)
    run = engine.begin(grid, 0)
    finish(engine, run)
    assert run.step == 28
    png = sheet_of(engine, run, grid)
    picked = engine.begin(replace(REQUEST, init=png, candidate=1, steps=28), 0)
    assert (picked.step, picked.steps) == (16, 28)
    pictures = [engine.picture(picked)]
    while picked.step < picked.steps:
        engine.advance([picked])
        pictures.append(engine.picture(picked))
    assert np.array_equal(pictures[0], engine.picture(run))
    assert len({picture.tobytes() for picture in pictures}) > 1


def test_a_grid_of_as_many_as_are_drafted_has_the_usual_picture_s_draft(engine):
    """Four are the usual number here: picking the first of them leads to the very picture of its seed."""
    usual = finish(engine, engine.begin(REQUEST, 0))
    grid = replace(REQUEST, grid=4)
    run = engine.begin(grid, 0)
    finish(engine, run)
    picked = engine.begin(replace(REQUEST, init=sheet_of(engine, run, grid), candidate=1), 0)
    assert np.array_equal(finish(engine, picked), usual)


@pytest.mark.parametrize(("size", "rows"), [((24, 24), 3), ((48, 24), 3), ((24, 48), 3), ((64, 32), 2)])
def test_the_top_of_an_init_image_begins_the_draft(engine, size, rows):
    """Of a wide picture, which is the middle of the draft, the band above it counts as kept, too."""
    keep = 0.5 if rows == 3 else 0.2
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8)
    wanted = replace(REQUEST, width=size[0], height=size[1], init=encode_png(pixels), keep=keep, grid=4)
    run = engine.begin(wanted, 0)
    assert isinstance(run, Composition)
    finish(engine, run)
    codes = engine.candidates(run).codes
    kept = rows * CONFIG.grid
    assert (codes[:, :kept] == codes[0, :kept]).all()
    assert len({drawn[kept:].tobytes() for drawn in codes}) == 4


def test_a_schedule_counts_the_steps_of_the_draft(engine):
    """The second half of 28 steps begins in the draft, which has 16."""
    phrases = (Phrase("a red car", to_percent=50.0), Phrase("the sea", from_percent=50.0))
    run = engine.begin(replace(REQUEST, steps=28, phrases=phrases), 0)
    shares = []
    for _ in range(17):
        engine.advance([run])
        shares.append(run._draft.decoder.shares[0].tolist())
    assert shares[0] == [1.0, 0.0]
    assert shares[12] == shares[0]
    assert shares[15] == [0.0, 1.0]
    assert run._painting._weights().tolist() == [0.0, 1.0]


def test_the_law_of_resuming_holds_with_a_schedule(models_dir):
    phrases = (Phrase("a red car", to_percent=50.0), Phrase("the sea", from_percent=30.0))
    make = partial(create, toy_settings(models_dir))
    a_snapshot_resumes_to_the_same_picture(make, replace(REQUEST, phrases=phrases))


def test_one_step_is_a_whole_draft(engine):
    run = engine.begin(replace(REQUEST, steps=1), 0)
    picture = finish(engine, run)
    longer = engine.begin(REQUEST, 0)
    for _ in range(4):
        engine.advance([longer])
    assert np.array_equal(picture, engine.picture(longer))


def test_the_memory_counts_the_draft(engine):
    two = replace(REQUEST, phrases=(*REQUEST.phrases, Phrase("the sea")))
    assert engine.memory(two) > engine.memory(REQUEST)
    assert torch.is_grad_enabled()


def test_drafts_are_ranked_by_targets_too(models_dir):
    engine = create(toy_settings(models_dir))
    picture = np.random.default_rng(1).integers(0, 256, (24, 24, 3), np.uint8)
    request = replace(REQUEST, grid=4, targets=(Target(encode_png(picture), 3.0),))
    drawn = []
    for each in (request, replace(request, targets=())):
        finish(engine, run := engine.begin(each, 0))
        drawn.append(engine.candidates(run))
    found, before = drawn
    assert found is not None
    assert before is not None
    assert sorted(found.codes.tolist()) == sorted(before.codes.tolist())
    unranked = engine.begin(replace(request, grid=1, manner=Manner(start=Start.NOISE)), 0)
    assert isinstance(unranked, Painting)
    (sought,) = unranked.prompt.sought
    viewer = sought.viewer
    views = [viewer.view_whole(to_tensor(each)) for each in found.pictures]
    cosines = torch.cosine_similarity(viewer.judge(torch.cat(views))[:, None], sought.vectors[None], dim=-1)
    targets = cosines[:, 1:].mean(1)
    assert found.scores == pytest.approx((0.25 * cosines[:, 0] + 0.75 * targets).tolist(), abs=1e-3)
    assert found.scores == tuple(sorted(found.scores, reverse=True))
