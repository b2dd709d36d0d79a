"""Films of the making, from the frames of a run to the button below its result."""

from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path

import pytest

from bot.films import MOST_WAITING, Films
from bot.loopback.server import Limits
from generation.protocol import Reason
from storage.jobs import Status
from tests.bot.dispatching import a_house, order
from tests.bot.stage import CHANNEL, stage
from tests.generation.films import watch

SLOW = "a red car | slow@20"  # 20 ms a step


@pytest.fixture
async def painting(tmp_path):
    """A bot that paints."""
    async with stage(tmp_path, painter=True) as built:
        yield built


async def painted(built, prompt=SLOW, /, steps=40, **options):
    """A finished picture's message, and its job once it is told."""
    ben = built.discord.member("Ben")
    before = {message.id for message in await ben.messages(CHANNEL)}
    await ben.slash(CHANNEL, "imagine", prompt=prompt, steps=steps, size="64x48", **options)
    result = await ben.wait_for(
        CHANNEL, lambda message: "Film" in message.labels and message.id not in before, timeout_s=30
    )
    async with asyncio.timeout(10):
        while not (job := await built.jobs.get(result.buttons[0]["custom_id"][-8:])).told:
            await asyncio.sleep(0.02)
    return result, job


async def film_of(built, job, known=()):
    """The message with the job's film, other than those that are known."""
    ids = {message.id for message in known}
    return await built.discord.member("Ada").wait_for(
        CHANNEL,
        lambda message: (
            message.id not in ids
            and any(file["filename"].startswith(f"gala-{job.id}.") for file in message.files)
            and [button["custom_id"] for button in message.buttons] == [f"gala:delete:{job.id}"]
        ),
        timeout_s=30,
    )


async def saved(built, message, path):
    """The film's file, as Discord hands it out."""
    path.write_bytes(await built.discord.member("Ada").download(message.files[0]))
    return path


async def refusal(built, name, words):
    """The words that only this member sees."""
    return await built.discord.member(name).wait_for(
        CHANNEL, lambda message: message.ephemeral and words in message.text
    )


# --- frames


async def test_the_frames_of_a_finished_job_are_kept_and_those_of_others_dropped(tmp_path: Path):
    async with a_house(tmp_path) as house:
        submit = house.dispatcher.submit
        done = await submit(order("slow@20", steps=20))
        failed = await submit(order("slow@20", "diverge@8", steps=20))
        cancelled = await submit(order("slow@20", steps=10_000))
        await house.until_running(cancelled.id)
        await house.dispatcher.cancel(cancelled.id)
        done, failed, cancelled = await house.wait(done.id, failed.id, cancelled.id)
        assert failed.failure == Reason.DIVERGED
        assert cancelled.status is Status.CANCELLED
        assert [folder.name for folder in (tmp_path / "frames").iterdir()] == [done.id]
        assert len(list((tmp_path / "frames" / done.id).iterdir())) >= 3


async def test_a_disk_that_takes_no_frames_costs_no_picture(tmp_path: Path):
    (tmp_path / "frames").write_bytes(b"in the way")
    async with a_house(tmp_path) as house:
        (job,) = await house.wait((await house.dispatcher.submit(order("slow@10"))).id)
        assert job.status is Status.FINISHED


# --- the button


async def test_any_member_sees_how_a_picture_came_to_be(painting, tmp_path):
    result, job = await painted(painting)
    outcome = await painting.discord.member("Noor").click(result, label="Film")
    assert outcome.outcome == "deferred"
    assert outcome.seconds < 1.0
    message = await film_of(painting, job)
    assert message.files[0]["filename"] == f"gala-{job.id}.mp4"
    assert message.files[0]["description"].startswith("a red car")
    assert "a red car" in message.text
    film = watch(await saved(painting, message, tmp_path / "seen.mp4"))
    assert (film.codec, film.pixels, film.size) == ("h264", "yuv420p", (64, 48))
    assert film.seconds >= 5.5
    assert len(film.frames) == pytest.approx(film.seconds * 24, abs=1)


async def test_the_film_is_made_once_and_sent_again(painting):
    result, job = await painted(painting)
    await painting.discord.member("Noor").click(result, label="Film")
    first = await film_of(painting, job)
    made = await painting.frames.film(job.id)
    written = made.stat().st_mtime_ns
    for frame in await painting.frames.of(job.id):
        frame.unlink()
    await painting.discord.member("Вера").click(result, label="Film")
    second = await film_of(painting, job, [first])
    ada = painting.discord.member("Ada")
    assert await ada.download(first.files[0]) == await ada.download(second.files[0])
    assert made.stat().st_mtime_ns == written


async def test_pressed_twice_at_once_it_is_made_once_and_that_is_said(painting):
    result, job = await painted(painting)
    await asyncio.gather(
        painting.discord.member("Noor").click(result, label="Film"),
        painting.discord.member("Ben").click(result, label="Film"),
    )
    await film_of(painting, job)
    async with asyncio.timeout(10):
        while True:
            films = [message for message in await painting.messages() if message.labels == ["Delete"]]
            said = [
                message.text
                for name in ("Noor", "Ben")
                for message in await painting.discord.member(name).messages(CHANNEL)
                if message.ephemeral
            ]
            if len(films) + len(said) == 2:
                break
            await asyncio.sleep(0.05)
    assert all("being made already" in text for text in said)


async def test_frames_that_are_no_longer_kept_are_explained(painting):
    result, job = await painted(painting)
    shutil.rmtree(painting.frames.folder(job.id))
    outcome = await painting.discord.member("Noor").click(result, label="Film")
    assert outcome.ephemeral
    await refusal(painting, "Noor", "no longer kept")


async def test_too_few_frames_are_explained_in_the_members_language(painting):
    result, job = await painted(painting)
    for frame in (await painting.frames.of(job.id))[1:]:
        frame.unlink()
    await painting.discord.member("Вера").click(result, label="Film")
    await refusal(painting, "Вера", "кадров на фильм не хватает")


async def test_a_film_that_fails_on_the_way_leaves_words_and_no_empty_answer(painting):
    """Every frame is damaged, and so is the picture."""
    result, job = await painted(painting)
    for file in [*await painting.frames.of(job.id), painting.images.path(job.picture_sha256)]:
        file.write_bytes(b"damaged")
    await painting.discord.member("Noor").click(result, label="Film")
    await refusal(painting, "Noor", "could not be made")
    assert [message.id for message in await painting.messages()] == [result.id]


async def test_without_the_picture_the_last_frame_ends_the_film(painting):
    result, job = await painted(painting)
    painting.images.path(job.picture_sha256).unlink()
    await painting.discord.member("Noor").click(result, label="Film")
    await film_of(painting, job)


async def test_without_ffmpeg_the_film_is_an_animated_webp(painting, monkeypatch, tmp_path):
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(tmp_path / "no such program"))
    result, job = await painted(painting)
    await painting.discord.member("Noor").click(result, label="Film")
    message = await film_of(painting, job)
    assert message.files[0]["filename"] == f"gala-{job.id}.webp"


async def test_a_film_fits_what_may_be_uploaded_now(tmp_path):
    """The picture was small enough; the film is made again when the limit has fallen since."""
    async with stage(tmp_path, painter=True, limits=Limits(upload_limit_bytes=30_000)) as built:
        result, job = await painted(built, "noisy | slow@20")
        await built.discord.member("Noor").click(result, label="Film")
        message = await film_of(built, job)
        film = await saved(built, message, tmp_path / "seen.mp4")
        assert film.stat().st_size <= 30_000
        assert watch(film).codec == "h264"


async def test_a_film_that_took_too_long_for_its_answer_is_a_reply_all_the_same(tmp_path):
    """An interaction's token dies; the bot's own rights do not."""
    async with stage(tmp_path, painter=True, limits=Limits(token_s=1.0)) as built:
        result, job = await painted(built)
        async with built.client.desk.films._camera:
            await built.discord.member("Noor").click(result, label="Film")
            await asyncio.sleep(1.2)
        await film_of(built, job)
        sent = built.requests("POST", f"/channels/{job.channel_id}/messages")[-1]
        assert int(sent["json"]["message_reference"]["message_id"]) == result.id
        assert sent["json"]["allowed_mentions"]["parse"] == []
        assert not sent["json"]["allowed_mentions"].get("replied_user")


async def test_a_stopped_picture_has_a_film_too(painting):
    ben = painting.discord.member("Ben")
    await ben.slash(CHANNEL, "imagine", prompt=SLOW, steps=1000)
    card = await ben.wait_for(CHANNEL, lambda m: re.search(r"step \d{2,} of", m.text), timeout_s=30)
    await ben.click(card, label="Keep as it is")
    result = await ben.wait_for(CHANNEL, lambda message: "Film" in message.labels, timeout_s=10)
    job = await painting.jobs.get(result.buttons[0]["custom_id"][-8:])
    await ben.click(result, label="Film")
    await film_of(painting, job)


async def test_a_deleted_result_takes_its_frames_with_it_and_a_deleted_film_does_not(painting):
    result, job = await painted(painting)
    ben = painting.discord.member("Ben")
    await ben.click(result, label="Film")
    film = await film_of(painting, job)
    await painting.discord.member("Noor").click(film, label="Delete")
    await refusal(painting, "Noor", "Only the member")
    await ben.click(film, label="Delete")
    await ben.wait_until(CHANNEL, lambda messages: all(message.id != film.id for message in messages))
    await refusal(painting, "Ben", "Deleted")
    assert await painting.frames.film(job.id)
    assert await painting.frames.of(job.id)
    await ben.click(result, label="Delete")
    await ben.wait_until(CHANNEL, lambda messages: all(message.id != result.id for message in messages))
    async with asyncio.timeout(10):
        while painting.frames.folder(job.id).exists():
            await asyncio.sleep(0.02)


async def test_a_film_is_had_after_a_restart(tmp_path):
    """The frames, and the button, outlive the bot."""
    async with a_house(tmp_path) as house:
        (job,) = await house.wait((await house.dispatcher.submit(order("slow@20", steps=30))).id)
    async with a_house(tmp_path) as house:
        films = Films(house.frames, house.images, 30)
        path = await films.film(job, 10 * 2**20)
        assert watch(path).codec == "h264"


async def test_no_more_films_wait_than_an_interaction_lives(tmp_path):
    async with a_house(tmp_path) as house:
        jobs = [await house.dispatcher.submit(order("slow@5", steps=30, seed=seed)) for seed in range(8)]
        jobs = await house.wait(*(job.id for job in jobs))
        films = Films(house.frames, house.images, 30)
        async with films._camera:
            tasks = [asyncio.create_task(films.film(job, 10 * 2**20)) for job in jobs]
            await asyncio.wait(tasks, timeout=1.0)
            refused = [str(task.exception()) for task in tasks if task.done()]
        assert refused == ["film-busy"] * 2
        await asyncio.wait(tasks)
        made = [task.result() for task in tasks if task.exception() is None]
        assert [watch(path).codec for path in made] == ["h264"] * MOST_WAITING
