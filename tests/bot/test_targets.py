"""Target images: from options, flags and codes to the engine, and whatever comes of the picture."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import replay
from bot.aims import MAX_AIMS, Aim
from bot.errors import PromptError, UserError
from bot.flags import Flags
from bot.handover import request_for
from bot.loopback.member import Upload
from bot.prompt import Prompt, format_prompt, parse
from bot.recipe import prompt_of
from bot.recipe_command import Unreadable, lines
from bot.request import Choices, resolve
from bot.targets import of_row, to_row, weighed, with_attached
from generation.codec import encode_png, read_init
from generation.protocol import Failed, Generate, Phrase, Reason, Target
from generation.recipe_values import NamedTarget
from generation.recipes import read_recipe
from storage.images import Images
from tests.bot.dispatching import a_house, order
from tests.bot.samples import job as a_job
from tests.bot.stage import CHANNEL, PAINTING, TOY, stage
from tests.bot.test_departures import painted, words
from tests.bot.test_frames_view import opened
from tests.bot.test_grids import painted as painted_grid
from tests.bot.test_replay import config_in
from tests.generation.test_recipes import NOISE, RECIPE

RED, BLUE = (encode_png(np.full((30, 40, 3), colour, np.uint8)) for colour in ((200, 20, 20), (20, 20, 200)))

weights = st.floats(allow_nan=False, allow_infinity=False).filter(bool)
stops = st.just(-math.inf) | st.floats(allow_nan=False, allow_infinity=False)
attached = st.lists(st.builds(Aim, weights, stops), min_size=1, max_size=MAX_AIMS).map(tuple)
named = st.lists(
    st.builds(Aim, weights, stops, st.text("abcdefghjkmnpqrstuvwxyz", min_size=6, max_size=6)),
    min_size=1,
    max_size=MAX_AIMS,
).map(tuple)


# --- the flags, and the row


@given(st.none() | attached, st.none() | named)
def test_what_is_written_is_read_back(tw, target):
    prompt = Prompt((Phrase("a red car"),), Flags(tw=tw, target=target))
    assert parse(format_prompt(prompt)) == (prompt,)


@pytest.mark.parametrize(
    ("typed", "aims"),
    [
        ("--tw 0.5", (Aim(0.5),)),
        ("--tw -0.5", (Aim(-0.5),)),
        ("--tw 2:0.4,-1", (Aim(2.0, 0.4), Aim(-1.0))),
    ],
)
def test_a_weight_may_have_a_stop_and_be_negative(typed, aims):
    assert parse(f"a {typed}")[0].flags.tw == aims


def test_a_code_may_be_weighed_and_is_read_in_any_case():
    (prompt,) = parse("a --target ABCDEF,ghjkmn:-0.5:-1")
    assert prompt.flags.target == (Aim(code="abcdef"), Aim(-0.5, -1.0, "ghjkmn"))


@pytest.mark.parametrize(
    "typed",
    [
        "--tw 0",
        "--tw nan",
        "--tw 1,",
        "--tw 1:2:3",
        "--tw red",
        "--tw 1e999",
        "--tw " + ",".join("1" * 9),
        "--target abc",
        "--target abcdef:0",
        "--target abcdef:",
        "--target abcdef ghjkmn",
        "--target a.png",
    ],
)
def test_what_is_no_weight_and_no_code_is_refused_at_its_place(typed):
    with pytest.raises(PromptError) as caught:
        parse(f"a car {typed}")
    assert caught.value.place >= len("a car --")


def test_an_attached_target_weighs_as_much_as_a_part_unless_more_is_said():
    assert with_attached(parse("a")[0], 2).flags.tw == (Aim(), Aim())
    assert with_attached(parse("a --tw 3")[0], 2).flags.tw == (Aim(3.0), Aim())
    assert with_attached(parse("a")[0], 0) == parse("a")[0]


def test_more_weights_than_pictures_and_too_many_targets_are_refused():
    codes = ",".join(["abcdef"] * MAX_AIMS)
    for typed, count, said in (
        ("a --tw 1", 0, "target-not-attached"),
        ("a --tw 1,2", 1, "target-not-attached"),
        (f"a --target {codes}", 1, "target-too-many"),
    ):
        with pytest.raises(UserError) as caught:
            with_attached(parse(typed)[0], count)
        assert caught.value.message_id == said


def test_a_row_keeps_hashes_weights_and_stops():
    targets = (NamedTarget("0" * 64, 0.5), NamedTarget("1" * 64, -1.0, -0.5))
    assert of_row(to_row(targets)) == targets
    assert to_row(()) is None
    assert of_row(None) == ()


@pytest.mark.parametrize("engine", ["dalle", "dalle-mini", "second-stage"])
@pytest.mark.parametrize("typed", ["a --tw 1", "a --target abcdef"])
def test_an_engine_that_has_no_use_for_targets_refuses_them(engine, typed):
    with pytest.raises(UserError) as caught:
        resolve(parse(typed)[0], Choices(), PAINTING, {"toy": replace(TOY, engine=engine)})
    assert caught.value.message_id == "target-not-here"


# --- to the engine, and in files


async def test_a_job_hands_its_targets_on_or_says_that_one_is_lost(tmp_path):
    images = Images(tmp_path)
    row = to_row([NamedTarget(await images.put(RED), 0.5), NamedTarget(await images.put(BLUE), -1.0, -0.5)])
    request = await request_for(a_job(targets=row), images, 1.0)
    assert isinstance(request, Generate)
    assert request.targets == (Target(RED, 0.5), Target(BLUE, -1.0, -0.5))
    lost = await request_for(a_job(targets=to_row([NamedTarget("0" * 64, 1.0)])), images, 1.0)
    assert isinstance(lost, Failed)
    assert lost.reason is Reason.BAD_TARGET


def test_a_file_says_what_it_was_drawn_to_and_how_to_repeat_it(tmp_path):
    targets = tuple(map(NamedTarget.of, weighed((Aim(0.5), Aim(-1.0, -0.5)), (read_init(RED), BLUE))))
    recipe = replace(RECIPE, targets=targets)
    assert "--tw 0.5,-1:-0.5" in (prompt_of(recipe) or "")
    told = lines(recipe)
    assert told[-1].endswith(" --target FILE --target FILE")
    assert f"{targets[1].sha256}, weight -1, stop -0.5" in "\n".join(told)
    paths = [tmp_path / name for name in ("a.png", "red.png", "blue.png")]
    for path, data in zip(paths, (encode_png(NOISE, recipe), RED, BLUE), strict=True):
        path.write_bytes(data)
    found = replay.of_file(paths[0], None, paths[:0:-1])  # in another order, and one as it was given
    assert found.request.targets == (Target(read_init(RED), 0.5), Target(BLUE, -1.0, -0.5))
    with pytest.raises(Unreadable, match="--target FILE"):
        replay.of_file(paths[0], None, paths[1:2])
    with pytest.raises(Unreadable, match="cannot be read"):
        replay.of_file(paths[0], None, [tmp_path / "gone.png"])


async def test_a_code_brings_back_the_job_with_its_targets(tmp_path):
    targets = (Target(RED, 0.5), Target(BLUE, -1.0, -0.5))
    async with a_house(tmp_path) as house:
        job = await house.dispatcher.submit(order("a red car", targets=targets))
        await house.wait(job.id)
    found = await replay.find(job.code, None, config_in(tmp_path))
    assert found.request.targets == targets
    assert found.recipe is not None
    assert found.recipe.targets == tuple(map(NamedTarget.of, targets))


# --- on Discord


@pytest.fixture
async def built(tmp_path):
    """A bot that paints."""
    async with stage(tmp_path, painter=True) as built:
        yield built


def targets_in(built, job):
    return [(one.weight, built.images.path(one.sha256).exists()) for one in of_row(job.targets)]


async def test_attached_targets_are_kept_with_the_picture_and_whatever_is_made_of_it(built):
    result, job = await painted(
        built, prompt="a car --tw 0.5", target=Upload("r.png", RED), target2=Upload("b.png", BLUE)
    )
    assert targets_in(built, job) == [(0.5, True), (1.0, True)]
    assert "--tw 0.5,1" in job.prompt
    recipe = read_recipe(await built.images.get(job.picture_sha256))
    assert recipe is not None
    assert recipe.targets == of_row(job.targets)
    noor = built.discord.member("Noor")
    await noor.click(result, label="Again")
    result, again = await painted(built, "Noor", after=result.id)
    assert (again.targets, again.seed == job.seed) == (job.targets, False)
    await noor.click(result, label="Upscale")
    result, larger = await painted(built, "Noor", after=result.id)
    assert larger.targets == job.targets


async def test_what_starts_from_a_picture_has_the_targets_that_its_words_still_weigh(built):
    ben = built.discord.member("Ben")
    result, job = await painted(built, prompt="a car | slow@20", steps=20, target=Upload("r.png", RED))
    offer = await opened(built, ben, result)
    for typed, targets in (("a boat --tw 1", job.targets), ("a boat", None)):
        await ben.submit(await ben.click(offer, label="Start anew from here"), prompt=typed)
        result, made = await painted(built, after=result.id)
        assert made.targets == targets
        assert made.parent == job.code
    for options, targets in (({}, job.targets), ({"prompt": "a boat"}, None)):
        await ben.slash(CHANNEL, "zoom", **{"from": job.code}, frames=8, **options)
        result, film = await painted(built, after=result.id)
        assert (film.targets, film.motion is None) == (targets, False)


async def test_an_earlier_picture_is_a_target_for_whoever_may_see_it(built):
    result, first = await painted(built, prompt="a forest")
    result, second = await painted(
        built, "Noor", after=result.id, prompt=f"a car --target {first.code.upper()}:-0.5"
    )
    assert [(one.sha256, one.weight) for one in of_row(second.targets)] == [(first.picture_sha256, -0.5)]
    assert second.parent == first.code
    await built.discord.member("Noor").click(result, label="Again")
    _, again = await painted(built, "Noor", after=result.id)
    assert again.targets == second.targets


async def test_what_is_drawn_to_a_blurred_picture_is_blurred(built):
    result, first = await painted(built, prompt="a forest")
    await built.client.desk.generations.blur(first.code)
    _, second = await painted(built, after=result.id, prompt=f"a car --target {first.code}")
    assert second.blurred


async def test_a_deleted_picture_takes_its_target_with_it(built):
    result, job = await painted(built, prompt="a car", target=Upload("r.png", RED))
    (target,) = of_row(job.targets)
    await built.discord.member("Ben").click(result, label="Delete")
    await words(built)
    assert not built.images.path(target.sha256).exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"prompt": "a --tw 1"}, "Attach as many as `target`"),
        ({"prompt": "a --target abcdef"}, "no picture of this code"),
        ({"prompt": "a --target abc"}, "up to 8 codes"),
        ({"prompt": "a", "target": Upload("r.png", b"nonsense")}, "is not a picture"),
        ({"prompt": "a", "target2": Upload("r.png", RED[:60])}, "cut off"),
    ],
)
async def test_what_cannot_be_a_target_is_refused_in_words(built, options, said):
    await built.discord.member("Ben").slash(CHANNEL, "imagine", **options)
    assert said in (await words(built)).text
    assert await built.jobs.count_waiting() == 0


async def test_a_grid_and_a_lost_file_are_no_targets(built):
    result, sheet = await painted_grid(built, prompt="a forest", grid=4)
    ben = built.discord.member("Ben")
    await ben.slash(CHANNEL, "imagine", prompt=f"a --target {sheet.code}")
    await ben.wait_for(CHANNEL, lambda message: "is a grid" in message.text)
    _, job = await painted(built, after=result.id, prompt="a forest")
    await built.images.drop(job.picture_sha256)
    await ben.slash(CHANNEL, "imagine", prompt=f"a --target {job.code}")
    await ben.wait_for(CHANNEL, lambda message: "cannot be a target" in message.text)
