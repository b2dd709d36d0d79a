"""`gala models list | fetch | verify | convert | remove`: the host's models, without loading torch here."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table

from bot.config import load_config
from bot.download import DownloadError
from bot.models_convert import EXIT_FAILED, convert, size_text
from bot.models_fetch import fetch
from generation.models import CATALOGUE, MATTE_FILE, Model, ModelError, catalogue, folders, locate, verify
from generation.published import published


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
    return options.models_dir or load_config(options.config).models_dir


def table(models_dir: Path) -> Table:
    """All models: shipped, in the folder, and what could be fetched."""
    view = Table(
        Column("model", no_wrap=True, min_width=17),
        Column("what", min_width=12, overflow="fold"),
        Column("reads", overflow="fold"),
        "size",
        "state",
        "licence",
        box=None,
        pad_edge=False,
    )
    own = folders(models_dir)
    known = published()
    for name, model in {**CATALOGUE, **own}.items():
        what = known[name].summary if name in known else model.engine or part_of(model)
        size, held = size_text(here_bytes(model, models_dir)), state(model, models_dir)
        view.add_row(name, what, read_by(model), size, held, model.licence)
    for name, offer in known.items():
        if name not in own:
            size, learned = f"~{size_text(offer.about_bytes)}", ", ".join(offer.languages)
            view.add_row(name, offer.summary, learned, size, "can be fetched", offer.licence)
    return view


def part_of(model: Model) -> str:
    """What a folder holds that is no model of its own."""
    if model.clips:
        return "CLIP"
    return "matte" if any(file.name == MATTE_FILE for file in model.files) else "VAE"


def read_by(model: Model) -> str:
    """The languages of a model's prompts; "any" where none is named, and what else it may read."""
    if model.reads != "text":
        return model.reads
    languages = model.languages if model.engine else tuple(x for clip in model.clips for x in clip.languages)
    wordless = not model.paints or (not model.engine and not model.clips)
    return "" if wordless else ", ".join(languages) or "any"


def here_bytes(model: Model, models_dir: Path) -> int:
    """Bytes of the files that are there."""
    return sum(path.stat().st_size for path in locate(model, models_dir).values() if path.is_file())


def state(model: Model, models_dir: Path) -> str:
    """Whether it can be used; hashes are not looked at."""
    missing = [path for path in locate(model, models_dir).values() if not path.is_file()]
    if missing:
        return f"{missing[0].parent.name}/{missing[0].name} is missing"
    return "ready" if model.engine else "ready, for other models to use"


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
