"""The transformer's training, at toy size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from generation.dalle import DalleConfig
from generation.dalle_files import load_dalle
from generation.tokenizer import Tokenizer
from generation.training.codes import (
    PIECE,
    THING_WEIGHT,
    CodeBatches,
    cell_weights,
    encode_scenes,
    read_codes,
    scene_of,
)
from generation.training.common import Setup
from generation.training.decoder import DecoderPlan, export_decoder, train_decoder
from generation.training.scenes import FONT
from generation.training.transformer import (
    TransformerPlan,
    TransformerTraining,
    export_transformer,
    train_transformer,
)
from generation.training.words import read_concepts
from generation.vqgan import load_vqgan
from tests.generation.toys import toy_vqgan

needs_font = pytest.mark.skipif(not FONT.exists(), reason="Noto Color Emoji is not installed")
CONFIG = DalleConfig(3, 32, 4, text_vocab=514, text_length=24, image_vocab=32, grid=4)
PLAN = TransformerPlan(steps=14, batch=6, rate=1e-2, warmup=2)


def write_codes(folder) -> None:
    """Codes that are easy to learn: each cell's own number."""
    folder.mkdir()
    np.save(folder / "codes-0000000.npy", np.tile(np.arange(16, dtype=np.uint16), (40, 1)))


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
    assert losses[-1] < 0.75 * losses[0]
    for name, tensor in whole.averaged().state_dict().items():
        assert torch.equal(tensor, parts.averaged().state_dict()[name]), name


def test_the_losses_are_those_of_the_network_itself(tmp_path):
    """The training's own attention equals that of the network, within bfloat16."""
    training = TransformerTraining(CONFIG, PLAN, Setup(tmp_path))
    for parameter in training.model.to_logits[1].parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    torch.manual_seed(1)
    text, codes = torch.randint(0, 514, (2, 24)), torch.randint(0, 32, (2, 16))
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
    batches = CodeBatches(codes, read_concepts(), Tokenizer([]), 8, 24, seed=3, caption_dropout=0.5)
    first = [batches[step] for step in range(6)]
    for step, batch in enumerate(first):
        assert all(torch.equal(batch[name], batches[step][name]) for name in batch)
    seen = torch.cat([batch["codes"].flatten() for batch in first])
    assert sorted(seen[:24].tolist()) == sorted(seen[24:].tolist()) == list(range(24))
    assert seen[:24].tolist() != seen[24:].tolist()
    empty = sum(int((batch["text"] == 0).all(1).sum()) for batch in first)
    assert 8 < empty < 40
    assert scene_of(5, 3, 100) == scene_of(5, 3, 100) != scene_of(6, 3, 100)


def test_a_thing_stands_where_it_always_stands_and_counts_more():
    scenes = [scene_of(number, 0, 100) for number in range(200)]
    singles = [scene for scene in scenes if scene.relation == "single"]
    assert len({(s.stickers[0].x, s.stickers[0].y, s.stickers[0].size) for s in singles}) == 1
    weights = cell_weights(singles[0], 16).reshape(16, 16)
    assert weights.mean() == pytest.approx(1)
    assert weights[8, 8] == pytest.approx(THING_WEIGHT * weights[0, 0])
    assert (weights == weights[8, 8]).sum() == 12 * 12
    for scene in scenes:
        found = cell_weights(scene, 16).reshape(16, 16)
        middles = [found[int(s.y * 16), int(s.x * 16)] for s in scene.stickers]
        assert all(middle == found.max() for middle in middles)
        if scene.relation == "under":
            assert scene.stickers[0].y > scene.stickers[1].y


@needs_font
def test_the_decoder_learns_on_while_the_codes_stay(tmp_path):
    plan = DecoderPlan(steps=24, batch=2, rate=3e-3, adversary_share=0.5)
    torch.manual_seed(3)
    before = toy_vqgan().eval()
    codes, encoder = before.quantize.rows.clone(), [p.clone() for p in before.encoder.parameters()]
    setup = Setup(tmp_path, log_every=1, save_every=1000)
    train_decoder(plan, replace(setup, stop_at=13), before, side=32)
    training = train_decoder(plan, setup, toy_vqgan(), side=32)
    lines = (tmp_path / "decoder.csv").read_text().splitlines()
    errors = [float(line.split("l1=")[1].split(",")[0]) for line in lines]
    assert len(errors) == plan.steps
    assert sum(errors[-6:]) < 0.9 * sum(errors[:6])
    export_decoder(training, tmp_path / "vqgan.safetensors")
    after = load_vqgan(tmp_path / "vqgan.safetensors")
    assert torch.allclose(after.quantize.rows, codes, atol=2e-3)
    for new, old in zip(after.encoder.parameters(), encoder, strict=True):
        assert torch.allclose(new, old, atol=2e-3)


@needs_font
def test_scenes_are_encoded_once(tmp_path, capsys):
    vqgan = toy_vqgan().eval()
    encode_scenes(vqgan, tmp_path, 2 * PIECE, seed=1, side=16)
    codes = read_codes(tmp_path)
    assert codes.shape == (2 * PIECE, 16)
    assert codes.dtype == np.uint16
    assert len(np.unique(codes)) > 4
    path = tmp_path / "codes-0000000.npy"
    path.unlink()
    encode_scenes(vqgan, tmp_path, 2 * PIECE, seed=1, side=16)
    assert np.array_equal(codes, read_codes(tmp_path))
    assert capsys.readouterr().out.count("encoded") == 3
