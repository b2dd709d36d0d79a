"""The buttons of tickets, cards and results, used by members of the local Discord."""

from __future__ import annotations

import re
import time

import pytest

from bot.locales import texts_for
from bot.views import cards
from bot.views.messages import channel_of
from storage.jobs import Status
from tests.bot.asking import refusal, ticket_of
from tests.bot.stage import CHANNEL, stage


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
