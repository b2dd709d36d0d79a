"""The files of finished pictures: shown small, shown whole, and forgotten with all that hangs on them."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from generation.codec import PictureError, thumbnail
from storage.errors import StorageError

if TYPE_CHECKING:
    from storage.frames import Frames
    from storage.generations import Generation, Generations
    from storage.images import Images
    from storage.jobs import Job

log = logging.getLogger(__name__)

THUMBNAIL_SIDE: Final = 320  #: px


class Past:
    """The files behind the generations. `thumbnails` are files named by the picture that they show."""

    def __init__(self, generations: Generations, images: Images, frames: Frames, thumbnails: Images) -> None:
        self._generations, self._images = generations, images
        self._frames, self._thumbnails = frames, thumbnails

    async def picture(self, generation: Generation) -> bytes | None:
        """The whole picture, PNG; None where its file is gone or damaged."""
        try:
            return await self._images.get(generation.picture_sha256)
        except StorageError as error:
            log.warning("generation %s: %s", generation.code, error)
            return None

    async def unposted(self, job: Job) -> bytes | None:
        """A picture that is no generation (yet), PNG; None where its file is gone or damaged."""
        if job.picture_sha256 is None:
            return None
        try:
            return await self._images.get(job.picture_sha256)
        except StorageError as error:
            log.warning("the picture of job %s: %s", job.id, error)
            return None

    async def small(self, generation: Generation) -> bytes | None:
        """The picture at most `THUMBNAIL_SIDE` a side, WebP; made once. None where its file is gone."""
        sha256 = generation.picture_sha256
        ready = await self._thumbnails.named(sha256)
        if ready is not None:
            return ready
        whole = await self.picture(generation)
        if whole is None:
            return None
        try:
            made = await asyncio.to_thread(thumbnail, whole, THUMBNAIL_SIDE)
        except PictureError as error:
            log.warning("generation %s is no picture: %s", generation.code, error)
            return None
        try:
            await self._thumbnails.put_as(sha256, made)
        except StorageError as error:
            log.info("a thumbnail was not kept: %s", error)
        return made

    async def forget(self, code: str, job_id: str) -> None:
        """Remove a generation: its row, what its job says of it, and every file that nothing else needs."""
        for sha256 in await self._generations.delete(code):
            await self._images.drop(sha256)
            await self._thumbnails.drop(sha256)
        await self._frames.drop(job_id)
