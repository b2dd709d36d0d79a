"""/rank and /describe, used by members of the local Discord."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from bot.describing import Description, Found, Word
from bot.errors import UserError
from bot.lexicon import Lexicon
from bot.locales import LOCALES, texts_for
from bot.looking import Looking
from bot.loopback.server import Upload
from bot.questions import Questions
from bot.ranking import MOST_CAPTIONS, MOST_PICTURES, Ranking
from bot.views import looks
from generation.codec import encode_png
from tests.bot.stage import CHANNEL, PAINTING, stage


def upload(colour, name="a.png"):
    return Upload(name, encode_png(np.full((40, 60, 3), colour, np.uint8)))


RED, BLUE = upload((255, 0, 0)), upload((0, 0, 255), "b.png")
SMALL = {
    "toy": Lexicon(
        {"en": ("car", "house"), "ru": ("машина", "дом")},
        frozenset({"car", "house", "red", "blue", "машина", "дом", "красный", "красная", "красное", "ночью"}),
    )
}


@pytest.fixture
async def painting(tmp_path):
    """A bot that paints and looks, by a model that has read English alone."""
    async with stage(tmp_path, painter=True) as built:
        yield built


@pytest.fixture
async def small(tmp_path):
    """The same by a model that knows a few words of two languages."""
    async with stage(tmp_path, painter=True, lexicons=SMALL) as built:
        yield built


async def answer(built, name, command, **options):
    """The words that a command is answered with."""
    member = built.discord.member(name)
    outcome = await member.slash(CHANNEL, command, **options)
    assert outcome.outcome in ("message", "deferred")
    return await settled(member, outcome)


async def settled(member, outcome):
    """What stands in the end where an interaction was answered; the whisper, where that was taken away."""
    seen = await member.wait_until(
        CHANNEL, lambda messages: messages and not any(message.loading for message in messages)
    )
    return next((message for message in seen if message.id == outcome.message), seen[-1])


# -- /rank -------------------------------------------------------------------------------------------------


async def test_the_caption_that_fits_comes_first(painting):
    message = await answer(painting, "Ben", "rank", captions="a blue car | a red car", picture=RED)
    lines = message.text.splitlines()
    assert "a red car" in lines[0]
    assert "100 %" in lines[0]
    assert "1.00" in lines[0]
    assert "a blue car" in lines[1]
    assert len(message.files) == 1


async def test_every_picture_has_its_captions_and_every_caption_its_picture(painting):
    message = await answer(
        painting, "Ben", "rank", captions="a blue car | a red car", picture=RED, picture2=BLUE
    )
    assert len(message.files) == 2
    assert "a red car → picture 1" in message.text
    assert "a blue car → picture 2" in message.text


async def test_one_caption_ranks_the_pictures(painting):
    message = await answer(painting, "Ben", "rank", captions="blue", picture=RED, picture3=BLUE)
    first, second = [line for line in message.text.splitlines() if "picture" in line][:2]
    assert "picture 2" in first
    assert "picture 1" in second


async def test_russian_captions_for_a_model_that_has_read_english_are_told(painting):
    message = await answer(painting, "Вера", "rank", captions="красный | синий", picture=RED)
    assert "не всем языкам" in message.text


async def test_russian_captions_for_a_model_that_reads_russian_are_just_ranked(small):
    message = await answer(small, "Вера", "rank", captions="синий | красный", picture=RED)
    assert "красный" in message.text.splitlines()[0]
    assert "не всем языкам" not in message.text


async def test_nothing_in_a_caption_is_markup_or_a_mention(painting):
    message = await answer(painting, "Ben", "rank", captions="**@everyone** | [x](https://y)", picture=RED)
    assert "@everyone" not in message.text.replace("\\@everyone", "")
    assert "[x](" not in message.text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"captions": " | ", "picture": RED}, "no caption"),
        ({"captions": "a", "picture": Upload("a.png", b"MZ no picture")}, "not a picture"),
        ({"captions": "raise@0", "picture": RED}, "could not look"),
    ],
)
async def test_what_cannot_be_ranked_is_told_to_the_member_alone(painting, options, words):
    message = await answer(painting, "Ben", "rank", **options)
    assert message.ephemeral
    assert words in message.text


async def test_who_may_not_show_pictures_is_answered_alone(painting):
    assert not (await answer(painting, "Ben", "rank", captions="a", picture=RED)).ephemeral
    painting.discord.misbehave.deny(CHANNEL, "attach_files", member=painting.member_id("Ben"))
    assert (await answer(painting, "Ben", "rank", captions="a", picture=RED)).ephemeral


# -- /describe ---------------------------------------------------------------------------------------------


async def test_a_picture_is_described_and_painted(painting):
    message = await answer(painting, "Ben", "describe", picture=RED)
    assert "a red man" in message.text
    assert "Also near: a woman" in message.text
    assert message.labels == ["Paint this"]
    outcome = await painting.discord.member("Ada").click(message, label="Paint this")
    ticket = await painting.discord.member("Ada").wait_for(CHANNEL, lambda found: found.id == outcome.message)
    job = await painting.jobs.get(ticket.buttons[0]["custom_id"].split(":")[-1])
    assert (job.prompt, job.member_id) == ("a red man", painting.member_id("Ada"))


async def test_a_small_model_describes_in_the_members_language(small):
    message = await answer(small, "Вера", "describe", picture=RED)
    assert "красн" in message.text
    assert message.labels == ["Нарисовать это"]
    assert "a red car" in (await answer(small, "Ben", "describe", picture=RED)).text


async def test_a_messages_picture_is_described_to_the_member_alone(painting):
    ada, ben = painting.discord.member("Ada"), painting.discord.member("Ben")
    message = await ada.say(CHANNEL, "look", RED)
    outcome = await ben.menu(message, "Describe")
    assert outcome.ephemeral
    assert "a red man" in (await settled(ben, outcome)).text


async def test_a_message_without_a_picture_is_told(painting):
    ben = painting.discord.member("Ben")
    message = await ben.say(CHANNEL, "hello")
    outcome = await ben.menu(message, "Describe")
    assert "no picture" in (await settled(ben, outcome)).text


async def test_a_result_of_galas_own_can_be_described(painting):
    ben = painting.discord.member("Ben")
    await ben.slash(CHANNEL, "imagine", prompt="a red car")
    result = await ben.wait_for(CHANNEL, lambda found: "Film" in found.labels)
    assert "Paint this" in (await settled(ben, await ben.menu(result, "Describe"))).labels


async def test_a_member_has_one_look_at_a_time():
    looking = Looking(Questions(), {}, "toy", ())
    first = asyncio.create_task(looking.rank(1, [b""], ("a",)))
    await asyncio.sleep(0)
    with pytest.raises(UserError) as busy:
        await looking.rank(1, [b""], ("a",))
    assert busy.value.message_id == "look-busy"
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    again = asyncio.create_task(looking.describe(1, b"", "ru"))
    await asyncio.sleep(0)
    assert not again.done()
    again.cancel()


# -- the cards ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("pictures", [1, MOST_PICTURES])
@pytest.mark.parametrize("captions", [1, 10, MOST_CAPTIONS])
def test_the_largest_ranking_fits_a_message(locale, pictures, captions):
    words = tuple(f"{i}{'*' * 298}" for i in range(captions))
    ranking = Ranking(words, tuple((0.1,) * captions for _ in range(pictures)), 100.0)
    card = looks.ranked(ranking, "*" * 100, 2**63, texts_for(locale), reads=False)
    assert card.content_length() <= 4000
    assert len(card.to_components()[0]["components"][0]["items"]) == pictures


def test_a_sentence_too_long_for_a_button_has_none():
    word = Word("x" * 80, 0.3)
    short = Description("x" * 80, 0.3, (Found("thing", word, (word,)),))
    texts = texts_for("en-US")
    assert "gala:paint:xxx" in str(looks.described(short, "toy", 1, texts).to_components())
    long = replace(short, sentence="x" * 90)
    assert "gala:paint" not in str(looks.described(long, "toy", 1, texts).to_components())


async def test_a_model_that_is_not_there_is_told(tmp_path):
    async with stage(tmp_path, painter=True, painting=PAINTING.model_copy(update={"model": "gone"})) as built:
        message = await answer(built, "Ben", "describe", picture=RED)
        assert "not in working order" in message.text
