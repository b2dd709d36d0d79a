"""The frames of pictures in the making, kept for films: `<directory>/<job>/<place>.webp`.

A frame's place is the share of the steps that it shows, in `MOST_FRAMES` parts, and the first frame of a
place stays: so a job has no more of them, however often they come, and a resumed run goes on where it was.
The frames of a camera's way have their number for a place. A frame may be lost: nothing is forced onto the
disk. The films, once they are made, lie beside them.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from storage.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_FRAMES = 240
UNFINISHED = ".new-"
FILM = "film"
DAY_S = 86_400


class Frames:
    """The folders of frames below a directory, which is made when first needed."""

    def __init__(self, directory: str | Path) -> None:
        self._directory = Path(directory)

    def folder(self, job_id: str) -> Path:
        """Where a job's frames lie, or would lie."""
        if not job_id.isalnum():
            raise ValueError(f"not a job's id: {job_id!r}")
        return self._directory / job_id

    async def keep(self, job_id: str, step: int, steps: int, data: bytes) -> None:
        """Write a frame, unless its place is taken. Raises `StorageError`."""
        place = min(max(step, 0) * MOST_FRAMES // max(steps, 1), MOST_FRAMES)
        path = self.folder(job_id) / f"{place:04d}.webp"
        try:
            await asyncio.to_thread(_keep, path, data)
        except OSError as error:
            raise StorageError(f"the frame {path} cannot be written ({error.strerror})") from error

    async def keep_shot(self, job_id: str, number: int, data: bytes) -> None:
        """Write a frame of a camera's way, in place of what a crash may have left. Raises `StorageError`."""
        path = self.folder(job_id) / f"{number:04d}.webp"
        try:
            await asyncio.to_thread(_write, path, data)
        except OSError as error:
            raise StorageError(f"the frame {path} cannot be written ({error.strerror})") from error

    async def of(self, job_id: str) -> list[Path]:
        """Return the files of a job's frames, first to last."""
        return await asyncio.to_thread(lambda: sorted(self.folder(job_id).glob("[0-9]*.webp")))

    async def film(
        self, job_id: str, limit_bytes: int | None = None, name: str = f"{FILM}.mp4"
    ) -> Path | None:
        """Return the job's film of this name, if one of at most this size has been made."""
        return await asyncio.to_thread(_film, self.folder(job_id) / name, limit_bytes)

    async def drop(self, job_id: str) -> None:
        """Remove a job's frames and its films."""
        await asyncio.to_thread(shutil.rmtree, self.folder(job_id), ignore_errors=True)

    async def stock(self) -> list[tuple[float, str, int]]:
        """Of each job with frames or a film: when it was added to last (Unix time), its id, its bytes."""
        return await asyncio.to_thread(lambda: sorted(self._stock()))

    async def sweep(self, days: float) -> None:
        """Remove what has not been added to for so many days."""
        await asyncio.to_thread(self._sweep, time.time() - days * DAY_S)

    def _stock(self) -> Iterator[tuple[float, str, int]]:
        for folder in self._directory.glob("*"):
            with suppress(OSError):
                size_bytes = sum(path.stat().st_size for path in folder.iterdir())
                yield folder.stat().st_mtime, folder.name, size_bytes

    def _sweep(self, oldest: float) -> None:
        for folder in self._directory.glob("*"):
            with suppress(OSError):
                if folder.stat().st_mtime < oldest:
                    shutil.rmtree(folder)


def _film(path: Path, limit_bytes: int | None) -> Path | None:
    with suppress(FileNotFoundError):
        size_bytes = path.stat().st_size
        return path if limit_bytes is None or size_bytes <= limit_bytes else None
    return None


def _keep(path: Path, data: bytes) -> None:
    if not path.exists():
        _write(path, data)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=UNFINISHED)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).replace(path)
    except OSError:
        with suppress(OSError):
            Path(temporary).unlink()
        raise
