"""What a member prefers, as far as it can be had where they ask: the host, the guild and its filter agree."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import discord

from bot.errors import UserError
from bot.preferring import put_in, unwanted_in
from bot.quota import keeps
from bot.request import Choices, resolve
from bot.views.messages import NETWORK
from bot.views.tickets import Interaction, desk_of, order, preference_of, texts_of, whisper
from storage.preferences import Preference
from storage.quotas import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.filter import Filter
    from bot.prompt import Prompt
    from bot.quota import Standing
    from bot.request import Request

log = logging.getLogger(__name__)

#: The rules of a guild that have a say about a field.
RULES: Final = {"model": Kind.ENGINES, "shape": Kind.PIXELS, "steps": Kind.STEPS}


async def settle(
    interaction: Interaction, prompts: Sequence[Prompt]
) -> tuple[list[Request], tuple[str, ...]]:
    """What is to be painted, and the names of preferences that were passed over. Raises `UserError`."""
    desk, preference = desk_of(interaction), preference_of(interaction)
    plain = [resolve(each, Choices(), desk.painting, desk.models) for each in prompts]
    if preference == Preference(preference.language):
        return plain, ()
    standing = await desk.till.standing(order(interaction, plain[0], None).asker)
    screen = await desk.screening.filter_of(interaction.guild_id) if interaction.guild_id else None

    def fits(name: str, prompt: Prompt) -> bool:
        return can_be_had(interaction, name, prompt, standing, screen)

    settled = [put_in(each, preference, fits) for each in prompts]
    passed = dict.fromkeys(name for _, names in settled for name in names)
    return [resolve(each, Choices(), desk.painting, desk.models) for each, _ in settled], tuple(passed)


def can_be_had(
    interaction: Interaction, name: str, prompt: Prompt, standing: Standing, screen: Filter | None
) -> bool:
    """Whether the prompt can be painted here with the field that was just put in."""
    desk = desk_of(interaction)
    try:
        request = resolve(prompt, Choices(), desk.painting, desk.models)
    except UserError:
        return False
    if name == "unwanted":
        return screen is None or screen.verdict(list(unwanted_in(prompt))) is None
    ask = desk.dispatcher.ask(order(interaction, request, None))
    kind = RULES.get(name)
    said = [rules for rules in standing.bounds if rules[0].kind is kind]
    return all(any(keeps(rule, ask) for rule in rules) for rules in said)


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
