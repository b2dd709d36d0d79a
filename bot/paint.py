"""`gala paint`: a picture without Discord, through the same generation process and pipe."""

from __future__ import annotations

import argparse
import hashlib
import json
import secrets
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot.config import Config, load_config, worker_settings
from bot.errors import PromptError, UserError
from bot.locales import texts_for
from bot.prompt import parse
from bot.request import Choices, Request, read_size, resolve
from bot.worker import Worker
from generation import protocol
from generation.codec import PictureError, read_init
from generation.models import catalogue

EXIT_FAILED = 1
EXIT_USAGE = 2


async def paint(options: argparse.Namespace) -> int:
    """Paint every permutation of the prompt; the exit status is 0 if each became a picture."""
    config = load_config(options.config)
    console = Console(stderr=True)
    try:
        requests = read_requests(options, config)
    except PromptError as error:
        console.print(f"gala: {texts_for('en-US').get(error.message_id, **error.arguments)}", markup=False)
        console.print(error.caret(), markup=False, soft_wrap=True)
        return EXIT_USAGE
    outs = out_paths(options.out, len(requests))
    init = read_init_file(options.init)
    worker = Worker(worker_settings(config))
    await worker.start()
    try:
        for request, out in zip(requests, outs, strict=True):
            finished = await one(worker, generate(request, init, config), console)
            if isinstance(finished, protocol.Failed):
                console.print(failure_text(finished, request.model), markup=False, soft_wrap=True)
                return EXIT_FAILED
            write(out, finished.picture)
            print(describe(request, finished, out, as_json=options.json))
    finally:
        await worker.close()
    return 0


def read_requests(options: argparse.Namespace, config: Config) -> list[Request]:
    """The requests that the command line asks for. Raises `UserError`."""
    size = read_size(options.size) if options.size else None
    choices = Choices(options.engine, options.model, size, options.steps, options.seed)
    prompts = parse(options.prompt, limit=config.painting.max_permutations)
    known = catalogue(config.models_dir)
    return [resolve(prompt, choices, config.painting, known) for prompt in prompts]


def read_init_file(path: Path | None) -> bytes | None:
    """The init image, made ready. Raises `UserError`."""
    if path is None:
        return None
    try:
        return read_init(path.read_bytes())
    except OSError as error:
        raise UserError("init-unreadable", name=str(path), fault=error.strerror or str(error)) from error
    except PictureError as error:
        raise UserError(f"init-{error.kind}") from error


def out_paths(out: Path, count: int) -> Sequence[Path]:
    """`gala.png` for one picture; `gala-1.png`, `gala-2.png` … for several."""
    if count == 1:
        return [out]
    return [out.with_stem(f"{out.stem}-{number}") for number in range(1, count + 1)]


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
    )


async def one(
    worker: Worker, request: protocol.Generate, console: Console
) -> protocol.Finished | protocol.Failed:
    """Send one request and draw its progress until it ends."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    worker.send(request)
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("loading", total=request.steps)
        async for event in worker.events():
            match event:
                case protocol.Started() | protocol.Progress():
                    bar.update(task, description="painting", completed=event.step, total=event.steps)
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


def describe(request: Request, finished: protocol.Finished, out: Path, *, as_json: bool) -> str:
    """One line about a picture, for a person or a program."""
    if not as_json:
        made = f"{finished.width}x{finished.height}, seed {request.seed}, {finished.steps} steps"
        return f"{out}: {made}, {finished.seconds:.1f} s"
    return json.dumps(
        {
            "file": str(out),
            "sha256": hashlib.sha256(finished.picture).hexdigest(),
            "seed": request.seed,
            "steps": finished.steps,
            "seconds": round(finished.seconds, 3),
            "score": None if finished.score is None else round(finished.score, 4),
        }
    )
