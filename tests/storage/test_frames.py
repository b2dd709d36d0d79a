from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.errors import StorageError
from storage.frames import FILM, MOST_FRAMES, Frames
from tests.storage.test_images import largest_file

if TYPE_CHECKING:
    from pathlib import Path

JOB = "7KQX2M9A"


@pytest.fixture
def frames(tmp_path: Path) -> Frames:
    return Frames(tmp_path / "frames")


async def kept(frames: Frames, job: str = JOB) -> list[bytes]:
    return [path.read_bytes() for path in await frames.of(job)]


async def test_frames_come_back_in_their_order_whatever_the_order_they_came_in(frames: Frames):
    assert await kept(frames) == []
    for step in (0, 50, 10, 9, 120):
        await frames.keep(JOB, step, 120, b"%d" % step)
    await frames.keep("OTHER123", 60, 120, b"other")
    assert await kept(frames) == [b"0", b"9", b"10", b"50", b"120"]


async def test_a_resumed_run_adds_only_what_is_new(frames: Frames):
    for step in (0, 10, 20):
        await frames.keep(JOB, step, 120, b"before")
    for step in (10, 20, 30):
        await frames.keep(JOB, step, 120, b"after")
    assert await kept(frames) == [b"before"] * 3 + [b"after"]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.integers(1, 5000), jump=st.integers(1, 7))
async def test_a_job_never_has_more_than_the_most_frames(tmp_path: Path, steps: int, jump: int):
    frames = Frames(tmp_path / f"{steps}-{jump}")
    for step in range(0, steps + 1, jump):
        await frames.keep(JOB, step, steps, b"")
    assert 1 <= len(await frames.of(JOB)) <= MOST_FRAMES + 1


async def test_a_dropped_job_leaves_nothing(frames: Frames, tmp_path: Path):
    await frames.keep(JOB, 1, 2, b"frame")
    await frames.drop(JOB)
    await frames.drop(JOB)
    assert list((tmp_path / "frames").iterdir()) == []


async def test_a_film_is_found_if_it_is_small_enough(frames: Frames):
    assert await frames.film(JOB) is None
    await frames.keep(JOB, 1, 2, b"frame")
    film = frames.folder(JOB) / f"{FILM}.mp4"
    film.write_bytes(b"film")
    assert await frames.film(JOB) == film
    assert await frames.film(JOB, 4) == film
    assert await frames.film(JOB, 3) is None
    assert await frames.film(JOB, name="film-slow.gif") is None
    assert await kept(frames) == [b"frame"]


async def test_a_shot_lies_at_its_number_and_a_later_one_in_its_place(frames: Frames):
    for number, data in ((11, b"late"), (2, b"early"), (11, b"again")):
        await frames.keep_shot(JOB, number, data)
    found = await frames.of(JOB)
    assert [path.name for path in found] == ["0002.webp", "0011.webp"]
    assert [path.read_bytes() for path in found] == [b"early", b"again"]


async def test_what_is_old_is_swept(frames: Frames):
    await frames.sweep(30)
    for job in ("OLD00000", "NEW00000"):
        await frames.keep(job, 1, 2, b"frame")
    os.utime(frames.folder("OLD00000"), (0, time.time() - 31 * 86_400))
    await frames.sweep(30)
    assert await kept(frames, "OLD00000") == []
    assert await kept(frames, "NEW00000") == [b"frame"]


async def test_a_full_disk_is_told_and_nothing_half_written_stays(frames: Frames):
    with largest_file(100), pytest.raises(StorageError, match="frame"):
        await frames.keep(JOB, 1, 2, bytes(1000))
    assert list(frames.folder(JOB).iterdir()) == []


async def test_no_id_leads_out_of_the_folder(frames: Frames):
    for job in ("../x", "", "a/b", ".."):
        with pytest.raises(ValueError, match="not a job"):
            await frames.keep(job, 1, 2, b"")


async def test_frames_of_many_jobs_at_once_do_not_disturb_each_other(frames: Frames):
    jobs = [f"JOB{number:05d}" for number in range(8)]
    await asyncio.gather(*(frames.keep(job, step, 20, job.encode()) for job in jobs for step in range(20)))
    for job in jobs:
        assert await kept(frames, job) == [job.encode()] * 20
