"""`gala demo`, as a newcomer starts it: real processes, the shipped models, pictures from Discord's side."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest
from PIL import Image

from bot.demo import ended
from bot.loopback.member import Message
from tests.bot.stage import RECORD

ROOT = Path(__file__).parents[2]
DEADLINE_S = 240


async def start(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200"},
    )


def left_running(data: Path) -> list[str]:
    """Command lines of processes that speak of this demo's folder."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # it has just ended
            continue
        if str(data) in line and " run " in line:
            lines.append(line)
    return lines


@pytest.mark.timeout(DEADLINE_S + 30)
async def test_once_brings_the_picture_back_through_discord(tmp_path: Path) -> None:
    """The exit status is 0, and the file is the picture that the bot has posted."""
    record = tmp_path / RECORD  # the session's check reads it at the end
    prompt = "a red car --size 64x64 --steps 4"
    demo = await start("--once", prompt, "--data", str(tmp_path / "data"), "--record", str(record))
    said = (await asyncio.wait_for(demo.communicate(), DEADLINE_S))[0].decode()
    assert demo.returncode == 0, said
    path = Path(said.split("painted: ")[1].splitlines()[0])
    with Image.open(path) as picture:
        assert picture.size == (64, 64)
    assert left_running(tmp_path) == []
    requests = [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()]
    assert any(request["method"] == "POST" and request.get("files") for request in requests)


@pytest.mark.timeout(DEADLINE_S + 30)
async def test_once_fails_where_no_picture_came(tmp_path: Path) -> None:
    demo = await start("--once", "a cat:nan", "--data", str(tmp_path / "data"))
    said = (await asyncio.wait_for(demo.communicate(), DEADLINE_S))[0].decode()
    assert demo.returncode == 1
    assert "cannot be used as a number" in said


@pytest.mark.timeout(DEADLINE_S + 30)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_leaves_nothing_running(tmp_path: Path, number: signal.Signals) -> None:
    """Whenever it comes: here as soon as the bot exists."""
    data = tmp_path / "data"
    demo = await start("--data", str(data))
    async with asyncio.timeout(DEADLINE_S):
        while not left_running(data):
            await asyncio.sleep(0.1)
        demo.send_signal(number)
        await demo.communicate()
    assert left_running(data) == []


async def test_a_taken_port_is_told(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        demo = await start("--port", str(port), "--data", str(tmp_path / "data"))
        said = (await asyncio.wait_for(demo.communicate(), DEADLINE_S))[0].decode()
    assert demo.returncode == 1
    assert said.startswith(f"gala: port {port} cannot be had")
    assert len(said.splitlines()) == 1


def message(number: int, action: str) -> Message:
    """A message with one button."""
    button = {"type": 2, "custom_id": f"gala:{action}:K7QX0000"}
    return Message({"id": str(number), "components": [{"type": 1, "components": [button]}]}, "painting")


def test_the_end_is_a_result_or_a_failed_card() -> None:
    card = 10
    assert ended([message(card, "cancel")], card) is None
    assert ended([message(9, "delete"), message(card, "cancel")], card) is None
    result = message(11, "delete")
    assert ended([message(card, "cancel"), result], card) is result
    failed = message(card, "again")
    assert ended([failed], card) is failed
