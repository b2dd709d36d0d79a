"""From a prompt, and what was chosen beside it, to a request that an engine can carry out.

The one way in for `/imagine`, the Again button and `gala paint`. Pure: no Discord, no files.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from bot.config import Painting
from bot.errors import UserError
from bot.manner import manner_of, refuse_manner
from bot.prompt import Prompt, format_prompt
from bot.spans import format_span
from generation.models import ENLARGING, SHOWN, Model, fit_size
from generation.protocol import Manner, Motion, Origin, Phrase, Target
from generation.scenes import MOST, BoxError, examples, read_scene, things_read

T = TypeVar("T")

MIN_SIDE = 32  #: px; less than that shows nothing
MAX_ASPECT = 8
RATIOS = ((1, 1), (3, 2), (2, 3), (16, 9), (9, 16), (2, 1))  #: usual ones, of width to height
SEEDS = 2**31
DEFAULT_INIT_WEIGHT = 0.5
ENGLISH_ONLY = "dalle-mini"  #: the engine whose models read English alone, and see no pictures
#: The engines that tell a picture code by code.
TELLING: Final = ("dalle", "dalle-mini", "second-stage")
PART_CHARACTERS: Final = 60  #: of a part of a prompt, that an error repeats
SIZE = re.compile(r"\s*(\d{1,6})\s*[x×хX*]\s*(\d{1,6})\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Choices:
    """What was chosen beside the prompt; a choice wins over a trailing flag."""

    engine: str | None = None
    model: str | None = None
    size: tuple[int, int] | None = None
    steps: int | None = None
    seed: int | None = None
    grid: int | None = None
    keep: int | None = None  #: percent


@dataclass(frozen=True, slots=True)
class Request:
    """A picture, or a sheet of them, fully determined.

    `asked` is the size that was asked for, where another was made of it.
    """

    prompt: str
    phrases: tuple[Phrase, ...]
    engine: str
    model: str
    width: int
    height: int
    steps: int
    seed: int
    init_weight: float
    asked: tuple[int, int] | None
    stop_step: int | None = None  #: where it is to end, if before its last step
    origin: Origin | None = None  #: where it starts from an earlier picture
    grid: int = 1  #: how many pictures
    candidate: int | None = None  #: of the sheet that it starts from, the picture to go on from: 1, 2, …
    keep: float | None = None  #: the share of the start's rows that stay, from the top
    turns: str | None = None  #: what it is steered to on its way, as in a job's row
    manner: Manner = field(default_factory=Manner)
    motion: Motion | None = None  #: where it is to be a film
    targets: tuple[Target, ...] = ()  #: what the prompt's flags weigh, once the pictures are at hand
    instead_of: str | None = None  #: the model that would have painted it, did it read the prompt's language


def goes_on(engine: str) -> bool:
    """Whether an engine can go on from a picture by a prompt: steer it, vary it, or paint it on larger."""
    return engine not in (*TELLING, ENLARGING)  # the first go on from the top rows, or from nothing


def check_init(requests: Sequence[Request], models: Mapping[str, Model], *, given: bool) -> None:
    """Refuse a picture to start from where an engine cannot see one, and none where it needs one.

    Raises `UserError`.
    """
    for request in requests:
        reads = models[request.model].reads
        if given and request.engine == ENGLISH_ONLY and request.candidate is None:
            raise UserError("init-not-seen", model=request.model)
        if not given and reads in SHOWN:
            raise UserError(f"needs-{reads}", model=request.model)
        if not given and request.keep is not None:
            raise UserError("keep-of-nothing")


def check_scene(prompt: Prompt, model: Model) -> None:
    """Refuse what is no box, or of no thing that a scene model knows. Raises `UserError`."""
    things = things_read(model.reads)
    if things is None:
        return
    try:
        read_scene(prompt.phrases, things)
    except BoxError as error:
        near = ", ".join(error.near or examples(things))
        part, kind = error.part[:PART_CHARACTERS], error.kind
        raise UserError(kind, model=model.name, part=part, near=near, limit=MOST) from error


def check_telling(prompt: Prompt, model: Model) -> None:
    """Refuse what a model that reads the prompt once, before it draws, cannot heed. Raises `UserError`."""
    if any(format_span(phrase) for phrase in prompt.phrases):
        raise UserError("span-not-here", model=model.name)
    if prompt.flags.tw or prompt.flags.target:
        raise UserError("target-not-here", model=model.name)
    refuse_manner(prompt.flags, model.name)


def read_size(text: str) -> tuple[int, int]:
    """Read "256x256" (also with ×, or a Cyrillic х). Raises `UserError`."""
    found = SIZE.fullmatch(text)
    if found is None:
        raise UserError("size-not-read", value=text[:40])
    return int(found[1]), int(found[2])


def resolve(prompt: Prompt, choices: Choices, painting: Painting, catalogue: Mapping[str, Model]) -> Request:
    """Settle every value: choice, else flag, else the model's default. Raises `UserError`."""
    flags = prompt.flags
    model = find_model(choices.model or flags.model or painting.model, catalogue)
    if not model.paints and choices.model is None:
        raise UserError("model-enlarges", model=model.name)
    engine = choices.engine or flags.engine or model.engine
    if engine != model.engine:
        raise UserError("engine-unknown", engine=engine, known=model.engine)
    grid, keep = first(choices.grid, flags.n, 1), choices.keep or flags.keep
    refuse_undrawn(model, grid, keep)
    if engine in TELLING:
        check_telling(prompt, model)
    check_scene(prompt, model)
    size = choices.size or flags.size or by_ratio(flags.ar, model)
    width, height = fit_size(model, *checked_size(size), painting.max_pixels)
    return Request(
        prompt=format_prompt(prompt),
        phrases=prompt.phrases,
        engine=engine,
        model=model.name,
        width=width,
        height=height,
        steps=checked_steps(first(choices.steps, flags.steps, model.steps), painting.max_steps),
        seed=first(choices.seed, flags.seed, secrets.randbelow(SEEDS)) % SEEDS,
        init_weight=first(flags.iw, DEFAULT_INIT_WEIGHT),
        asked=None if size == (width, height) else size,
        grid=grid,
        keep=None if keep is None else keep / 100,
        manner=manner_of(flags),
    )


def refuse_undrawn(model: Model, grid: int, keep: int | None) -> None:
    """Refuse what only a model can do that draws its pictures code by code. Raises `UserError`."""
    if grid > 1 and not model.draws:
        raise UserError("grid-not-here", model=model.name)
    if keep is not None and not model.keeps:
        raise UserError("keep-of-shown" if model.draws else "keep-not-here", model=model.name)


def first(*values: T | None) -> T:
    """The first value that was given; the last one always is."""
    return next(value for value in values if value is not None)


def find_model(name: str, catalogue: Mapping[str, Model]) -> Model:
    """The model of this name. Raises `UserError` with the names that there are."""
    if name not in catalogue:
        known = sorted(each.name for each in catalogue.values() if each.paints)
        raise UserError("model-unknown", model=name, known=", ".join(known))
    return catalogue[name]


def by_ratio(ratio: tuple[int, int] | None, model: Model) -> tuple[int, int]:
    """A size of the native area with this ratio of width to height."""
    if ratio is None:
        return model.native
    area = model.native[0] * model.native[1]
    width = round((area * ratio[0] / ratio[1]) ** 0.5)
    return max(width, 1), max(round(area / max(width, 1)), 1)


def checked_size(size: tuple[int, int]) -> tuple[int, int]:
    """Refuse what cannot be a picture: a side under 32 px, or a strip."""
    if min(size) < MIN_SIDE or max(size) > MAX_ASPECT * min(size):
        width, height = str(size[0]), str(size[1])
        raise UserError("size-out-of-range", width=width, height=height, least=MIN_SIDE, aspect=MAX_ASPECT)
    return size


def checked_steps(steps: int, limit: int) -> int:
    """Refuse no steps, and more than the host allows."""
    if not 1 <= steps <= limit:
        raise UserError("steps-too-many", steps=steps, limit=limit)
    return steps
