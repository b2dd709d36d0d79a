"""Has every finished picture looked at by the CLIP, in the background: new ones soon, all when it changes.

The work is done a few pictures at a time, and so slowly that whoever paints feels nothing of it. What is left
to be done stands in the database; a restart goes on with it.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bot.questions import NoAnswer
from storage.errors import ImageDamaged, ImageMissing, StorageError

if TYPE_CHECKING:
    from bot.questions import Questions
    from storage.images import Images
    from storage.vectors import Clip, Due, Vectors

AT_ONCE = 8  #: pictures
TOLD_EVERY = 500  #: pictures, between two lines in the log

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How long the embedder rests, in seconds."""

    between_looks_s: float = 3.0  #: for new pictures
    after_trouble_s: float = 30.0


class Heard(Protocol):
    """Who is told of new vectors."""

    async def placed(self, clip: Clip, due: Due, vector: bytes) -> None:
        """A picture has its vector."""


class Embedder:
    """The one task that keeps the vectors whole."""

    def __init__(
        self,
        vectors: Vectors,
        images: Images,
        questions: Questions,
        model: str,
        heard: Heard,
        pace: Pace | None = None,
    ) -> None:
        self._vectors, self._images, self._questions = vectors, images, questions
        self._model = model
        self._heard = heard
        self._pace = pace or Pace()
        self._clip: Clip | None = None

    async def run(self) -> None:
        """Look, and look again, without end."""
        while True:
            try:
                await self.catch_up()
            except (NoAnswer, StorageError) as error:
                log.warning("pictures cannot be looked at for now: %s", error)
                await asyncio.sleep(self._pace.after_trouble_s)
            await asyncio.sleep(self._pace.between_looks_s)

    async def catch_up(self) -> None:
        """Have all pictures looked at that have not been. Raises `NoAnswer`, `StorageError`."""
        clip = self._clip or await self._learn_clip()
        done = 0
        while due := await self._vectors.due(AT_ONCE):
            clip = await self._look(clip, due)
            done += len(due)
            if done % TOLD_EVERY < len(due) and done >= TOLD_EVERY:
                log.info("looked at %d pictures, %d to go", done, await self._vectors.count_due())
        if self._clip is None:
            while await self._vectors.forget_others(clip):
                pass
        self._clip = clip

    async def _learn_clip(self) -> Clip:
        """The CLIP that the model has now; where it is another than before, everything is due again."""
        answer = await self._questions.embed(self._model, patient=True)
        return await self._use(answer.clip_sha256)

    async def _use(self, clip_sha256: str) -> Clip:
        known = await self._vectors.clip()
        if known is not None and known.sha256 == clip_sha256:
            return known
        if known is not None:
            log.info("the CLIP is another than before: all pictures are looked at anew")
        return await self._vectors.use(clip_sha256, self._model)

    async def _look(self, clip: Clip, due: list[Due]) -> Clip:
        """Have some pictures looked at; returns the CLIP that did."""
        there = [(each, data) for each in due if (data := await self._read(each)) is not None]
        pictures = [data for _, data in there]
        answer = await self._questions.embed(self._model, pictures=pictures, patient=True)
        if answer.clip_sha256 != clip.sha256:
            self._clip = None
            return await self._use(answer.clip_sha256)  # and what was due is due still
        seen = {each.id: vector for (each, _), vector in zip(there, answer.pictures, strict=True)}
        await self._vectors.put(clip, [(each, seen.get(each.id)) for each in due])
        for each in due:
            if vector := seen.get(each.id):
                await self._heard.placed(clip, each, vector)
        return clip

    async def _read(self, due: Due) -> bytes | None:
        try:
            return await self._images.get(due.picture_sha256)
        except (ImageMissing, ImageDamaged) as error:
            log.warning("generation %d cannot be searched by its looks: %s", due.id, error)
            return None
