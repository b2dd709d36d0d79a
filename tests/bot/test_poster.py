"""The poster before the local Discord: what is shown, how often, and that last words arrive exactly once."""

from __future__ import annotations

import asyncio
import io
import time

import numpy as np
import pytest
from PIL import Image

from bot.dispatcher import Place
from bot.errors import Undeliverable
from bot.loopback.server import Limits
from bot.poster import Poster
from generation.codec import encode_frame, encode_png
from generation.protocol import Progress, Reason
from storage.jobs import Status
from tests.bot.stage import CHANNEL, stage


def picture(side: int = 64, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)


PNG = encode_png(picture())


def progress(job_id: str, step: int, seed: int = 0) -> Progress:
    return Progress(job_id, step, 120, 0.5, float(step), encode_frame(picture(seed=seed)))


@pytest.fixture
async def stage_(tmp_path):
    async with stage(tmp_path) as built:
        yield built


async def results(built, channel=CHANNEL):
    """The messages that carry a result."""
    return [message for message in await built.messages(channel) if "Again" in message.labels]


async def test_a_card_shows_its_place_and_then_its_frames(stage_):
    job = await stage_.carded()
    ada = stage_.discord.member("Ada")
    stage_.poster.moved(job, Place(4, None))
    await ada.wait_for(CHANNEL, lambda message: "Place in line: 4" in message.text)
    stage_.poster.progressed(job, progress(job.id, 60), 30.0)
    card = await ada.wait_for(CHANNEL, lambda message: "step 60 of 120" in message.text)
    assert card.id == job.card_id
    assert "about 30 seconds left" in card.text
    assert card.labels == ["Keep as it is", "Steer", "Cancel"]
    assert await ada.download(card.files[0]) == progress(job.id, 60).frame
    assert card.files[0]["description"] == job.prompt


async def test_the_latest_frame_wins_and_the_pace_is_kept(tmp_path):
    async with stage(tmp_path, edit_interval_s=0.4) as built:
        job = await built.carded()
        began = time.monotonic()
        for step in range(1, 101):
            built.poster.progressed(job, progress(job.id, step), None)
            await asyncio.sleep(0.01)
        await built.discord.member("Ada").wait_for(CHANNEL, lambda message: "step 100 of" in message.text)
        edits = len(built.requests("PATCH", f"/messages/{job.card_id}"))
        assert 3 <= edits <= (time.monotonic() - began) / 0.4 + 1


async def test_the_first_frame_does_not_wait(tmp_path):
    async with stage(tmp_path, edit_interval_s=30.0) as built:
        job = await built.carded()
        ada = built.discord.member("Ada")
        built.poster.moved(job, Place(1, None))
        await ada.wait_for(CHANNEL, lambda message: "Place in line: 1" in message.text)
        built.poster.progressed(job, progress(job.id, 1), None)
        await ada.wait_for(CHANNEL, lambda message: "step 1 of" in message.text, timeout_s=2.0)


async def test_nor_does_the_first_frame_that_a_card_can_show(tmp_path):
    """The engine was quicker than the ticket."""
    async with stage(tmp_path, edit_interval_s=30.0) as built:
        built.poster.progressed(built.job(), progress(built.job().id, 1), None)
        job = await built.carded()
        built.poster.progressed(job, progress(job.id, 2), None)
        await built.discord.member("Ada").wait_for(
            CHANNEL, lambda message: "step 2 of" in message.text, timeout_s=1.2
        )


async def test_a_result_is_a_new_message_and_the_card_goes(stage_):
    job = await stage_.carded(status=Status.POSTING, seconds=3.0, score=0.5)
    result_id = await stage_.poster.deliver(job, PNG)
    (message,) = await stage_.messages()
    assert message.id == result_id != job.card_id
    assert message.labels == [
        "Again",
        "Vary",
        "Upscale",
        "Film",
        "Frames",
        "♥",
        "Save…",
        "Similar",
        "Report",
        "Delete",
    ]
    assert job.prompt in message.text
    assert str(job.seed) in message.text
    assert message.files[0]["description"] == job.prompt
    assert await stage_.discord.member("Ada").download(message.files[0]) == PNG


async def test_no_frame_comes_after_the_last_word(tmp_path):
    """An edit under way when a job fails is waited for."""
    async with stage(tmp_path, edit_interval_s=0.0, channel_interval_s=0.0) as built:
        job = await built.carded()
        built.discord.misbehave.delay(0.3, "/channels/*", method="PATCH")
        built.poster.progressed(job, progress(job.id, 1), None)
        await asyncio.sleep(0.05)
        await built.poster.report(built.job(card_id=job.card_id, status=Status.FAILED, failure="parked"))
        (message,) = await built.messages()
        assert "No picture this time" in message.text
        assert message.files == []


async def test_a_lost_answer_does_not_double_a_result(stage_):
    """Discord has taken the message and answers 503: it is found, not sent again."""
    job = await stage_.carded(status=Status.POSTING)
    stage_.discord.misbehave.fail("/channels/*/messages", method="POST", status=503, after=True)
    result_id = await stage_.poster.deliver(job, PNG)
    assert [message.id for message in await results(stage_)] == [result_id]


async def test_after_a_restart_a_posted_result_is_found(tmp_path):
    """The bot died between posting and noting it down; even Discord has forgotten the nonce."""
    async with stage(tmp_path, limits=Limits(nonce_s=0.0)) as built:
        began = time.time()
        job = await built.carded(status=Status.POSTING, started_at=began, created_at=began)
        result_id = await built.poster.deliver(job, PNG)
        reborn = Poster(0.1, 0.1)
        reborn.bind(built.client)
        assert await reborn.deliver(job, PNG) == result_id
        assert len(await built.messages()) == 1


async def test_a_card_whose_id_was_never_noted_is_found_and_dropped(stage_):
    job = await stage_.carded(status=Status.POSTING)
    forgotten = stage_.job(status=Status.POSTING)
    assert job.card_id is not None
    assert forgotten.card_id is None
    result_id = await stage_.poster.deliver(forgotten, PNG)
    assert [message.id for message in await stage_.messages()] == [result_id]


async def test_the_upload_limit_is_respected(stage_):
    big = encode_png(picture(512))
    job = await stage_.carded(status=Status.POSTING, upload_limit_bytes=100_000)
    await stage_.poster.deliver(job, big)
    (message,) = await results(stage_)
    assert int(message.files[0]["size"]) <= 100_000 < len(big)
    data = await stage_.discord.member("Ada").download(message.files[0])
    Image.open(io.BytesIO(data)).verify()


async def test_a_picture_refused_for_its_size_is_made_smaller(tmp_path):
    async with stage(tmp_path, limits=Limits(upload_limit_bytes=60_000)) as built:
        job = await built.carded(status=Status.POSTING)
        await built.poster.deliver(job, encode_png(picture(192)))
        (message,) = await results(built)
        assert int(message.files[0]["size"]) <= 60_000


async def test_a_picture_without_a_channel_goes_to_the_member(stage_):
    job = await stage_.carded(status=Status.POSTING)
    stage_.discord.misbehave.delete_channel(CHANNEL)
    result_id = await stage_.poster.deliver(job, PNG)
    (channel_id,) = [key for key, found in stage_.discord.state.messages.items() if result_id in found]
    assert stage_.discord.state.channels[channel_id].guild_id is None
    sent = stage_.requests("POST", "/messages")[-1]
    assert sent["status"] == 200
    assert sent["files"]
    assert "could not write in the channel" in str(sent["json"])


async def test_rights_taken_away_lead_to_the_member_too(stage_):
    job = await stage_.carded(status=Status.POSTING)
    stage_.discord.misbehave.deny(CHANNEL, "send_messages", "attach_files")
    await stage_.poster.deliver(job, PNG)
    sent = stage_.requests("POST", "/messages")[-1]
    assert f"/channels/{job.channel_id}/" not in sent["path"]
    assert sent["status"] == 200


async def test_with_no_way_to_the_member_it_is_undeliverable(stage_):
    job = await stage_.carded(status=Status.POSTING)
    stage_.discord.misbehave.delete_channel(CHANNEL)
    stage_.discord.misbehave.fail("/users/@me/channels", status=403, code=50278)
    with pytest.raises(Undeliverable):
        await stage_.poster.deliver(job, PNG)


async def test_a_deleted_card_is_left_in_peace_and_the_result_still_comes(stage_):
    job = await stage_.carded()
    stage_.discord.misbehave.delete_message(CHANNEL, job.card_id)
    for step in range(1, 30):
        stage_.poster.progressed(job, progress(job.id, step), None)
        await asyncio.sleep(0.02)
    assert len(stage_.requests("PATCH")) == 1
    await stage_.poster.deliver(job, PNG)
    assert len(await results(stage_)) == 1


async def test_a_failure_is_told_on_the_card(stage_):
    job = await stage_.carded(status=Status.FAILED, failure=str(Reason.TOO_LARGE), locale="ru")
    await stage_.poster.report(job, (320, 256))
    (message,) = await stage_.messages()
    assert message.id == job.card_id
    assert "320×256" in message.text
    assert message.labels == ["Попробовать снова"]


async def test_a_failure_without_a_card_gets_a_message_of_its_own_once(tmp_path):
    async with stage(tmp_path, limits=Limits(nonce_s=0.0)) as built:
        job = await built.carded(status=Status.FAILED, failure="parked")
        assert job.card_id is not None
        built.discord.misbehave.delete_message(CHANNEL, job.card_id)
        await built.poster.report(job)
        await built.poster.report(job)
        (message,) = await built.messages()
        assert "No picture this time" in message.text


async def test_a_card_too_old_to_edit_makes_way_for_a_message(stage_):
    job = await stage_.carded(status=Status.FAILED, failure="parked")
    stage_.discord.misbehave.fail(
        f"/channels/*/messages/{job.card_id}", method="PATCH", status=400, code=30046
    )
    await stage_.poster.report(job)
    (message,) = await stage_.messages()
    assert message.id != job.card_id
    assert message.labels == ["Try again"]


async def test_a_cancelled_job_whose_card_is_gone_needs_no_word(stage_):
    job = await stage_.carded(status=Status.CANCELLED)
    stage_.discord.misbehave.delete_message(CHANNEL, job.card_id)
    await stage_.poster.report(job)
    assert await stage_.messages() == []


async def test_faults_of_discord_only_delay_a_card(stage_):
    job = await stage_.carded()
    stage_.discord.misbehave.fail("/channels/*", method="PATCH", status=503, times=2)
    stage_.poster.progressed(job, progress(job.id, 7), None)
    await stage_.discord.member("Ada").wait_for(CHANNEL, lambda message: "step 7 of" in message.text)


async def test_a_busy_channel_loses_frames_but_not_the_last_one(tmp_path):
    """Discord answers 429 without a warning in its headers."""
    limits = Limits(edits=2, edits_window_s=1.0, announce=False)
    async with stage(tmp_path, limits=limits, edit_interval_s=0.05, channel_interval_s=0.0) as built:
        job = await built.carded()
        for step in range(1, 41):
            built.poster.progressed(job, progress(job.id, step), None)
            await asyncio.sleep(0.02)
        await built.discord.member("Ada").wait_for(CHANNEL, lambda message: "step 40 of" in message.text)
        assert any(entry["status"] == 429 for entry in built.requests("PATCH"))


async def test_an_old_card_is_edited_once_a_minute(stage_):
    job = await stage_.carded(created_at=time.time() - 3600)
    for step in range(1, 20):
        stage_.poster.progressed(job, progress(job.id, step), None)
        await asyncio.sleep(0.02)
    assert len(stage_.requests("PATCH")) == 1
