"""Which model paints a prompt that the usual one does not read: another that does.

A model that was named paints all the same, as long as it can make out the letters; its member is told.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.errors import UserError
from bot.request import ENGLISH_ONLY, Choices, Request, resolve
from bot.styles import dress
from generation.english import ForeignText, plain
from generation.languages import languages_of
from generation.models import CATALOGUE, is_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from bot.config import Painting
    from bot.presets import Style
    from bot.prompt import Prompt
    from generation.models import Model


@dataclass(frozen=True, slots=True)
class Choosing:
    """Among what is chosen, and with what. `others`: as of `in_turn`.

    `accepts` raises `UserError` for what cannot be.
    """

    painting: Painting
    models: Mapping[str, Model]
    others: Sequence[Model]
    styles: Mapping[str, Style]
    accepts: Callable[[Request], object] = bool


def in_turn(models: Iterable[Model], models_dir: Path | None) -> tuple[Model, ...]:
    """Those that paint by words, in the order in which they are asked: the host's own, then the shipped.

    One of which a file is missing is not asked.
    """
    painters = [m for m in models if m.paints and m.reads == "text" and is_whole(m, models_dir)]
    return tuple(sorted(painters, key=lambda model: model.name in CATALOGUE))


def is_named(prompt: Prompt, choices: Choices) -> bool:
    """Whether it was said who is to paint."""
    return any((choices.model, choices.engine, prompt.flags.model, prompt.flags.engine))


def route(prompt: Prompt, choices: Choices, among: Choosing, usual: str | None = None) -> Request:
    """The request of the model that was named; else of the usual one, or another that reads the prompt.

    `usual` is the host's if it is None. Raises `UserError`.
    """
    named = is_named(prompt, choices)
    styled = dress(prompt, among.styles, model=not named)
    asked = choices if choices.model or styled.flags.model else replace(choices, model=usual)
    request = resolve(styled, asked, among.painting, among.models)
    if named:
        return legible(request, styled, among)
    if reads(among.models[request.model], styled):
        return request
    return detour(dress(prompt, among.styles, model=False), choices, request, among)


def detour(prompt: Prompt, choices: Choices, request: Request, among: Choosing) -> Request:
    """The request of the first other model that reads the prompt and can be had; else the request as it was.

    Raises `UserError` where its model cannot even make out the letters.
    """
    for other in among.others:
        if not reads(other, prompt):
            continue
        with suppress(UserError):
            found = resolve(prompt, replace(choices, model=other.name), among.painting, among.models)
            among.accepts(found)
            return replace(found, instead_of=request.model)
    return legible(request, prompt, among)


def reads(model: Model, prompt: Prompt) -> bool:
    """Whether a model has learned the language of the prompt, and of what is not wanted."""
    return model.understands(asked_of(prompt)) and strange_letter(model, prompt) is None


def asked_of(prompt: Prompt) -> tuple[str, ...]:
    """The languages of a prompt, as in `generation.languages`."""
    return languages_of(phrase.text for phrase in prompt.phrases)


def readers(prompt: Prompt, others: Iterable[Model]) -> tuple[str, ...]:
    """The names of those that read the prompt."""
    return tuple(other.name for other in others if reads(other, prompt))


def legible(request: Request, prompt: Prompt, among: Choosing) -> Request:
    """The request, if its model can make out the letters at all. Raises `UserError` that names others."""
    letter = strange_letter(among.models[request.model], prompt)
    if letter is not None:
        known = ", ".join(sorted(readers(prompt, among.others)))
        words = "model-english-only" if known else "model-english-alone"
        raise UserError(words, model=request.model, letter=letter, known=known)
    return request


def strange_letter(model: Model, prompt: Prompt) -> str | None:
    """The first letter that a model of English alone would have to leave out."""
    if model.engine != ENGLISH_ONLY:
        return None
    try:
        for phrase in prompt.phrases:
            plain(phrase.text)
    except ForeignText as error:
        return error.letter
    return None
