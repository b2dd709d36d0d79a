"""CLIP's sizes, files and training; that it equals the original is in `reference/`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from generation.clip import CLIP, MEAN, STD, CLIPConfig, build_clip, load_clip, normalise_pixels, save_clip
from generation.clip_towers import MLP, fold_quick_gelus
from generation.fused import fold_batch_norms
from generation.tensors import ModelFileError
from tests.generation.toys import TOY_CLIP, toy_clip

TOY_VIT = replace(TOY_CLIP, vision_layers=(2,), vision_width=64, vision_patch_size=8)
CONFIGS = [
    TOY_CLIP,
    TOY_VIT,
    CLIPConfig(192, 64, (1, 1, 2, 1), 20, None, 24, 1700, 128, 2),
    CLIPConfig(24, 96, (1, 2, 1, 1), 6, None, 9, 530, 96, 3),
    replace(TOY_VIT, image_resolution=48, vision_patch_size=16, text_layers=3),
]


@pytest.mark.parametrize("config", CONFIGS)
def test_all_sizes_are_read_from_the_shapes(config):
    assert CLIPConfig.infer(CLIP(config).state_dict()) == config


@pytest.mark.parametrize(
    ("config", "vision", "text"),
    [
        (replace(TOY_CLIP, vision_width=64, text_width=512), 32, 8),  # RN50
        (replace(TOY_VIT, vision_width=768, text_width=512), 12, 8),  # ViT-B/32
        (replace(TOY_VIT, vision_width=1024, text_width=768), 16, 12),  # ViT-L/14
        (replace(TOY_CLIP, vision_width=20, text_width=128), 10, 2),
        (replace(TOY_CLIP, vision_width=2, text_width=32), 1, 1),
    ],
)
def test_heads_follow_the_rule_of_the_published_models(config, vision, text):
    assert (config.vision_heads, config.text_heads) == (vision, text)


@pytest.mark.parametrize("config", [TOY_CLIP, TOY_VIT])
def test_pictures_and_texts_meet_in_one_space(config):
    model = CLIP(config).eval()
    assert model.encode_image(torch.randn(3, 3, 32, 32)).shape == (3, 16)
    assert model.encode_text(torch.tensor([[514, 5, 515, 0], [514, 515, 0, 0]])).shape == (2, 16)


def test_what_follows_the_end_token_does_not_matter():
    model = toy_clip().eval()
    short = model.encode_text(torch.tensor([[514, 7, 515]]))
    padded = model.encode_text(torch.tensor([[514, 7, 515, 0, 0, 0]]))
    other = model.encode_text(torch.tensor([[514, 7, 515, 9, 3, 1]]))
    assert torch.allclose(short, padded, atol=1e-6)
    assert torch.allclose(short, other, atol=1e-6)


def test_pixels_are_normalised_by_the_published_numbers():
    pixels = torch.tensor(MEAN).view(1, 3, 1, 1) + torch.tensor(STD).view(1, 3, 1, 1) * 2
    assert torch.allclose(normalise_pixels(pixels), torch.tensor(2.0))


def test_folding_the_batch_norms_changes_nothing_but_the_names():
    model = CLIP(CONFIGS[3]).train()
    for _ in range(3):
        model.encode_image(torch.randn(8, 3, 96, 96) * 2 + 1)
    for name, parameter in model.visual.named_parameters():
        if "bn" in name:
            nn.init.normal_(parameter, 1.0, 0.2)
    model.eval()
    pictures = torch.randn(4, 3, 96, 96)
    expected = model.encode_image(pictures)
    fold_batch_norms(model.visual)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in model.modules())
    assert torch.allclose(model.encode_image(pictures), expected, rtol=1e-4, atol=1e-5)


def test_folding_the_quick_gelus_changes_nothing_however_often():
    model = CLIP(TOY_VIT).eval()
    pictures = torch.randn(4, 3, 32, 32)
    expected = model.encode_image(pictures)
    for _ in range(2):
        fold_quick_gelus(model.visual)
    assert all(isinstance(mlp.gelu, nn.SiLU) for mlp in model.visual.modules() if isinstance(mlp, MLP))
    assert torch.allclose(model.encode_image(pictures), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("config", [TOY_CLIP, TOY_VIT])
def test_training_reaches_every_weight(config):
    model = CLIP(config).train()
    pictures = model.encode_image(torch.randn(4, 3, 32, 32))
    texts = model.encode_text(torch.randint(0, 515, (4, 12)))
    (model.logit_scale.exp() * pictures @ texts.mT).square().sum().backward()
    assert [name for name, parameter in model.named_parameters() if parameter.grad is None] == []


@pytest.mark.parametrize("config", [TOY_CLIP, TOY_VIT])
def test_a_saved_model_comes_back_as_it_was(tmp_path, config):
    model = CLIP(config).eval()
    save_clip(model, tmp_path / "a.safetensors", torch.float32)
    loaded = load_clip(tmp_path / "a.safetensors")
    assert loaded.config == config
    pictures = torch.randn(2, 3, 32, 32)
    assert torch.equal(loaded.encode_image(pictures), model.encode_image(pictures))


def test_the_numbers_beside_the_weights_of_an_archive_are_ignored():
    state = toy_clip().state_dict()
    state |= {
        "input_resolution": torch.tensor(32),
        "context_length": torch.tensor(12),
        "vocab_size": torch.tensor(516),
    }
    assert build_clip(state, Path("archive")).config == TOY_CLIP


def test_a_state_dict_of_something_else_is_refused():
    with pytest.raises(ModelFileError, match="not the state dict of a CLIP"):
        build_clip({"x": torch.zeros(1)}, Path("else"))
    state = toy_clip().state_dict()
    del state["visual.bn1.running_mean"]
    with pytest.raises(ModelFileError, match=r"missing: visual\.bn1\.running_mean"):
        build_clip(state, Path("else"))
