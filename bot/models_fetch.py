"""Brings published models: download, pin, convert."""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import aiohttp
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from bot.download import download
from bot.models_convert import DOWNLOADS, conversion, run_conversion
from generation.models import ModelError, folders
from generation.published import Published, Source, find_published, published

PINS = "pins.json"
TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=60)


async def fetch(options: argparse.Namespace, models_dir: Path, console: Console) -> int:
    """Download the published model of that name and convert it. Raises `ModelError`, `DownloadError`."""
    offer = find_published(options.name)
    if offer is None:
        raise ModelError(f"{options.name!r} is not in the catalogue; there are: {', '.join(published())}")
    return await fetch_offer(offer, options, models_dir, console)


async def fetch_offer(
    offer: Published, options: argparse.Namespace, models_dir: Path, console: Console
) -> int:
    """Download, convert, and drop the download unless it is to be kept."""
    if offer.name in folders(models_dir):
        raise ModelError(
            f"{models_dir / offer.name}: is there already; `gala models remove {offer.name}` first"
        )
    about = f"{offer.summary}; licence: {offer.licence}; trained on: {offer.data}"
    console.print(f"{offer.name}: {about}", markup=False)
    folder = models_dir / DOWNLOADS / offer.name
    digests = await bring(offer, folder, models_dir, console)
    status = await run_conversion(conversion(offer, folder, models_dir, digests[0], options), console)
    if status:
        again = f"gala models convert {offer.name}"
        console.print(f"The download is kept in {folder}; `{again}` tries once more.", markup=False)
        return status
    if not options.keep:
        shutil.rmtree(folder)
    tell_next(offer, models_dir, console)
    return 0


async def bring(offer: Published, folder: Path, models_dir: Path, console: Console) -> list[str]:
    """All files of the offer into the folder; returns their hashes and pins those seen for the first time."""
    pins, digests = read_pins(models_dir), []
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    async with aiohttp.ClientSession(timeout=TIMEOUT, trust_env=True) as session:
        with Progress(*columns, console=console) as bars:
            for file in offer.files:
                key = f"{offer.name}/{file.name}"
                pinned = replace(file, sha256=file.sha256 or pins.get(key, ""))
                digest = await bring_one(session, pinned, folder / file.name, bars)
                digests.append(digest)
                if not pinned.sha256:
                    pins[key] = digest
                    write_pins(models_dir, pins)
    return digests


async def bring_one(session: aiohttp.ClientSession, file: Source, target: Path, bars: Progress) -> str:
    """One file, with a bar of its own. What was kept from an earlier fetch is brought again."""
    bar = bars.add_task(file.name, total=file.size or file.about_bytes)

    def report(done: int, total: int | None) -> None:
        bars.update(bar, completed=done, total=total or max(done, file.about_bytes))

    return await download(session, file, target, report)


def read_pins(models_dir: Path) -> dict[str, str]:
    """Hashes of files whose publisher gives none, as first seen. Raises `ModelError`."""
    path = models_dir / PINS
    if not path.is_file():
        return {}
    try:
        pins = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): str(digest) for name, digest in pins.items()}
    except (ValueError, AttributeError) as error:
        raise ModelError(f"{path}: unreadable ({error}); remove it if you trust the hosts anew") from error


def write_pins(models_dir: Path, pins: Mapping[str, str]) -> None:
    """Atomically."""
    models_dir.mkdir(parents=True, exist_ok=True)
    draft = models_dir / f"{PINS}.new"
    draft.write_text(json.dumps(dict(pins), indent=1) + "\n", encoding="utf-8")
    draft.replace(models_dir / PINS)


def tell_next(offer: Published, models_dir: Path, console: Console) -> None:
    """A VQGAN is of no use without a CLIP, ruDALL-E's transformer of none without a VAE."""
    model = folders(models_dir)[offer.name]
    absent = {file.path.partition("/")[0] for file in model.files if file.path}
    absent -= set(folders(models_dir))
    how = "paints with" if offer.vae else "is guided by"
    for part in sorted(absent):
        console.print(f"It {how} {part}, which is not there yet: gala models fetch {part}", markup=False)
