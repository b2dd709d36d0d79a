"""The trainings of the small networks, at toy size; and the files that they made."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from generation.clip import CLIPConfig, load_clip
from generation.tokenizer import Tokenizer
from generation.training.__main__ import SHIPPED, parser
from generation.training.clip import CLIPPlan, CLIPTraining, augment, contrast, export_clip, fresh, train_clip
from generation.training.common import Average, Setup, cosine, half_precision
from generation.training.evaluate import evaluate_clip, evaluate_vqgan
from generation.training.rehearsal import Rehearsal, blotches, norms
from generation.training.scenes import FONT, Renderer
from generation.training.vqgan import VQGANPlan, export_vqgan, reconstruction_loss, train_vqgan
from generation.vqgan import VQGANConfig, load_vqgan

needs_font = pytest.mark.skipif(not FONT.exists(), reason="Noto Color Emoji is not installed")
TOY_VQGAN = VQGANConfig(
    ch=8, ch_mult=(1, 1, 2), num_res_blocks=1, attn_resolutions=(), resolution=32,
    z_channels=8, embed_dim=8, n_embed=32, num_groups=1,
)  # fmt: skip
VQGAN_PLAN = VQGANPlan(
    steps=24,
    batch=3,
    crop=32,
    rate=2e-3,
    quantise_from=6,
    revive_every=4,
    adversary_share=0.6,
    whole_share=0.9,
)
CLIP_PLAN = CLIPPlan(
    steps=18, batch=24, rate=2e-3, adversary_share=0.4, rehearsal_share=0.6, false_count=6, life=6
)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def toy_clip(vocabulary: int) -> CLIPConfig:
    return CLIPConfig(
        embed_dim=16, image_resolution=32, vision_layers=(1, 1, 1, 1), vision_width=8, vision_patch_size=None,
        context_length=24, vocab_size=vocabulary, text_width=32, text_layers=1,
    )  # fmt: skip


def setup(folder, **changes) -> Setup:
    return Setup(folder, **{"log_every": 1, "save_every": 1000, **changes})


def logged(path, name: str) -> list[float]:
    cells = [cell for line in path.read_text().splitlines() for cell in line.split(",")]
    return [float(cell.split("=")[1]) for cell in cells if cell.startswith(name + "=")]


@needs_font
def test_vqgan_learns_and_goes_on_from_its_checkpoint_to_the_same_weights(tmp_path):
    whole = train_vqgan(VQGAN_PLAN, setup(tmp_path / "whole"), TOY_VQGAN, side=64)
    train_vqgan(VQGAN_PLAN, setup(tmp_path / "parts", stop_at=17), TOY_VQGAN, side=64)
    parts = train_vqgan(VQGAN_PLAN, setup(tmp_path / "parts"), TOY_VQGAN, side=64)
    losses = logged(tmp_path / "whole" / "vqgan.csv", "l1")
    assert len(losses) == VQGAN_PLAN.steps
    assert np.mean(losses[-4:]) < 0.9 * np.mean(losses[:4])
    for name, tensor in whole.averaged().state_dict().items():
        assert torch.equal(tensor, parts.averaged().state_dict()[name]), name


@needs_font
def test_clip_learns_and_goes_on_from_its_checkpoint_to_the_same_weights(tmp_path):
    tokenizer = Tokenizer([])
    config = toy_clip(len(tokenizer))

    def train(folder: str, **changes) -> CLIPTraining:
        return train_clip(CLIP_PLAN, setup(tmp_path / folder, **changes), tokenizer, start=fresh(config, 0))

    whole = train("whole")
    train("parts", stop_at=14)
    parts = train("parts")
    losses = logged(tmp_path / "whole" / "clip.csv", "contrast")
    assert np.mean(losses[-3:]) < 0.9 * np.mean(losses[:3])
    assert logged(tmp_path / "whole" / "clip.csv", "false")
    for name, tensor in whole.averaged().state_dict().items():
        assert torch.equal(tensor, parts.averaged().state_dict()[name]), name


@needs_font
def test_exported_weights_load_and_can_be_measured(tmp_path):
    tokenizer = Tokenizer([])
    export_vqgan(train_vqgan(VQGAN_PLAN, setup(tmp_path, stop_at=2), TOY_VQGAN, side=64), tmp_path / "v")
    start = fresh(toy_clip(len(tokenizer)), 0)
    training = train_clip(CLIP_PLAN, setup(tmp_path, stop_at=2), tokenizer, start=start)
    export_clip(training, tmp_path / "c")
    renderer = Renderer()
    seen = evaluate_vqgan(load_vqgan(tmp_path / "v"), renderer, count=2, side=32)
    judged = evaluate_clip(load_clip(tmp_path / "c"), tokenizer, renderer, count=8)
    assert 0 < seen.psnr < 30
    assert 1 <= seen.codes <= 32
    assert 0 <= judged.picture_to_english <= 1
    assert -1 <= judged.true_pair <= 1


@pytest.mark.parametrize("fastest", ["float32", "bfloat16"])
def test_it_multiplies_in_the_numbers_that_are_fast_there(monkeypatch, fastest):
    monkeypatch.setattr("generation.training.common.fastest_dtype", lambda device: fastest)
    with half_precision("cpu"):
        assert (torch.ones(2, 3) @ torch.ones(3, 2)).dtype == getattr(torch, fastest)


def test_a_perfect_reconstruction_has_no_loss():
    x = torch.rand(2, 3, 8, 8)
    loss, l1 = reconstruction_loss(x, x)
    assert loss == l1 == 0
    assert reconstruction_loss(x, x + 0.5)[0] > 0.5


def test_the_rate_rises_then_falls():
    rates = [cosine(step, 1000, 100) for step in range(1000)]
    assert max(rates) == pytest.approx(1.0)
    assert rates.index(max(rates)) == 99
    assert rates[-1] == pytest.approx(0.05, abs=1e-3)


def test_an_average_follows_the_weights():
    layer = torch.nn.Linear(2, 2)
    average = Average(layer, 0.9)
    with torch.no_grad():
        layer.weight.fill_(1.0)
    for _ in range(200):
        average.update(layer)
    assert torch.allclose(average.state["weight"], layer.weight, atol=1e-3)


def test_views_stay_in_range_and_repeat_with_their_generator():
    pictures = torch.randint(0, 256, (4, 3, 24, 24), dtype=torch.uint8)
    views = [augment(pictures, 16, torch.Generator().manual_seed(1)) for _ in range(2)]
    assert views[0].shape == (4, 3, 16, 16)
    assert torch.equal(*views)
    assert 0 <= views[0].min() <= views[0].max() <= 1


def test_contrast_ignores_foreign_pairs_and_counts_false_pictures():
    unit = torch.eye(3)
    scale, none, empty = torch.tensor(2.0), torch.zeros(3, 3, dtype=torch.bool), torch.zeros(0, 3)
    plain = contrast(unit, unit, scale, none, empty)
    swapped = contrast(unit[[1, 0, 2]], unit, scale, none, empty)
    assert plain < swapped
    assert contrast(unit, unit, scale, none, unit) > plain
    wrong = ~torch.eye(3, dtype=torch.bool)
    assert contrast(unit, unit, scale, wrong, empty) < 1e-6


def test_false_pictures_move_towards_their_texts_and_stay_pictures():
    generator = torch.Generator().manual_seed(0)
    wanted = torch.nn.functional.normalize(torch.randn(4, 3), dim=-1)
    pool = Rehearsal(4, 0.5, 1000)
    pool.state = {"age": torch.zeros(4)}
    x = torch.rand(12, 3, 16, 16)

    def embed(pictures):
        return pictures.mean((2, 3)) - 0.5

    first = embed(pool.move(x, wanted, embed, generator))
    for _ in range(12):
        last = pool.move(x, wanted, embed, generator)
    similarity = torch.nn.functional.cosine_similarity
    assert similarity(embed(last), wanted).mean() > similarity(first, wanted).mean()
    assert 0 <= last.min() <= last.max() <= 1


def test_blotches_are_pictures():
    found = blotches(3, 32, torch.Generator().manual_seed(0))
    assert found.shape == (3, 3, 32, 32)
    assert norms(found).shape == (3, 1, 1, 1)


def test_the_command_line_knows_every_stage():
    stages = ("vocabulary", "words", "vqgan", "refine", "clip", "judge", "codes", "transformer", "examiner")
    for stage in (*stages, "examine", "samples", "curves", "evaluate"):
        assert parser().parse_args([stage]).run.__name__ == stage
    assert parser().parse_args(["render", "there", "--count", "3"]).count == 3


@pytest.mark.parametrize("name", ["vqgan", "clip"])
def test_the_shipped_weights_are_small_and_load(name):
    path = SHIPPED / f"{name}.safetensors"
    assert path.stat().st_size < 16_000_000
    network = load_vqgan(path) if name == "vqgan" else load_clip(path)
    assert all(bool(tensor.isfinite().all()) for tensor in network.parameters())


def test_the_shipped_vocabulary_fits_the_shipped_clip():
    tokenizer = Tokenizer.load(SHIPPED / "bpe.txt")
    assert load_clip(SHIPPED / "clip.safetensors").config.vocab_size == len(tokenizer)
    assert load_vqgan(SHIPPED / "vqgan.safetensors").config.factor == 16
