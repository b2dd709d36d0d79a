"""What members take along: ZIP files with recipes, and pictures sent to them directly."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile

import numpy as np
import pytest

from bot.past import Past
from bot.takeaway import OF_ARCHIVE, archives
from bot.visibility import Sight
from generation.codec import decode_rgb, encode_png
from generation.recipes import read_recipe
from storage.backup import DATABASE
from storage.database import Database
from storage.frames import Frames
from storage.generations import Cursor, Filter, Generations
from storage.images import Images
from tests.bot.stage import CHANNEL, stage
from tests.generation.test_recipes import RECIPE
from tests.storage.rows import GUILD, MEMBER, PLACE, a_generation

EYES = Sight(GUILD, MEMBER, PLACE, frozenset({PLACE}))
MINE = Filter(member_id=MEMBER)


def noise(seed, side=60):
    return encode_png(np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8), RECIPE)


@pytest.fixture
async def shelf(tmp_path):
    """A way to add pictures, and one to take them along."""
    async with Database.open(tmp_path / DATABASE) as database:
        images = Images(tmp_path / "pictures")
        generations = Generations(database)
        past = Past(generations, images, Frames(tmp_path / "frames"), Images(tmp_path / "thumbnails"))

        async def add(code, picture, **changes):
            sha256 = await images.put(picture)
            return await a_generation(database, code=code, picture_sha256=sha256, **changes)

        async def take(limit_bytes, chosen=MINE, after=None):
            return [part async for part in archives(generations, past, EYES, chosen, after, limit_bytes)]

        yield database, add, take


def unpacked(part):
    archive = zipfile.ZipFile(io.BytesIO(part.data))
    assert archive.testzip() is None
    return {name: archive.read(name) for name in archive.namelist()}


async def test_pictures_come_with_a_list_of_their_recipes(shelf):
    _, add, take = shelf
    await add("aaaaaa", noise(1), prompt="лиса:2 | fog:-1", parent="bbbbbb")
    (part,) = await take(10**6)
    files = unpacked(part)
    assert files["aaaaaa.png"] == noise(1)
    (line,) = json.loads(files["recipes.json"])
    assert line["code"] == "aaaaaa"
    assert line["prompt"] == "лиса:2 | fog:-1"
    assert line["parent"] == "bbbbbb"
    assert line["painted_by"]["torch"] == "2.9.1"
    assert (part.pictures, part.lost, part.last) == (1, 0, "aaaaaa")


async def test_no_file_is_larger_than_may_be_uploaded_and_none_is_left_out(shelf):
    _, add, take = shelf
    codes = [letter * 6 for letter in "abcdefgh"]
    for number, code in enumerate(codes):
        await add(code, noise(number))
    limit_bytes = 3 * len(noise(0)) + OF_ARCHIVE + 2000
    parts = await take(limit_bytes)
    assert len(parts) > 2
    assert all(len(part.data) <= limit_bytes for part in parts)
    names = [name for part in parts for name in unpacked(part) if name.endswith(".png")]
    assert names == [f"{code}.png" for code in reversed(codes)]


async def test_a_picture_larger_than_an_upload_is_made_smaller(shelf):
    _, add, take = shelf
    await add("aaaaaa", noise(1, side=120))
    limit_bytes = 20_000
    (part,) = await take(limit_bytes)
    assert len(part.data) <= limit_bytes
    assert read_recipe(unpacked(part)["aaaaaa.webp"]) == RECIPE


async def test_only_what_may_be_seen_is_taken(shelf):
    database, add, take = shelf
    await add("aaaaaa", noise(1))
    await add("bbbbbb", noise(2), place_id=PLACE + 1)
    await add("cccccc", noise(3), guild_id=GUILD + 1)
    loved = await add("dddddd", noise(4), member_id=MEMBER + 1)
    await Generations(database).give_heart(MEMBER, loved, 0.0)
    assert [part.last for part in await take(10**6)] == ["aaaaaa"]
    assert [part.last for part in await take(10**6, Filter(loved_by=MEMBER))] == ["dddddd"]


async def test_lost_files_are_counted_and_a_list_goes_on_where_it_was_left(shelf):
    database, add, take = shelf
    await add("aaaaaa", noise(1))
    await a_generation(database, code="bbbbbb")
    newest = await add("cccccc", noise(2))
    (part,) = await take(10**6)
    assert (part.pictures, part.lost) == (2, 1)
    (part,) = await take(10**6, after=Cursor(newest))
    assert (part.pictures, part.last) == (1, "aaaaaa")


# -- over the local Discord --------------------------------------------------------------------------------


@pytest.fixture
async def painting(tmp_path):
    async with stage(tmp_path, painter=True) as built:
        yield built


async def painted(built):
    ben = built.discord.member("Ben")
    await ben.slash(CHANNEL, "imagine", prompt="a red car", steps=3)
    result = await ben.wait_for(CHANNEL, lambda found: "Film" in found.labels)
    job_id = result.buttons[0]["custom_id"].split(":")[-1]
    async with asyncio.timeout(10):
        while not (job := await built.jobs.get(job_id)).told:
            await asyncio.sleep(0.02)
    return result, job


async def test_members_download_their_own(painting):
    _, job = await painted(painting)
    ben, ada = painting.discord.member("Ben"), painting.discord.member("Ada")
    await ben.slash(CHANNEL, "download")
    answer = await ben.wait_for(
        CHANNEL, lambda found: found.files and found.files[0]["filename"] == "gala-1.zip"
    )
    assert answer.ephemeral
    assert answer.raw["content"] == "ZIP 1: 1 picture and `recipes.json`."
    files = zipfile.ZipFile(io.BytesIO(await ben.download(answer.files[0]))).namelist()
    assert files == [f"{job.code}.png", "recipes.json"]
    await ada.slash(CHANNEL, "download", what="favourites")
    await ada.wait_for(CHANNEL, lambda found: "no favourites here yet" in found.raw["content"])


async def test_an_album_is_downloaded_by_its_member_alone(painting):
    _, job = await painted(painting)
    desk, ada = painting.client.desk, painting.discord.member("Ada")
    generation = await desk.generations.get(job.code)
    album = await desk.albums.make(painting.member_id("Ada"), "reds", 0.0)
    await desk.albums.add(painting.member_id("Ada"), album.id, generation.id, 0.0)
    await ada.slash(CHANNEL, "download", album="reds")
    answer = await ada.wait_for(CHANNEL, lambda found: found.files and found.ephemeral)
    assert answer.raw["content"] == "ZIP 1: 1 picture and `recipes.json`."
    ben = painting.discord.member("Ben")
    await ben.slash(CHANNEL, "download", album="reds")
    told = await ben.wait_for(CHANNEL, lambda found: found.ephemeral and not found.loading)
    assert "album" in told.raw["content"]
    assert not told.files


async def send(built, name, result):
    member = built.discord.member(name)
    await member.menu(result, "Recipe of this picture")
    recipe = await member.wait_for(CHANNEL, lambda found: "Send to me" in found.labels)
    await member.click(recipe, label="Send to me")
    return member


async def test_a_picture_is_sent_with_its_recipe_and_the_way_back(painting):
    result, job = await painted(painting)
    ada = await send(painting, "Ada", result)
    sent = await ada.wait_for("direct", lambda found: found.files)
    assert f"`{job.code}`" in sent.text
    assert "a red car --size 64x64" in sent.text
    assert read_recipe(await ada.download(sent.files[0])) is not None
    (link,) = sent.buttons
    assert link["url"].endswith(f"/{job.guild_id}/{job.channel_id}/{job.result_id}")
    await ada.wait_for(CHANNEL, lambda found: "It is in your direct messages" in found.raw["content"])


async def test_closed_direct_messages_are_told(painting):
    result, _ = await painted(painting)
    painting.discord.misbehave.close_direct(painting.member_id("Ada"))
    ada = await send(painting, "Ada", result)
    await ada.wait_for(CHANNEL, lambda found: "Gala may not write to you" in found.raw["content"])


async def test_a_picture_too_large_for_the_way_is_made_smaller(painting):
    result, _ = await painted(painting)
    painting.discord.misbehave.fail("/channels/*/messages", method="POST", status=400, code=40005)
    ada = await send(painting, "Ada", result)
    sent = await ada.wait_for("direct", lambda found: found.files)
    assert decode_rgb(await ada.download(sent.files[0])).size
