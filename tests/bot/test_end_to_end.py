"""From /imagine to the picture with everything real but the artist, while Discord misbehaves."""

from __future__ import annotations

import asyncio
import re

import pytest

from bot.loopback.server import Limits
from bot.prompt import parse
from generation.codec import decode_rgb
from generation.protocol import Generate
from storage.jobs import Status
from tests.bot.stage import CHANNEL, stage
from tests.generation.toy_engine import expected_picture

SLOW = "a red car | slow@20"  # 20 ms a step


@pytest.fixture
async def painting(tmp_path):
    """A bot that paints."""
    async with stage(tmp_path, painter=True) as built:
        yield built


async def start(built, prompt=SLOW, /, *, member="Ben", steps=60, **options):
    """Ask, and wait until the first frame is on the card."""
    actor = built.discord.member(member)
    outcome = await actor.slash(CHANNEL, "imagine", prompt=prompt, steps=steps, **options)
    return await actor.wait_for(
        CHANNEL, lambda message: message.id == outcome.message and message.files, timeout_s=30
    )


def job_id(message):
    return message.buttons[0]["custom_id"].split(":")[-1]


async def result(built, card, timeout_s=30.0):
    """The message with the card's result; the card must be gone."""
    ada = built.discord.member("Ada")
    await ada.wait_for(
        CHANNEL, lambda m: "Delete" in m.labels and job_id(m) == job_id(card), timeout_s=timeout_s
    )
    messages = await ada.wait_until(CHANNEL, lambda messages: all(m.id != card.id for m in messages))
    (found,) = [message for message in messages if message.buttons and job_id(message) == job_id(card)]
    return found


def step_of(card):
    """The step that a card shows; -1 for none."""
    found = re.search(r"step (\d+)", card.text)
    return int(found[1]) if found else -1


async def ended(built, card, timeout_s=30.0):
    """The card's job, once it has ended."""
    async with asyncio.timeout(timeout_s):
        while True:
            job = await built.jobs.get(job_id(card))
            if job.told:
                return job
            await asyncio.sleep(0.05)


def private(built):
    """The messages that the bot has sent to members directly."""
    state = built.discord.state
    return [
        message
        for channel_id, messages in state.messages.items()
        if state.channels.get(channel_id) and state.channels[channel_id].guild_id is None
        for message in messages.values()
    ]


async def test_the_picture_is_the_one_that_was_painted(painting):
    card = await start(painting, seed=5, size="96x64")
    done = await result(painting, card)
    job = await ended(painting, card)
    assert job.result_id == done.id
    phrases = parse(job.prompt)[0].phrases
    request = Generate(job.id, "toy", "toy", phrases, job.width, job.height, job.steps, job.seed)
    data = await painting.discord.member("Ada").download(done.files[0])
    assert data == await painting.images.get(job.picture_sha256)
    assert decode_rgb(data).shape == (64, 96, 3)
    assert (decode_rgb(data) == expected_picture(request)).all()


async def test_several_members_are_served_side_by_side(painting):
    names = ("Ben", "Noor", "Вера")
    members = [painting.discord.member(name) for name in names]
    await asyncio.gather(*(member.slash(CHANNEL, "imagine", prompt=SLOW, steps=30) for member in members))
    messages = await members[0].wait_until(
        CHANNEL, lambda messages: [m.buttons[0]["custom_id"][:10] for m in messages] == ["gala:again"] * 3
    )
    text = "\n".join(message.text for message in messages)
    assert all(f"<@{painting.member_id(name)}>" in text for name in names)


async def test_a_channel_deleted_while_painting(painting):
    """The picture goes to the member directly."""
    card = await start(painting)
    painting.discord.misbehave.delete_channel(CHANNEL)
    job = await ended(painting, card)
    assert job.status is Status.FINISHED
    (message,) = private(painting)
    assert message.id == job.result_id
    assert len(message.attachments) == 1


async def test_rights_taken_away_while_painting(painting):
    card = await start(painting)
    painting.discord.misbehave.deny(CHANNEL, "view_channel")
    job = await ended(painting, card)
    assert job.status is Status.FINISHED
    assert [message.id for message in private(painting)] == [job.result_id]


async def test_neither_channel_nor_member_can_be_reached(painting):
    """The job is not lost from the books: it is told as undeliverable, and the picture's file is there."""
    card = await start(painting)
    painting.discord.misbehave.fail("/users/@me/channels", status=403, code=50278, times=100)
    painting.discord.misbehave.delete_channel(CHANNEL)
    job = await ended(painting, card)
    assert (job.status, job.failure) == (Status.FAILED, "undeliverable")
    assert await painting.images.get(job.picture_sha256)


async def test_a_picture_asked_for_in_direct_messages_comes_there(painting):
    ben = painting.discord.member("Ben")
    outcome = await ben.slash("direct", "imagine", prompt="a red car")
    assert outcome.outcome == "message"
    message = await ben.wait_for("direct", lambda message: "Delete" in message.labels, timeout_s=20)
    await ben.click(message, label="Delete")
    await ben.wait_until("direct", lambda messages: all(item.id != message.id for item in messages))


async def test_a_member_who_left_gets_the_picture_into_the_channel(painting):
    card = await start(painting)
    painting.discord.misbehave.remove_member(painting.member_id("Ben"))
    await result(painting, card)


async def test_the_gateway_is_cut_while_painting(painting):
    card = await start(painting)
    await painting.discord.misbehave.cut()
    message = await result(painting, card)
    await painting.discord.wait_ready()
    again = await painting.discord.member("Ben").click(message, label="Again")
    assert again.outcome == "message"


async def test_the_token_s_fifteen_minutes_pass(painting):
    card = await start(painting)
    painting.discord.misbehave.expire_tokens()
    await painting.discord.member("Ben").wait_for(
        CHANNEL, lambda message: message.id == card.id and step_of(message) > step_of(card)
    )
    await result(painting, card)


async def test_the_card_is_deleted_by_a_moderator(painting):
    card = await start(painting)
    painting.discord.misbehave.delete_message(CHANNEL, card.id)
    await result(painting, card)


async def test_discord_is_ill_for_a_while(painting):
    card = await start(painting, steps=20)
    painting.discord.misbehave.fail("/channels/*", status=503, times=3)
    await result(painting, card)


async def test_answers_are_lost(painting):
    """Requests do their work and answer 503: nothing comes twice."""
    card = await start(painting, steps=20)
    painting.discord.misbehave.fail("/channels/*/messages", method="POST", status=503, times=2, after=True)
    await result(painting, card)


async def test_a_busy_channel(tmp_path):
    """Six pictures in one channel, and Discord allows few edits and sends: all arrive."""
    limits = Limits(edits=3, edits_window_s=2.0, sends=3, sends_window_s=2.0)
    async with stage(tmp_path, painter=True, limits=limits, channel_interval_s=0.7) as built:
        await built.discord.member("Ben").slash(CHANNEL, "imagine", prompt="a {red, blue, green} car")
        await built.discord.member("Noor").slash(CHANNEL, "imagine", prompt="a {red, blue, green} cat")
        await built.discord.member("Ben").wait_until(
            CHANNEL,
            lambda messages: ["Film" in message.labels for message in messages] == [True] * 6,
            timeout_s=60,
        )


async def test_a_ticket_that_comes_late_does_not_outlive_its_job(painting):
    """The answer to /imagine takes longer than the picture."""
    painting.discord.misbehave.delay(1.0, "/interactions/*")
    await painting.discord.member("Ben").slash(CHANNEL, "imagine", prompt="a red car", steps=1)
    messages = await painting.discord.member("Ben").wait_until(
        CHANNEL,
        lambda messages: ["Film" in message.labels for message in messages] == [True],
        timeout_s=20,
    )
    assert len(messages) == 1


async def test_a_ticket_that_discord_does_not_take_is_sent_otherwise(painting):
    painting.discord.misbehave.fail("/interactions/*", status=404, code=10062)
    card = await start_unanswered(painting)
    await result(painting, card)


async def start_unanswered(built):
    """Ask where the interaction itself fails; the card comes by the bot's own rights."""
    ben = built.discord.member("Ben")
    await ben.slash(CHANNEL, "imagine", prompt=SLOW, steps=60, wait=False)
    return await ben.wait_for(CHANNEL, lambda message: message.files, timeout_s=20)


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("oom@2", "memory"),
        ("diverge@2", "noise"),
        ("raise@2", "code"),
        ("refuse", "do not work together"),
        ("crash@2", "set aside"),
    ],
)
async def test_a_failure_is_told_in_words_on_the_card(painting, prompt, words):
    ben = painting.discord.member("Ben")
    outcome = await ben.slash(CHANNEL, "imagine", prompt=prompt)
    card = await ben.wait_for(CHANNEL, lambda message: "Try again" in message.labels, timeout_s=60)
    assert card.id == outcome.message
    assert words in card.text
    assert (await ended(painting, card)).status is Status.FAILED


async def test_a_job_survives_the_generation_process(painting, tmp_path):
    card = await start(painting, f"slow@20 | crash-times@1\\:{tmp_path / 'crashes'}", steps=40)
    await result(painting, card)
    assert (await ended(painting, card)).crashes == 1
