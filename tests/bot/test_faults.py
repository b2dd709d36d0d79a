"""Whatever dies, and whenever: every accepted job ends in exactly one posted picture or one told failure."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import textwrap
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from generation.protocol import Reason
from storage.database import Database
from storage.images import Images
from storage.jobs import Job, Jobs, Status
from tests.bot.dispatching import PATIENCE, Channel, House, a_house, assert_posted, assert_told, order
from tests.storage.examples import a_job


def kill_worker(house: House) -> None:
    if house.worker.pid is not None:
        with suppress(ProcessLookupError):  # it is dead already, and not yet noticed
            os.kill(house.worker.pid, signal.SIGKILL)


# --- the generation process dies


async def test_a_job_goes_on_from_its_checkpoint_after_a_crash(tmp_path: Path):
    async with a_house(tmp_path) as house:
        job = await house.dispatcher.submit(order("slow@20", steps=60))
        await house.until(lambda: len(house.channel.frames) > 8)
        assert (await house.job(job.id)).checkpoint_sha256 is not None
        reached = house.channel.frames[-1][1].step
        kill_worker(house)
        count = len(house.channel.frames)
        (job,) = await house.wait(job.id)
        assert_posted(house.channel, job)
        assert job.crashes == 1
        resumed = house.channel.frames[count + 1][1].step
        assert resumed > 0
        assert resumed >= reached - 10
        assert job.seconds is not None and job.seconds > 1.0  # of both lives


async def test_a_damaged_checkpoint_means_from_the_start(tmp_path: Path):
    images = Images(tmp_path / "pictures")
    sha256 = await images.put(b"checkpoint")
    images.path(sha256).write_bytes(b"garbage")
    job = a_job(status=Status.RUNNING, checkpoint_sha256=sha256, seconds=100.0)
    async with Database.open(tmp_path / "gala.db") as database:
        await Jobs(database).add(job)
    async with a_house(tmp_path) as house:
        (job,) = await house.wait(job.id)
        assert_posted(house.channel, job)
        assert job.seconds is not None and job.seconds < 50


async def test_two_crashes_are_survived(tmp_path: Path):
    async with a_house(tmp_path) as house:
        job = await house.dispatcher.submit(order(f"crash-times@2:{tmp_path}/crashes"))
        (job,) = await house.wait(job.id)
        assert_posted(house.channel, job)
        assert job.crashes == 2


@pytest.mark.parametrize(("cruel", "how"), [("crash@3", "signal 9"), ("hang@3", "hung, signal 9")])
async def test_a_job_that_takes_three_processes_with_it_is_parked(tmp_path: Path, cruel: str, how: str):
    async with a_house(tmp_path, hang_s=0.8) as house:
        job = await house.dispatcher.submit(order(cruel))
        (job,) = await house.wait(job.id)
        assert_told(house.channel, job, Status.FAILED, "parked")
        assert (job.crashes, job.detail) == (3, how)


async def test_innocent_neighbours_of_a_killer_get_their_pictures(tmp_path: Path):
    async with a_house(tmp_path) as house:
        killer = await house.dispatcher.submit(order("crash@6"))
        innocent = [await house.dispatcher.submit(order("slow@5", seed=seed, steps=30)) for seed in range(5)]
        killer, *innocent = await house.wait(killer.id, *(job.id for job in innocent))
        assert_told(house.channel, killer, Status.FAILED, "parked")
        for job in innocent:
            assert_posted(house.channel, job)
            assert job.crashes <= 1


async def test_after_a_crash_the_suspects_run_alone(tmp_path: Path):
    """Both ran when it died; each is tried by itself, before anybody else."""
    async with a_house(tmp_path) as house:
        suspects = [await house.dispatcher.submit(order("slow@20", seed=seed, steps=30)) for seed in (1, 2)]
        await house.until_running(*(job.id for job in suspects))
        others = [await house.dispatcher.submit(order("slow@2", seed=seed)) for seed in (3, 4)]
        kill_worker(house)
        house.channel.frames.clear()
        jobs = await house.wait(*(job.id for job in (*suspects, *others)))
        for job in jobs:
            assert_posted(house.channel, job)
        order_of_frames = [job.id for job, _, _ in house.channel.frames]
        first, second = order_of_frames.index(suspects[0].id), order_of_frames.index(suspects[1].id)
        between = order_of_frames[min(first, second) : max(first, second)]
        assert len(set(between)) == 1
        assert max(first, second) < min(order_of_frames.index(job.id) for job in others)


async def test_a_cancelled_job_that_crashes_is_cancelled(tmp_path: Path):
    async with a_house(tmp_path, hang_s=0.8) as house:
        job = await house.dispatcher.submit(order("hang@1"))
        await house.until_running(job.id)
        assert await house.dispatcher.cancel(job.id) is not None
        (job,) = await house.wait(job.id)
        assert_told(house.channel, job, Status.CANCELLED)


async def test_twenty_kills_of_the_generation_process_lose_and_double_nothing(tmp_path: Path):
    chance = random.Random(1)
    patience = replace(PATIENCE, crashes=100)
    async with a_house(tmp_path, patience=patience, max_failed_starts=100) as house:
        jobs = []
        for number in range(20):
            jobs.append((await house.dispatcher.submit(order("slow@4", seed=number, steps=15))).id)
            if number % 4:
                await house.until(lambda: house.worker.ready)
            await asyncio.sleep(chance.random() * 0.15)
            kill_worker(house)
        for job in await house.wait(*jobs):
            assert_posted(house.channel, job)
        assert house.channel.calls == Counter(jobs)  # each once


# --- the bot dies


@pytest.mark.parametrize(
    ("status", "values"),
    [
        (Status.QUEUED, {}),
        (Status.RUNNING, {}),
        (Status.RUNNING, {"crashes": 2}),
        (Status.POSTING, {"picture_sha256": "0" * 64}),  # its file is lost: painted again
    ],
)
async def test_what_a_dead_bot_has_left_is_finished(
    tmp_path: Path, status: Status, values: dict[str, object]
):
    job = a_job(status=status, **values)
    async with Database.open(tmp_path / "gala.db") as database:
        await Jobs(database).add(job)
    async with a_house(tmp_path) as house:
        (job,) = await house.wait(job.id)
        assert_posted(house.channel, job)


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED])
async def test_what_a_dead_bot_has_not_told_is_told(tmp_path: Path, status: Status):
    failure = "parked" if status is Status.FAILED else None
    job, told = a_job(status=status, failure=failure), a_job(status=status, told=True)
    async with Database.open(tmp_path / "gala.db") as database:
        for each in (job, told):
            await Jobs(database).add(each)
    async with a_house(tmp_path) as house:
        (job,) = await house.wait(job.id)
        assert_told(house.channel, job, status, failure)
        assert set(house.channel.words) == {job.id}


async def test_a_delivery_that_was_under_way_is_made_again_and_shows_once(tmp_path: Path):
    channel = Channel(delay_s=0.5)
    async with a_house(tmp_path, channel, abrupt=True) as house:
        job = await house.dispatcher.submit(order())
        await house.until(lambda: channel.pictures)  # it is there, but the bot does not know yet
        assert (await house.job(job.id)).status is Status.POSTING
    async with a_house(tmp_path, channel) as house:
        (job,) = await house.wait(job.id)
        assert_posted(channel, job)
        assert channel.calls[job.id] == 2


async def test_closing_lets_deliveries_finish_and_running_jobs_resume_later(tmp_path: Path):
    channel = Channel(delay_s=0.3)
    async with a_house(tmp_path, channel) as house:
        done = await house.dispatcher.submit(order())
        long = await house.dispatcher.submit(order("slow@20", steps=80))
        await house.until(lambda: channel.calls[done.id])
        await house.until_running(long.id)
        await asyncio.sleep(0.2)
        await house.dispatcher.close()
        assert_posted(channel, await house.job(done.id))
        assert (await house.job(long.id)).status is Status.RUNNING
    channel.frames.clear()
    async with a_house(tmp_path, channel) as house:
        (long,) = await house.wait(long.id)
        assert_posted(channel, long)
        assert channel.frames[0][1].step > 0  # from the checkpoint
        assert long.crashes == 0


async def test_abrupt_ends_of_the_bot_lose_and_double_nothing(tmp_path: Path):
    chance = random.Random(2)
    channel, accepted = Channel(delay_s=0.02), []
    for number in range(8):
        async with a_house(tmp_path, channel, abrupt=True) as house:
            accepted.append((await house.dispatcher.submit(order("slow@4", seed=number))).id)
            if number % 2:
                accepted.append((await house.dispatcher.submit(order("diverge@2"))).id)
                await house.dispatcher.cancel(chance.choice(accepted))
            await asyncio.sleep(chance.random() * 0.6)
    async with a_house(tmp_path, channel) as house:
        jobs = await house.wait(*accepted)
    check_the_books(channel, jobs)


def check_the_books(channel: Channel, jobs: list[Job]) -> None:
    for job in jobs:
        if job.status is Status.FINISHED:
            assert_posted(channel, job)
        else:
            assert_told(channel, job, job.status, Reason.DIVERGED if job.status is Status.FAILED else None)
    assert len(channel.pictures) + len(channel.words) == len(jobs)


BOT = textwrap.dedent(
    """
    import asyncio, sys
    from pathlib import Path
    from bot.errors import Undeliverable
    from tests.bot.dispatching import PATIENCE, Channel, a_house, order

    class Ledger(Channel):
        # A channel that outlives the bot: one file a message, the first wins.
        async def deliver(self, job, picture):
            self.write(job, "picture", picture)
            await asyncio.sleep(0.02)
            return int(job.id, 36)

        async def report(self, job, largest=None):
            self.write(job, str(job.failure or job.status), b"")

        def write(self, job, kind, data):
            path = Path(sys.argv[1]) / "messages" / f"{job.id}-{kind}"
            path.parent.mkdir(exist_ok=True)
            if not path.exists():
                new = path.with_suffix(".new"); new.write_bytes(data); new.rename(path)

    async def main():
        print("here", flush=True)
        async with a_house(Path(sys.argv[1]), Ledger()) as house:
            for seed in range(int(sys.argv[2]), int(sys.argv[2]) + 3):
                text = "diverge@3" if seed % 5 == 0 else "slow@5"
                job = await house.dispatcher.submit(order(text, seed=seed))
                print(job.id, flush=True)
                await asyncio.sleep(0.1)
            if len(sys.argv) > 3:
                while await house.jobs.unfinished() or await house.jobs.untold():
                    await asyncio.sleep(0.05)
            else:
                await asyncio.sleep(1000)

    if __name__ == "__main__":
        asyncio.run(main())
    """
)


async def test_fourteen_kills_of_the_bot_lose_and_double_nothing(tmp_path: Path):
    chance = random.Random(3)
    script = tmp_path / "bot_.py"
    script.write_text(BOT)
    accepted: list[str] = []
    for life in range(15):
        last = life == 14
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(script), str(tmp_path), str(3 * life), *(["last"] if last else [])),
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        )
        assert process.stdout is not None
        assert await process.stdout.readline() == b"here\n"  # however long a busy machine takes to load it
        if not last:
            await asyncio.sleep(chance.random() * 1.2)
            process.kill()
        output, _ = await process.communicate()
        accepted += output.decode().split()
        assert last == (process.returncode == 0)
    assert len(set(accepted)) == len(accepted) >= 12
    messages = Counter(path.name.split("-")[0] for path in (tmp_path / "messages").iterdir())
    assert {job_id: messages[job_id] for job_id in accepted} == dict.fromkeys(accepted, 1)
    async with Database.open(tmp_path / "gala.db") as database:
        jobs = [await Jobs(database).get(job_id) for job_id in accepted]
    assert {job.status for job in jobs if job} <= {Status.FINISHED, Status.FAILED}
    assert {job.failure for job in jobs if job and job.status is Status.FAILED} <= {"diverged"}
