"""`gala check`: the doctor. Each line is a finding; what is wrong comes with what to do."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from bot.config import TOKEN_VARIABLE, Config, load_config, read_token, token_warning, worker_settings
from bot.errors import ConfigError
from bot.loopback import redirect
from bot.styles import check_styles
from bot.worker import Worker, WorkerError
from generation.models import catalogue, verify
from generation.protocol import Ready
from storage.database import Database
from storage.errors import StorageError

MIN_FREE_BYTES = 2**30
READY_TIMEOUT_S = 120
PULSE_AGE_S = 60  #: an older pulse means that the bot hangs or is gone
PULSE = "pulse"  #: the file in the data directory that a living bot touches


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's. `cure` is empty where all is well."""

    subject: str
    state: str
    cure: str = ""


GOOD_TOKEN = Finding("token", "has the right form")


async def check(config_path: Path | None, *, alive: bool) -> int:
    """Print all findings; 0 if none needs a cure."""
    config = load_config(config_path)
    if alive:
        return 0 if pulse_age_s(config.directory) < PULSE_AGE_S else 1
    console, ill = Console(highlight=False), False
    async for finding in findings(config):
        mark = "[red]✗[/]" if finding.cure else "[green]✓[/]"
        console.print(f"{mark} {finding.subject}: {escape(finding.state)}", soft_wrap=True)
        if finding.cure:
            console.print(f"  → {escape(finding.cure)}", soft_wrap=True)
        ill = ill or bool(finding.cure)
    return int(ill)


def pulse_age_s(directory: Path) -> float:
    """Seconds since the running bot last showed a pulse; infinite if it never did."""
    try:
        return time.time() - (directory / PULSE).stat().st_mtime
    except FileNotFoundError:
        return float("inf")


async def findings(config: Config) -> AsyncIterator[Finding]:
    """Everything that can be examined here, cheapest first."""
    yield python()
    yield torch()
    for finding in models(config):
        yield finding
    yield styles(config)
    yield await asyncio.to_thread(ffmpeg)
    yield disk(config.directory)
    yield await database(config.directory)
    yield await generation_process(config)
    token = token_form(config)
    yield token
    if token == GOOD_TOKEN:
        async for finding in rights(config):
            yield finding


def python() -> Finding:
    """The interpreter."""
    cure = "" if sys.version_info >= (3, 11) else "Install CPython 3.11 or newer."
    return Finding("Python", platform.python_version(), cure)


def torch() -> Finding:
    """Look for torch, without loading it here."""
    try:
        return Finding("torch", version("torch"))
    except PackageNotFoundError:
        return Finding("torch", "not installed", "Run: pip install 'gala[engine]'")


def models(config: Config) -> Iterator[Finding]:
    """Each model's files against their sizes and hashes."""
    for model in catalogue(config.models_dir).values():
        problems = verify(model, config.models_dir)
        if not problems:
            state = f"model {model.name}: {len(model.files)} files as they should be ({model.licence})"
            yield Finding("models", state)
        for problem in problems:
            yield Finding("models", str(problem), f"Put the right file in place; its source: {model.source}.")


def styles(config: Config) -> Finding:
    """The presets, and the models that they name."""
    try:
        check_styles(config.styles, catalogue(config.models_dir))
    except ConfigError as error:
        return Finding("styles", str(error), "Correct it there; until then the bot cannot start.")
    return Finding("styles", ", ".join(config.styles) or "none")


def ffmpeg() -> Finding:
    """The ffmpeg that comes with imageio."""
    import imageio_ffmpeg

    try:
        run = subprocess.run(
            [imageio_ffmpeg.get_ffmpeg_exe(), "-version"], capture_output=True, text=True, check=True
        )
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
        return Finding("ffmpeg", str(error), "Run: pip install --force-reinstall imageio-ffmpeg")
    return Finding("ffmpeg", run.stdout.split()[2])


def disk(directory: Path) -> Finding:
    """Room in the data directory, and the right to write there."""
    there = next(path for path in (directory, *directory.parents) if path.exists())
    free = shutil.disk_usage(there).free
    state = f"{free / 2**30:.1f} GiB free in {directory}"
    if not os.access(there, os.W_OK):
        return Finding("disk", f"{there} cannot be written", "Give the bot's user the right to write there.")
    return Finding("disk", state, "" if free >= MIN_FREE_BYTES else "Free at least 1 GiB.")


async def database(directory: Path) -> Finding:
    """The database opens, and is of this version."""
    path = directory / "gala.db"
    if not path.exists():
        return Finding("database", f"{path} will be made at the first start")
    try:
        async with Database.open(path):
            return Finding("database", str(path))
    except StorageError as error:
        return Finding("database", str(error), "Until then the bot cannot start.")


async def generation_process(config: Config) -> Finding:
    """Start the true process and hear what it can do."""
    worker = Worker(worker_settings(config))
    await worker.start()
    try:
        ready = await asyncio.wait_for(first_ready(worker), READY_TIMEOUT_S)
    except (TimeoutError, WorkerError):
        return Finding("generation", "the process did not come up", "Run `gala paint test` and read its log.")
    finally:
        await worker.close()
    most = max((engine.max_pixels for engine in ready.engines), default=0)
    lanes = f"{ready.lanes} lane{'s' if ready.lanes != 1 else ''}"
    return Finding(
        "generation", f"{ready.device}, {ready.dtype}, {lanes}, pictures up to {most / 1e6:.1f} megapixels"
    )


async def first_ready(worker: Worker) -> Ready:
    """What the process announces. Raises `WorkerError` where none comes up."""
    async for event in worker.events():
        if isinstance(event, Ready):
            return event
    raise WorkerError("the generation process was closed")


def token_form(config: Config) -> Finding:
    """The token's shape; never the token."""
    if config.discord.token_file is None and not os.environ.get(TOKEN_VARIABLE):
        return Finding(
            "token", f"none; `gala run` will want {TOKEN_VARIABLE}, the demo and `gala paint` do not"
        )
    try:
        read_token(config, os.environ)
    except ConfigError as error:
        return Finding("token", str(error), "Copy it again from your application's Bot page.")
    warning = token_warning(config, os.environ)
    return Finding("token", warning, "Only you should be able to read it.") if warning else GOOD_TOKEN


async def rights(config: Config) -> AsyncIterator[Finding]:
    """What the bot lacks in each of its guilds."""
    from bot.client import Unreachable, guild_rights

    if config.discord.endpoint:
        redirect(config.discord.endpoint)
    try:
        guilds = await guild_rights(read_token(config, os.environ))
    except Unreachable as error:
        yield Finding("Discord", str(error), "Check the network and the token; then run `gala check` again.")
        return
    for guild, missing in guilds:
        cure = f"Give its role in that guild: {', '.join(missing)}." if missing else ""
        yield Finding(f"rights in {guild}", "incomplete" if missing else "complete", cure)
    if not guilds:
        yield Finding(
            "Discord", "the bot is in no guild yet", "Open the invite link that the README describes."
        )
