"""How the worker ends: no process and no thread stays behind."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from pathlib import Path

from generation.protocol import Ready, Started
from tests.bot.working import a_worker, alive
from tests.generation.pipe import a_request


async def test_close_leaves_no_process_and_no_thread_though_runs_are_open():
    before = threading.active_count()
    async with a_worker() as one:
        pid = await one.next_pid()
        one.worker.send(a_request("a", "slow@10", steps=10_000))
        await one.until(Started)
    assert not alive(pid)
    assert {thread.name for thread in threading.enumerate()}.isdisjoint({"worker-reader", "worker-writer"})
    assert threading.active_count() <= before + 8  # the loop's own pool stays


async def test_close_does_not_wait_for_a_process_that_hangs():
    since = time.monotonic()
    async with a_worker(grace_s=0.3) as one:
        await one.until(Ready)
        one.worker.send(a_request("a", "hang@1"))
        await one.until(Started)
        since = time.monotonic()
    assert time.monotonic() - since < 3


async def test_close_before_the_process_is_there_works():
    async with a_worker():
        pass


async def test_events_end_at_close():
    async with a_worker() as one:
        await one.until(Ready)
    assert [event async for event in one.worker.events()] == []


async def test_when_the_bot_is_killed_its_process_ends_by_itself(tmp_path: Path):
    script = (
        "import asyncio\n"
        "from bot.worker import Worker\n"
        "from tests.generation.pipe import TOY, a_request\n"
        "async def main():\n"
        "    worker = Worker(TOY)\n"
        "    await worker.start()\n"
        "    async for event in worker.events():\n"
        "        worker.send(a_request('a', 'slow@20', steps=100000))\n"
        "        print(worker.pid, flush=True)\n"
        "        await asyncio.sleep(1000)\n"
        "if __name__ == '__main__':\n"
        "    asyncio.run(main())\n"
    )
    path = tmp_path / "main.py"
    path.write_text(script)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(path)),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    assert process.stdout is not None
    pid = int(await process.stdout.readline())
    assert alive(pid)
    process.kill()
    await process.wait()
    async with asyncio.timeout(5):
        while alive(pid):
            await asyncio.sleep(0.02)
