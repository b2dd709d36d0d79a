"""The transformer's training, at toy size."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch

from generation.dalle import DalleConfig
from generation.dalle_files import load_dalle
from generation.tokenizer import Tokenizer
from generation.training.captions import ENGLISH, RUSSIAN, Noun, say_pair
from generation.training.codes import (
    FIRST_WEIGHT,
    PIECE,
    STEADY,
    THING_WEIGHT,
    CodeBatches,
    cell_weights,
    encode_scenes,
    read_codes,
    scene_of,
)
from generation.training.common import Setup
from generation.training.refining import (
    Refining,
    RefiningPlan,
    SceneBatches,
    export_refined,
    refine_vqgan,
)
from generation.training.scenes import FONT, Renderer
from generation.training.steady import LARGE, SMALL, Steady
from generation.training.transformer import (
    TransformerPlan,
    TransformerTraining,
    export_transformer,
    train_transformer,
)
from generation.training.words import COLOURS, read_concepts
from generation.vqgan import VQGAN, load_vqgan
from tests.generation.toys import toy_vqgan

needs_font = pytest.mark.skipif(not FONT.exists(), reason="Noto Color Emoji is not installed")
CONFIG = DalleConfig(3, 32, 4, text_vocab=514, text_length=24, image_vocab=32, grid=16)
PLAN = TransformerPlan(steps=14, batch=6, rate=1e-2, warmup=2)


def write_codes(folder) -> None:
    """Codes that are easy to learn: the column of each cell."""
    folder.mkdir()
    np.save(folder / "codes-0000000.npy", np.tile(np.arange(16, dtype=np.uint16), (40, 16)))
    some_steady(1.0).save(folder / STEADY)


def train(folder, codes, **changes) -> TransformerTraining:
    setup = Setup(folder, log_every=1, save_every=1000, **changes)
    return train_transformer(PLAN, setup, Tokenizer([]), codes, CONFIG)


def test_it_learns_and_goes_on_from_its_checkpoint_to_the_same_weights(tmp_path):
    write_codes(tmp_path / "codes")
    whole = train(tmp_path / "whole", tmp_path / "codes")
    train(tmp_path / "parts", tmp_path / "codes", stop_at=9)
    parts = train(tmp_path / "parts", tmp_path / "codes")
    lines = (tmp_path / "whole" / "transformer.csv").read_text().splitlines()
    losses = [float(line.split("image=")[1].split(",")[0]) for line in lines]
    assert len(losses) == PLAN.steps
    assert losses[-1] < 0.9 * losses[0]
    for name, tensor in whole.averaged().state_dict().items():
        assert torch.equal(tensor, parts.averaged().state_dict()[name]), name


def test_it_starts_from_the_weights_that_it_is_given(tmp_path):
    write_codes(tmp_path / "codes")
    first = train(tmp_path / "first", tmp_path / "codes").averaged()
    setup = Setup(tmp_path / "next", log_every=1, save_every=1000, stop_at=1)
    train_transformer(PLAN, setup, Tokenizer([]), tmp_path / "codes", first=first)
    lines = [(tmp_path / name / "transformer.csv").read_text().splitlines() for name in ("first", "next")]
    losses = [float(line[0].split("image=")[1].split(",")[0]) for line in lines]
    assert losses[1] < 0.9 * losses[0]


def test_the_losses_are_those_of_the_network_itself(tmp_path):
    """The training's own attention equals that of the network, within bfloat16."""
    training = TransformerTraining(CONFIG, PLAN, Setup(tmp_path))
    for parameter in training.model.to_logits[1].parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    torch.manual_seed(1)
    text, codes = torch.randint(0, 514, (2, 24)), torch.randint(0, 32, (2, 256))
    text[1] = 0
    text_loss, image_loss = training.losses({"text": text, "codes": codes})
    model = training.model
    x = model(text, codes[:, :-1])
    wanted = torch.where(text == 0, 514 + torch.arange(24), text)
    texts = torch.nn.functional.cross_entropy(model.text_logits(x[:, :23]).mT, wanted[:, 1:])
    images = torch.nn.functional.cross_entropy(model.image_logits(x[:, 23:]).mT, codes)
    torch.testing.assert_close(
        torch.stack([text_loss, image_loss.mean()]), torch.stack([texts, images]), rtol=0, atol=0.02
    )


def test_exported_weights_load(tmp_path):
    training = TransformerTraining(CONFIG, PLAN, Setup(tmp_path))
    export_transformer(training, tmp_path / "t.safetensors")
    assert load_dalle(tmp_path / "t.safetensors").config == CONFIG


def test_batches_repeat_and_see_every_scene_once_an_epoch():
    codes = np.arange(24, dtype=np.uint16)[:, None]
    steady = some_steady(1.0)
    batches = CodeBatches(codes, steady, read_concepts(), Tokenizer([]), 8, 24, seed=3, caption_dropout=0.5)
    first = [batches[step] for step in range(6)]
    for step, batch in enumerate(first):
        assert all(torch.equal(batch[name], batches[step][name]) for name in batch)
    seen = torch.cat([batch["codes"].flatten() for batch in first])
    assert sorted(seen[:24].tolist()) == sorted(seen[24:].tolist()) == list(range(24))
    assert seen[:24].tolist() != seen[24:].tolist()
    empty = sum(int((batch["text"] == 0).all(1).sum()) for batch in first)
    assert 8 < empty < 40
    assert scene_of(5, 3, 100) == scene_of(5, 3, 100) != scene_of(6, 3, 100)


def test_a_thing_stands_where_it_always_stands():
    scenes = [scene_of(number, 0, 100) for number in range(200)]
    singles = [scene for scene in scenes if scene.relation == "single"]
    assert len({(s.stickers[0].x, s.stickers[0].y, s.stickers[0].size) for s in singles}) == 1
    assert all(s.stickers[0].y > s.stickers[1].y for s in scenes if s.relation == "under")


def test_a_thing_counts_more_than_the_ground_and_its_first_cells_most():
    steady = some_steady(0.0)
    steady.large_cover[:, :, 5:9, 3:7] = steady.small_cover[:, :, 2:4, 1:5] = 1.0
    scenes = [scene_of(number, 0, 100) for number in range(200)]
    for scene in scenes:
        found = cell_weights(scene, steady)
        assert found.mean() == pytest.approx(1)
        if 0 < len(scene.stickers) < 3:
            assert found.max() == pytest.approx((THING_WEIGHT + FIRST_WEIGHT) * found.min())
        assert (found == found.max()).sum() == (len(scene.stickers) or 256)
    single = cell_weights(next(s for s in scenes if s.relation == "single"), steady).reshape(16, 16)
    assert single[5, 3] > single[5, 4] > single[6, 3] > single[8, 6] > single[12, 12] > single[0, 0]


@pytest.mark.parametrize("language", [ENGLISH, RUSSIAN])
def test_where_two_things_stand_follows_from_a_placed_caption(language):
    """It is said; or of two beside each other the first that is named stands on the left."""
    rng, first, second = np.random.default_rng(8), *(Noun(c.names[0], None) for c in read_concepts()[:2])
    told = [say_pair("and", first, second, language, rng, placed=True) for _ in range(40)]
    assert all(text.startswith(first.say(language)) for text, _ in told)
    for relation in ("under", "left"):
        assert all(say_pair(relation, first, second, language, rng, placed=True)[1] for _ in range(40))
    free = {say_pair("and", first, second, language, rng, placed=False)[0] for _ in range(40)}
    assert any(text.startswith(second.say(language)) for text in free)


def some_steady(cover: float) -> Steady:
    """Codes of a toy, by lot; all cells are covered so far."""
    rng, shape = np.random.default_rng(4), (len(read_concepts()), 1 + len(COLOURS))
    large, small = (rng.integers(0, 32, (*shape, n, n)).astype(np.uint16) for n in (LARGE, SMALL))
    large_cover, small_cover = (np.full((*shape, n, n), cover, np.float16) for n in (LARGE, SMALL))
    return Steady(large, small, large_cover, small_cover)


@torch.no_grad()
def error(vqgan: VQGAN, pictures: torch.Tensor) -> float:
    """The mean absolute error of their reconstructions."""
    found = vqgan.decode(vqgan.lookup(vqgan.quantise(vqgan.encode(pictures))))
    return float((found - pictures).abs().mean())


@needs_font
def test_a_vqgan_is_refined_for_its_own_codes_and_for_those_that_were_taught(tmp_path):
    plan = RefiningPlan(steps=24, batch=4, taught=2, rate=1e-2)
    torch.manual_seed(3)
    before = toy_vqgan().eval()
    setup = Setup(tmp_path, log_every=1, save_every=1000)
    refine_vqgan(plan, replace(setup, stop_at=13), deepcopy(before), some_steady(0.0), side=64)
    training = refine_vqgan(plan, setup, toy_vqgan(), some_steady(0.0), side=64)
    assert len((tmp_path / "refining.csv").read_text().splitlines()) == plan.steps
    export_refined(training, tmp_path / "vqgan.safetensors")
    after = load_vqgan(tmp_path / "vqgan.safetensors")
    batch = SceneBatches(plan, Renderer(), some_steady(0.0), seed=99, side=64)[0]
    pictures = batch["pictures"].float() / 127.5 - 1
    assert error(after, pictures) < 0.9 * error(before, pictures)
    taught = before.quantise(before.encode(pictures))
    error_after = (after.decode(after.lookup(taught)) - pictures).abs().mean()
    assert error_after < 0.9 * error(before, pictures)


@needs_font
def test_refining_keeps_the_vqgan_that_the_transformer_learned_from(tmp_path):
    """However often it is stopped, and whatever weights lie in the folder by then."""
    plan = RefiningPlan(steps=4, batch=2, taught=1, rate=1e-2)
    first, setup = toy_vqgan().eval(), Setup(tmp_path, log_every=1)
    kept = {name: tensor.clone() for name, tensor in first.state_dict().items()}
    halfway = refine_vqgan(plan, replace(setup, stop_at=2), first, some_steady(0.0), side=64)
    training = refine_vqgan(plan, setup, halfway.averaged(), some_steady(0.0), side=64)
    for name, tensor in training.first.state_dict().items():
        assert torch.equal(tensor, kept[name])
    assert not torch.equal(training.model.encoder.conv_in.weight, kept["encoder.conv_in.weight"])


@needs_font
def test_refining_teaches_the_codes_of_the_transformer(tmp_path):
    """Those of things, where they cover the picture; the first VQGAN's own elsewhere."""
    vqgan, plan = toy_vqgan().eval(), RefiningPlan(batch=3, taught=3)
    batch = SceneBatches(plan, Renderer(), some_steady(1.0), seed=2, side=64)[0]
    pictures = batch["pictures"].float() / 127.5 - 1
    rows = Refining(vqgan, plan, Setup(tmp_path)).taught(batch, pictures)
    codes = vqgan.quantise(rows).flatten(1)
    own = vqgan.quantise(vqgan.encode(pictures)).flatten(1)
    held = batch["held"]
    assert held.any()
    assert torch.equal(codes[held], batch["codes"][held])
    assert torch.equal(codes[~held], own[~held])


@needs_font
def test_scenes_are_encoded_once(tmp_path, capsys):
    vqgan = toy_vqgan().eval()
    some_steady(1.0).save(tmp_path / "steady.npz")
    encode_scenes(vqgan, tmp_path, 2 * PIECE, seed=1, side=64)
    codes = read_codes(tmp_path)
    assert codes.shape == (2 * PIECE, 256)
    assert codes.dtype == np.uint16
    assert len(np.unique(codes)) > 4
    path = tmp_path / "codes-0000000.npy"
    path.unlink()
    encode_scenes(vqgan, tmp_path, 2 * PIECE, seed=1, side=64)
    assert np.array_equal(codes, read_codes(tmp_path))
    assert capsys.readouterr().out.count("encoded") == 3
