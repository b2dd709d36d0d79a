"""`/filter picture`: what a guild's pictures are checked for. Every handler asks for the right again."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from typing import Any, Final

import discord
from discord import app_commands
from discord.app_commands import Choice

from bot.commands.imagine import Command, text
from bot.commands.quotas import Channel, choices
from bot.errors import UserError
from bot.lexicon import FILLERS, words_of
from bot.output_check import DEFAULT_THRESHOLD, MAX_CHARACTERS, MOST_CONCEPTS
from bot.views.admin import record, require_admin
from bot.views.asking import place_of as channel_place
from bot.views.bench import place_of
from bot.views.cards import Card
from bot.views.concept_cards import concept_line, concepts_card, seen_card
from bot.views.looks import fetch
from bot.views.quota_cards import note_card
from bot.views.sight import shown
from bot.views.tickets import Interaction, desk_of, texts_of, think
from bot.views.wording import clean, plain
from storage.concepts import Action, Concept

MAX_CHOICES: Final = 25

Callback = Callable[..., Coroutine[Any, Any, None]]
Percent = app_commands.Range[int, 1, 99]
PercentOrNone = app_commands.Range[int, 0, 99]  #: 0: not looked for


def picture_group() -> app_commands.Group:
    """The group, to be added to `/filter`."""
    group = app_commands.Group(
        name=text("filter-picture-name"), description=text("filter-picture-description")
    )
    for name, callback in SUBCOMMANDS.items():
        group.add_command(subcommand(name, callback))
    return group


def subcommand(name: str, callback: Callback) -> Command:
    """One of the group's, with its words in all languages."""
    command: Command = app_commands.Command(
        name=text(f"concept-{name}-name"), description=text(f"concept-{name}-description"), callback=callback
    )
    options = [parameter.name for parameter in command.parameters]
    command = app_commands.rename(**{name: text(f"concept-option-{name}") for name in options})(command)
    command = app_commands.describe(**{name: text(f"concept-about-{name}") for name in options})(command)
    if "action" in options:
        command = app_commands.choices(action=choices("concept-action", Action))(command)
    if "concept" in options:
        command.autocomplete("concept")(suggest_concepts)
    return command


async def add(
    interaction: discord.Interaction[Any],
    words: str,
    action: str,
    threshold: Percent | None = None,
    restricted: PercentOrNone | None = None,
) -> None:
    """Look for a concept from now on, or otherwise than before."""
    guild_id, texts, desk = require_admin(interaction), texts_of(interaction), desk_of(interaction)
    words, wanted = read_words(words), Action(action)
    share = DEFAULT_THRESHOLD if threshold is None else threshold / 100
    lax = share if restricted is None else restricted / 100 or None
    check = desk.holding.check
    there = await check.concepts.of(guild_id)
    if len(there) >= MOST_CONCEPTS and words not in {concept.words for concept in there}:
        raise UserError("concept-full", limit=MOST_CONCEPTS)
    if wanted is Action.HOLD and not await desk.inbox.is_open(guild_id):
        raise UserError("concept-no-inbox")
    await think(interaction, private=True)
    await check.probe(words)
    concept = Concept(guild_id, words, wanted, share, lax, interaction.user.id, time.time())
    concept = await check.concepts.add(concept)
    line = concept_line(concept, texts)
    await record(interaction, "concept-add", detail=f"#{concept.id} {words} · {wanted} · {share:.0%}")
    lines = [texts.get("concept-added", concept=line)]
    if unknown := check.unknown(words):
        lines.append(texts.get("concept-unknown", words=plain(", ".join(unknown), 100)))
    await interaction.edit_original_response(view=note_card("\n".join(lines), good=not unknown))


def read_words(typed: str) -> str:
    """A concept as it is kept. Raises `UserError` for one that says nothing, or too much."""
    words = clean(typed)
    if len(words) > MAX_CHARACTERS or not any(word not in FILLERS for word in words_of(words)):
        raise UserError("concept-unusable", limit=MAX_CHARACTERS)
    return words


async def remove(interaction: discord.Interaction[Any], concept: str) -> None:
    """Look for a concept no more. `concept` is its number."""
    guild_id, texts = require_admin(interaction), texts_of(interaction)
    found = await find(interaction, guild_id, concept)
    await desk_of(interaction).holding.check.concepts.remove(guild_id, found.id)
    await record(interaction, "concept-remove", detail=f"#{found.id} {found.words}")
    words = texts.get("concept-removed", concept=concept_line(found, texts))
    await whisper(interaction, note_card(words, good=False))


async def show(interaction: discord.Interaction[Any]) -> None:
    """All concepts."""
    guild_id = require_admin(interaction)
    concepts = await desk_of(interaction).holding.check.concepts.of(guild_id)
    await whisper(interaction, concepts_card(concepts, texts_of(interaction)))


async def channel(
    interaction: discord.Interaction[Any],
    concept: str,
    channel: Channel,
    threshold: PercentOrNone | None = None,
) -> None:
    """Another threshold for a channel and its threads; without one, what holds elsewhere."""
    guild_id, texts = require_admin(interaction), texts_of(interaction)
    concepts = desk_of(interaction).holding.check.concepts
    found = await find(interaction, guild_id, concept)
    if threshold is None:
        await concepts.end_exception(found.id, channel.id)
    else:
        await concepts.except_channel(found.id, channel.id, threshold / 100 or None)
    now = await find(interaction, guild_id, str(found.id))
    told = "" if threshold is None else f" · {threshold} %"
    await record(interaction, "concept-channel", f"channel {channel.id}", f"#{found.id} {found.words}{told}")
    await whisper(interaction, note_card(texts.get("concept-kept", concept=concept_line(now, texts))))


async def test(
    interaction: discord.Interaction[Any],
    code: str | None = None,
    picture: discord.Attachment | None = None,
) -> None:
    """What the check sees in a picture, and what it would do with it here; nothing is noted."""
    guild_id, desk = require_admin(interaction), desk_of(interaction)
    if (code is None) == (picture is None):
        raise UserError("concept-test-one")
    concepts = await desk.holding.check.concepts.of(guild_id)
    if not concepts:
        raise UserError("concept-list-none")
    await think(interaction, private=True)
    data = await fetch(picture) if picture is not None else await past_picture(interaction, code or "")
    (seen,) = await desk.holding.check.look([data], concepts)
    here = interaction.channel
    place = place_of(here, (interaction.channel_id or 0, channel_place(here)))
    await interaction.edit_original_response(view=seen_card(seen, place, texts_of(interaction)))


async def past_picture(interaction: Interaction, code: str) -> bytes:
    """The picture of a code that whoever asks may see. Raises `UserError`."""
    found = await desk_of(interaction).past.picture(await shown(interaction, code))
    if found is None:
        raise UserError("picture-gone")
    return found


async def find(interaction: Interaction, guild_id: int, typed: str) -> Concept:
    """A concept by its number, or by its words. Raises `UserError`."""
    wanted = typed.strip().lstrip("#")
    for concept in await desk_of(interaction).holding.check.concepts.of(guild_id):
        if wanted in (str(concept.id), concept.words):
            return concept
    raise UserError("concept-none-such")


async def whisper(interaction: Interaction, view: Card) -> None:
    """Answer with a card that the admin alone sees."""
    await interaction.response.send_message(view=view, ephemeral=True)


async def suggest_concepts(interaction: Interaction, typed: str) -> list[Choice[str]]:
    """Concepts that have what was typed; none for who may not set them."""
    if interaction.guild_id is None or not interaction.permissions.manage_guild:
        return []
    concepts = await desk_of(interaction).holding.check.concepts.of(interaction.guild_id)
    part = typed.strip().lstrip("#").lower()
    return [
        Choice(name=f"#{concept.id} {concept.words}"[:100], value=str(concept.id))
        for concept in concepts
        if part in f"{concept.id} {concept.words}".lower()
    ][:MAX_CHOICES]


SUBCOMMANDS: Final[dict[str, Callback]] = {
    "add": add,
    "remove": remove,
    "list": show,
    "channel": channel,
    "test": test,
}
