"""`gala recipe FILE`: what a picture's file says of how it was painted."""

from __future__ import annotations

import argparse
import asyncio
import math
import shlex
from typing import TYPE_CHECKING, Final

from rich.console import Console

from bot.errors import GalaError
from bot.recipe import prompt_of
from generation.recipes import FileRecipe, read_recipe

if TYPE_CHECKING:
    from pathlib import Path

    from generation.recipe_values import NamedTarget

MOST_BYTES: Final = 256 * 2**20


class Unreadable(GalaError):
    """A file that has no recipe, or cannot be read; the text says why."""


async def recipe(options: argparse.Namespace) -> int:
    """Print the recipe, and the command that paints it again. Raises `Unreadable`."""
    found = await asyncio.to_thread(recipe_of_file, options.file)
    console = Console(highlight=False, soft_wrap=True)
    for line in lines(found):
        console.print(line, markup=False)
    return 0


def recipe_of_file(path: Path) -> FileRecipe:
    """The recipe that a picture's file carries. Blocks. Raises `Unreadable`."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Unreadable(f"{path} is too large for a picture of Gala's")
        data = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"{path} cannot be read ({error.strerror})") from error
    found = read_recipe(data)
    if found is None or prompt_of(found) is None:
        raise Unreadable(
            f"{path} carries no recipe. PNG and WebP files of Gala's do, until a program strips them"
        )
    return found


def lines(found: FileRecipe) -> list[str]:
    """The recipe for a person's eyes."""
    made = found.made
    stopped = f", stopped at {found.done}" if found.done < found.steps else ""
    start = f"{found.init_sha256}, weight {found.init_weight:g}" if found.init_sha256 else ""
    if found.candidate is not None:
        start = f"picture {found.candidate} of the grid {found.init_sha256}"
    said = [
        ("prompt", prompt_of(found) or ""),
        ("steps", f"{found.steps}{stopped}"),
        ("started from", start),
        ("drawn to", "; ".join(map(aim, found.targets))),
        ("model", f"{found.model} ({found.engine}), {made.model_sha256}"),
        (
            "painted by",
            f"Gala {made.gala}, torch {made.torch}, {made.device}, {made.dtype}, lane {made.lane}",
        ),
    ]
    width = max(len(name) for name, _ in said)
    told = [f"{name:{width}}  {value}" for name, value in said if value]
    files = [*["--init FILE"] * bool(start), *["--target FILE"] * len(found.targets)]
    return [*told, "", " ".join(["gala paint", shlex.quote(prompt_of(found) or ""), *files])]


def aim(target: NamedTarget) -> str:
    """A target in words."""
    stop = "" if target.stop == -math.inf else f", stop {target.stop:g}"
    return f"{target.sha256}, weight {target.weight:g}{stop}"
