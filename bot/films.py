"""Films of finished jobs: each cut is made once, one at a time, and never on the loop."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from bot.errors import UserError
from generation.film import FORMATS, MAKING, TRAVEL, FilmError, Script, make_film
from storage.errors import ImageMissing
from storage.frames import FILM, Frames

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from storage.images import Images
    from storage.jobs import Job

MOST_WAITING = 6  #: films that are being made or wait for that; an answer can be put off for 15 minutes
LEAST_FRAMES = 2  #: beside the picture itself
SWEEP_INTERVAL_S = 24 * 3600
SPEEDS: Final = {"normal": 1.0, "slow": 0.5, "fast": 2.0}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Cut:
    """How a film is wanted: in which of `FORMATS`, and how fast by `SPEEDS`."""

    suffix: str = FORMATS[0]
    speed: str = "normal"

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"{FILM}{'' if self.speed == 'normal' else '-' + self.speed}{self.suffix}"


USUAL: Final = Cut()


class Filming:
    """How far a film that is being made has come; written by its thread."""

    def __init__(self) -> None:
        self.share = 0.0
        self._began_at: float | None = None

    def tell(self, share: float) -> None:
        """Note the share that is done; a smaller one than before is another take."""
        if self._began_at is None or share < self.share:
            self._began_at = time.monotonic()
        self.share = share

    def left_s(self) -> float | None:
        """The seconds that are left, once that can be told."""
        if self._began_at is None or self.share < 0.05:
            return None
        return (time.monotonic() - self._began_at) * (1 - self.share) / self.share


class Films:
    """The films of finished jobs."""

    def __init__(self, frames: Frames, images: Images, days: float) -> None:
        self._frames = frames
        self._images = images
        self._days = days
        self._making: set[str] = set()
        self._camera = asyncio.Lock()

    async def run(self) -> None:
        """Remove what is old, now and then."""
        while True:
            await self._frames.sweep(self._days)
            await asyncio.sleep(SWEEP_INTERVAL_S)

    async def check(self, job: Job, cut: Cut = USUAL) -> None:
        """Raise the `UserError` for a film that cannot be had, as far as that can be told at once."""
        if await self._frames.film(job.id, name=cut.name):
            return
        self._check_room(job)
        frames = await self._frames.of(job.id)
        if len(frames) < LEAST_FRAMES:
            raise UserError("film-too-short" if frames else "film-gone")

    async def film(
        self, job: Job, limit_bytes: int, cut: Cut = USUAL, tell: Callable[[float], object] = lambda _: None
    ) -> Path:
        """The film's file, of at most `limit_bytes`; made, unless there is one. Raises `UserError`.

        `tell` is called from another thread with the share that is done.
        """
        if ready := await self._frames.film(job.id, limit_bytes, cut.name):
            return ready
        await self.check(job, cut)
        self._check_room(job)  # things may have changed since
        self._making.add(job.id)
        try:
            async with self._camera:
                pace = (TRAVEL if job.motion else MAKING).at(SPEEDS[cut.speed])
                script = Script(await self._pictures(job), pace, tell)
                return await asyncio.to_thread(shoot, script, self._out(job, cut), limit_bytes)
        except FilmError as error:
            log.warning("no film of job %s: %s", job.id, error)
            raise UserError(f"film-{error.kind}") from error
        finally:
            self._making.discard(job.id)

    async def of_result(self, job: Job, limit_bytes: int) -> Path | None:
        """The film that is posted with a job's picture; None where it was not to be one, or there is none."""
        if job.motion is None:
            return None
        try:
            return await self.film(job, limit_bytes)
        except UserError as error:
            log.warning("the film of job %s is not posted: %s", job.id, error.message_id)
            return None

    async def frames(self, job: Job) -> list[Path]:
        """The files of a job's frames, first to last; none where they are no longer kept."""
        return await self._frames.of(job.id)

    def _check_room(self, job: Job) -> None:
        if job.id in self._making:
            raise UserError("film-being-made")
        if len(self._making) >= MOST_WAITING:
            raise UserError("film-busy")

    async def drop(self, job: Job) -> None:
        """Forget a job's frames and its films."""
        await self._frames.drop(job.id)

    async def _pictures(self, job: Job) -> list[Path]:
        frames = await self._frames.of(job.id)
        try:
            return [*frames, self._images.path(job.picture_sha256 or "")]
        except ImageMissing:
            return frames

    def _out(self, job: Job, cut: Cut) -> Path:
        return self._frames.folder(job.id) / cut.name


def shoot(script: Script, out: Path, limit_bytes: int) -> Path:
    """Make the film, or where that would take an ffmpeg that is not there an animated WebP.

    Raises `FilmError`.
    """
    if not script.pictures[-1].exists():
        script = replace(script, pictures=script.pictures[:-1])
    try:
        make_film(script, out, limit_bytes=limit_bytes)
    except FilmError as error:
        if error.kind != "no-encoder":
            raise
        log.warning("films are animated WebP for now: %s", error)
        out = out.with_suffix(".webp")
        make_film(script, out, limit_bytes=limit_bytes)
    return out
