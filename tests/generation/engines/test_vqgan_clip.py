"""VQGAN+CLIP against the laws of every engine, and its own mathematics."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from generation.codebook import nearest
from generation.codec import encode_png
from generation.engine import Refusal, Run
from generation.engines.beginnings import generator_for
from generation.engines.common import read_init
from generation.engines.painting import Painting
from generation.engines.prompts import LETTERING, extras_of, read_prompt
from generation.engines.tuning import Tuning, grown
from generation.engines.vqgan_clip import VQGANCLIP, create
from generation.memory import Plan
from generation.models import ModelError, catalogue
from generation.protocol import Generate, Manner, Noise, Origin, Phrase, Reason, Start, Turn
from generation.starts import start_picture
from tests.generation.contract import LAWS
from tests.generation.toys import REQUEST, toy_settings, write_toy


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory):
    """A folder with the toy model."""
    folder = tmp_path_factory.mktemp("models")
    write_toy(folder)
    return folder


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_the_engine_keeps_the_law_that(law, dtype, models_dir):
    law(partial(create, toy_settings(models_dir, dtype)), REQUEST)


@pytest.fixture(scope="module")
def engine(models_dir):
    """One engine for the tests that do not change it."""
    return create(toy_settings(models_dir))


def png(colour: tuple[int, int, int], size: tuple[int, int]) -> bytes:
    """A picture of one colour, of (width, height)."""
    return encode_png(np.full((size[1], size[0], 3), colour, np.uint8))


def finished(engine: VQGANCLIP, request: Generate) -> Painting:
    run = engine.begin(request, 0)
    assert isinstance(run, Painting)
    while run.step < run.steps:
        assert engine.advance([run]) == []
    return run


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


MANNERS = (
    Manner(tile=True),
    Manner(start=Start.NOISE, noises=(Noise(5, 0.5), Noise(6, -0.2))),
    Manner(patience=20),
)


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize(
    "law",
    [law for law in LAWS if "same_bytes" in law.__name__ or "resumes" in law.__name__],
    ids=lambda law: law.__name__,
)
def test_in_every_manner_the_engine_keeps_the_law_that(law, manner, models_dir):
    law(partial(create, toy_settings(models_dir)), replace(REQUEST, manner=manner))


def test_a_tile_has_no_seam_that_is_rougher_than_its_middle(engine):
    request = replace(REQUEST, width=32, height=32, steps=30, manner=Manner(tile=True))
    tile, plain = engine.begin(request, 0), engine.begin(replace(request, manner=Manner()), 0)
    assert torch.equal(tile.z, plain.z)
    z, shift = tile.z.detach(), (3, 2)
    moved = [side * tile.model.config.factor for side in shift]
    for run, equal in ((tile, True), (plain, False)):
        shifted = run.model.paint(z.roll(shift, (2, 3)), tile=run.request.manner.tile)
        assert torch.allclose(shifted, run.picture.detach().roll(moved, (2, 3)), atol=1e-4) == equal
    assert tile.tuning.cutouts.wrap
    assert engine.score(finished(engine, request)) > engine.score(tile)


@pytest.mark.parametrize("start", list(Start))
def test_a_run_begins_as_asked(engine, start):
    run = engine.begin(replace(REQUEST, manner=Manner(start=start)), 0)
    picture = start_picture(start, 32, 24, generator_for(REQUEST.seed, -1), tile=False)
    assert torch.equal(run.z, run.model.latent(picture))


def test_a_noise_is_one_more_phrase_and_its_seed_decides_it(engine):
    noises = (Noise(5, 0.5), Noise(6, -1.5))
    run = engine.begin(replace(REQUEST, manner=Manner(noises=noises)), 0)
    assert run._weights().tolist() == pytest.approx([1 / 3, 0.5 / 3, -1.5 / 3])
    drawn = torch.randn(1, run.model.viewer.width, generator=torch.Generator().manual_seed(6))
    assert torch.equal(run.prompt.sought[0].vectors[2:], drawn)
    plain = engine.begin(REQUEST, 0)
    assert engine.score(run) == pytest.approx(engine.score(plain), abs=1e-6)
    engine.advance([run, plain])
    assert not torch.equal(run.z, plain.z)


def test_a_model_that_writes_is_kept_from_it_unless_letters_are_asked_for(engine):
    network, phrases = engine.begin(REQUEST, 0).model, (Phrase("a", 3.0), Phrase("b", -1.0))
    (extra,) = extras_of(REQUEST, phrases, 0.1)
    prompt = read_prompt(phrases, network, 4, [extra])
    assert prompt.first.tolist() == pytest.approx([3 / 4.4, -1 / 4.4, -0.4 / 4.4])
    assert torch.equal(prompt.sought[0].vectors[2:], network.viewer.read([LETTERING]))
    assert extras_of(replace(REQUEST, manner=Manner(letters=True)), phrases, 0.1) == []
    assert extras_of(REQUEST, phrases, 0.0) == []


def test_a_run_ends_early_once_nothing_more_happens(engine):
    """A phrase past its stop no longer moves anything."""
    phrases = (Phrase("a red car", 1.0, stop=100.0),)
    request = replace(REQUEST, phrases=phrases, steps=200, manner=Manner(patience=20))
    run = finished(engine, request)
    assert run.settled
    assert 20 <= run.step == run.steps < 60
    resumed = engine.begin(replace(request, checkpoint=engine.snapshot(run)), 0)
    assert (resumed.settled, resumed.step, resumed.steps) == (True, run.step, run.steps)
    assert not finished(engine, replace(request, steps=60, manner=Manner())).settled


def test_a_resumed_run_ends_at_the_same_step(engine):
    phrases = (Phrase("a red car", 1.0, stop=100.0),)
    request = replace(REQUEST, phrases=phrases, steps=200, manner=Manner(patience=20))
    run = engine.begin(request, 0)
    for _ in range(15):
        engine.advance([run])
    snapshot = engine.snapshot(run)
    resumed = finished(engine, replace(request, checkpoint=snapshot))
    while run.step < run.steps:
        engine.advance([run])
    assert resumed.step == run.step


def test_patience_waits_for_the_last_span_and_for_a_turn(engine):
    phrases = tuple(Phrase("x", 1.0, 100.0, *span) for span in ((0.0, 50.0), (50.0, 100.0)))
    request = replace(REQUEST, phrases=phrases, steps=100, manner=Manner(patience=10))
    assert finished(engine, request).step >= 55 + 10
    run = engine.begin(replace(request, phrases=phrases[:1] + phrases[1:]), 0)
    run.plateau.best, run.plateau.since = -1.0, 0
    engine.steer(run, Turn(0, (Phrase("y", 1.0, 100.0),), 100))
    assert run.plateau.best == float("inf")


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


def test_a_picture_that_is_no_longer_of_numbers_is_given_up(engine):
    run = engine.begin(replace(REQUEST, steps=20), 0)
    healthy = engine.begin(replace(REQUEST, steps=20), 0)
    with torch.no_grad():
        run.z[0, 0, 0, 0] = float("nan")
    refused: list[tuple[Run, Refusal]] = []
    while not refused and run.step < run.steps:
        refused = engine.advance([run, healthy])
    assert [(one is run, refusal.reason) for one, refusal in refused] == [(True, Reason.DIVERGED)]
    assert run.step == healthy.step == 10


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory."),
        RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: you tried"),
    ],
)
def test_running_out_of_memory_is_told_with_a_size_that_would_do(engine, monkeypatch, error):
    def exhausted(*_args: object) -> None:
        tried.append(run.plan)
        raise error

    tried: list[Plan] = []
    run, healthy = engine.begin(REQUEST, 0), engine.begin(REQUEST, 1)
    monkeypatch.setattr(run, "_gradient", exhausted)
    ((refused, refusal),) = engine.advance([run, healthy])
    assert refused is run
    assert tried == engine._footprint("toy").plans()
    assert refusal.reason is Reason.OUT_OF_MEMORY
    assert refusal.largest is not None
    assert refusal.largest[0] * refusal.largest[1] < REQUEST.width * REQUEST.height
    assert healthy.step == 1


@pytest.mark.parametrize("where", ["_gradient", "_paint", "_grow"])
def test_a_step_that_runs_out_of_memory_goes_on_by_a_smaller_plan(engine, monkeypatch, where):
    """To the picture of a run that was carried out by that plan, but for the last bits of one step."""
    request = replace(REQUEST, steps=8)
    frugal, short = engine.begin(request, 0), engine.begin(request, 0)
    frugal.plan = Plan(8)
    whole = getattr(short, where)
    calls = []

    def scarce(*arguments: object) -> object:
        calls.append(short.plan)
        if short.plan.at_once > 8:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return whole(*arguments)

    monkeypatch.setattr(short, where, scarce)
    for run in (frugal, short):
        while run.step < run.steps:
            assert engine.advance([run]) == []
    assert calls[:3] == [Plan(32), Plan(16), Plan(8)]
    assert short.plan == Plan(8)
    assert np.abs(engine.picture(frugal).astype(int) - engine.picture(short).astype(int)).mean() < 1


def test_every_plan_gives_the_gradient_of_all_cutouts_at_once(engine):
    expected = engine.begin(REQUEST, 0)._gradient()
    for plan in engine._footprint("toy").plans()[1:]:
        run = engine.begin(REQUEST, 0)
        run.plan = plan
        run.picture, run.excess = run._paint()
        for found, wanted in zip(run._gradient(), expected, strict=True):
            assert torch.allclose(found, wanted, rtol=1e-3, atol=1e-6), plan


def test_a_run_takes_the_fastest_plan_that_its_memory_allows(models_dir):
    footprint = create(toy_settings(models_dir))._footprint("toy")
    request = replace(REQUEST, width=512, height=512)
    for plan in (Plan(32), Plan(4, recompute=True)):
        budget = footprint.run_bytes(512, 512, plan)
        small = create(toy_settings(models_dir, memory_bytes=budget))
        run = small.begin(request, 0)
        assert isinstance(run, Painting)
        assert run.plan == plan
        assert small.memory(request) == budget


def test_a_run_has_its_lane_s_share_of_the_memory_if_that_will_do(models_dir):
    footprint = create(toy_settings(models_dir))._footprint("toy")
    whole, frugal = (footprint.run_bytes(512, 512, plan) for plan in (Plan(32), Plan(4, recompute=True)))
    request, settings = (
        replace(REQUEST, width=512, height=512),
        toy_settings(models_dir, memory_bytes=2 * frugal),
    )
    assert whole < 2 * frugal
    assert create(replace(settings, lanes=2)).memory(request) == frugal
    assert create(replace(settings, lanes=1)).memory(request) == whole


def test_a_resumed_run_keeps_to_its_plan(engine):
    run = engine.begin(REQUEST, 0)
    run.plan = Plan(5, recompute=True)
    assert engine.begin(replace(REQUEST, checkpoint=run.snapshot()), 0).plan == run.plan


def test_any_other_error_is_not_hidden(engine, monkeypatch):
    def broken(*_args: object) -> None:
        raise RuntimeError("shapes do not agree")

    run = engine.begin(REQUEST, 0)
    monkeypatch.setattr(run, "_gradient", broken)
    with pytest.raises(RuntimeError, match="shapes do not agree"):
        engine.advance([run])


@pytest.mark.parametrize("name", ["vqgan.safetensors", "clip.safetensors", "bpe.txt"])
def test_a_missing_or_damaged_file_is_told_by_its_name(tmp_path, name):
    path = write_toy(tmp_path) / name
    for spoil in (lambda: path.write_bytes(b"\xff\xfe damaged"), path.unlink):
        spoil()
        with pytest.raises(Refusal) as caught:
            create(toy_settings(tmp_path)).begin(REQUEST, 0)
        assert caught.value.reason is Reason.MODEL_MISSING
        assert name in caught.value.detail


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


def test_a_picture_grows_from_a_smaller_one_and_ends_at_its_size(engine):
    first = engine.begin(REQUEST, 0)
    tuning = replace(first.tuning, growth=(2, 1), start="clouds", cooling=0.5)
    request = replace(REQUEST, width=28, height=20, steps=6)
    run = Painting(request, 0, first.model, tuning, first.prompt, None)
    shapes = []
    for _ in range(request.steps):
        assert run.full_picture().shape == (1, 3, 20, 28)
        run.advance()
        shapes.append(tuple(run.z.shape[2:]))
    assert shapes == [(3, 4)] * 2 + [(5, 7)] * 4


def test_a_snapshot_taken_between_two_sizes_resumes_to_the_same_picture(engine):
    first = engine.begin(REQUEST, 0)
    tuning = replace(first.tuning, growth=(2, 1), cooling=0.5)
    request = replace(REQUEST, steps=6)
    run = Painting(request, 0, first.model, tuning, first.prompt, None)
    for _ in range(3):
        run.advance()
    resumed = Painting(request, 0, first.model, tuning, first.prompt, None)
    resumed.restore(run.snapshot())
    assert torch.equal(resumed.full_picture(), run.full_picture())
    while run.step < run.steps:
        run.advance()
        resumed.advance()
    assert torch.equal(resumed.full_picture(), run.full_picture())


@pytest.mark.parametrize(("side", "growth"), [(32, (1,)), (63, (1,)), (64, (2, 1)), (200, (4, 2, 1))])
def test_a_size_above_the_native_one_is_begun_in_small(side, growth):
    assert grown(Tuning(), (side, side), (32, 32)).growth == growth


def test_a_large_picture_is_laid_out_in_small(engine):
    run = engine.begin(replace(REQUEST, width=128, height=64), 0)
    assert run.z.shape[2:] == (8, 16)
    assert finished(engine, run.request).z.shape[2:] == (16, 32)


def test_what_comes_of_an_earlier_picture_departs_from_it_as_far_as_asked(engine):
    picture = engine.picture(finished(engine, REQUEST))
    away = []
    for origin in (Origin.LARGER, Origin.NEAR, Origin.FAR):
        request = replace(REQUEST, seed=9, init=encode_png(picture), origin=origin)
        run = engine.begin(request, 0)
        assert isinstance(run, Painting)
        assert run.anchor is not None
        away.append(float((run.z.detach() - run.anchor).square().mean()))
        assert torch.equal(run.z, engine.begin(request, 0).z)
    assert away[0] == 0 < away[1] < away[2]


def test_an_earlier_picture_is_enlarged_to_the_size_asked_for(engine):
    init, larger = png((10, 200, 30), (32, 24)), Origin.LARGER
    request = replace(REQUEST, init=init, origin=larger, width=64, height=48)
    run = engine.begin(request, 0)
    assert isinstance(run, Painting)
    assert torch.equal(run.z, run.model.latent(read_init(request)))
    assert run.z.shape == (1, 8, 12, 16)
    assert run.tuning.growth == (1,)
    assert run.tuning.rate < Tuning().rate


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
