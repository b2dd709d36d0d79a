"""A recipe as a prompt, and a message's recipe before a member of the local Discord."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import PromptError
from bot.loopback.server import Upload
from bot.prompt import parse
from bot.recipe import differences, prompt_of
from generation.codec import encode_png
from generation.protocol import Phrase
from tests.bot.stage import CHANNEL, stage
from tests.generation.test_recipes import MADE, NOISE, RECIPE, recipes

MENU = "Recipe of this picture"
FOX = replace(RECIPE, phrases=(Phrase("лиса 🦊 at 10:30"), Phrase("fog", -0.5, -1.0)), init_sha256="a" * 64)
SEA = Upload("sea.png", encode_png(NOISE, FOX))
BARE = Upload("bare.png", encode_png(np.zeros((8, 8, 3), np.uint8)))


@given(recipes)
def test_what_is_told_reads_back_as_the_recipe(recipe):
    """A prompt is told only if it says the same; any recipe may be asked."""
    text = prompt_of(recipe)
    if text is not None:
        (prompt,) = parse(text)
        assert prompt.phrases == recipe.phrases
        assert prompt.flags.seed == recipe.seed


@given(st.text(min_size=1, max_size=60))
def test_every_prompt_that_was_painted_is_told(text):
    try:
        prompt = parse(text)[0]
    except PromptError:
        return
    told = prompt_of(replace(RECIPE, phrases=prompt.phrases))
    assert told is not None
    assert parse(told)[0].phrases == prompt.phrases


def test_the_prompt_has_all_numbers_as_flags():
    assert prompt_of(RECIPE) == (
        "a red car --size 64x48 --seed 7 --steps 20 --engine vqgan-clip --model pocket"
    )
    assert "--iw 0" in (prompt_of(FOX) or "")


def test_spans_are_told_and_read_back():
    phrases = (Phrase("a", 2.0, to_percent=40.0), Phrase("b @0-9%", from_percent=33.3))
    assert (prompt_of(replace(RECIPE, phrases=phrases)) or "").startswith(
        "a:2 @0-40% | b \\@0-9% @33.3-100% --"
    )
    beyond = (replace(phrases[0], to_percent=400.0),)
    assert prompt_of(replace(RECIPE, phrases=beyond)) is None


def test_names_that_no_prompt_can_have_are_not_told():
    assert prompt_of(replace(RECIPE, model="pocket --seed 8")) is None
    assert prompt_of(replace(RECIPE, phrases=(Phrase("a\nb"), Phrase("", 1.0)))) is None


def test_what_differs_is_named():
    assert differences(MADE, MADE) == ()
    assert differences(MADE, replace(MADE, dtype="bfloat16")) == ("dtype: float32, now bfloat16",)


# -- over the local Discord --------------------------------------------------------------------------------


@pytest.fixture
async def painting(tmp_path):
    async with stage(tmp_path, painter=True) as built:
        yield built


async def told(built, name, message):
    """What the message's command answers in the end."""
    member = built.discord.member(name)
    outcome = await member.menu(message, MENU)
    assert outcome.ephemeral
    seen = await member.wait_until(CHANNEL, lambda found: found[-1].by_bot and not found[-1].loading)
    return seen[-1]


async def test_a_results_recipe_is_told_from_galas_own_rows(painting):
    ada, ben = painting.discord.member("Ada"), painting.discord.member("Ben")
    await ben.slash(CHANNEL, "imagine", prompt="a red car:2 | fog:-1", seed=9, steps=3)
    result = await ben.wait_for(CHANNEL, lambda found: "Film" in found.labels)
    text = (await told(painting, "Ada", result)).text
    assert "a red car:2 | fog:-1 --size 64x64 --seed 9 --steps 3 --engine toy --model toy" in text
    job = await painting.jobs.get(result.buttons[0]["custom_id"].split(":")[-1])
    assert f"`{job.code}`" in text
    again = Upload("again.png", await ben.download(result.files[0]))
    text = (await told(painting, "Ben", await ada.say(CHANNEL, "mine", again))).text
    assert "as the file has it" in text
    assert "a red car:2 | fog:-1 --size 64x64 --seed 9" in text


async def test_a_strangers_file_is_read_and_is_no_markup(painting):
    wild = Upload("wild.png", encode_png(NOISE, replace(FOX, phrases=(Phrase("```\n@everyone **x**"),))))
    ben = painting.discord.member("Ben")
    text = (await told(painting, "Ben", await ben.say(CHANNEL, "", BARE, SEA))).text
    assert "лиса 🦊 at 10:30 | fog:-0.5:-1" in text
    assert "attach that one" in text
    text = (await told(painting, "Ben", await ben.say(CHANNEL, "", wild))).text
    assert text.count("```") in (0, 2)


async def test_a_picture_without_a_recipe_is_told_kindly(painting):
    ben = painting.discord.member("Ben")
    assert "carries no recipe" in (await told(painting, "Ben", await ben.say(CHANNEL, "", BARE))).text
    assert "no picture attached" in (await told(painting, "Ben", await ben.say(CHANNEL, "hello"))).text
    assert "нет рецепта" in (await told(painting, "Вера", await ben.say(CHANNEL, "", BARE))).text
