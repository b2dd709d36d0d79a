"""What a member is told, and nobody else, when their words are strange to the model."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import discord

from bot.views.messages import NETWORK
from bot.views.tickets import Interaction, desk_of, texts_of, whisper
from bot.views.wording import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.lexicon import Lexicon, Unknown
    from bot.locales import Texts
    from bot.prompt import Prompt

log = logging.getLogger(__name__)

SHOWN_WORDS: Final = 5
WORD_CHARACTERS: Final = 40


async def hint(interaction: Interaction, prompts: Iterable[Prompt], model: str) -> None:
    """Tell which words the model has not learned, if it is one that knows; the jobs are accepted anyway."""
    lexicon = desk_of(interaction).lexicons.get(model)
    if lexicon is None:
        return
    unknown = tuple(dict.fromkeys(found for prompt in prompts for found in lexicon.unknown(prompt)))
    if not unknown:
        return
    try:
        await whisper(interaction, words(unknown, lexicon, model, texts_of(interaction), interaction.id))
    except (discord.HTTPException, *NETWORK) as error:
        log.info("a hint was not taken: %s", error)


def words(unknown: Sequence[Unknown], lexicon: Lexicon, model: str, texts: Texts, lot: int) -> str:
    """The hint; `lot` chooses the examples."""
    named = ", ".join(f"“{plain(found.word, WORD_CHARACTERS)}”" for found in unknown[:SHOWN_WORDS])
    lines = [texts.get("hint-unknown", model=plain(model, WORD_CHARACTERS), words=named)]
    near = tuple(dict.fromkeys(name for found in unknown[:SHOWN_WORDS] for name in found.near))
    if near:
        lines.append(texts.get("hint-near", words=", ".join(near[:SHOWN_WORDS])))
    else:
        examples = lexicon.examples(texts.locale.partition("-")[0], lot)
        lines.append(texts.get("hint-examples", words=", ".join(examples)))
    return " ".join(lines)
