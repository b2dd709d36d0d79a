"""What a picture's recipe says: as the prompt that repeats it, and beside another recipe. Pure."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from bot.aims import Aim
from bot.errors import PromptError
from bot.manner import with_manner
from bot.prompt import Flags, Prompt, format_prompt, parse
from generation.protocol import Recipe

if TYPE_CHECKING:
    from generation.recipes import FileRecipe


def prompt_of(recipe: FileRecipe) -> str | None:
    """The prompt with all its numbers as flags; None for phrases or names that no prompt can have."""
    flags = Flags(
        size=(recipe.width, recipe.height),
        seed=recipe.seed,
        steps=recipe.steps,
        iw=recipe.init_weight if recipe.init_sha256 else None,
        tw=tuple(Aim(target.weight, target.stop) for target in recipe.targets) or None,
        engine=recipe.engine,
        model=recipe.model,
        n=recipe.grid if recipe.grid > 1 else None,
        keep=None if recipe.keep is None else round(100 * recipe.keep),
    )
    prompt = Prompt(recipe.phrases, with_manner(flags, recipe.manner))
    try:
        text = format_prompt(prompt)
        return text if parse(text) == (prompt,) else None
    except PromptError:
        return None


def differences(before: Recipe, after: Recipe) -> tuple[str, ...]:
    """What was not the same when a picture was painted again: "dtype: bfloat16, now float32"."""
    both = ((field.name, getattr(before, field.name), getattr(after, field.name)) for field in fields(Recipe))
    return tuple(f"{name}: {was}, now {now}" for name, was, now in both if was != now)
