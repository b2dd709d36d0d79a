"""Asks the CLIP that is loaded which of a guild's concepts pictures show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from bot.describing import words_for
from bot.lexicon import is_cyrillic, words_of
from bot.output_check import MOST_CONCEPTS, Seen, read
from generation.protocol import MOST_ASKED

if TYPE_CHECKING:
    from bot.lexicon import Lexicon
    from bot.questions import Questions
    from storage.concepts import Concept, Concepts

LANGUAGES: Final = ("en", "ru")


class OutputCheck:
    """The check. `concepts` are the rows; the neutral captions are the words that /describe tries."""

    def __init__(
        self, concepts: Concepts, questions: Questions, lexicons: Mapping[str, Lexicon], model: str
    ) -> None:
        self.concepts = concepts
        self._questions, self._lexicon, self._model = questions, lexicons.get(model), model

    async def look(self, pictures: Sequence[bytes], concepts: Sequence[Concept]) -> list[list[Seen]]:
        """How much of each picture is each concept's; nothing of bytes that are none. Raises `NoAnswer`."""
        found: list[list[Seen]] = [[] for _ in pictures]
        for language in LANGUAGES:
            some = [concept for concept in concepts if language_of(concept.words) == language]
            if not some:
                continue
            neutral = neutral_captions(self._lexicon, language)
            texts = tuple(dict.fromkeys([*(concept.words for concept in some), *neutral]))
            scored = await self._questions.score(self._model, pictures=pictures, texts=texts)
            for mine, cosines in zip(found, scored.scores, strict=True):
                if cosines is not None:
                    mine += read(some, neutral, dict(zip(texts, cosines, strict=True)), scored.scale)
        return found

    async def probe(self, words: str) -> None:
        """Make sure that there is a CLIP that reads this. Raises `NoAnswer`."""
        await self._questions.embed(self._model, texts=[words])

    def unknown(self, words: str) -> list[str]:
        """The words that the CLIP has not learned, as far as that is known."""
        if self._lexicon is None:
            return [word for word in words_of(words) if is_cyrillic(word)]
        return [word for word in words_of(words) if not self._lexicon.knows(word)]


def neutral_captions(lexicon: Lexicon | None, language: str) -> list[str]:
    """The captions that concepts stand among: as many as fit into one question beside the concepts."""
    known = words_for(lexicon, language)
    return [*known.things, *known.places][: MOST_ASKED - MOST_CONCEPTS]


def language_of(words: str) -> str:
    """The language of a concept: captions of the same one compete with it."""
    return "ru" if any(map(is_cyrillic, words_of(words))) else "en"
