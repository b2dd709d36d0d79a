"""`gala paint`: a picture without Discord, through the same generation process and pipe."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import secrets
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot.config import Config, load_config, worker_settings
from bot.errors import PromptError, UserError
from bot.lexicon import lexicons
from bot.locales import texts_for
from bot.prompt import Prompt, parse
from bot.request import Choices, Request, check_init, read_size
from bot.routing import Choosing, in_turn, route
from bot.targets import aims_of, weighed, with_attached
from bot.tongue import instead, unlearned
from bot.worker import Worker
from generation import protocol
from generation.codec import PictureError, read_init
from generation.film import FORMATS, FilmError, Script, make_film
from generation.models import catalogue
from storage.frames import Frames

EXIT_FAILED = 1
EXIT_USAGE = 2
FILM_INTERVAL_S = 0.1  # between the frames of a film


async def paint(options: argparse.Namespace) -> int:
    """Paint every permutation of the prompt; the exit status is 0 if each became a picture."""
    config = load_config(options.config)
    console = Console(stderr=True)
    try:
        prompts, requests = read_requests(options, config)
    except PromptError as error:
        console.print(f"gala: {texts_for('en-US').get(error.message_id, **error.arguments)}", markup=False)
        console.print(error.caret(), markup=False, soft_wrap=True)
        return EXIT_USAGE
    tell_language(prompts, requests, config, console)
    tell_unknown(requests, config, console)
    outs, films = out_paths(options.out, len(requests)), film_paths(options.film, len(requests))
    init = read_init_file(options.init, options.mask)
    check_init(requests, catalogue(config.models_dir), given=init is not None)
    requests = aimed(requests, list(filter(None, map(read_init_file, options.target))))
    worker = Worker(worker_settings(config))
    await worker.start()
    try:
        for request, out, film in zip(requests, outs, films, strict=True):
            order = generate(request, init, config)
            with tempfile.TemporaryDirectory(prefix="gala-frames-") as folder:
                finished = await one(worker, order, console, None if film is None else Frames(folder))
                if isinstance(finished, protocol.Failed):
                    console.print(failure_text(finished, request.model), markup=False, soft_wrap=True)
                    return EXIT_FAILED
                write(out, finished.picture)
                if film is not None:
                    await shoot(film, [*await Frames(folder).of(order.job), out])
            print(describe(request, finished, out, film, as_json=options.json))
    finally:
        await worker.close()
    return 0


def read_requests(options: argparse.Namespace, config: Config) -> tuple[Sequence[Prompt], list[Request]]:
    """The prompts of the command line, and what each asks for. Raises `UserError`."""
    size = read_size(options.size) if options.size else None
    choices = Choices(options.engine, options.model, size, options.steps, options.seed)
    typed = parse(options.prompt, limit=config.painting.max_permutations)
    prompts = [with_attached(prompt, len(options.target)) for prompt in typed]
    known = catalogue(config.models_dir)

    def accepts(request: Request) -> None:
        check_init([request], known, given=options.init is not None)

    others = in_turn(known.values(), config.models_dir)
    among = Choosing(config.painting, known, others, config.styles, accepts)
    return prompts, [route(prompt, choices, among) for prompt in prompts]


def tell_language(
    prompts: Sequence[Prompt], requests: Sequence[Request], config: Config, console: Console
) -> None:
    """Say which model paints because the usual one does not read the prompt, or that it does not."""
    texts, known = texts_for("en-US"), catalogue(config.models_dir)
    others, lines = in_turn(known.values(), config.models_dir), []
    for prompt, request in zip(prompts, requests, strict=True):
        if request.instead_of is not None:
            lines.append(instead(prompt, request.model, request.instead_of, texts))
        elif said := unlearned(prompt, known[request.model], others, texts):
            lines.append(said)
    for line in dict.fromkeys(lines):
        console.print(f"gala: {line}", markup=False, soft_wrap=True)


def aimed(requests: Sequence[Request], pictures: Sequence[bytes]) -> list[Request]:
    """The requests with their target images. Raises `UserError`."""
    flags = [parse(request.prompt)[0].flags for request in requests]
    if any(each.target for each in flags):
        raise UserError("target-no-codes")
    return [
        replace(request, targets=weighed(aims_of(each), pictures))
        for request, each in zip(requests, flags, strict=True)
    ]


def tell_unknown(requests: Sequence[Request], config: Config, console: Console) -> None:
    """Say which words a small model has not learned."""
    model = requests[0].model
    known = lexicons(catalogue(config.models_dir), config.models_dir).get(model)
    words = dict.fromkeys(
        found.word
        for request in requests
        for found in (known.unknown(parse(request.prompt)[0]) if known else ())
    )
    if words:
        text = texts_for("en-US").get("hint-unknown", model=model, words=", ".join(words))
        console.print(f"gala: {text}", markup=False, soft_wrap=True)


def read_init_file(path: Path | None, mask: Path | None = None) -> bytes | None:
    """The init image, made ready. Raises `UserError`."""
    if path is None:
        if mask is not None:
            raise UserError("mask-without-init")
        return None
    try:
        return read_init(path.read_bytes(), None if mask is None else mask.read_bytes())
    except OSError as error:
        raise UserError(
            "init-unreadable", name=error.filename or str(path), fault=error.strerror or str(error)
        ) from error
    except PictureError as error:
        raise UserError(f"init-{error.kind}") from error


def out_paths(out: Path, count: int) -> Sequence[Path]:
    """`gala.png` for one picture; `gala-1.png`, `gala-2.png` … for several."""
    if count == 1:
        return [out]
    return [out.with_stem(f"{out.stem}-{number}") for number in range(1, count + 1)]


def film_paths(film: Path | None, count: int) -> Sequence[Path | None]:
    """As `out_paths`, for films. Raises `UserError` for a name that no film can have."""
    if film is None:
        return [None] * count
    if film.suffix not in FORMATS:
        raise UserError("film-unknown-format", name=str(film), known=", ".join(FORMATS))
    return out_paths(film, count)


async def shoot(film: Path, pictures: Sequence[Path]) -> None:
    """Make the film. Raises `UserError`."""
    try:
        await asyncio.to_thread(make_film, Script(pictures), film)
    except FilmError as error:
        raise UserError(f"film-{error.kind}") from error


def write(out: Path, picture: bytes) -> None:
    """Write the picture, and the folder that it is to lie in. Raises `UserError`."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(picture)
    except OSError as error:
        raise UserError("out-unwritable", name=str(out), fault=error.strerror or str(error)) from error


def generate(request: Request, init: bytes | None, config: Config) -> protocol.Generate:
    """The pipe's message for a request."""
    return protocol.Generate(
        job=secrets.token_hex(4),
        engine=request.engine,
        model=request.model,
        phrases=request.phrases,
        width=request.width,
        height=request.height,
        steps=request.steps,
        seed=request.seed,
        init=init,
        init_weight=request.init_weight,
        frame_interval_s=config.painting.frame_interval_s,
        grid=request.grid,
        keep=request.keep,
        manner=request.manner,
        targets=request.targets,
    )


async def one(
    worker: Worker, request: protocol.Generate, console: Console, frames: Frames | None = None
) -> protocol.Finished | protocol.Failed:
    """Send one request and draw its progress until it ends; its frames are kept where there is a place."""
    if frames is not None:
        request = replace(request, frame_interval_s=min(request.frame_interval_s, FILM_INTERVAL_S))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    worker.send(request)
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("loading", total=request.steps)
        async for event in worker.events():
            match event:
                case protocol.Started() | protocol.Progress():
                    bar.update(task, description="painting", completed=event.step, total=event.steps)
                    if frames is not None and isinstance(event, protocol.Progress):
                        await frames.keep(event.job, event.step, event.steps, event.frame)
                case protocol.Finished():
                    bar.update(task, completed=event.steps)
                    return event
                case protocol.Failed():
                    return event
                case _:
                    pass
    return protocol.Failed(request.job, protocol.Reason.WORKER_LOST)


def failure_text(failed: protocol.Failed, model: str) -> str:
    """The same sentence that a member would read, in English, and what the host should know."""
    texts = texts_for("en-US")
    if failed.largest is not None:
        width, height = map(str, failed.largest)
        return f"gala: {texts.get('failed-too-large-try', width=width, height=height)}"
    words = texts.get(f"failed-{failed.reason}", model=model, code=failed.detail)
    return f"gala: {words}" + (f" ({failed.detail})" if failed.detail else "")


def describe(
    request: Request, finished: protocol.Finished, out: Path, film: Path | None = None, *, as_json: bool
) -> str:
    """One line about a picture, for a person or a program."""
    if not as_json:
        made = f"{finished.width}x{finished.height}, seed {request.seed}, {finished.steps} steps"
        return f"{out}: {made}, {finished.seconds:.1f} s" + (f"; {film}" if film else "")
    return json.dumps(
        {
            "file": str(out),
            "film": None if film is None else str(film),
            "sha256": hashlib.sha256(finished.picture).hexdigest(),
            "seed": request.seed,
            "steps": finished.steps,
            "seconds": round(finished.seconds, 3),
            "score": None if finished.score is None else round(finished.score, 4),
        }
    )
