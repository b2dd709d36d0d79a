"""Which words a small model has learned, and which of them a member may have meant.

A model that knows a closed world of words says so in a file `words.json`; the published models have none, and
nothing is ever unknown to them.
"""

from __future__ import annotations

import difflib
import json
import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from generation.models import locate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from bot.prompt import Prompt
    from generation.models import Model

log = logging.getLogger(__name__)

FILE: Final = "words.json"
LIKENESS: Final = 0.75  #: of a word to one that is offered in its place
OFFERED: Final = 3
SHORTEST_STEM: Final = 3
ENDING: Final = 3  #: letters by which two forms of one word may differ at their ends
WORD: Final = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
#: Words that carry no picture of their own.
FILLERS: Final = frozenset(
    WORD.findall(
        "a an the of in on at to by for from with without and or is are it its this that my your his her our"
        " their some very up out into over like as one"
        " и в во на с со у к ко по из за о об от для или это этот эта мой моя твой наш его ее их как очень"
        " один одна одно где который которая"
    )
)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A word that the model has not learned, and known ones that are spelled much like it."""

    word: str
    near: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """`things`: the names of what the model can draw, by language ("en", "ru"); `words`: all it has read."""

    things: dict[str, tuple[str, ...]]
    words: frozenset[str]

    @classmethod
    def load(cls, path: Path) -> Lexicon:
        """Read a model's `words.json`. Raises OSError, and ValueError for another file."""
        table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        try:
            things = {language: tuple(names) for language, names in table["things"].items()}
            return cls(things, frozenset(table["words"]))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{path} is not a list of words: {error!r}") from error

    def unknown(self, prompt: Prompt) -> tuple[Unknown, ...]:
        """The words of a prompt that were not learned, each once, in their order."""
        found = dict.fromkeys(word for phrase in prompt.phrases for word in words_of(phrase.text))
        return tuple(Unknown(word, self.near(word)) for word in found if not self.knows(word))

    def knows(self, word: str) -> bool:
        """Whether this word was learned, or in Russian another form of it."""
        if word in self.words or word in FILLERS:
            return True
        return is_cyrillic(word) and any(same_stem(word, known) for known in self.words)

    def near(self, word: str) -> tuple[str, ...]:
        """Names of things that are spelled much like the word, best first."""
        names = self.things["ru" if is_cyrillic(word) else "en"]
        return tuple(difflib.get_close_matches(word, names, OFFERED, LIKENESS))

    def examples(self, language: str, number: int, count: int = 6) -> tuple[str, ...]:
        """Some things that the model knows; another `number` gives others."""
        names = self.things[language if language in self.things else "en"]
        start = number * count % len(names)
        return (names[start:] + names[:start])[:count]


def words_of(text: str) -> Iterable[str]:
    """The words of a text as the lexicon has them: lower case, with е for ё."""
    return (found.group().lower().replace("ё", "е") for found in WORD.finditer(text))


def is_cyrillic(word: str) -> bool:
    """Whether a word is written in Russian letters."""
    return "а" <= word[0] <= "я"


def same_stem(word: str, known: str) -> bool:
    """Whether two words may be forms of one: alike but for a short ending."""
    stem = max(SHORTEST_STEM, max(len(word), len(known)) - ENDING)
    return abs(len(word) - len(known)) <= ENDING and word[:stem] == known[:stem] and len(known) >= stem


def lexicons(models: Mapping[str, Model], models_dir: Path) -> Mapping[str, Lexicon]:
    """The lexicons of those models that have one; a file that cannot be read is logged and left out."""
    found = {}
    for model in models.values():
        path = locate(model, models_dir).get(FILE)
        if path is not None:
            try:
                found[model.name] = Lexicon.load(path)
            except (OSError, ValueError) as error:
                log.warning("model %s: its list of words cannot be read: %s", model.name, error)
    return found
