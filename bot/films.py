"""Films of the making: asked for at a result, made once, one at a time, and never on the loop."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from bot.errors import UserError
from generation.film import FilmError, make_film
from storage.errors import ImageMissing
from storage.frames import FILM, Frames

if TYPE_CHECKING:
    from pathlib import Path

    from storage.images import Images
    from storage.jobs import Job

MOST_WAITING = 6  #: films that are being made or wait for that; an answer can be put off for 15 minutes
LEAST_FRAMES = 2  #: beside the picture itself
SWEEP_INTERVAL_S = 24 * 3600

log = logging.getLogger(__name__)


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

    async def check(self, job: Job) -> None:
        """Raise the `UserError` for a film that cannot be had, as far as that can be told at once."""
        if await self._frames.film(job.id):
            return
        self._check_room(job)
        frames = await self._frames.of(job.id)
        if len(frames) < LEAST_FRAMES:
            raise UserError("film-too-short" if frames else "film-gone")

    async def film(self, job: Job, limit_bytes: int) -> Path:
        """The film's file, of at most `limit_bytes`; made, unless there is one. Raises `UserError`."""
        if ready := await self._frames.film(job.id, limit_bytes):
            return ready
        await self.check(job)
        self._check_room(job)  # things may have changed since
        self._making.add(job.id)
        try:
            async with self._camera:
                return await asyncio.to_thread(shoot, await self._pictures(job), self._out(job), limit_bytes)
        except FilmError as error:
            log.warning("no film of job %s: %s", job.id, error)
            raise UserError(f"film-{error.kind}") from error
        finally:
            self._making.discard(job.id)

    async def frames(self, job: Job) -> list[Path]:
        """The files of a job's frames, first to last; none where they are no longer kept."""
        return await self._frames.of(job.id)

    def _check_room(self, job: Job) -> None:
        if job.id in self._making:
            raise UserError("film-being-made")
        if len(self._making) >= MOST_WAITING:
            raise UserError("film-busy")

    async def drop(self, job: Job) -> None:
        """Forget a job's frames and its film."""
        await self._frames.drop(job.id)

    async def _pictures(self, job: Job) -> list[Path]:
        frames = await self._frames.of(job.id)
        try:
            return [*frames, self._images.path(job.picture_sha256 or "")]
        except ImageMissing:
            return frames

    def _out(self, job: Job) -> Path:
        return self._frames.folder(job.id) / f"{FILM}.mp4"


def shoot(pictures: list[Path], out: Path, limit_bytes: int) -> Path:
    """Make an MP4, or where there is no ffmpeg an animated WebP. Raises `FilmError`."""
    if not pictures[-1].exists():
        pictures = pictures[:-1]
    try:
        make_film(pictures, out, limit_bytes=limit_bytes)
    except FilmError as error:
        if error.kind != "no-encoder":
            raise
        log.warning("films are animated WebP for now: %s", error)
        out = out.with_suffix(".webp")
        make_film(pictures, out, limit_bytes=limit_bytes)
    return out
