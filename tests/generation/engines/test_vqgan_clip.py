"""VQGAN+CLIP against the laws of every engine, and its own mathematics."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from generation.codebook import nearest
from generation.engines.painting import Painting
from generation.engines.tuning import Tuning
from generation.engines.vqgan_clip import create
from generation.memory import Plan
from generation.models import ModelError, catalogue
from generation.protocol import Phrase
from tests.generation.contract import LAWS
from tests.generation.engines.toy_vqgan_clip import engine, finished, models_dir, png
from tests.generation.toys import REQUEST, toy_settings, write_toy

__all__ = ["engine", "models_dir"]  # the fixtures


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_the_engine_keeps_the_law_that(law, dtype, models_dir):
    law(partial(create, toy_settings(models_dir, dtype)), REQUEST)


def test_the_start_is_of_codebook_rows_drawn_from_the_seed(engine):
    run, other = engine.begin(REQUEST, 0), engine.begin(replace(REQUEST, seed=8), 0)
    rows = run.model.rows(nearest(run.z, run.model.codebook))
    assert run.z.shape == (1, 8, 6, 8)
    assert torch.equal(run.z, rows)
    assert not torch.equal(run.z, other.z)


def test_an_init_image_is_the_start_whatever_the_seed(engine):
    request = replace(REQUEST, init=png((200, 30, 30), (50, 90)))
    run, other = engine.begin(request, 0), engine.begin(replace(request, seed=8), 0)
    picture = torch.full((1, 3, 24, 32), 200 / 255)
    picture[:, 1:] = 30 / 255
    assert torch.allclose(run.z, run.model.latent(picture))
    assert torch.equal(run.z, other.z)
    assert run.z.data_ptr() != other.z.data_ptr()


def test_a_larger_init_weight_keeps_the_latent_nearer_to_the_init_image(engine):
    moved = []
    for weight in (0.0, 1000.0):
        run = finished(
            engine, replace(REQUEST, init=png((10, 200, 30), (32, 24)), init_weight=weight, steps=20)
        )
        assert run.anchor is not None
        moved.append(float((run.z.detach() - run.anchor).square().mean()))
    assert moved[1] < moved[0] / 10


def test_the_latent_stays_within_the_codebooks_range(engine):
    run = finished(engine, replace(REQUEST, steps=12))
    assert bool(((run.z >= run.model.low) & (run.z <= run.model.high)).all())
    at_a_bound = (run.z == run.model.low) | (run.z == run.model.high)
    assert bool(at_a_bound.any())


def test_a_step_moves_every_number_by_at_most_the_rate(engine):
    run = engine.begin(REQUEST, 0)
    before = run.z.detach().clone()
    engine.advance([run])
    assert float((run.z.detach() - before).abs().max()) <= run.tuning.rate * 1.001


def test_optimising_raises_the_score_and_a_negative_weight_lowers_the_likeness(engine):
    towards = replace(REQUEST, steps=25)
    away = replace(towards, phrases=(replace(REQUEST.phrases[0], weight=-1.0),))
    start = engine.score(engine.begin(REQUEST, 0))
    assert engine.score(finished(engine, towards)) > start + 3e-4  # a CLIP of random weights hardly sees
    assert -engine.score(finished(engine, away)) < start - 3e-4


def test_the_common_scale_of_weights_does_not_matter(engine):
    one, two = (
        replace(REQUEST, phrases=(Phrase("a", 2.0 * scale), Phrase("b", -1.0 * scale)))
        for scale in (1.0, 50.0)
    )
    assert np.array_equal(engine.picture(finished(engine, one)), engine.picture(finished(engine, two)))


SCHEDULED = (Phrase("a red car", to_percent=50.0), Phrase("the sea", 2.0, from_percent=50.0))


@pytest.mark.parametrize(
    "law",
    [law for law in LAWS if "same_bytes" in law.__name__ or "resumes" in law.__name__],
    ids=lambda law: law.__name__,
)
def test_with_a_schedule_the_engine_keeps_the_law_that(law, models_dir):
    law(partial(create, toy_settings(models_dir)), replace(REQUEST, phrases=SCHEDULED))


def test_a_scheduled_phrase_pulls_in_its_time_alone(engine):
    first = (Phrase("a red car"), Phrase("the sea", 0.0))
    scheduled, alone = (
        engine.begin(replace(REQUEST, steps=20, phrases=phrases), 0) for phrases in (SCHEDULED, first)
    )
    for step in range(12):
        assert torch.equal(scheduled.z, alone.z) == (step <= 9)
        engine.advance([scheduled, alone])
    assert scheduled._weights().tolist() == [0.0, 1.0]


def test_what_is_shown_is_the_running_mean_of_z_where_the_model_has_one(engine):
    first = engine.begin(REQUEST, 0)
    tuning = replace(first.tuning, average=0.9, decay=0.1, restarts=2)
    run, resumed = (Painting(REQUEST, 0, first.model, tuning, first.prompt, None) for _ in range(2))
    assert torch.equal(run.full_picture(), run.picture.detach())
    latents, weights = [], [0.9**n for n in (2, 1, 0)]
    for _ in range(3):
        run.advance()
        latents.append(run.z.detach().clone())
    mean = torch.stack([w * z for w, z in zip(weights, latents, strict=True)]).sum(0) / sum(weights)
    assert torch.allclose(run.full_picture(), run.model.paint(mean), atol=1e-3)
    resumed.restore(run.snapshot())
    resumed.advance()
    run.advance()
    assert torch.equal(resumed.full_picture(), run.full_picture())


def test_a_host_s_tuning_is_heeded_and_what_is_none_is_refused(tmp_path):
    description = write_toy(tmp_path) / "model.toml"
    text = description.read_text(encoding="utf-8")
    description.write_text(
        f"{text}\n[tuning]\nlettering = 0.25\nrate = 0.5\n"
        "cutouts = 9\noverviews = 3\ncut_power = 0.5\nsmallest = 0.4\n",
        encoding="utf-8",
    )
    run = create(toy_settings(tmp_path)).begin(REQUEST, 0)
    assert isinstance(run, Painting)
    assert run._weights().tolist() == pytest.approx([0.8, -0.2])
    assert run.tuning.rate == 0.5
    assert run.tuning.cutouts == replace(Tuning().cutouts, count=9, whole=3, power=0.5, smallest=0.4)
    assert run.plan == Plan(9)
    for bad in ("rate = -1", "cutouts = 0", "rate = true", 'lettering = "much"', "unknown = 1"):
        description.write_text(f"{text}\n[tuning]\n{bad}\n", encoding="utf-8")
        with pytest.raises(ModelError, match=r"model\.toml"):
            catalogue(tmp_path)


def test_a_phrase_past_its_stop_does_not_move_the_picture(engine):
    request = replace(REQUEST, phrases=(Phrase("a red car", 1.0, stop=100.0),))
    run = engine.begin(request, 0)
    before = run.z.detach().clone()
    engine.advance([run])
    assert torch.equal(run.z, before)


def test_the_engine_says_which_models_it_has_and_how_large_a_picture_fits(models_dir):
    small, large = (create(toy_settings(models_dir, memory_bytes=size)).info for size in (1 << 27, 1 << 28))
    assert small.name == "vqgan-clip"
    assert {"toy", "pocket"} <= set(small.models)
    assert 0 < small.max_pixels < large.max_pixels


def test_the_recipe_names_what_decides_the_bytes(engine):
    recipe = engine.recipe(engine.begin(REQUEST, 3))
    assert recipe.lane == 3
    assert recipe.dtype == "float32"
    assert recipe.device.startswith("cpu")
    assert recipe.torch == torch.__version__
    assert len(recipe.model_sha256) == 64


def test_weights_are_loaded_once(engine):
    one, two = engine.begin(REQUEST, 0), engine.begin(replace(REQUEST, seed=9), 0)
    assert one.model is two.model


def test_half_precision_leads_to_nearly_the_same_picture(models_dir, engine):
    half = create(toy_settings(models_dir, "bfloat16"))
    request = replace(REQUEST, init=png((120, 90, 200), (32, 24)))
    one, two = engine.picture(engine.begin(request, 0)), half.picture(half.begin(request, 0))
    assert np.abs(one.astype(int) - two.astype(int)).mean() < 3


def test_in_half_precision_the_prompt_pulls_the_same_way(models_dir, engine):
    """The angle between the two gradients; docs/performance.md states the bound."""
    half = create(toy_settings(models_dir, "bfloat16"))
    request = replace(REQUEST, init=png((120, 90, 200), (32, 24)))
    runs = [each.begin(request, 0) for each in (engine, half)]
    one, two = (run._gradient()[0].flatten() for run in runs if isinstance(run, Painting))
    assert torch.cosine_similarity(one, two, dim=0) > 0.98
