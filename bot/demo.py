"""`gala demo`: the real bot on a local Discord, with a chat page and a first member who paints at once."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bot.errors import GalaError

if TYPE_CHECKING:
    from bot.loopback.member import MemberClient, Message
    from bot.loopback.server import LocalDiscord

CHANNEL = "painting"
FIRST_MEMBER = "Ben"
CONNECT_S = 60
PICTURE_S = 600
GRACE_S = 20
STEP = re.compile(r"(\d+)\s*(?:/|of)\s*(\d+)")
PLACE = re.compile(r"#\s*(\d+)|place\D{0,12}(\d+)", re.IGNORECASE)
LOG_TAIL_LINES = 15


class Demo:
    """One demonstration: a local Discord, the bot beside it, and what is written of them."""

    def __init__(self, data: Path | None, port: int, record: Path | None) -> None:
        self._data = data or Path(tempfile.mkdtemp(prefix="gala-demo-"))
        self._port = port
        self._record = record
        self._console = Console(highlight=False)

    async def run(self, once: str | None, prompt: str) -> int:
        """Paint the first picture; then end (`once`), or serve the page until Ctrl-C."""
        self._data.mkdir(parents=True, exist_ok=True)
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)  # as Ctrl-C does by itself
        async with self._local_discord() as discord, self._bot(discord) as process:
            try:
                await asyncio.wait_for(discord.wait_ready(), CONNECT_S)
                if once is None:
                    self._console.print(f"The page: [bold]{discord.url}[/]\n", soft_wrap=True)
                painted = await self._first_picture(discord, once or prompt)
            except TimeoutError:
                self._console.print(self._failure("the bot did not come up in time"), markup=False)
                return 1
            if once is not None:
                return 0 if painted else 1
            return await self._serve(process)

    @asynccontextmanager
    async def _local_discord(self) -> AsyncIterator[LocalDiscord]:
        """The local Discord, open. Raises `GalaError` where the port is taken."""
        from bot.loopback.server import LocalDiscord

        discord = LocalDiscord(port=self._port, record=self._record)
        try:
            await discord.start()
        except OSError as error:
            raise GalaError(f"port {self._port} cannot be had ({error.strerror}); name another") from error
        try:
            yield discord
        finally:
            await discord.close()

    @asynccontextmanager
    async def _bot(self, discord: LocalDiscord) -> AsyncIterator[asyncio.subprocess.Process]:
        """The bot, in a process of its own, as `gala run` starts it."""
        config = self._data / "config.toml"
        config.write_text(
            f"[discord]\nendpoint = {json.dumps(discord.endpoint)}\n"
            f"[storage]\ndirectory = {json.dumps(str(self._data))}\n",
            encoding="utf-8",
        )
        with self._log.open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "run", "--config", str(config)),
                env={**os.environ, "GALA_TOKEN": discord.token},
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is ours; the bot is then closed in order
            )
        try:
            yield process
        finally:
            await close(process)

    async def _first_picture(self, discord: LocalDiscord, prompt: str) -> Path | None:
        """Let the first member ask, draw it in the terminal, and keep what came back through Discord."""
        ben = discord.member(FIRST_MEMBER)
        self._console.print(f"{FIRST_MEMBER} types: /imagine {prompt}", markup=False)
        ticket = await ben.slash(CHANNEL, "imagine", prompt=prompt)
        if ticket.message is None or ticket.ephemeral:
            said = [message.text for message in await ben.messages(CHANNEL) if message.ephemeral]
            self._console.print("\n".join(said) or self._failure("no answer"), markup=False)
            return None
        result = await self._watch(ben, ticket.message)
        if not result.files:
            self._console.print(result.text, markup=False)
            return None
        file = result.files[0]
        path = self._data / Path(str(file["filename"])).name
        path.write_bytes(await ben.download(file))
        self._console.print(f"painted: {path}", markup=False, soft_wrap=True)
        return path

    async def _watch(self, ben: MemberClient, card: int) -> Message:
        """Follow the card to the result, or to the words for why there is none."""
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[step]}"))
        with Progress(*columns, TimeElapsedColumn(), console=self._console) as bar:
            task = bar.add_task("in line", total=None, step="")

            def done(messages: list[Message]) -> bool:
                for message in messages:
                    if message.id == card and (step := STEP.search(message.text)):
                        now, steps = int(step[1]), int(step[2])
                        bar.update(task, description="painting", completed=now, total=steps, step=step[0])
                    elif message.id == card and (place := PLACE.search(message.text)):
                        bar.update(task, description=f"in line, place {place[1] or place[2]}")
                return ended(messages, card) is not None

            messages = await ben.wait_until(CHANNEL, done, timeout_s=PICTURE_S)
            bar.update(task, completed=1, total=1, description="done", step="")
        result = ended(messages, card)
        assert result is not None
        return result

    async def _serve(self, process: asyncio.subprocess.Process) -> int:
        """Keep the page open until Ctrl-C, or until the bot has ended by itself."""
        self._console.print(f"The bot's log: {self._log}", markup=False, soft_wrap=True)
        self._console.print("\nThe page stays open until Ctrl-C.")
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        waits = {asyncio.create_task(stop.wait()), asyncio.create_task(process.wait())}
        _, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in pending:
            wait.cancel()
        if stop.is_set():
            return 0
        self._console.print(self._failure("the bot ended by itself"), markup=False)
        return 1

    @property
    def _log(self) -> Path:
        return self._data / "bot.log"

    def _failure(self, what: str) -> str:
        tail = self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_TAIL_LINES:]
        return "\n".join([f"gala: {what}; the end of {self._log}:", *tail])


def ended(messages: list[Message], card: int) -> Message | None:
    """The result (a later message with a Delete button), or the card where it tells a failure."""
    for message in messages:
        actions = {str(button.get("custom_id", "::")).split(":")[1] for button in message.buttons}
        if message.id > card and "delete" in actions:
            return message
        if message.id == card and "again" in actions:
            return message
    return None


async def close(process: asyncio.subprocess.Process) -> None:
    """Ask the bot to leave, and see to it."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), GRACE_S)
    except TimeoutError:
        process.kill()
        await process.wait()
