"""/imagine-help over the local Discord: one card that has all, and whose examples can be typed."""

from __future__ import annotations

import re

import pytest

from bot.flags import EXAMPLES
from bot.locales import LOCALES, texts_for
from bot.presets import STYLES
from bot.prompt import Flags, Prompt, parse
from bot.views.guide import GRAMMAR, guide
from generation.protocol import Phrase
from tests.bot.stage import CHANNEL, stage

MAX_CHARACTERS = 4000  # of all texts of a message of components


@pytest.fixture
async def quiet(tmp_path):
    """A bot that paints nothing."""
    async with stage(tmp_path) as built:
        yield built


@pytest.mark.parametrize(("name", "title"), [("Ben", "What you can write"), ("Вера", "Что можно написать")])
async def test_a_member_is_shown_everything_in_their_language(quiet, name, title):
    member = quiet.discord.member(name)
    assert (await member.slash(CHANNEL, "imagine-help")).ephemeral
    card = await member.wait_for(CHANNEL, lambda message: title in message.text)
    for example in [*EXAMPLES.values(), *GRAMMAR.values()]:
        assert f"`{example}`" in card.text


@pytest.mark.parametrize("example", EXAMPLES.values())
def test_every_example_of_a_flag_can_be_typed(example):
    (prompt,) = parse(f"a red car {example}")
    assert prompt != Prompt((Phrase("a red car"),), Flags())


@pytest.mark.parametrize(("name", "example"), GRAMMAR.items())
def test_every_example_of_the_language_says_more_than_its_letters(name, example):
    prompts = parse(example)
    assert prompts != (Prompt((Phrase(example),), Flags()),), name


@pytest.mark.parametrize("locale", LOCALES)
def test_the_card_has_room(locale):
    words = re.findall(r"'content': '(.*?)'", str(guide(texts_for(locale), STYLES).to_components()))
    assert 500 < sum(map(len, words)) < MAX_CHARACTERS
