"""Vary and Upscale: what comes of a finished picture."""

from __future__ import annotations

import pytest

from bot.errors import UserError
from bot.handover import request_for
from bot.views.departures import larger
from generation.protocol import Generate, Origin
from storage.jobs import Status
from tests.bot.stage import CHANNEL, PAINTING, stage


@pytest.fixture
async def built(tmp_path):
    """A bot that paints, and lets pictures grow to 96x96 px."""
    async with stage(
        tmp_path, painting=PAINTING.model_copy(update={"max_pixels": 96 * 96}), painter=True
    ) as built:
        yield built


def job_id(message):
    return message.buttons[0]["custom_id"][-8:]


async def painted(built, name="Ben", after=0, **options):
    """The member's result, and its job."""
    member = built.discord.member(name)
    if options:
        await member.slash(CHANNEL, "imagine", **options)
    result = await member.wait_for(
        CHANNEL, lambda message: "Film" in message.labels and message.id > after, timeout_s=30
    )
    return result, await built.jobs.get(job_id(result))


async def words(built, name="Ben"):
    return await built.discord.member(name).wait_for(CHANNEL, lambda message: message.ephemeral)


async def test_a_picture_is_made_larger_up_to_the_host_s_bound(built):
    result, first = await painted(built, prompt="a red car --size 64x32", steps=30)
    await built.discord.member("Noor").click(result, label="Upscale")
    result, second = await painted(built, "Noor", after=result.id)
    assert second.member_id == built.member_id("Noor")
    assert (second.width, second.height, second.steps) == (128, 64, 10)
    assert (second.origin, second.init_sha256) == ("larger", first.picture_sha256)
    assert second.parent == first.code
    assert second.seed != first.seed
    assert second.init_weight > 0
    assert "larger than before" in result.text
    assert "asked" not in result.text
    await built.discord.member("Ben").click(result, label="Upscale")
    assert "128×64 is as large as" in (await words(built)).text


async def test_a_picture_is_changed_a_little_or_a_lot(built):
    result, first = await painted(built, prompt="a red car", seed=4)
    noor = built.discord.member("Noor")
    assert (await noor.click(result, label="Vary")).ephemeral
    offer = await words(built, "Noor")
    assert offer.labels == ["A little", "A lot"]
    newest = result.id
    for label, origin, note in (("A little", "near", "changed a little"), ("A lot", "far", "changed a lot")):
        await noor.click(offer, label=label)
        varied, job = await painted(built, "Noor", after=newest)
        newest = varied.id
        assert (job.origin, job.init_sha256) == (origin, first.picture_sha256)
        assert (job.width, job.height, job.steps) == (first.width, first.height, first.steps)
        assert job.seed != 4
        assert note in varied.text
        request = await request_for(job, built.images, 1.0)
        assert isinstance(request, Generate)
        assert request.origin is Origin(origin)
        assert request.init == await built.images.get(first.picture_sha256)


async def test_again_on_a_changed_picture_changes_the_same_one_anew(built):
    result, first = await painted(built, prompt="a red car")
    await built.discord.member("Ben").click(result, label="Upscale")
    result, second = await painted(built, after=result.id)
    await built.discord.member("Ben").click(result, label="Again")
    _, third = await painted(built, after=result.id)
    assert (third.origin, third.init_sha256, third.parent) == ("larger", first.picture_sha256, second.code)
    assert (third.width, third.height) == (second.width, second.height)
    assert third.seed != second.seed


async def test_a_picture_that_is_no_longer_kept_is_told(built):
    result, job = await painted(built, prompt="a red car")
    built.images.path(job.picture_sha256).unlink()
    await built.discord.member("Вера").click(result, label="Upscale")
    assert "больше не хранится" in (await words(built, "Вера")).text
    await built.jobs.change(job.id, {Status.FINISHED}, picture_sha256=None)
    await built.discord.member("Ben").click(result, label="Upscale")
    assert "no longer kept" in (await words(built)).text


async def test_a_model_that_is_no_more_is_told(built):
    with pytest.raises(UserError, match="model-unknown"):
        larger(built.job(model="gone"), built.client.desk)
