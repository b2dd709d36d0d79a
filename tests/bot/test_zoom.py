"""Films of a camera, from /zoom to the message with film and picture."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

import pytest

from bot.handover import request_for
from bot.zoom import WAYS, motion_of, of_row, to_row
from generation.codec import decode_rgb
from generation.protocol import Generate, Motion
from storage.jobs import Status
from tests.bot.samples import job as a_job
from tests.bot.stage import CHANNEL, stage
from tests.generation.films import watch
from tests.generation.toy_engine import expected_picture

SLOW = "a red car | slow@20"  # 20 ms a step


# --- the way and the story


@pytest.mark.parametrize("way", WAYS)
def test_a_way_is_the_same_after_its_rest_in_a_row(way):
    motion = motion_of(way, 28, 28)
    assert (motion.lead, motion.every) == (28, 2)
    assert motion != Motion(28, 2)
    assert of_row(to_row(motion)) == motion
    assert of_row(to_row(None)) is None


def test_a_model_of_many_steps_takes_more_of_them_for_a_frame():
    assert motion_of("in", 250, 250).every == 10


def test_films_have_a_pace_of_their_own():
    picture = a_job()
    assert replace(picture, motion=to_row(Motion(1, 1))).pace != picture.pace


# --- on Discord


@pytest.fixture
async def painting(tmp_path):
    """A bot that paints."""
    async with stage(tmp_path, painter=True) as built:
        yield built


async def filmed(built, member="Ben", known=(), **options):
    """A film's message, and its job once it is told."""
    actor = built.discord.member(member)
    await actor.slash(CHANNEL, "zoom", **options)
    return await shown(built, known)


async def shown(built, known=()):
    """The message of a film that is not known, and its job."""
    result = await built.discord.member("Ada").wait_for(
        CHANNEL, lambda message: "Film" in message.labels and message.id not in known, timeout_s=40
    )
    async with asyncio.timeout(10):
        while not (job := await built.jobs.get(result.buttons[0]["custom_id"][-8:])).told:
            await asyncio.sleep(0.02)
    return result, job


async def whisper(built, name, words):
    """What only this member sees."""
    return await built.discord.member(name).wait_for(
        CHANNEL, lambda message: message.ephemeral and words in message.text
    )


async def expected(built, job):
    """The pixels that the job's last picture must have."""
    request = await request_for(job, built.images, 1.0)
    assert isinstance(request, Generate)
    return expected_picture(request).tobytes()


async def pixels(built, job):
    """The pixels of the job's picture."""
    return decode_rgb(await built.images.get(job.picture_sha256)).tobytes()


async def test_a_film_comes_with_its_last_picture(painting, tmp_path):
    result, job = await filmed(painting, prompt=SLOW + " --steps 5 --size 64x48", frames=12)
    assert [file["filename"] for file in result.files] == [f"gala-{job.id}.png", f"film-{job.id}.mp4"]
    assert "film of 12 frames" in result.text
    assert of_row(job.motion) == Motion(5, 2, zoom=1.04)
    assert job.steps == 5 + 11 * 2
    path = tmp_path / "seen.mp4"
    path.write_bytes(await painting.discord.member("Ada").download(result.files[1]))
    film = watch(path)
    assert (film.codec, film.pixels, film.size) == ("h264", "yuv420p", (64, 48))
    assert film.seconds == pytest.approx(0.5 + 1.0 + 2.0, abs=0.1)
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    frames = await painting.frames.of(job.id)
    assert [frame.name for frame in frames] == [f"{number:04d}.webp" for number in range(12)]
    assert await pixels(painting, job) == await expected(painting, job)


async def test_the_gallery_of_the_message_shows_film_and_picture_and_a_heart_leaves_both(painting):
    result, job = await filmed(painting, prompt=SLOW, frames=8)
    sent = painting.requests("POST", f"/channels/{job.channel_id}/messages")[-1]["json"]
    gallery = [part for part in sent["components"][0]["components"] if part["type"] == 12]
    urls = [item["media"]["url"] for part in gallery for item in part["items"]]
    assert urls == [f"attachment://film-{job.id}.mp4", f"attachment://gala-{job.id}.png"]
    await painting.discord.member("Noor").click(result, label="♥")
    loved = await painting.discord.member("Noor").wait_for(
        CHANNEL, lambda message: message.id == result.id and "♥ 1" in message.labels
    )
    assert len(loved.files) == 2


async def test_a_story_is_in_the_spans_and_again_goes_the_same_way(painting):
    prompt = "a red car @0-60% | a blue boat @40-100%"
    result, job = await filmed(painting, prompt=f"{prompt} --seed 3", frames=8, direction="rotate")
    assert job.prompt == f"{prompt} --seed 3"
    assert await pixels(painting, job) == await expected(painting, job)
    await painting.discord.member("Noor").click(result, label="Again")
    _, other = await shown(painting, {result.id})
    assert (other.motion, other.steps) == (job.motion, job.steps)
    assert other.seed != job.seed
    assert other.member_id == painting.member_id("Noor")
    assert await pixels(painting, other) == await expected(painting, other)
    assert len(await painting.frames.of(other.id)) == 8


async def test_a_film_starts_from_a_picture_with_its_words_and_size(painting):
    first, one = await filmed(painting, prompt=SLOW + " --size 64x48", frames=8)
    options = {"from": one.code, "direction": "out", "frames": 8}
    _, two = await filmed(painting, "Noor", {first.id}, **options)
    assert of_row(two.motion) == Motion(0, 2, zoom=1 / 1.04)
    assert (two.width, two.height, two.parent, two.init_weight) == (64, 48, one.code, 0.0)
    assert two.init_sha256 == one.picture_sha256
    assert two.prompt.startswith("a red car")


async def test_a_film_of_nothing_and_a_picture_that_is_not_there_are_refused(painting):
    ben = painting.discord.member("Ben")
    await ben.slash(CHANNEL, "zoom")
    await whisper(painting, "Ben", "Say what is to be seen")
    await ben.slash(CHANNEL, "zoom", **{"from": "zzzzzz"})
    await whisper(painting, "Ben", "code")
    await ben.slash(CHANNEL, "zoom", prompt="a cat --steps 900", frames=240)
    await whisper(painting, "Ben", "1,000 steps")


async def test_what_is_kept_early_is_a_film_of_what_is_there(painting):
    ben = painting.discord.member("Ben")
    await ben.slash(CHANNEL, "zoom", prompt=SLOW + " --steps 4", frames=240)
    card = await ben.wait_for(CHANNEL, lambda m: re.search(r"step \d{2,} of", m.text), timeout_s=30)
    await ben.click(card, label="Keep as it is")
    result, job = await shown(painting)
    frames = await painting.frames.of(job.id)
    motion = of_row(job.motion)
    assert motion is not None
    assert len(frames) == motion.frames(job.stop_step)
    assert f"film of {len(frames)} frames" in result.text
    assert len(result.files) == 2


async def test_a_cancelled_film_leaves_no_frames(painting):
    ben = painting.discord.member("Ben")
    await ben.slash(CHANNEL, "zoom", prompt=SLOW + " --steps 4", frames=240)
    card = await ben.wait_for(CHANNEL, lambda m: re.search(r"step \d{2,} of", m.text), timeout_s=30)
    job_id = card.buttons[0]["custom_id"].split(":")[-1]
    assert painting.frames.folder(job_id).exists()
    await ben.click(card, label="Cancel")
    async with asyncio.timeout(10):
        while (await painting.jobs.get(job_id)).status is not Status.CANCELLED:
            await asyncio.sleep(0.02)
    async with asyncio.timeout(10):
        while painting.frames.folder(job_id).exists():
            await asyncio.sleep(0.02)


async def test_a_crash_on_the_way_costs_no_frame_and_changes_no_picture(painting, tmp_path):
    """At the second step the process dies, twice; the film goes on in the next one."""
    prompt = f"a red car | slow@20 | crash-times@2\\:{tmp_path / 'crashes'}"
    result, job = await filmed(painting, prompt=f"{prompt} --steps 4", frames=10)
    assert job.crashes == 2
    assert len(await painting.frames.of(job.id)) == 10
    assert len(result.files) == 2
    assert await pixels(painting, job) == await expected(painting, job)


# --- /film


@pytest.mark.parametrize(
    ("suffix", "codec"), [(".mp4", "h264"), (".webm", "vp9"), (".gif", "gif"), (".webp", None)]
)
async def test_a_film_is_had_in_every_format_and_speed(painting, tmp_path, suffix, codec):
    result, job = await filmed(painting, prompt=SLOW, frames=8)
    ben = painting.discord.member("Ben")
    await ben.slash(CHANNEL, "film", code=job.code, format=suffix, speed="fast")
    answer = await ben.wait_for(
        CHANNEL,
        lambda m: m.id != result.id and [file["filename"] for file in m.files] == [f"gala-{job.id}{suffix}"],
        timeout_s=30,
    )
    data = await ben.download(answer.files[0])
    assert not answer.ephemeral
    path = tmp_path / f"seen{suffix}"
    path.write_bytes(data)
    if codec is None:
        assert data[8:12] == b"WEBP"
        assert b"ANIM" in data[:100]
    else:
        assert watch(path).codec == codec


async def test_a_film_of_another_channel_is_for_the_member_alone(painting):
    _, job = await filmed(painting, prompt=SLOW, frames=8)
    noor = painting.discord.member("Noor")
    outcome = await noor.slash("gallery-talk", "film", code=job.code)
    assert outcome.ephemeral
    answer = await noor.wait_for("gallery-talk", lambda message: message.files, timeout_s=30)
    assert answer.ephemeral


async def test_a_code_that_names_nothing_is_told(painting):
    await painting.discord.member("Noor").slash(CHANNEL, "film", code="zzzzzz")
    await whisper(painting, "Noor", "code")
