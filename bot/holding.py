"""Between painting and posting: the output check has its say, and where it asks them, the moderators theirs.

Nothing is posted unchecked where a guild has concepts: while the CLIP or the database has no answer, the
picture waits, and a restart goes on with it. A guild without concepts costs one look into the database.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final, Protocol

from bot.errors import UserError
from bot.output_check import Place, Seen, looked_for, verdict
from generation.codec import PictureError, decode_rgb, encode_png
from generation.sheets import cut
from storage.concepts import Action
from storage.errors import StorageError
from storage.jobs import Check, Job

if TYPE_CHECKING:
    from pathlib import Path

    from bot.checking import OutputCheck
    from storage.concepts import Concept
    from storage.frames import Frames

log = logging.getLogger(__name__)

FRAMES_AT_ONCE: Final = 120  #: so many can be looked at while somebody waits
LONGEST_PAUSE_S: Final = 60.0


class Bench(Protocol):
    """The moderators' bench, as Discord has it."""

    async def places(self, job: Job) -> list[Place]:
        """Where the job's picture may be posted: the strictest of them counts."""

    async def bring(self, job: Job) -> bool:
        """Have a held picture before the moderators; False where there is nobody who could see it."""


class Holding:
    """Looks at pictures before they are posted."""

    def __init__(self, check: OutputCheck, frames: Frames, bench: Bench, *, pause_s: float = 1.0) -> None:
        self.check = check
        self.bench = bench
        self._frames = frames
        self._pause_s = pause_s

    async def concerns(self, job: Job) -> bool:
        """Whether something is looked for where the picture is to be posted; what cannot be told, is."""
        try:
            return bool((await self._sought(job))[0])
        except StorageError as error:
            log.error("job %s is taken for one to be checked: %s", job.id, error)
            return True

    async def inspect(self, job: Job, picture: bytes) -> Seen | None:
        """The concept that decides about a picture, waited for as long as it takes; None: it may pass.

        Where there is one, or one of the making's frames alone shows one, there will be no film.
        """
        pause_s = self._pause_s
        while True:
            try:
                return await self._inspect(job, picture)
            except (UserError, StorageError) as error:  # a `NoAnswer`
                log.warning("the picture of job %s waits for its check: %s", job.id, error)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _inspect(self, job: Job, picture: bytes) -> Seen | None:
        concepts, places = await self._sought(job)
        if not concepts:
            return None
        pictures = await asyncio.to_thread(singly, picture, job.grid)
        seen = [each for one in await self.check.look(pictures, concepts) for each in one]
        decides = verdict(seen, places)
        if decides is not None or await self._shows_on_the_way(job, concepts, places):
            await self._frames.drop(job.id)
        return decides

    async def _shows_on_the_way(self, job: Job, concepts: list[Concept], places: list[Place]) -> bool:
        """Whether a frame of the making shows what the picture does not, or that cannot be told."""
        paths = await self._frames.of(job.id)
        try:
            for start in range(0, len(paths), FRAMES_AT_ONCE):
                frames = await asyncio.to_thread(read_all, paths[start : start + FRAMES_AT_ONCE])
                if any(verdict(seen, places) for seen in await self.check.look(frames, concepts)):
                    return True
        except (UserError, OSError) as error:
            log.warning("job %s has no film, for its frames were not checked: %s", job.id, error)
            return True
        return False

    async def _sought(self, job: Job) -> tuple[list[Concept], list[Place]]:
        """What is looked for, and where."""
        concepts = await self.check.concepts.of(job.guild_id) if job.guild_id else []
        if not concepts:
            return [], []
        places = await self.bench.places(job)
        return looked_for(concepts, places), places


def singly(picture: bytes, count: int) -> list[bytes]:
    """A picture, and of a sheet each of its pictures: small among others, much would be overlooked."""
    if count == 1:
        return [picture]
    try:
        sheet = decode_rgb(picture)
        return [picture, *(encode_png(cut(sheet, count, place)) for place in range(count))]
    except (ValueError, PictureError):  # none that could be cut
        return [picture]


def read_all(paths: list[Path]) -> list[bytes]:
    """The files' bytes. Raises OSError."""
    return [path.read_bytes() for path in paths]


def outcome(seen: Seen | None, now: float) -> dict[str, Any]:
    """What the job's row says once the picture was looked at. `now` is Unix time."""
    if seen is None:
        return {"output_check": Check.CLEAR}
    found = {"found": seen.concept.words, "found_share": seen.share}
    match seen.concept.action:
        case Action.SPOILER:
            return {"output_check": Check.SPOILER, "blurred": True, **found}
        case Action.HOLD:
            return {"output_check": Check.HELD, **found}
        case _:
            return {**refused(now), **found}


def refused(now: float) -> dict[str, Any]:
    """What the job's row says of a picture that the check alone has refused. `now` is Unix time."""
    return {
        "status": "failed",
        "output_check": Check.REFUSED,
        "failure": "refused-picture",
        "ended_at": now,
    }
