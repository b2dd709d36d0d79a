"""/imagine, used by members of the local Discord, and how the commands are registered."""

from __future__ import annotations

import re

import pytest

from bot.config import Queue
from bot.lexicon import Lexicon
from bot.locales import LOCALES, texts_for
from tests.bot.asking import refusal, ticket_of
from tests.bot.stage import CHANNEL, stage

MESSAGE_MENU = 3
COMMAND_NAME = re.compile(r"^[-_'\w]{1,32}$")


@pytest.fixture
async def quiet(tmp_path):
    """A bot whose jobs stay in line."""
    async with stage(tmp_path) as built:
        yield built


# -- the command -------------------------------------------------------------------------------------------


async def test_a_prompt_gets_its_ticket_within_a_second(quiet):
    outcome = await quiet.discord.member("Ben").slash(CHANNEL, "imagine", prompt="a red car")
    assert outcome.outcome == "message"
    assert outcome.seconds < 1.0
    (message,) = await quiet.messages()
    assert "Place in line: 1" in message.text
    assert "a red car" in message.text
    assert message.labels == ["Cancel"]


async def test_a_ticket_knows_its_job_and_the_job_its_card(quiet):
    message, job = await ticket_of(quiet, prompt="a red car")
    assert job.card_id == message.id
    assert (job.guild_id, job.channel_id) == (quiet.discord.guild_id, quiet.discord.channel_id(CHANNEL))
    assert job.member_id == quiet.member_id("Ben")
    assert (job.width, job.height, job.steps) == (64, 64, 5)
    assert job.upload_limit_bytes == 10 * 2**20


async def test_options_win_over_flags_and_are_kept_with_the_prompt(quiet):
    _, job = await ticket_of(quiet, prompt="a car --seed 1 --steps 9 --size 128x64", seed=7, size="96x96")
    assert (job.seed, job.steps, job.width, job.height) == (7, 9, 96, 96)
    assert "--seed 7" in job.prompt


@pytest.mark.parametrize(
    ("size", "made"), [("300x300", "304×304"), ("96×200", "96×208"), ("2:1", None), ("16:9", None)]
)
async def test_the_card_says_what_was_made_of_a_size(quiet, size, made):
    message, job = await ticket_of(quiet, prompt="a car", size=size)
    assert job.width % 16 == job.height % 16 == 0
    assert (f"became {made}" in message.text) == (made is not None)
    if size == "2:1":
        assert job.width == pytest.approx(2 * job.height, abs=16)


async def test_members_are_answered_in_their_language(quiet):
    message, job = await ticket_of(quiet, "Вера", prompt="красная машина")
    assert job.locale == "ru"
    assert "Место в очереди" in message.text
    assert message.labels == ["Отменить"]


async def test_permutations_get_a_ticket_each(quiet):
    await quiet.discord.member("Ben").slash(CHANNEL, "imagine", prompt="a {red, blue, green} car")
    await quiet.discord.member("Ben").wait_until(CHANNEL, lambda messages: len(messages) == 3)
    prompts = {(await quiet.jobs.get(m.buttons[0]["custom_id"][-8:])).prompt for m in await quiet.messages()}
    assert prompts == {"a red car", "a blue car", "a green car"}


async def test_what_has_room_is_taken_and_the_rest_refused_in_words(tmp_path):
    async with stage(tmp_path, queue=Queue(max_waiting_per_member=2)) as built:
        outcome = await built.discord.member("Ben").slash(
            CHANNEL, "imagine", prompt="a {red, blue, green} car"
        )
        assert outcome.outcome == "message"
        assert "already have 2" in await refusal(built)
        assert len([message for message in await built.messages() if message.labels]) == 2


async def test_a_full_line_is_told_only_to_the_member(tmp_path):
    async with stage(tmp_path, queue=Queue(max_waiting=1)) as built:
        await ticket_of(built, prompt="a red car")
        outcome = await built.discord.member("Ada").slash(CHANNEL, "imagine", prompt="a blue car")
        assert outcome.ephemeral
        assert "line is full" in await refusal(built, "Ada")


async def test_a_fault_in_the_prompt_is_shown_by_a_caret(quiet):
    outcome = await quiet.discord.member("Ben").slash(CHANNEL, "imagine", prompt="a {red car")
    assert outcome.ephemeral
    said = await refusal(quiet)
    assert "brace" in said
    assert "```\na {red car\n  ^\n```" in said


@pytest.mark.parametrize(
    "options",
    [
        {"prompt": " "},
        {"prompt": "x" * 6000},
        {"prompt": "a:1e999"},
        {"prompt": "a:nan | b"},
        {"prompt": "a:0"},
        {"prompt": "a:1 | b:-1"},
        {"prompt": "a", "size": "0"},
        {"prompt": "a", "size": "1x9999"},
        {"prompt": "a", "size": "large"},
        {"prompt": "a", "steps": 99_999},
        {"prompt": "a --engine none"},
        {"prompt": "```{"},
    ],
)
async def test_bad_input_ends_in_words_or_in_a_ticket(quiet, options):
    outcome = await quiet.discord.member("Вера").slash(CHANNEL, "imagine", **options)
    assert outcome.outcome == "message"
    if outcome.ephemeral:
        said = await refusal(quiet, "Вера")
        assert re.search("[а-я]", said)
        assert "код" not in said, said


async def test_odd_prompts_are_painted(quiet):
    for prompt in ("🎨🌈🚗", "سيارة حمراء", "a\u202eb\x07c", "@everyone <@1> [x](https://evil.example)"):
        message, _ = await ticket_of(quiet, prompt=prompt)
        assert "@everyone" not in message.text.replace("\\@everyone", "")


async def test_a_channel_without_rights_is_refused_before_queueing(quiet):
    outcome = await quiet.discord.member("Ben").slash("announcements", "imagine", prompt="a red car")
    assert outcome.ephemeral
    messages = await quiet.discord.member("Ben").messages("announcements")
    assert "Send Messages" in messages[-1].text
    assert await quiet.jobs.count_waiting() == 0


async def test_threads_have_rights_of_their_own(quiet):
    state = quiet.discord.state
    thread = state.create_thread(quiet.discord.channel_id(CHANNEL), "sketches", quiet.member_id("Ada"))
    ada = quiet.discord.member("Ada")
    quiet.discord.misbehave.deny(CHANNEL, "send_messages")
    outcome = await ada.slash(thread.id, "imagine", prompt="a red car")
    assert not outcome.ephemeral
    quiet.discord.misbehave.deny(CHANNEL, "send_messages_in_threads")
    outcome = await ada.slash(thread.id, "imagine", prompt="a red car")
    assert outcome.ephemeral
    assert "Send Messages in Threads" in (await ada.messages(thread.id))[-1].text


@pytest.mark.parametrize("locale", LOCALES)
def test_every_right_has_a_name(locale):
    texts = texts_for(locale)
    for right in ("view-channel", "send-messages", "send-messages-in-threads", "attach-files", "embed-links",
                  "read-message-history"):  # fmt: skip
        assert texts.get(f"right-{right}")


async def test_no_message_pings_anybody(quiet):
    await ticket_of(quiet, prompt="@everyone and @here")
    for entry in (*quiet.requests("POST"), *quiet.requests("PATCH")):
        body = entry["json"] or {}
        data = body.get("data", body)
        if isinstance(data, dict) and "components" in data:
            assert data["allowed_mentions"]["parse"] == []


async def test_words_that_a_small_model_has_not_learned_are_told_to_the_member_alone(tmp_path):
    lexicon = Lexicon({"en": ("car", "cat"), "ru": ("кот",)}, frozenset({"red", "car", "cat"}))
    async with stage(tmp_path, lexicons={"toy": lexicon}) as built:
        await ticket_of(built, prompt="a red car")
        ben = built.discord.member("Ben")
        assert not any(message.ephemeral for message in await ben.messages(CHANNEL))
        await ticket_of(built, prompt="a red gorgon near a carr")
        told = await refusal(built)
        assert "gorgon" in told and "Did you mean: car?" in told
        assert len(await built.jobs.unfinished()) == 2


# -- autocomplete and registration -------------------------------------------------------------------------


async def test_sizes_are_suggested_and_fitted(quiet):
    member = quiet.discord.member("Ben")
    suggested = await member.autocomplete(CHANNEL, "imagine", "size", "", prompt="a")
    assert suggested[0]["value"] == "64x64"
    assert 5 <= len(suggested) <= 25
    typed = await member.autocomplete(CHANNEL, "imagine", "size", "300x300", prompt="a")
    assert typed[0]["value"] == "304x304"
    assert await member.autocomplete(CHANNEL, "imagine", "size", "16:9", prompt="a")


def named(item):
    """A command or an option, and all below it: what has a name and a description."""
    yield item
    for below in item.get("options", ()):
        yield from named(below)


async def test_the_commands_are_registered_in_both_languages(quiet):
    (put,) = quiet.requests("PUT", "/commands")
    assert "imagine" in [command["name"] for command in put["json"]]
    for command in put["json"]:
        assert command["contexts"] in ([0], [0, 1]), command["name"]
        assert command["integration_types"] == [0]
        if command["type"] == MESSAGE_MENU:
            for name in (command["name"], command["name_localizations"]["ru"]):
                assert 1 <= len(name) <= 32
            continue
        for item in named(command):
            for name in (item["name"], item["name_localizations"]["ru"]):
                assert COMMAND_NAME.fullmatch(name)
                assert name == name.lower()
            for words in (item["description"], item["description_localizations"]["ru"]):
                assert 1 <= len(words) <= 100
