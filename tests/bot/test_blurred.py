"""What a moderator has blurred is shown only to who asks for it, whichever way it comes out again."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from bot.family import Node
from bot.family_picture import FINE, MARGIN, SIDE, draw_family
from bot.locales import texts_for
from bot.views import cards
from generation.codec import decode_rgb, encode_png
from storage.jobs import Status
from tests.bot.moderating import picture, press, reported
from tests.bot.samples import job as sample
from tests.bot.stage import CHANNEL, stage
from tests.bot.test_family import MADE
from tests.bot.test_films import SLOW, painted
from tests.bot.test_showcase import HALL, hall, said


@pytest.fixture
async def painting(tmp_path):
    """A bot that paints."""
    async with stage(tmp_path, painter=True) as built:
        yield built


@pytest.fixture
async def quiet(tmp_path):
    """A bot whose jobs stay in line."""
    async with stage(tmp_path) as built:
        yield built


def galleries(parts):
    """All pictures of the galleries in components, or in whatever was sent."""
    if isinstance(parts, dict):
        yield from parts["items"] if parts.get("type") == 12 else ()
        parts = list(parts.values())
    for part in parts if isinstance(parts, list) else ():
        yield from galleries(part)


def items(message):
    """All pictures of a message, as the galleries of its card have them."""
    return list(galleries(message.raw["components"]))


def lines(built):
    """What the bot has asked Discord for."""
    return [json.loads(line) for line in built.record.read_text(encoding="utf-8").splitlines()]


def blurred(message):
    """Whether each of the pictures of a message is blurred; there must be some."""
    found = [item["spoiler"] for item in items(message)]
    assert found
    return found


async def blur(built, code):
    await built.client.desk.generations.blur(code)


async def answer(built, deed, name="Ben", channel=CHANNEL, wanted=items):
    """The message with pictures that comes of a deed."""
    member = built.discord.member(name)
    before = {message.id for message in await member.messages(channel)}
    await deed(member)
    return await member.wait_for(
        channel, lambda found: found.id not in before and not found.loading and wanted(found), timeout_s=30
    )


async def test_film_and_frames(painting):
    result, job = await painted(painting, SLOW)
    await blur(painting, job.code)
    film = await answer(painting, lambda member: member.click(result, label="Film"))
    assert film.files[0]["filename"].endswith(".mp4") and blurred(film) == [True]
    frames = await answer(painting, lambda member: member.click(result, label="Frames"))
    assert blurred(frames) == [True]
    await painting.discord.member("Ben").click(frames, label="⏮")
    turned = await painting.discord.member("Ben").wait_for(
        CHANNEL, lambda found: found.id == frames.id and found.files != frames.files
    )
    assert blurred(turned) == [True]


async def test_gallery_show_and_search(quiet):
    made, other = [await picture(quiet, prompt=prompt) for prompt in ("a red car", "a red boat")]
    await blur(quiet, made.code)
    pages = [
        await answer(quiet, lambda member: member.slash(CHANNEL, "gallery")),
        await answer(quiet, lambda member: member.slash(CHANNEL, "search", words="red", way="words")),
    ]
    for page in pages:
        names = [file["filename"] for file in page.files]
        assert sorted(names) == sorted(f"{each.code}.webp" for each in (made, other))
        assert blurred(page) == [name == f"{made.code}.webp" for name in names]
    shown = await answer(quiet, lambda member: member.slash(CHANNEL, "show", code=made.code))
    assert blurred(shown) == [True]


async def test_a_picture_that_is_sent_directly(quiet):
    made = await picture(quiet)
    await blur(quiet, made.code)
    ben = quiet.discord.member("Ben")
    await ben.menu(await ben.message(CHANNEL, made.message_id), "Recipe of this picture")
    recipe = await ben.wait_for(CHANNEL, lambda found: "Send to me" in found.labels)
    await ben.click(recipe, label="Send to me")
    sent = await ben.wait_for("direct", items)
    assert blurred(sent) == [True]


async def test_a_description_of_it(painting, monkeypatch):
    result, job = await painted(painting, "a red car", steps=3)
    await blur(painting, job.code)
    member = painting.discord.member("Ben")
    await painting.client.desk.generations.give_heart(1, 1, 1.0)
    await painting.discord.member("Noor").click(result, label="♥")  # draws the card anew
    result = await member.wait_for(CHANNEL, lambda found: found.id == result.id and "♥ 2" in found.labels)
    assert blurred(result) == [True]
    described = await answer(painting, lambda member: member.menu(result, "Describe"))
    assert blurred(described) == [True]


def test_a_family_shows_a_few_colours_of_it():
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[::2, ::2] = 255  # as fine as can be
    data = {"a": encode_png(pixels)}

    def drawn(blurred):
        picture = decode_rgb(draw_family(Node(replace(MADE, blurred=blurred)), "a", data))
        return picture[MARGIN + 10 : MARGIN + SIDE - 10, MARGIN + 10 : MARGIN + SIDE - 10]

    assert drawn(False).std() > 40
    assert drawn(True).std() < 3
    assert FINE > 1


async def test_a_download_keeps_it_apart(quiet):
    made, other = [await picture(quiet) for _ in range(2)]
    await blur(quiet, made.code)
    message = await answer(quiet, lambda member: member.slash(CHANNEL, "download"), wanted=lambda m: m.files)
    data = await quiet.discord.member("Ben").download(message.files[0])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names, lines = set(archive.namelist()), json.loads(archive.read("recipes.json"))
    assert names == {f"blurred/{made.code}.png", f"{other.code}.png", "recipes.json"}
    assert {line["code"]: line["blurred"] for line in lines} == {made.code: True, other.code: False}


async def test_the_showcase_takes_none_and_loses_what_is_blurred(quiet):
    made, first = await reported(quiet)
    await hall(quiet)
    assert "It is in the showcase" in await said(quiet, "Ben", "showcase add", code=made.code)
    before = len(await quiet.messages(HALL))
    await press(quiet, first, "Blur")
    await quiet.discord.member("Ada").wait_until(HALL, lambda found: len(found) == before - 1)
    assert await quiet.client.desk.showcase.of(made.id) is None
    assert "Moderators have blurred" in await said(quiet, "Ben", "showcase add", code=made.code)


async def test_one_whose_message_is_gone_is_blurred_in_the_gallery_all_the_same(quiet):
    made, first = await reported(quiet)
    quiet.discord.misbehave.delete_message(CHANNEL, made.message_id)
    await press(quiet, first, "Blur")
    async with asyncio.timeout(10):
        while not (await quiet.client.desk.generations.get(made.code)).blurred:
            await asyncio.sleep(0.02)


def test_its_frames_are_blurred_while_it_is_painted():
    for hidden in (True, False):
        view = cards.running(sample(blurred=hidden), None, None, texts_for("en-US"), "frame.webp")
        assert [item["spoiler"] for item in galleries(view.to_components())] == [hidden]


@pytest.mark.parametrize("label", ["Upscale", "Again"])
async def test_what_is_made_from_it_is_blurred_from_the_first_frame_on(painting, label):
    result, job = await painted(painting, "a red car | slow@80")
    await blur(painting, job.code)
    sent = len(lines(painting))
    await painting.discord.member("Ben").click(result, label=label)
    child = await painting.discord.member("Ben").wait_for(
        CHANNEL, lambda found: "Film" in found.labels and found.id != result.id, timeout_s=30
    )
    shown = [item for line in lines(painting)[sent:] for item in galleries(line["json"])]
    assert shown and all(item["spoiler"] for item in shown)  # frames, and the result
    assert blurred(child) == [True]
    row = await painting.jobs.get(child.buttons[0]["custom_id"][-8:])
    made = await painting.client.desk.generations.of_job(row.id)
    assert row.blurred and made.blurred and made.parent == job.code


async def test_nothing_else_is_blurred(painting):
    result, job = await painted(painting, "a red car", steps=3)
    assert blurred(result) == [False]
    assert job.status is Status.FINISHED and not job.blurred
