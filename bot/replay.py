"""`gala replay CODE | FILE`: paint a picture again, and say whether it is the same, byte for byte."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console

from bot.config import Config, load_config, worker_settings
from bot.handover import request_for, targets_of
from bot.paint import EXIT_FAILED, failure_text, one, write
from bot.recipe import differences
from bot.recipe_command import Unreadable, recipe_of_file
from bot.worker import Worker
from generation import protocol
from generation.codec import PictureError, decode_layers, read_init
from generation.recipes import FileRecipe, read_recipe, recipe_of
from storage.backup import DATABASE
from storage.database import Database
from storage.errors import StorageError
from storage.generations import CODE_LENGTH, LETTERS, Generations
from storage.images import Images
from storage.jobs import Jobs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.generations import Generation
    from storage.jobs import Job

JOB: Final = "replay"


@dataclass(frozen=True, slots=True)
class Original:
    """A picture as it was painted; `picture` is None where its file is gone, `recipe` where none is known."""

    request: protocol.Generate
    recipe: FileRecipe | None
    picture: bytes | None
    sha256: str | None = None  #: of the file, where it is known without it


async def replay(options: argparse.Namespace) -> int:
    """Paint it again; 0 where the pixels are the same. Raises `Unreadable`, `StorageError`."""
    config, console = load_config(options.config), Console(highlight=False, soft_wrap=True)
    original = await find(options.picture, options.init, config, options.target)
    worker = Worker(worker_settings(config))
    await worker.start()
    try:
        finished = await one(worker, original.request, Console(stderr=True))
    finally:
        await worker.close()
    if isinstance(finished, protocol.Failed):
        console.print(failure_text(finished, original.request.model), markup=False)
        return EXIT_FAILED
    if options.out is not None:
        write(options.out, finished.picture)
    same, said = await asyncio.to_thread(judge, original, finished)
    for line in said:
        console.print(line, markup=False)
    return 0 if same else EXIT_FAILED


async def find(picture: str, init: Path | None, config: Config, targets: Sequence[Path] = ()) -> Original:
    """The picture of a code, or else of a file."""
    if is_code(picture) and not await asyncio.to_thread(Path(picture).exists):
        return await of_code(picture.lower(), config)
    return await asyncio.to_thread(of_file, Path(picture), init, targets)


def is_code(text: str) -> bool:
    """Whether a text can be a generation's code."""
    return len(text) == CODE_LENGTH and set(text.lower()) <= set(LETTERS)


async def of_code(code: str, config: Config) -> Original:
    """A picture of the database. Raises `Unreadable`, `StorageError`."""
    async with Database.open(config.directory / DATABASE) as database:
        generation = await Generations(database).get(code)
        if generation is None:
            raise Unreadable(f"there is no picture of the code {code}")
        job = await Jobs(database).get(generation.job_id)
        images = Images(config.directory / "pictures")
        if job is None:
            return await of_generation(generation, images)
        request = await request_for(as_painted(job, generation), images, 1.0)
        if isinstance(request, protocol.Failed):
            raise Unreadable(f"what {code} was painted from is no longer there ({request.detail})")
        picture = await whole(images, generation)
        recipe = None if picture is None else read_recipe(picture)
        return Original(replace(request, job=JOB), recipe, picture, generation.picture_sha256)


def as_painted(job: Job, generation: Generation) -> Job:
    """The job with what *Delete* or a later Gala may have taken from its row."""
    return replace(
        job,
        prompt=generation.prompt,
        init_sha256=generation.init_sha256,
        targets=generation.targets,
        checkpoint_sha256=None,
    )


async def whole(images: Images, generation: Generation) -> bytes | None:
    """The picture's file; None where it is gone or damaged."""
    try:
        return await images.get(generation.picture_sha256)
    except StorageError:
        return None


async def of_generation(generation: Generation, images: Images) -> Original:
    """A picture whose job is not known: what its file says. Raises `Unreadable`."""
    picture = await whole(images, generation)
    recipe = None if picture is None else read_recipe(picture)
    if recipe is None:
        raise Unreadable(f"of {generation.code} neither the job nor a file with its recipe is there")
    start = None if generation.init_sha256 is None else await images.get(generation.init_sha256)
    targets = await targets_of(generation, images)
    return Original(request_from(recipe, start, targets), recipe, picture, generation.picture_sha256)


def of_file(path: Path, init: Path | None, targets: Sequence[Path] = ()) -> Original:
    """A file that carries its recipe. Blocks. Raises `Unreadable`."""
    recipe = recipe_of_file(path)
    request = request_from(recipe, read_start(recipe, init), read_targets(recipe, targets))
    return Original(request, recipe, path.read_bytes())


def read_start(recipe: FileRecipe, init: Path | None) -> bytes | None:
    """The picture that it started from, which must be the very one. Raises `Unreadable`."""
    if recipe.init_sha256 is None:
        return None
    if init is None:
        raise Unreadable(f"it started from a picture; name its file: --init FILE ({recipe.init_sha256})")
    found = forms_of(init)
    if recipe.init_sha256 not in found:
        raise Unreadable(f"{init} is not the picture that it started from ({recipe.init_sha256})")
    return found[recipe.init_sha256]


def read_targets(recipe: FileRecipe, paths: Sequence[Path]) -> tuple[protocol.Target, ...]:
    """The pictures that it was drawn to, which must be the very ones, in any order. Raises `Unreadable`."""
    found = {sha256: data for path in paths for sha256, data in forms_of(path).items()}
    for named in recipe.targets:
        if named.sha256 not in found:
            raise Unreadable(f"it was drawn to a picture; name its file: --target FILE ({named.sha256})")
    return tuple(protocol.Target(found[named.sha256], named.weight, named.stop) for named in recipe.targets)


def forms_of(path: Path) -> dict[str, bytes]:
    """A picture's file by its hash: as it is, and made ready as when it was given. Raises `Unreadable`."""
    try:
        forms = [path.read_bytes()]
    except OSError as error:
        raise Unreadable(f"{path} cannot be read ({error.strerror})") from error
    with suppress(PictureError):
        forms.append(read_init(forms[0]))
    return {hashlib.sha256(data).hexdigest(): data for data in forms}


def request_from(
    recipe: FileRecipe, init: bytes | None, targets: tuple[protocol.Target, ...] = ()
) -> protocol.Generate:
    """The pipe's message for a recipe."""
    return protocol.Generate(
        job=JOB,
        engine=recipe.engine,
        model=recipe.model,
        phrases=recipe.phrases,
        width=recipe.width,
        height=recipe.height,
        steps=recipe.steps,
        seed=recipe.seed,
        init=init,
        init_weight=recipe.init_weight,
        stop_step=recipe.done if recipe.done < recipe.whole else None,
        origin=recipe.origin,
        turns=recipe.turns,
        grid=recipe.grid,
        candidate=recipe.candidate,
        keep=recipe.keep,
        manner=recipe.manner,
        motion=recipe.motion,
        targets=targets,
    )


def judge(original: Original, finished: protocol.Finished) -> tuple[bool, list[str]]:
    """Whether the pixels are the same, and what there is to say."""
    same = original.picture is not None and pixels(original.picture) == pixels(finished.picture)
    files = hashlib.sha256(finished.picture).hexdigest() == (
        original.sha256 or hashlib.sha256(original.picture or b"").hexdigest()
    )
    if files:
        return True, ["The file is the same, byte for byte."]
    if same:
        return True, [
            "The pixels are the same, byte for byte; the files differ in what they say of it.",
            *why(original, finished),
        ]
    if original.picture is None:
        first = "The picture painted now is another one than the lost file was."
    elif not original.picture.startswith(b"\x89PNG"):
        first = "The file is a lossy copy, whose pixels cannot be the same. Try the PNG, or the code."
    else:
        first = "The pixels differ."
    return False, [first, *why(original, finished)]


def pixels(picture: bytes) -> bytes | None:
    """The bytes of the pixels, and of their opacity where they have one."""
    try:
        return b"".join(layer.tobytes() for layer in decode_layers(picture) if layer is not None)
    except PictureError:
        return None


def why(original: Original, finished: protocol.Finished) -> list[str]:
    """What was not as it was then."""
    if original.recipe is None:
        return ["By which device, model and version it was painted is not known: its file has no recipe."]
    now = recipe_of(original.request, finished.steps, finished.recipe)
    found = differences(original.recipe.made, now.made)
    if not found:
        return ["Device, number format, torch, model and version are the same."]
    return ["What was another then:", *(f"  {line}" for line in found)]
