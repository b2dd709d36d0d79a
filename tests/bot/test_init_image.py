"""/imagine with a picture to start from: kept, with its mask, or refused in words."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from bot.loopback.server import Upload
from generation.codec import encode_png
from tests.bot.asking import refusal, ticket_of
from tests.bot.stage import CHANNEL, stage

PNG = encode_png(np.full((40, 60, 3), 200, np.uint8))


@pytest.fixture
async def quiet(tmp_path):
    """A bot whose jobs stay in line."""
    async with stage(tmp_path) as built:
        yield built


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
