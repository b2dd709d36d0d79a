"""The turns of a job: the prompts and steps that its author has steered it to on the way. Pure.

In a job's row they are JSON: [[step, prompt, steps], …], each from its step on.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

from bot.errors import PromptError
from bot.flags import format_flags
from bot.prompt import parse
from generation.protocol import Turn

if TYPE_CHECKING:
    from storage.jobs import Job


class Turning(NamedTuple):
    """What a job goes by from a step on. `prompt` is as `format_prompt` writes it."""

    step: int
    prompt: str
    steps: int

    def turn(self) -> Turn:
        """For the generation process. Raises `PromptError`."""
        return Turn(self.step, parse(self.prompt)[0].phrases, self.steps)


class Steerable(Protocol):
    """What can be steered: a job, or an order for what was."""

    @property
    def steps(self) -> int:
        """As first asked for."""

    @property
    def turns(self) -> str | None:
        """As in a job's row."""


def turnings(job: Steerable) -> tuple[Turning, ...]:
    """The job's turns, in their order."""
    return tuple(Turning(*item) for item in json.loads(job.turns)) if job.turns else ()


def with_turning(job: Job, turning: Turning) -> str:
    """The row's text with one more."""
    return _write((*turnings(job), turning))


def settled(job: Job, number: int, step: int) -> str | None:
    """The row's text once the `number`-th turn is known to be at `step`; None where that is no news."""
    all_turns = list(turnings(job))
    if number >= len(all_turns) or all_turns[number].step == step:
        return None
    all_turns[number] = all_turns[number]._replace(step=step)
    return _write(tuple(all_turns))


def steered(job: Job) -> Job:
    """The job as it stands after its turns: with their last phrases and steps, and its own flags."""
    last = turnings(job)[-1:]
    if not last:
        return job
    return replace(job, prompt=" ".join([last[0].prompt, *_flags(job)]), steps=last[0].steps)


def _flags(job: Job) -> list[str]:
    try:
        return format_flags(parse(job.prompt)[0].flags)
    except PromptError:  # written by a Gala with another grammar
        return []


def most_steps(job: Steerable) -> int:
    """The most steps that it goes for, on its way."""
    return max(job.steps, *(turning.steps for turning in turnings(job)), 1)


def _write(turns: tuple[Turning, ...]) -> str:
    return json.dumps(turns, ensure_ascii=False)
