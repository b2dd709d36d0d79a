"""Makes model folders of files, by `generation.convert` in a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from generation.models import ModelError
from generation.published import Published, find_published

EXIT_FAILED = 1
DOWNLOADS = ".downloads"  #: in models_dir: what `fetch` has brought


#: What may be told of a file.
FLAGS: Final = (
    "yaml",
    "clip_config",
    "vocabulary",
    "activation",
    "languages",
    "vae",
    "matte",
    "heads",
    "dalle_version",
)


def size_text(size: int) -> str:
    """In the units in which hosts tell it."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def conversion(
    offer: Published, folder: Path, models_dir: Path, sha256: str, options: argparse.Namespace
) -> list[str]:
    """The arguments of `generation.convert` for a published model."""
    names = [file.name for file in offer.files]
    arguments = [str(folder / names[0]), "--name", offer.name, "--models-dir", str(models_dir)]
    arguments += ["--languages", ",".join(offer.languages)]
    arguments += ["--licence", offer.licence, "--source", offer.files[0].urls[0], "--sha256", sha256]
    clips = ["--clips", ",".join(options.clip or ())]
    match offer.kind:
        case "vqgan":
            arguments += ["--yaml", str(folder / names[1]), *clips]
        case "second-stage":
            arguments += ["--second-stage", "--yaml", str(folder / names[1]), *clips]
        case "clip":
            arguments += ["--activation", offer.activation, "--vocabulary", str(folder / names[-1])]
        case "dalle":
            arguments += ["--vae", offer.vae, "--vocabulary", str(folder / names[-1]), *clips]
            arguments += ["--matte", offer.matte]
        case "dalle-mini":
            arguments += ["--vae", offer.vae, *clips]
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
    for flag in FLAGS:
        if getattr(options, flag) is not None:
            arguments += [f"--{flag.replace('_', '-')}", str(getattr(options, flag))]
    arguments += ["--clips", ",".join(options.clip or ())]
    arguments += ["--second-stage"] if options.second_stage else []
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
