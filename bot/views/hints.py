"""What a member is told, and nobody else, when their words are strange to the model, or nothing to it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import discord

from bot.tongue import unlearned
from bot.views.messages import NETWORK
from bot.views.tickets import Interaction, desk_of, texts_of, whisper
from bot.views.wording import plain
from generation.scenes import things_read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.lexicon import Lexicon, Unknown
    from bot.locales import Texts
    from bot.prompt import Prompt
    from generation.models import Model

log = logging.getLogger(__name__)

SHOWN_WORDS: Final = 5
WORD_CHARACTERS: Final = 40


async def hint(interaction: Interaction, prompts: Sequence[Prompt], models: Sequence[str]) -> None:
    """Tell what of the words is lost on the model of each prompt; the jobs are accepted anyway."""
    texts = (told(interaction, *pair) for pair in zip(prompts, models, strict=True))
    text = next(filter(None, texts), None)
    if text is None:
        return
    try:
        await whisper(interaction, text)
    except (discord.HTTPException, *NETWORK) as error:
        log.info("a hint was not taken: %s", error)


def told(interaction: Interaction, prompt: Prompt, model: str) -> str | None:
    """What there is to tell, if there is anything."""
    desk, texts = desk_of(interaction), texts_of(interaction)
    text = unread(desk.models[model], texts)
    text = text or unlearned(prompt, desk.models[model], desk.others, texts, shown)
    lexicon = desk.lexicons.get(model)
    if text is not None or lexicon is None:
        return text
    unknown = lexicon.unknown(prompt)
    return words(unknown, lexicon, model, texts, interaction.id) if unknown else None


def shown(name: str) -> str:
    """A model's name, as it may stand in a message."""
    return plain(name, WORD_CHARACTERS)


def unread(model: Model, texts: Texts) -> str | None:
    """What to say of a model that reads no words; None of one that reads them, or whose CLIP does."""
    if model.reads in ("text", "class") or things_read(model.reads) or model.ranker() is not None:
        return None
    return texts.get(f"hint-reads-{model.reads}", model=shown(model.name))


def words(unknown: Sequence[Unknown], lexicon: Lexicon, model: str, texts: Texts, lot: int) -> str:
    """The hint; `lot` chooses the examples."""
    named = ", ".join(f"“{plain(found.word, WORD_CHARACTERS)}”" for found in unknown[:SHOWN_WORDS])
    lines = [texts.get("hint-unknown", model=shown(model), words=named)]
    near = tuple(dict.fromkeys(name for found in unknown[:SHOWN_WORDS] for name in found.near))
    if near:
        lines.append(texts.get("hint-near", words=", ".join(near[:SHOWN_WORDS])))
    else:
        examples = lexicon.examples(texts.locale.partition("-")[0], lot)
        lines.append(texts.get("hint-examples", words=", ".join(examples)))
    return " ".join(lines)
