"""Asks the CLIP of the host's model what pictures show: which caption fits, and which words fit best."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.describing import Description, describe, words_for
from bot.errors import UserError
from bot.ranking import Ranking
from generation.languages import languages_of, reads
from generation.protocol import MOST_ASKED

if TYPE_CHECKING:
    from bot.lexicon import Lexicon
    from bot.questions import Questions


class Looking:
    """One look at a time for each member: a look comes before the steps of everybody's pictures.

    `languages`: that the model's CLIP has learned; none: any.
    """

    def __init__(
        self, questions: Questions, lexicons: Mapping[str, Lexicon], model: str, languages: Collection[str]
    ) -> None:
        self._questions, self._lexicon, self.model = questions, lexicons.get(model), model
        self._languages = languages
        self._members: set[int] = set()

    def reads(self, text: str) -> bool:
        """Whether the CLIP has learned the text's language."""
        return reads(self._languages, languages_of([text]))

    async def rank(self, member_id: int, pictures: Sequence[bytes], captions: tuple[str, ...]) -> Ranking:
        """How every picture fits every caption. Raises `UserError`."""
        with self._alone(member_id):
            scored = await self._questions.score(self.model, pictures=pictures, texts=captions)
        return Ranking(captions, tuple(map(_sound, scored.scores)), scored.scale)

    async def describe(self, member_id: int, picture: bytes, locale: str) -> Description:
        """The words that fit the picture best, in the member's language if the model knows it."""
        words = words_for(self._lexicon, locale.partition("-")[0])

        async def score(texts: Sequence[str]) -> list[float]:
            cosines: list[float] = []
            for start in range(0, len(texts), MOST_ASKED):
                some = texts[start : start + MOST_ASKED]
                scored = await self._questions.score(self.model, pictures=[picture], texts=some)
                cosines += _sound(scored.scores[0])
            return cosines

        with self._alone(member_id):
            return await describe(words, score)

    @contextmanager
    def _alone(self, member_id: int) -> Iterator[None]:
        if member_id in self._members:
            raise UserError("look-busy")
        self._members.add(member_id)
        try:
            yield
        finally:
            self._members.remove(member_id)


def _sound(scores: tuple[float, ...] | None) -> tuple[float, ...]:
    """The scores of a picture that could be read."""
    if scores is None:
        raise UserError("init-not-a-picture")
    return scores
