"""The lines of a card: a job's place, its numbers, its turns and its failure, each in a line of words."""

from __future__ import annotations

import json

from babel.numbers import format_decimal

from bot.dispatcher import Place
from bot.locales import Texts
from bot.targets import of_row
from bot.tongue import instead
from bot.turns import turnings
from bot.views.amounts import origin, steps_done
from bot.views.wording import TURN_CHARACTERS, plain, read
from generation.protocol import Reason
from storage.jobs import Job


def place_line(place: Place | None, texts: Texts) -> str:
    """The place in line, in words."""
    if place is None:
        return texts.get("card-starting")
    return texts.get("card-held" if place.held else "card-place", position=place.position)


def wait_line(place: Place | None, texts: Texts, now: float) -> str:
    """When the picture is expected, as a timestamp that counts down by itself on the member's screen."""
    if place is None or place.wait_s is None:
        return texts.get("card-held-wait" if place and place.held else "card-wait-unknown")
    return texts.get("card-wait", when=f"<t:{int(now + place.wait_s)}:R>")


def notes(job: Job, texts: Texts) -> list[str]:
    """What was made of the wish, where it is not just that."""
    return [*size_note(job, texts), *target_note(job, texts), *language_note(job, texts)]


def size_note(job: Job, texts: Texts) -> list[str]:
    """A line that says what was made of the size that was asked for, where it was another."""
    prompt = read(job)
    asked = prompt.flags.size if prompt else None
    if asked is None or asked == (job.width, job.height):
        return []
    return [
        "-# " + texts.get("card-size-note", asked=f"{asked[0]}×{asked[1]}", made=f"{job.width}×{job.height}")
    ]


def target_note(job: Job, texts: Texts) -> list[str]:
    """A line that says how many pictures it is drawn to, where it is to any."""
    count = len(of_row(job.targets))
    return ["-# " + texts.get("card-targets", count=count)] if count else []


def language_note(job: Job, texts: Texts) -> list[str]:
    """A line that says why another model paints than usual, where one does."""
    prompt = read(job)
    if job.instead_of is None or prompt is None:
        return []
    return ["-# " + instead(prompt, job.model, job.instead_of, texts, lambda name: plain(name, 40))]


def numbers(job: Job, texts: Texts) -> str:
    """Size, steps and seed in small print."""
    parts = [
        *origin(job, texts),
        size(job),
        texts.get("card-steps", steps=job.steps),
        seed(job, texts),
    ]
    return "-# " + " · ".join(parts)


def result_line(job: Job, texts: Texts) -> str:
    """By whom, and all the numbers."""
    parts = [f"<@{job.member_id}>", *origin(job, texts), size(job)]
    parts += [steps_done(job, texts), seed(job, texts)]
    if job.seconds is not None:
        parts.append(texts.get("card-seconds", seconds=round(job.seconds, 1)))
    if job.score is not None and job.grid == 1:
        parts.append(texts.get("card-score", score=round(job.score, 2)))
    return "-# " + " · ".join([*parts, plain(job.model, 40), *([f"`{job.code}`"] if job.code else [])])


def score_lines(job: Job, texts: Texts) -> list[str]:
    """How near each picture of a sheet is to the prompt, in their order."""
    scores = json.loads(job.scores) if job.scores else []
    if not scores:
        return []
    locale = texts.locale.replace("-", "_")
    each = [f"{i}: {format_decimal(score, '0.00', locale)}" for i, score in enumerate(scores, 1)]
    return ["-# " + texts.get("grid-scores", scores=" · ".join(each))]


def size(job: Job) -> str:
    """Width and height, of several pictures those of each."""
    return f"{job.width}×{job.height}" if job.grid == 1 else f"{job.grid} × {job.width}×{job.height}"


def turn_lines(job: Job, texts: Texts) -> list[str]:
    """The latest three turns that the author has given it."""
    return [
        "-# " + texts.get("card-turn", step=turning.step, prompt=plain(turning.prompt, TURN_CHARACTERS))
        for turning in turnings(job)[-3:]
    ]


def seed(job: Job, texts: Texts) -> str:
    """The seed, without separators, to be copied."""
    return texts.get("card-seed", seed=str(job.seed))


def failure_text(job: Job, texts: Texts, largest: tuple[int, int] | None) -> str:
    """The sentence for the job's failure."""
    reason = job.failure or Reason.INTERNAL
    width, height = largest or (0, 0)
    arguments = {"code": plain(job.detail or job.id, 80), "model": plain(job.model, 40)}
    arguments["concept"] = plain(job.found or "", 80)
    if reason in (Reason.TOO_LARGE, Reason.OUT_OF_MEMORY) and largest:
        return texts.get("failed-too-large-try", width=str(width), height=str(height))
    return texts.get(f"failed-{reason}", **arguments)
