"""A picture's recipe before a member: read from Gala's own rows, or from the file itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import discord
from discord import ui

from bot.errors import PromptError, UserError
from bot.manner import manner_of
from bot.prompt import Prompt, format_prompt, parse
from bot.recipe import prompt_of
from bot.targets import of_row
from bot.views.cards import FINISHED, Card, card
from bot.views.messages import NETWORK
from bot.views.sight import sight_of
from bot.views.tickets import Interaction, desk_of
from bot.views.wording import TURN_CHARACTERS, clean, plain
from bot.visibility import sees
from generation.protocol import Recipe
from generation.recipes import FileRecipe, read_recipe

if TYPE_CHECKING:
    from bot.locales import Texts
    from bot.views.tickets import Desk
    from storage.generations import Generation

MAX_BYTES: Final = 20 * 2**20
MOST_ATTACHMENTS: Final = 10
COMMAND_CHARACTERS: Final = 3000
HASH_SHOWN: Final = 12
UNKNOWN: Final = Recipe("", "", "", "", 0, "")


async def recipe_of_message(
    interaction: Interaction, message: discord.Message
) -> tuple[FileRecipe, Generation | None]:
    """What the message's picture was painted from. Raises `UserError` where there is nothing to read."""
    desk = desk_of(interaction)
    generation = await desk.generations.of_message(message.id)
    if generation is not None and sees(sight_of(interaction), generation):
        return await recipe_of_generation(desk, generation), generation
    for attachment in message.attachments[:MOST_ATTACHMENTS]:
        recipe = await read_attachment(attachment)
        if recipe is not None and prompt_of(recipe) is not None:
            return recipe, None
    raise UserError("recipe-none" if message.attachments else "recipe-no-picture")


async def read_attachment(attachment: discord.Attachment) -> FileRecipe | None:
    """The recipe that an attached file carries. Raises `UserError` where it cannot be had."""
    if attachment.size > MAX_BYTES:
        return None
    try:
        return read_recipe(await attachment.read())
    except (discord.HTTPException, *NETWORK) as error:
        raise UserError("look-lost") from error


async def recipe_of_generation(desk: Desk, generation: Generation) -> FileRecipe:
    """What the picture's own file says, or else its row. Raises `UserError` for a row of another grammar."""
    picture = await desk.past.picture(generation)
    recipe = None if picture is None else read_recipe(picture)
    return recipe or recipe_of_row(generation)


def recipe_of_row(generation: Generation) -> FileRecipe:
    """The recipe as far as the row has it. Raises `UserError`."""
    try:
        prompt = parse(generation.prompt)[0]
    except PromptError as error:
        raise UserError("recipe-none") from error
    return FileRecipe(
        phrases=prompt.phrases,
        manner=manner_of(prompt.flags),
        engine=generation.engine,
        model=generation.model,
        width=generation.width,
        height=generation.height,
        steps=generation.steps,
        done=generation.steps,
        seed=generation.seed,
        init_sha256=generation.init_sha256,
        init_weight=generation.init_weight,
        targets=of_row(generation.targets),
        made=UNKNOWN if generation.recipe is None else Recipe(**json.loads(generation.recipe)),
    )


def recipe_card(
    recipe: FileRecipe, generation: Generation | None, texts: Texts, *rows: ui.Item[Card]
) -> Card:
    """The command that repeats it, in a block to be copied, and what else is known."""
    return card(FINISHED, ui.TextDisplay(told(recipe, generation, texts)), *rows)


def told(recipe: FileRecipe, generation: Generation | None, texts: Texts) -> str:
    """The recipe in words."""
    command = clean(prompt_of(recipe) or "").replace("`", "ˋ")
    block = f"```\n/imagine prompt: {command}\n```"
    if len(command) > COMMAND_CHARACTERS:
        block = texts.get("recipe-long")
    notes = [texts.get("recipe-title", code=generation.code if generation else "none"), block]
    if recipe.init_sha256:
        notes.append(texts.get("recipe-init"))
    if recipe.targets:
        notes.append(texts.get("recipe-targets", count=len(recipe.targets)))
    if recipe.origin is not None:
        notes.append(texts.get(f"card-origin-{recipe.origin}"))
    if recipe.candidate is not None:
        notes.append(texts.get("grid-from", number=recipe.candidate))
    if recipe.keep:
        notes.append(texts.get("grid-kept", percent=round(100 * recipe.keep)))
    if recipe.motion is not None:
        notes.append("-# " + texts.get("recipe-film", frames=recipe.motion.frames(recipe.done)))
    for turn in recipe.turns:
        words = plain(format_prompt(Prompt(turn.phrases)), TURN_CHARACTERS)
        notes.append("-# " + texts.get("card-turn", step=turn.step, prompt=words))
    if recipe.done < recipe.whole:
        notes.append(texts.get("card-stopped", step=recipe.done, steps=recipe.whole))
    return "\n".join([*notes, f"-# {machine(recipe)}"])


def machine(recipe: FileRecipe) -> str:
    """Model and machine, in small print."""
    made = recipe.made
    parts: list[str] = [recipe.model, made.model_sha256[:HASH_SHOWN]]
    parts += [f"Gala {made.gala}", f"torch {made.torch}", made.device, made.dtype] if made.gala else []
    return " · ".join(plain(part, 60) for part in parts if part)
