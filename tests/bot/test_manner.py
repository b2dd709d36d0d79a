"""The flags that say how a picture is gone about, from the prompt to the engine and to the result."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.errors import UserError
from bot.handover import request_for
from bot.prompt import parse
from bot.recipe import prompt_of
from bot.request import Choices, resolve
from bot.turns import Turning, steered, with_turning
from generation.protocol import Generate, Manner, Noise, Start
from storage.images import Images
from tests.bot.samples import job
from tests.bot.stage import CHANNEL, PAINTING, TOY, stage
from tests.generation.test_recipes import RECIPE

TYPED = "moss --start noise --tile --noise 7:0.5 --letters --patience 40"
MANNER = Manner(tile=True, start=Start.NOISE, letters=True, noises=(Noise(7, 0.5),), patience=40)


async def test_a_job_hands_its_manner_on(tmp_path):
    request = await request_for(job(prompt=TYPED), Images(tmp_path), 1.0)
    assert isinstance(request, Generate)
    assert request.manner == MANNER


def test_a_steered_job_keeps_its_flags():
    row = job(prompt=TYPED)
    row = replace(row, turns=with_turning(row, Turning(3, "a boat:2", 50)))
    assert steered(row).prompt == "a boat:2 " + TYPED.partition(" ")[2]


def test_a_request_and_a_recipe_have_it_too():
    (prompt,) = parse(TYPED)
    assert resolve(prompt, Choices(), PAINTING, {"toy": TOY}).manner == MANNER
    told = prompt_of(replace(RECIPE, manner=MANNER))
    assert told is not None
    assert "--start noise --tile --noise 7:0.5 --letters --patience 40" in told


@pytest.mark.parametrize("typed", ["a --letters", "a --start snow", "a --patience 5", "a @0-50% | b"])
def test_what_a_token_engine_cannot_heed_is_refused(typed):
    dalle = replace(TOY, engine="dalle")
    with pytest.raises(UserError) as caught:
        resolve(parse(typed)[0], Choices(), PAINTING, {"toy": dalle})
    assert caught.value.message_id in ("flag-not-here", "span-not-here")


@pytest.mark.parametrize("engine", ["dalle", "dalle-mini", "second-stage"])
def test_a_tile_is_for_token_engines_too(engine):
    told = replace(TOY, engine=engine)
    assert resolve(parse("a --tile")[0], Choices(), PAINTING, {"toy": told}).manner == Manner(tile=True)


async def test_the_result_says_that_nothing_more_happened(tmp_path):
    async with stage(tmp_path, painter=True) as built:
        vera = built.discord.member("Вера")
        await vera.slash(CHANNEL, "imagine", prompt="a red car | settle@3", steps=500)
        result = await vera.wait_for(CHANNEL, lambda message: len(message.labels) > 4, timeout_s=30)
        assert "больше ничего не менялось: закончено на шаге 3 из 500" in result.text
