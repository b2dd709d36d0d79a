"""The second stage against the laws of every engine, and what is its own."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image

from generation.conditions import Kind
from generation.convert import Order, convert
from generation.decoding import FREE
from generation.engine import Refusal
from generation.engines.second_stage import create
from generation.protocol import Generate, Phrase, Reason
from generation.scenes import Box
from tests.generation.contract import GRID_LAWS, LAWS
from tests.generation.contract_grids import a_tile_goes_on_at_its_other_edge, sheet_of, shown
from tests.generation.contract_runs import finish
from tests.generation.toy_stage import GRID, SCENE, published_stage
from tests.generation.toys import toy_settings, write_toy

SIDE = 2 * GRID
BOXES = (Phrase("dog 10 20 60 90"), Phrase("дерево 60 0 100 80", 3.0))
REQUEST = Generate("job", "second-stage", "class", (Phrase("5"),), SIDE, SIDE, 4, seed=7)


def png(pixels: np.ndarray) -> bytes:
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


PICTURE = png(np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), np.uint8))


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory):
    """A model of each kind, converted from published files; three have a CLIP."""
    folder, files = tmp_path_factory.mktemp("models"), tmp_path_factory.mktemp("files")
    write_toy(folder, "clip")
    (folder / "clip" / "model.toml").write_text(
        'kind = "clip"\nfiles = [{ name = "clip.safetensors" }, { name = "bpe.txt" }]\n', encoding="utf-8"
    )
    for kind in Kind:
        place = files / kind
        place.mkdir()
        clips = ("clip",) if kind in (Kind.CLASS, Kind.NOTHING, Kind.DEPTH) else ()
        convert(Order(published_stage(place, kind), str(kind), folder, clips=clips, second_stage=True))
    return folder


def asking(model: str, **changes) -> Generate:
    init = PICTURE if model in ("segmentation", "depth") else None
    phrases = BOXES if model == "scene" else REQUEST.phrases
    return replace(REQUEST, **{"model": model, "init": init, "phrases": phrases, **changes})


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize(("model", "width"), [("class", SIDE), ("nothing", SIDE + 4)], ids=["grid", "window"])
def test_the_engine_keeps_the_law_that(law, model, width, models_dir):
    law(partial(create, toy_settings(models_dir)), asking(model, width=width))


@pytest.mark.parametrize("law", (LAWS[0], LAWS[2], LAWS[5]), ids=lambda law: law.__name__)
@pytest.mark.parametrize(
    ("model", "width"),
    [
        ("place", SIDE + 4),
        ("segmentation", SIDE),
        ("depth", SIDE),
        ("depth", SIDE + 2),
        ("scene", SIDE),
        ("scene", SIDE + 4),
    ],
)
def test_a_model_of_any_kind_keeps_the_law_that(law, model, width, models_dir):
    law(partial(create, toy_settings(models_dir)), asking(model, width=width))


@pytest.mark.parametrize("law", GRID_LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize(("model", "width"), [("class", SIDE), ("nothing", SIDE + 4)], ids=["grid", "window"])
def test_of_grids_the_engine_keeps_the_law_that(law, model, width, models_dir):
    law(partial(create, toy_settings(models_dir)), asking(model, width=width))


@pytest.mark.parametrize("law", GRID_LAWS[:3], ids=lambda law: law.__name__)
@pytest.mark.parametrize("width", [SIDE, SIDE + 4], ids=["grid", "window"])
def test_of_grids_of_what_it_is_shown_the_law_holds_that(law, width, models_dir):
    law(partial(create, toy_settings(models_dir)), asking("depth", width=width))


@pytest.mark.parametrize("law", (*LAWS[:2], LAWS[4], LAWS[5], LAWS[10]), ids=lambda law: law.__name__)
def test_where_lanes_share_a_batch_the_law_holds_that(law, models_dir):
    law(partial(create, replace(toy_settings(models_dir), lanes=3)), REQUEST)


@pytest.mark.parametrize("law", LAWS[:2], ids=lambda law: law.__name__)
def test_in_bfloat16_too_the_law_holds_that(law, models_dir):
    law(partial(create, toy_settings(models_dir, "bfloat16")), REQUEST)


@pytest.mark.parametrize(("model", "width"), [("class", SIDE), ("depth", SIDE + 4)])
def test_a_tile_goes_on_at_its_other_edge(model, width, models_dir):
    make = partial(create, toy_settings(models_dir))
    a_tile_goes_on_at_its_other_edge(make, asking(model, width=width))


@pytest.fixture
def engine(models_dir):
    return create(toy_settings(models_dir))


def test_rows_arrive_from_the_top(engine):
    run = engine.begin(replace(REQUEST, steps=GRID), 0)
    assert bool((run.codes == FREE).all())
    for row in range(1, GRID + 1):
        engine.advance([run])
        assert bool((run.codes[:, : row * GRID] >= 0).all())
        assert bool((run.codes[:, row * GRID :] == FREE).all())


@pytest.mark.parametrize("steps", [1, 5, 60])
@pytest.mark.parametrize("model", ["class", "place"])
def test_any_number_of_steps_gives_the_same_picture(engine, model, steps):
    asked = asking(model, width=SIDE + 6)
    picture = finish(engine, engine.begin(asked, 0))
    assert np.array_equal(picture, finish(engine, engine.begin(replace(asked, steps=steps), 0)))


def test_the_best_of_the_candidates_is_the_picture(engine):
    run = engine.begin(REQUEST, 0)
    finish(engine, run)
    scores = run.scores.tolist()
    assert len(set(scores)) == 4
    assert engine.score(run) == max(scores)
    without = engine.begin(asking("place"), 0)
    finish(engine, without)
    assert engine.score(without) is None
    assert without.best == int(without.logprob.mean(1).argmax())


@pytest.mark.parametrize("model", ["class", "place"])
@pytest.mark.parametrize("width", [SIDE, SIDE + 4])
def test_the_top_of_an_init_image_stays(engine, model, width):
    for weight, rows in ((0.0, 0), (1.0, 3), (99.0, 5)):
        run = engine.begin(replace(asking(model), init=PICTURE, init_weight=weight, width=width), 0)
        kept = rows * width // 2
        given = run.codes[0, :kept].clone()
        assert bool((given != FREE).all())
        assert bool((run.codes[:, kept:] == FREE).all())
        finish(engine, run)
        assert torch.equal(run.codes[:, :kept], given.expand(4, -1))
        assert not torch.equal(run.codes[0, kept:], run.codes[1, kept:])


@pytest.mark.parametrize("model", ["class", "place"])
@pytest.mark.parametrize("width", [SIDE, SIDE + 4])
def test_keep_counts_rows_and_may_keep_all(engine, model, width):
    for keep, rows in ((0.0, 0), (0.5, 3), (1.0, 6)):
        asked = replace(asking(model), init=PICTURE, keep=keep, width=width, grid=4)
        run = engine.begin(asked, 0)
        assert bool((run.forced[:, : rows * width // 2] != FREE).all())
        assert bool((run.forced[:, rows * width // 2 :] == FREE).all())
        finish(engine, run)
        assert len({picture.tobytes() for picture in shown(engine, run).pictures}) == (1 if rows == 6 else 4)


def test_runs_of_a_batch_go_together_and_others_alone(models_dir):
    engine = create(replace(toy_settings(models_dir), lanes=2))
    first, second = engine.begin(REQUEST, 0), engine.begin(replace(REQUEST, seed=1, steps=9), 1)
    assert first.company is second.company
    assert engine.begin(asking("place"), 1).company is not first.company
    assert engine.begin(replace(REQUEST, grid=9), 1).company is not first.company
    wide = engine.begin(replace(REQUEST, width=SIDE + 2), 1)
    assert wide.company is wide


def test_what_was_shown_is_known_from_the_sheet(engine):
    """The map is not attached any more, and yet decides what is drawn below the rows that stay."""
    asked = replace(asking("segmentation"), grid=4)
    run = engine.begin(asked, 0)
    engine.advance([run])
    sheet = sheet_of(engine, run, asked)
    kept = replace(asked, init=sheet, candidate=2, keep=0.0, seed=3)
    again = engine.begin(kept, 0)
    assert torch.equal(again.prompt.basis, run.prompt.basis)
    finish(engine, again)
    afresh = engine.begin(replace(asked, seed=3), 0)
    finish(engine, afresh)
    assert torch.equal(again.codes, afresh.codes)
    with pytest.raises(Refusal) as caught:
        engine.begin(replace(asked, keep=0.5), 0)
    assert caught.value.reason is Reason.BAD_REQUEST


def test_classes_differ_and_can_be_mixed(engine):
    phrases = ((Phrase("5"),), (Phrase("6"),), (Phrase("5"), Phrase("6")), (Phrase("5"), Phrase("6", -0.5)))
    pictures = {finish(engine, engine.begin(replace(REQUEST, phrases=p), 0)).tobytes() for p in phrases}
    assert len(pictures) == 4


@pytest.mark.parametrize("text", ["7", "a cat", "", "-1", "5 6"])
def test_what_is_no_class_is_refused(engine, text):
    with pytest.raises(Refusal) as caught:
        engine.begin(replace(REQUEST, phrases=(Phrase(text),)), 0)
    assert caught.value.reason is Reason.UNKNOWN_CLASS


def test_words_mean_nothing_where_none_are_read(engine):
    asked = asking("place")
    one, other = (engine.begin(replace(asked, phrases=(Phrase(t),)), 0) for t in ("a cat", "5"))
    assert np.array_equal(finish(engine, one), finish(engine, other))


@pytest.mark.parametrize("model", ["segmentation", "depth"])
def test_what_is_shown_decides_and_must_be_there(engine, model):
    with pytest.raises(Refusal) as caught:
        engine.begin(replace(asking(model), init=None), 0)
    assert caught.value.reason is Reason.NEEDS_PICTURE
    flat = png(np.full((SIDE, SIDE, 3), (0, 255, 0), np.uint8))
    one, other = (engine.begin(replace(asking(model), init=init), 0) for init in (PICTURE, flat))
    assert not torch.equal(one.prompt.texts, other.prompt.texts)
    assert not np.array_equal(finish(engine, one), finish(engine, other))
    with pytest.raises(Refusal) as caught:
        engine.begin(replace(asking(model), init=b"no picture"), 0)
    assert caught.value.reason is Reason.BAD_INIT


def test_a_scene_is_told_by_its_boxes_whatever_they_weigh(engine):
    run = engine.begin(asking("scene"), 0)
    boxes = [Box(88, 0.1, 0.2, 0.6, 0.9), Box(76, 0.6, 0.0, 1.0, 0.8)]
    assert run.prompt.texts.tolist() == [SCENE.encode(boxes)]
    assert run.prompt.shares(0) == [1.0]
    unwanted = (*BOXES, Phrase("people", -0.5))
    assert torch.equal(engine.begin(asking("scene", phrases=unwanted), 0).prompt.texts, run.prompt.texts)
    moved = (BOXES[0], Phrase("дерево 0 0 40 80"))
    assert not np.array_equal(
        finish(engine, run), finish(engine, engine.begin(asking("scene", phrases=moved), 0))
    )


def test_in_a_larger_picture_each_window_sees_its_part_of_the_scene(engine):
    """As the original does it, a cell after the other: the crop, and what lies in it."""
    run = engine.begin(asking("scene", width=SIDE + 8, height=SIDE + 2), 0)
    boxes = [Box(88, 0.1, 0.2, 0.6, 0.9), Box(76, 0.6, 0.0, 1.0, 0.8)]
    rows, columns = GRID + 1, GRID + 4
    assert run.prompt.texts.shape == (1, rows * columns, SCENE.length)
    for row in range(rows):
        for column in range(columns):
            top = min(max(row - (GRID - 1) // 2, 0), rows - GRID) / rows
            left = min(max(column - (GRID - 1) // 2, 0), columns - GRID) / columns
            crop = (left, top, left + GRID / columns, top + GRID / rows)
            expected = SCENE.encode(boxes, crop)
            assert run.prompt.texts[0, row * columns + column].tolist() == expected
    assert len(run.prompt.texts[0].unique(dim=0)) == 2 * 5
    assert finish(engine, run).shape == (SIDE + 2, SIDE + 8, 3)


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["a dog"], "no-box"),
        (["unicorn 0 0 10 10"], "box-unknown"),
        (["dog 0 0 1 1"] * 4, "4 boxes; this model reads 3"),
        (["dog 0 0 1 1"] * 31, "boxes-many"),
    ],
)
def test_what_is_no_scene_is_refused(engine, texts, words):
    with pytest.raises(Refusal, match=words) as caught:
        engine.begin(asking("scene", phrases=tuple(map(Phrase, texts))), 0)
    assert caught.value.reason is Reason.BAD_REQUEST


@pytest.mark.parametrize("size", [(SIDE, SIDE - 2), (SIDE - 2, SIDE), (4, 4 * SIDE)])
def test_sides_below_the_grid_are_refused_in_words(engine, size):
    with pytest.raises(Refusal, match="12 px or more") as caught:
        engine.begin(replace(REQUEST, width=size[0], height=size[1]), 0)
    assert caught.value.reason is Reason.BAD_REQUEST


def test_what_the_memory_cannot_hold_is_refused(models_dir):
    with pytest.raises(Refusal) as caught:
        create(toy_settings(models_dir, memory_bytes=1000)).begin(REQUEST, 0)
    assert caught.value.reason is Reason.TOO_LARGE


def test_without_files_no_pixel_can_be_painted(tmp_path):
    assert create(toy_settings(tmp_path)).info.max_pixels == 0
