"""Words on a card: what a member wrote, shown so that none of it is read as markup or as a mention."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, Protocol

from bot.errors import PromptError
from bot.flags import Flags
from bot.prompt import Prompt, format_prompt, parse

SHOWN_CHARACTERS: Final = 700  #: of a prompt, on a card
TURN_CHARACTERS: Final = 200  #: of a prompt that came later
ALT_CHARACTERS: Final = 1024  #: Discord's limit for the words that a screen reader says
MARKUP = re.compile(r"([\\*_~`|<>\[\]()#@:])|^([-+])|^(\d+)(?=\.)")
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
JOINERS = {"\u200c", "\u200d"}  # inside emoji and in Persian or Indic words they are spelling


class Prompted(Protocol):
    """What a prompt was asked for: a job, or what has become of it."""

    @property
    def prompt(self) -> str:
        """As `format_prompt` writes it."""


class Pictured(Prompted, Protocol):
    """What a picture was asked for, and whether it may be shown at once."""

    @property
    def blurred(self) -> bool:
        """Whether it is shown only to who asks for it."""


def alt_text(job: Prompted) -> str | None:
    """The prompt, for a screen reader."""
    return clean(shown_prompt(job))[:ALT_CHARACTERS] or None


def quote(job: Prompted) -> str:
    """The prompt as a quotation."""
    return f"> {plain(shown_prompt(job), SHOWN_CHARACTERS)}"


def shown_prompt(job: Prompted) -> str:
    """The prompt without its flags, whose values stand in the card's numbers."""
    return without_flags(job.prompt)


def without_flags(text: str) -> str:
    """A prompt's phrases alone; all of what is no longer understood."""
    try:
        return format_prompt(Prompt(parse(text)[0].phrases, Flags()))
    except PromptError:
        return text


def read(job: Prompted) -> Prompt | None:
    """The job's prompt; None for a row whose words are no longer understood."""
    try:
        return parse(job.prompt)[0]
    except PromptError:
        return None


def plain(text: str, limit: int) -> str:
    """Words as words: on one line, at most `limit` characters, and no character of them is markup."""
    words = clean(text)
    if len(words) > limit:
        words = words[: limit - 1].rstrip() + "…"
    return MARKUP.sub(lambda found: f"\\{found[0]}" if found[3] is None else f"{found[3]}\\", words)


def clean(text: str) -> str:
    """Without line breaks and unseen characters, such as those that turn the direction of writing."""
    seen = "".join(
        " " if character.isspace() else character
        for character in text
        if character.isspace() or character in JOINERS or unicodedata.category(character) not in UNSEEN
    )
    return re.sub(r" {2,}", " ", seen).strip()
