"""DALL-E mini against the laws of every engine, and what is its own; on small published files, converted."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from generation.convert import Order, convert
from generation.decoding import FREE
from generation.engine import Refusal
from generation.engines.dalle_mini import create
from generation.protocol import Generate, Phrase, Reason
from tests.generation import toy_files, toy_mini
from tests.generation.contract import GRID_LAWS, LAWS
from tests.generation.contract_grids import a_tile_goes_on_at_its_other_edge
from tests.generation.contract_runs import finish
from tests.generation.toy_mini import GRID
from tests.generation.toys import toy_settings

REQUEST = Generate("job", "dalle-mini", "toy", (Phrase("a red car"),), 8, 8, GRID, seed=7)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`toy` is ranked by a CLIP, `alone` by its own likelihood."""
    folder, files = tmp_path_factory.mktemp("models"), tmp_path_factory.mktemp("files")
    toy_files.save_vocabulary(files / "merges.txt")
    convert(Order(toy_files.save_archive(files / "clip.pt", toy_files.clip()), "guide", folder))
    toy_mini.write_models(folder, files, "guide")
    convert(Order(files / "encoder_mini.pt", "alone", folder, heads=toy_mini.HEADS, vae="plain"))
    return folder


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_the_engine_keeps_the_law_that(law, models):
    law(partial(create, toy_settings(models)), REQUEST)


@pytest.mark.parametrize("law", GRID_LAWS, ids=lambda law: law.__name__)
def test_of_grids_the_engine_keeps_the_law_that(law, models):
    law(partial(create, toy_settings(models)), REQUEST)


@pytest.mark.parametrize("law", (*LAWS[:2], LAWS[4], LAWS[6]), ids=lambda law: law.__name__)
def test_where_lanes_share_a_batch_the_law_holds_that(law, models):
    law(partial(create, replace(toy_settings(models), lanes=3)), REQUEST)


@pytest.mark.parametrize("law", LAWS[:2], ids=lambda law: law.__name__)
def test_in_bfloat16_too_the_law_holds_that(law, models):
    law(partial(create, toy_settings(models, "bfloat16")), REQUEST)


@pytest.mark.parametrize("width", [8, 16])
def test_a_tile_goes_on_at_its_other_edge(width, models):
    a_tile_goes_on_at_its_other_edge(partial(create, toy_settings(models)), replace(REQUEST, width=width))


@pytest.fixture
def engine(models):
    return create(toy_settings(models))


def test_rows_arrive_from_the_top_and_the_rest_is_grey(engine):
    run = engine.begin(REQUEST, 0)
    assert (engine.picture(run) == 128).all()
    for row in range(1, GRID + 1):
        engine.advance([run])
        assert bool((run.codes[:, : row * GRID] != FREE).all())
        picture = engine.picture(run)
        assert (picture[2 * row :] == 128).all()
        assert not (picture[: 2 * row] == 128).all()


def test_the_best_by_the_clip_is_the_picture(engine):
    run = engine.begin(REQUEST, 0)
    picture = finish(engine, run)
    scores = run.scores.tolist()
    assert len(set(scores)) > 1
    assert engine.score(run) == max(scores)
    shown = run.model.decode(run.codes)[scores.index(max(scores))]
    assert np.array_equal(picture, (shown.permute(1, 2, 0) * 255).round().to(torch.uint8).numpy())


def test_without_a_clip_the_likeliest_is_the_picture(engine):
    run = engine.begin(replace(REQUEST, model="alone"), 0)
    finish(engine, run)
    assert run.best == int(run.logprob.mean(1).argmax())
    assert engine.score(run) is None
    with pytest.raises(Refusal, match="names no CLIP"):
        engine.judge("alone")


def test_phrases_their_weights_and_their_signs_matter(engine):
    asked = (
        (Phrase("a red car"),),
        (Phrase("cat"),),
        (Phrase("a red car", 2.0), Phrase("cat", 1.0)),
        (Phrase("a red car", 1.0), Phrase("cat", 2.0)),
        (Phrase("a red car", 1.0), Phrase("cat", -0.5)),
    )
    codes = []
    for phrases in asked:
        run = engine.begin(replace(REQUEST, phrases=phrases), 0)
        assert run.decoder.branches == len(phrases) + 1
        finish(engine, run)
        codes.append(run.codes.numpy().tobytes())
    assert len(set(codes)) == len(asked)


def test_a_wide_picture_goes_on_from_window_to_window(engine):
    run = engine.begin(replace(REQUEST, width=16, steps=5), 0)
    assert finish(engine, run).shape == (8, 16, 3)
    assert bool((run.codes != FREE).all())
    assert run.codes.shape == (4, 32)


@pytest.mark.parametrize("text", ["красный автомобиль", "a red car, как мак"])
def test_letters_that_it_would_not_read_are_refused(engine, text):
    with pytest.raises(Refusal, match="reads English only: it cannot read 'к'") as caught:
        engine.begin(replace(REQUEST, phrases=(Phrase("a cat"), Phrase(text))), 0)
    assert caught.value.reason is Reason.BAD_REQUEST


def test_a_picture_to_start_from_is_refused(engine):
    with pytest.raises(Refusal, match="no encoder") as caught:
        engine.begin(replace(REQUEST, init=b"any"), 0)
    assert caught.value.reason is Reason.BAD_INIT


def test_memory_grows_with_the_phrases(engine, models):
    one, two = REQUEST, replace(REQUEST, phrases=(Phrase("cat"), Phrase("red")))
    config = engine.begin(one, 0).model.pair.config
    each = 2 * 4 * config.layers * config.hidden * (4 * config.cells + config.text_length)
    assert engine.memory(two) - engine.memory(one) == pytest.approx(1.35 * each, abs=1)
    with pytest.raises(Refusal) as caught:
        create(toy_settings(models, memory_bytes=1000)).begin(one, 0)
    assert caught.value.reason is Reason.TOO_LARGE


def test_a_detokenizer_of_other_codes_and_a_wrong_vocabulary_are_refused(tmp_path):
    files, folder = tmp_path / "files", tmp_path / "models"
    files.mkdir()
    toy_mini.write_models(folder, files)
    vocabulary = folder / "toy" / "vocab.json"
    description = folder / "toy" / "model.toml"
    kept = vocabulary.read_text()
    more = {**json.loads(kept), **{f"more{i}": 100 + i for i in range(9)}}
    vocabulary.write_text(json.dumps(more))
    with pytest.raises(Refusal, match=r"vocab.json has the wrong size") as caught:
        create(toy_settings(folder)).begin(REQUEST, 0)
    assert caught.value.reason is Reason.MODEL_MISSING
    lines = [line for line in description.read_text().splitlines() if not line.startswith("files")]
    names = ", ".join(
        f'{{ name = "{name}" }}' for name in ("transformer.safetensors", "vocab.json", "merges.txt")
    )
    lines.insert(0, f"files = [{names}]")  # which pins nothing
    description.write_text("\n".join(lines))
    with pytest.raises(Refusal, match=f"has {len(more)} pieces, and the transformer reads"):
        create(toy_settings(folder)).begin(REQUEST, 0)
    vocabulary.write_text(kept)
    changed = {"embedding.weight": torch.zeros(16, 32)}
    torch.save(toy_mini.detokenizer(changed), files / "detoker.pt")
    convert(Order(files / "detoker.pt", "plain", folder, replace=True))
    with pytest.raises(Refusal, match="speaks of other codes"):
        create(toy_settings(folder)).begin(REQUEST, 0)
