"""Vary and Upscale: what comes of a finished picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bot.errors import UserError
from bot.handover import request_for
from bot.locales import texts_for
from bot.prompt import parse
from bot.request import Choices, resolve
from bot.views.cards import making
from bot.views.departures import larger
from generation.codec import decode_layers, encode_png
from generation.models import Model
from generation.protocol import Generate, Origin
from storage.jobs import Status
from tests.bot.stage import CHANNEL, PAINTING, TOY, stage


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


async def test_a_picture_that_is_cut_out_grows_on_white(built):
    """Its transparent parts are not what a mask is: nothing is painted into them."""
    result, job = await painted(built, prompt="a red car --size 64x32", steps=30)
    cut = np.zeros((32, 64, 4), np.uint8)
    cut[8:24, 8:24] = (200, 0, 0, 255)
    sha256 = await built.images.put(encode_png(cut))
    await built.jobs.change(job.id, {Status.FINISHED}, picture_sha256=sha256)
    await built.discord.member("Ben").click(result, label="Upscale")
    _, larger_job = await painted(built, after=result.id)
    pixels, opacity = decode_layers(await built.images.get(larger_job.init_sha256))
    assert opacity is None
    assert (pixels[0, 0] == 255).all()
    assert pixels[10, 10].tolist() == [200, 0, 0]


async def test_a_picture_that_is_no_longer_kept_is_told(built):
    result, job = await painted(built, prompt="a red car")
    built.images.path(job.picture_sha256).unlink()
    await built.discord.member("Вера").click(result, label="Upscale")
    assert "больше не хранится" in (await words(built, "Вера")).text
    await built.jobs.change(job.id, {Status.FINISHED}, picture_sha256=None)
    await built.discord.member("Ben").click(result, label="Upscale")
    assert "no longer kept" in (await words(built)).text


ENLARGES = Model("larger", "real-esrgan", 1, (64, 64), 8, "BSD-3-Clause", "the tests", ())
DALLE = replace(TOY, name="told", engine="dalle")


def host(built, upscaler="", model="toy"):
    """The desk of a host with these models and this choice."""
    desk = built.client.desk
    painting = desk.painting.model_copy(update={"upscaler": upscaler, "model": model})
    models = {each.name: each for each in (TOY, ENLARGES, DALLE)}
    return replace(desk, painting=painting, models=models)


async def test_the_host_s_own_model_enlarges_fourfold_up_to_the_bound(built):
    request = larger(built.job(model="toy", width=32, height=16, steps=40), host(built, "larger"))
    assert (request.engine, request.model) == ("real-esrgan", "larger")
    assert (request.width, request.height, request.steps) == (128, 64, 8)
    assert request.origin is Origin.LARGER
    small = built.job(model="larger", engine="real-esrgan", width=64, height=64)
    bounded = larger(small, host(built, "larger"))
    assert (bounded.width, bounded.height) == (96, 96)


async def test_what_a_token_engine_has_told_is_painted_on_by_the_usual_model(built):
    told = built.job(model="told", engine="dalle", width=32, height=32, steps=30)
    request = larger(told, host(built))
    assert (request.engine, request.model, request.width) == ("toy", "toy", 64)
    with pytest.raises(UserError, match="upscale-no-model"):
        larger(told, host(built, model="told"))


async def test_a_model_that_enlarges_does_not_paint(built):
    with pytest.raises(UserError, match="model-enlarges"):
        resolve(parse("a car --model larger")[0], Choices(), host(built).painting, host(built).models)


async def test_an_enlarged_picture_cannot_be_had_again_or_varied(built):
    made = built.job(engine="real-esrgan", model="larger")
    labels = [button.label for button in making(made, texts_for("en-US"))]
    assert labels == ["Upscale", "Film", "Frames"]


async def test_a_model_that_is_no_more_is_told(built):
    with pytest.raises(UserError, match="model-unknown"):
        larger(built.job(model="gone"), built.client.desk)
