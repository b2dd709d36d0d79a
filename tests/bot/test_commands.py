"""/imagine and the buttons, used by members of the local Discord."""

from __future__ import annotations

import io
import re
import time

import numpy as np
import pytest
from PIL import Image

from bot.config import Queue
from bot.lexicon import Lexicon
from bot.locales import LOCALES, texts_for
from bot.loopback.server import Upload
from bot.views import cards
from bot.views.messages import channel_of
from generation.codec import encode_png
from storage.jobs import Status
from tests.bot.stage import CHANNEL, stage

PNG = encode_png(np.full((40, 60, 3), 200, np.uint8))
MESSAGE_MENU = 3
COMMAND_NAME = re.compile(r"^[-_'\w]{1,32}$")


@pytest.fixture
async def quiet(tmp_path):
    """A bot whose jobs stay in line."""
    async with stage(tmp_path) as built:
        yield built


@pytest.fixture
async def painting(tmp_path):
    """A bot that paints."""
    async with stage(tmp_path, painter=True) as built:
        yield built


async def ticket_of(built, name="Ben", /, **options):
    """Ask for a picture; the ticket's message and the job."""
    member = built.discord.member(name)
    outcome = await member.slash(CHANNEL, "imagine", **options)
    assert outcome.outcome in ("message", "deferred"), await refusal(built, name)
    await member.wait_for(CHANNEL, lambda message: message.id == outcome.message and message.labels)
    message = await member.message(CHANNEL, outcome.message)
    job_id = message.buttons[0]["custom_id"].split(":")[-1]
    return message, await built.jobs.get(job_id)


async def refusal(built, name="Ben"):
    """The newest words that only this member sees."""
    message = await built.discord.member(name).wait_for(CHANNEL, lambda message: message.ephemeral)
    return message.text


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


# -- the init image ----------------------------------------------------------------------------------------


@pytest.fixture(params=["quick", "slow"])
def patience(request, monkeypatch):
    """With the answer at once, and after Discord's "thinking"."""
    if request.param == "slow":
        monkeypatch.setattr("bot.commands.imagine.PATIENCE_S", 0.0)


@pytest.mark.usefixtures("patience")
async def test_a_picture_to_start_from_is_kept(quiet):
    _, job = await ticket_of(quiet, prompt="a car", init=Upload("a.png", PNG))
    kept = Image.open(io.BytesIO(await quiet.images.get(job.init_sha256)))
    assert (kept.size, kept.mode) == ((60, 40), "RGB")
    assert job.init_weight > 0


@pytest.mark.usefixtures("patience")
async def test_a_mask_is_kept_in_the_picture_that_it_belongs_to(quiet):
    white = encode_png(np.full((8, 8, 3), 255, np.uint8))
    _, job = await ticket_of(quiet, prompt="a car", init=Upload("a.png", PNG), mask=Upload("m.png", white))
    kept = Image.open(io.BytesIO(await quiet.images.get(job.init_sha256)))
    assert (kept.size, kept.mode) == ((60, 40), "RGBA")
    assert kept.getchannel("A").getextrema() == (0, 0)


async def test_a_mask_alone_or_without_white_is_refused_in_words(quiet):
    ben, black = quiet.discord.member("Ben"), encode_png(np.zeros((8, 8, 3), np.uint8))
    for options, words in (
        ({"mask": Upload("m.png", black)}, "Attach that picture as init"),
        ({"mask": Upload("m.png", black), "init": Upload("a.png", PNG)}, "no white in it"),
    ):
        await ben.slash(CHANNEL, "imagine", prompt="a car", **options)
        await ben.wait_for(CHANNEL, lambda message, words=words: words in message.text)


@pytest.mark.usefixtures("patience")
@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"MZ not a picture at all", "not a picture"),
        (PNG[: len(PNG) // 2], "cut off"),
        (b"", "not a picture"),
    ],
)
async def test_a_bad_picture_is_refused_in_words_and_no_trace_is_left(quiet, data, words):
    member = quiet.discord.member("Ben")
    await member.slash(CHANNEL, "imagine", prompt="a car", init=Upload("a.png", data))
    assert words in await refusal(quiet)
    assert [message for message in await quiet.messages() if not message.ephemeral] == []
    assert await quiet.jobs.count_waiting() == 0


async def test_a_disk_that_takes_nothing_is_told_in_words(tmp_path, caplog):
    """The folder of the pictures is a file."""
    (tmp_path / "pictures").write_bytes(b"")
    async with stage(tmp_path) as built:
        await built.discord.member("Ben").slash(CHANNEL, "imagine", prompt="a", init=Upload("a.png", PNG))
        said = await refusal(built)
        assert "nothing was queued" in said
        assert said.split()[-1] in caplog.text
        assert await built.jobs.count_waiting() == 0


async def test_a_picture_too_heavy_is_refused_before_it_is_fetched(quiet, monkeypatch):
    monkeypatch.setattr("bot.commands.imagine.MAX_INIT_BYTES", 100)
    await quiet.discord.member("Ben").slash(CHANNEL, "imagine", prompt="a", init=Upload("a.png", PNG))
    assert "can have 0 MB at most" in await refusal(quiet)


@pytest.mark.usefixtures("patience")
async def test_permutations_with_a_picture_each_get_a_ticket(quiet):
    member = quiet.discord.member("Ben")
    await member.slash(CHANNEL, "imagine", prompt="a {red, blue} car", init=Upload("a.png", PNG))
    await member.wait_until(CHANNEL, lambda messages: [m.labels for m in messages] == [["Cancel"]] * 2)


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


# -- buttons -----------------------------------------------------------------------------------------------


async def test_the_author_cancels_a_waiting_job(quiet):
    message, job = await ticket_of(quiet, prompt="a red car")
    await quiet.discord.member("Ben").click(message, label="Cancel")
    card = await quiet.discord.member("Ben").wait_for(CHANNEL, lambda message: "Cancelled" in message.text)
    assert card.id == message.id
    assert card.labels == ["Try again"]
    assert (await quiet.jobs.get(job.id)).status is Status.CANCELLED


async def test_nobody_else_cancels_it(quiet):
    message, job = await ticket_of(quiet, prompt="a red car")
    outcome = await quiet.discord.member("Ada").click(message, label="Cancel")
    assert outcome.ephemeral
    assert "Only the member" in await refusal(quiet, "Ada")
    assert (await quiet.jobs.get(job.id)).status is Status.QUEUED


async def test_a_button_of_a_job_that_is_no_more_is_explained(quiet):
    job = await quiet.carded()
    (message,) = await quiet.messages()
    await quiet.discord.member("Ben").click(message, label="Cancel")
    assert "no longer knows" in await refusal(quiet)
    assert await quiet.jobs.get(job.id) is None


async def test_a_button_pressed_too_late_is_explained(quiet):
    message, job = await ticket_of(quiet, prompt="a red car")
    await quiet.jobs.change(job.id, {Status.QUEUED}, status=Status.FINISHED)
    await quiet.discord.member("Ben").click(message, label="Cancel")
    assert "already over" in await refusal(quiet)


async def test_a_picture_is_painted_and_asked_for_again_by_another_member(painting):
    began = time.monotonic()
    member = painting.discord.member("Ben")
    await member.slash(CHANNEL, "imagine", prompt="a red car | slow@20", seed=1, size="96x64")
    result = await member.wait_for(CHANNEL, lambda message: "Again" in message.labels, timeout_s=30)
    assert time.monotonic() - began < 30
    first = await painting.jobs.get(result.buttons[0]["custom_id"][-8:])
    noor = painting.discord.member("Noor")
    await noor.click(result, label="Again")
    again = await noor.wait_for(
        CHANNEL, lambda message: "Again" in message.labels and message.id != result.id, timeout_s=30
    )
    second = await painting.jobs.get(again.buttons[0]["custom_id"][-8:])
    assert second.member_id == painting.member_id("Noor")
    assert second.seed != first.seed
    assert (
        (second.width, second.height, second.steps) == (first.width, first.height, first.steps) == (96, 64, 5)
    )


async def test_only_the_author_and_moderators_delete_a_result(painting):
    member = painting.discord.member("Ben")
    for deleter in ("Ben", "Ada"):
        await member.slash(CHANNEL, "imagine", prompt=f"for {deleter}")
        result = await member.wait_for(CHANNEL, lambda message: "Delete" in message.labels, timeout_s=30)
        await painting.discord.member("Noor").click(result, label="Delete")
        assert "Only the member" in await refusal(painting, "Noor")
        await painting.discord.member(deleter).click(result, label="Delete")
        await member.wait_until(CHANNEL, lambda messages, gone=result.id: all(m.id != gone for m in messages))
        assert await refusal(painting, deleter) == "Deleted."
        job = await painting.jobs.get(result.buttons[0]["custom_id"][-8:])
        assert job.status is Status.FINISHED


async def test_a_running_job_is_cancelled(painting):
    member = painting.discord.member("Ben")
    await member.slash(CHANNEL, "imagine", prompt="a red car | slow@50", steps=500)
    card = await member.wait_for(CHANNEL, lambda message: "Painting" in message.text, timeout_s=30)
    assert card.files
    await member.click(card, label="Cancel")
    await member.wait_for(CHANNEL, lambda message: "Cancelled" in message.text, timeout_s=10)
    job = await painting.jobs.get(card.buttons[0]["custom_id"][-8:])
    assert job.status is Status.CANCELLED


async def test_the_author_keeps_a_running_picture_as_it_is(painting):
    member = painting.discord.member("Ben")
    await member.slash(CHANNEL, "imagine", prompt="a red car | slow@50", steps=500)
    card = await member.wait_for(CHANNEL, lambda message: "Painting" in message.text, timeout_s=30)
    assert card.labels == ["Keep as it is", "Steer", "Cancel"]
    outcome = await painting.discord.member("Ada").click(card, label="Keep as it is")
    assert outcome.ephemeral
    assert "Only the member" in await refusal(painting, "Ada")
    await member.wait_for(CHANNEL, lambda message: re.search(r"step [1-9]\d* of", message.text))
    await member.click(card, label="Keep as it is")
    result = await member.wait_for(CHANNEL, lambda message: "Again" in message.labels, timeout_s=10)
    job = await painting.jobs.get(result.buttons[0]["custom_id"][-8:])
    assert job.status in (Status.POSTING, Status.FINISHED)
    assert f"stopped at {job.stop_step} of 500 steps" in result.text
    await member.click(result, label="Again")
    again = await member.wait_for(CHANNEL, lambda message: "Painting" in message.text, timeout_s=10)
    whole = await painting.jobs.get(again.buttons[0]["custom_id"][-8:])
    assert (whole.steps, whole.stop_step) == (500, None)


async def test_what_has_only_just_begun_cannot_be_kept(quiet):
    message, job = await ticket_of(quiet, prompt="a red car")
    assert message.labels == ["Cancel"]
    view = cards.running(job, None, None, texts_for("en-US"))
    await channel_of(quiet.client, job).get_partial_message(message.id).edit(view=view)
    (card,) = await quiet.messages()
    await quiet.discord.member("Ben").click(card, label="Keep as it is")
    assert "only just begun" in await refusal(quiet)
    await quiet.jobs.change(job.id, {Status.QUEUED}, status=Status.FINISHED)
    await quiet.discord.member("Ben").click(card, label="Keep as it is")
    await quiet.discord.member("Ben").wait_for(CHANNEL, lambda message: "already over" in message.text)


async def test_a_fault_of_ours_is_told_by_a_code_that_the_log_has(quiet, caplog):
    message, _ = await ticket_of(quiet, prompt="a red car")
    await quiet.jobs._database.connection.execute("ALTER TABLE jobs RENAME TO gone")
    await quiet.discord.member("Ben").click(message, label="Cancel")
    code = re.search(r"[0-9a-f]{6}$", (await refusal(quiet)).strip("` "))
    assert code is not None
    assert code[0] in caplog.text


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
