"""`gala models list | fetch | verify | convert | remove`: the host's models, without loading torch here."""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import aiohttp
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from bot.config import load_config
from bot.download import DownloadError, download
from bot.errors import ConfigError
from generation.models import CATALOGUE, Model, ModelError, catalogue, folders, locate, verify
from generation.published import Published, Source, find_published, published

EXIT_FAILED = 1
DOWNLOADS = ".downloads"
PINS = "pins.json"
TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=60)


async def models(options: argparse.Namespace) -> int:
    """Run one of the actions; 0 if all went well."""
    console = Console(highlight=False, soft_wrap=True)
    models_dir = find_models_dir(options)
    try:
        match options.action:
            case "fetch":
                return await fetch(options, models_dir, console)
            case "convert":
                return await convert(options, models_dir, console)
            case "verify":
                return await asyncio.to_thread(check, options.names, models_dir, console)
            case "remove":
                return remove(options.name, models_dir, console, force=options.force)
            case _:
                console.print(table(models_dir))
                return 0
    except (DownloadError, ModelError) as error:
        console.print(f"gala: {error}", markup=False)
    except OSError as error:
        console.print(f"gala: {error.filename or models_dir}: {error.strerror or error}", markup=False)
    return EXIT_FAILED


def find_models_dir(options: argparse.Namespace) -> Path:
    """As the call says, else as the configuration says. Raises `ConfigError`."""
    given = options.models_dir or load_config(options.config).generation.models_dir
    if given is None:
        raise ConfigError("generation.models_dir", "is not set; name a folder there, or with --models-dir")
    return Path(given)


def table(models_dir: Path) -> Table:
    """All models: shipped, in the folder, and what could be fetched."""
    view = Table("model", "what", "size", "state", "licence", box=None, pad_edge=False)
    own = folders(models_dir)
    known = published()
    for name, model in {**CATALOGUE, **own}.items():
        what = known[name].summary if name in known else model.engine or "CLIP"
        view.add_row(
            name, what, size_text(here_bytes(model, models_dir)), state(model, models_dir), model.licence
        )
    for name, offer in known.items():
        if name not in own:
            view.add_row(
                name, offer.summary, f"~{size_text(offer.about_bytes)}", "can be fetched", offer.licence
            )
    return view


def here_bytes(model: Model, models_dir: Path) -> int:
    """Bytes of the files that are there."""
    return sum(path.stat().st_size for path in locate(model, models_dir).values() if path.is_file())


def state(model: Model, models_dir: Path) -> str:
    """Whether it can be used; hashes are not looked at."""
    missing = [path for path in locate(model, models_dir).values() if not path.is_file()]
    if missing:
        return f"{missing[0].parent.name}/{missing[0].name} is missing"
    return "ready" if model.engine else "ready, for other models to use"


def size_text(size: int) -> str:
    """In the units in which hosts tell it."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def check(names: Sequence[str], models_dir: Path, console: Console) -> int:
    """Read every file of the models (all, if none is named) and compare with what is pinned."""
    known = {**catalogue(models_dir), **folders(models_dir)}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ModelError(f"no model is called {unknown[0]!r}; there are: {', '.join(known)}")
    status = 0
    for name in names or known:
        problems = verify(known[name], models_dir)
        console.print(
            f"{name}: " + ("; ".join(map(str, problems)) or "all files as they should be"), markup=False
        )
        status = EXIT_FAILED if problems else status
    return status


async def fetch(options: argparse.Namespace, models_dir: Path, console: Console) -> int:
    """Download a published model and convert it."""
    offer = find_published(options.name)
    if offer is None:
        raise ModelError(f"{options.name!r} is not in the catalogue; there are: {', '.join(published())}")
    if (models_dir / offer.name).exists():
        raise ModelError(
            f"{models_dir / offer.name} is there already; `gala models remove {offer.name}` first"
        )
    console.print(
        f"{offer.name}: {offer.summary}; licence: {offer.licence}; trained on: {offer.data}", markup=False
    )
    folder = models_dir / DOWNLOADS / offer.name
    digests = await bring(offer, folder, models_dir, console)
    status = await run_conversion(conversion(offer, folder, models_dir, digests[0], options), console)
    if status == 0 and not options.keep:
        shutil.rmtree(folder)
    if status == 0:
        tell_next(offer, models_dir, console)
    return status


async def bring(offer: Published, folder: Path, models_dir: Path, console: Console) -> list[str]:
    """All files of the offer into the folder; returns their hashes and pins those seen for the first time."""
    pins, digests = read_pins(models_dir), []
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    folder.mkdir(parents=True, exist_ok=True)
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
    """Hashes of files whose publisher gives none, as first seen. Raises `ModelError` if they are unreadable."""
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
    draft = models_dir / f"{PINS}.new"
    draft.write_text(json.dumps(dict(pins), indent=1) + "\n", encoding="utf-8")
    draft.replace(models_dir / PINS)


def conversion(
    offer: Published, folder: Path, models_dir: Path, sha256: str, options: argparse.Namespace
) -> list[str]:
    """The arguments of `generation.convert` for a published model."""
    names = [file.name for file in offer.files]
    arguments = [str(folder / names[0]), "--name", offer.name, "--models-dir", str(models_dir)]
    arguments += ["--licence", offer.licence, "--source", offer.files[0].urls[0], "--sha256", sha256]
    if offer.kind == "vqgan":
        arguments += ["--yaml", str(folder / names[1]), "--clips", ",".join(options.clip or ())]
    else:
        arguments += ["--activation", offer.activation, "--vocabulary", str(folder / names[-1])]
    return [*arguments, *(["--half"] if options.half else [])]


async def convert(options: argparse.Namespace, models_dir: Path, console: Console) -> int:
    """Convert files, or published models whose files lie where `fetch --keep` left them."""
    if options.name and len(options.targets) > 1:
        raise ModelError("--name goes with one file")
    for target in options.targets:
        arguments = arguments_for(target, models_dir, options)
        if options.replace:
            arguments.append("--replace")
        status = await run_conversion(arguments, console)
        if status:
            return status
    return 0


def arguments_for(target: str, models_dir: Path, options: argparse.Namespace) -> list[str]:
    """The arguments of `generation.convert` for a file or a published model's name. Raises `ModelError`."""
    if not Path(target).is_file() and (offer := find_published(target)) is not None:
        folder = models_dir / DOWNLOADS / offer.name
        missing = [file for file in offer.files if not (folder / file.name).is_file()]
        if missing:
            size = size_text(missing[0].size or missing[0].about_bytes)
            raise ModelError(
                f"{folder / missing[0].name} is missing (about {size}, from {missing[0].urls[0]}); "
                f"`gala models fetch {offer.name}` brings it"
            )
        return conversion(offer, folder, models_dir, "", options)
    arguments = [target, "--name", options.name or Path(target).stem, "--models-dir", str(models_dir)]
    for flag in ("yaml", "clip_config", "vocabulary", "activation"):
        if getattr(options, flag) is not None:
            arguments += [f"--{flag.replace('_', '-')}", str(getattr(options, flag))]
    arguments += ["--clips", ",".join(options.clip or ())]
    return [*arguments, *(["--half"] if options.half else [])]


async def run_conversion(arguments: Sequence[str], console: Console) -> int:
    """In a process of its own, which may load torch."""
    with console.status("converting"):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "generation.convert",
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
    if process.returncode:
        console.print(f"gala: {err.decode(errors='replace').strip()}", markup=False)
        return EXIT_FAILED
    console.print(f"made {out.decode().strip()}", markup=False)
    return 0


def tell_next(offer: Published, models_dir: Path, console: Console) -> None:
    """A VQGAN is of no use without a CLIP."""
    model = folders(models_dir)[offer.name]
    absent = {file.path.partition("/")[0] for file in model.files if file.path}
    absent -= set(folders(models_dir))
    for clip in sorted(absent):
        console.print(
            f"It is guided by {clip}, which is not there yet: gala models fetch {clip}", markup=False
        )


def remove(name: str, models_dir: Path, console: Console, *, force: bool) -> int:
    """Delete a model's own files. Raises `ModelError` where others use it."""
    known = folders(models_dir)
    if name not in known:
        raise ModelError(f"{models_dir} has no model {name!r}; there are: {', '.join(known) or 'none'}")
    users = [m.name for m in known.values() if any(f.path.startswith(f"{name}/") for f in m.files)]
    if users and not force:
        raise ModelError(f"{name} is used by {', '.join(users)}; remove those first, or use --force")
    folder = models_dir / name
    for path in (*(folder / file.name for file in known[name].files if not file.path), folder / "model.toml"):
        path.unlink(missing_ok=True)
    left = [path.name for path in folder.iterdir()]
    if left:
        console.print(f"removed {name}; {folder} still holds {', '.join(left)}", markup=False)
    else:
        folder.rmdir()
        console.print(f"removed {name}", markup=False)
    return 0
