"""What a member prefers, as far as it can be had where they ask: the host, the guild and its filter agree."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import discord

from bot.errors import UserError
from bot.preferring import all_texts, in_style, put_in, unwanted_in
from bot.quota import Standing, judge
from bot.refusals import refusal
from bot.request import Choices, resolve
from bot.routing import Choosing, detour, is_named, legible, reads
from bot.styles import dress, flagged, template_for, worded
from bot.views.asking import asker_of
from bot.views.messages import NETWORK
from bot.views.tickets import Interaction, desk_of, order, preference_of, texts_of, whisper
from storage.quotas import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.filter import Filter
    from bot.prompt import Prompt
    from bot.request import Request
    from storage.preferences import Preference

log = logging.getLogger(__name__)

#: The rules of a guild that have a say about a field.
RULES: Final = {"model": Kind.ENGINES, "shape": Kind.PIXELS, "steps": Kind.STEPS}
#: The words of a prompt that a field has a share in, which a guild's filter may forbid.
WORDS: Final = {"unwanted": unwanted_in, "style": all_texts}


async def settle(
    interaction: Interaction, prompts: Sequence[Prompt], accepts: Callable[[Request], object] = bool
) -> tuple[list[Request], tuple[str, ...]]:
    """What is to be painted, and the names of preferences that were passed over. Raises `UserError`.

    `accepts` raises `UserError` for a request that cannot be carried out here for reasons of its own.
    """
    preference, standing = preference_of(interaction), await standing_of(interaction)
    screening, among = desk_of(interaction).screening, choosing(interaction, standing, accepts)
    screen = await screening.filter_of(interaction.guild_id) if interaction.guild_id else None

    def fits(name: str, prompt: Prompt) -> bool:
        return can_be_had(interaction, name, prompt, standing, screen)

    settled = [settle_one(each, preference, among, fits) for each in prompts]
    passed = dict.fromkeys(name for _, names in settled for name in names)
    return [request for request, _ in settled], tuple(passed)


def settle_one(
    prompt: Prompt, preference: Preference, among: Choosing, fits: Callable[[str, Prompt], bool]
) -> tuple[Request, tuple[str, ...]]:
    """As `settle`, of one prompt: in the preferred style, if all can be had with it, else without."""
    styled = in_style(prompt, preference)
    if styled is None:
        return _settle_one(prompt, preference, among, fits)
    with suppress(UserError):
        if fits("style", dress(styled, among.styles)):
            request, passed = _settle_one(styled, preference, among, fits)
            among.accepts(request)
            return request, passed
    request, passed = _settle_one(prompt, preference, among, fits)
    return request, ("style", *passed)


def _settle_one(
    prompt: Prompt, preference: Preference, among: Choosing, fits: Callable[[str, Prompt], bool]
) -> tuple[Request, tuple[str, ...]]:
    template = template_for(prompt, among.styles)
    wished, passed = put_in(flagged(prompt, template), preference, fits)
    wished = worded(wished, template)
    request = resolve(wished, Choices(), among.painting, among.models)
    if is_named(prompt, Choices()):
        return legible(request, wished, among), passed
    if reads(among.models[request.model], wished):
        return request, passed
    # Steps go with the model that they were chosen for; and another is looked for now.
    bare = flagged(prompt, template, model=False)
    wished, passed = put_in(bare, replace(preference, model=None, steps=None), fits)
    return detour(worded(wished, template), Choices(), request, among), passed


async def standing_of(interaction: Interaction) -> Standing:
    """The rules that bind the member here. Raises `StorageError`."""
    return await desk_of(interaction).till.standing(asker_of(interaction))


def choosing(
    interaction: Interaction, standing: Standing, accepts: Callable[[Request], object] = bool
) -> Choosing:
    """Among what is chosen here, where the guild's rules have a say."""
    desk = desk_of(interaction)

    def permitted(request: Request) -> None:
        accepts(request)
        check_rules(interaction, request, standing)

    return Choosing(desk.painting, desk.models, desk.others, desk.styles, permitted)


def can_be_had(
    interaction: Interaction, name: str, prompt: Prompt, standing: Standing, screen: Filter | None
) -> bool:
    """Whether the prompt can be painted here with the field that was just put in."""
    desk = desk_of(interaction)
    try:
        request = resolve(prompt, Choices(), desk.painting, desk.models)
        if name in RULES:
            check_rules(interaction, request, standing, RULES[name])
    except UserError:
        return False
    return name not in WORDS or screen is None or screen.verdict(list(WORDS[name](prompt))) is None


def check_rules(interaction: Interaction, request: Request, standing: Standing, *kinds: Kind) -> None:
    """Refuse what a rule of these kinds, or of any that bind a picture, forbids. Raises `UserError`."""
    ask = desk_of(interaction).dispatcher.ask(order(interaction, request, None))
    wanted = kinds or tuple(RULES.values())
    verdict = judge(Standing(bounds=tuple(r for r in standing.bounds if r[0].kind in wanted)), ask)
    if not verdict.allowed:
        raise refusal(verdict, ask)


async def tell_passed(interaction: Interaction, passed: Sequence[str]) -> None:
    """Tell the member, alone, which preferences could not be had; the jobs are accepted without them."""
    if not passed:
        return
    texts = texts_of(interaction)
    names = ", ".join(texts.get(f"preferences-name-{name.replace('_', '-')}") for name in passed)
    try:
        await whisper(interaction, texts.get("preferences-passed", names=names))
    except (discord.HTTPException, *NETWORK) as error:
        log.info("a member was not told of preferences that were passed over: %s", error)
