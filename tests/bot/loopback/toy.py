"""Starting the toy bot, and letting it run pieces of code."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bot.loopback.member import Outcome, Upload
from bot.loopback.server import LocalDiscord
from bot.loopback.world import Room


@asynccontextmanager
async def running(
    discord: LocalDiscord, token: str | None = None, *, connects: bool = True
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The toy bot in a process of its own, from connected (if it `connects`) to gone."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bot.loopback.toy_bot",
        discord.endpoint,
        env={**os.environ, "GALA_TOKEN": token or discord.token, "PYTHONWARNINGS": "ignore"},
    )
    try:
        if connects:
            await discord.wait_commands(60)
            await discord.wait_ready(60)
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


class Toy:
    """A local Discord with the toy bot behind it."""

    def __init__(self, discord: LocalDiscord) -> None:
        self.discord = discord
        self.ada = discord.member("Ada")
        self.ben = discord.member("Ben")
        self.vera = discord.member("Вера")
        self._numbers = itertools.count(1)

    def room(self, **how: Any) -> int:
        """A fresh channel."""
        return self.discord.add_channel(Room(f"room-{next(self._numbers)}", **how))

    async def run(self, code: str, channel: int | None = None, body: object = None) -> Any:
        """Let the bot run the body of a coroutine; its value, or what it was refused with."""
        answer = await self.report(await self.start(code, channel, body))
        if "error" in answer:
            raise AssertionError(answer["error"])
        return answer.get("ok", answer)

    async def start(self, code: str, channel: int | None = None, body: object = None) -> Outcome:
        """Begin such a run; the code knows `body` as BODY."""
        where = self.room() if channel is None else channel
        options: dict[str, Any] = {"code": textwrap.dedent(code).strip()}
        if body is not None:
            options["body"] = Upload("body.json", json.dumps(body).encode())
        return await self.ada.slash(where, "run", **options)

    async def report(self, outcome: Outcome, *, timeout_s: float = 20.0) -> Any:
        """Wait for the end of such a run."""
        mark = f'{{"run": {outcome.id},'
        message = await self.ada.wait_for(
            "direct", lambda message: message.text.startswith(mark), timeout_s=timeout_s
        )
        return json.loads(message.text)
