"""Picture files, named by the SHA-256 of their bytes: `<directory>/<2 characters>/<64 characters>`.

A name is only ever given to whole bytes that are on the disk. Any bytes will do: checkpoints lie here too.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from storage.errors import DatabaseReadOnly, ImageDamaged, ImageMissing, StorageError, StorageFull

__all__ = ["ImageDamaged", "ImageMissing", "Images", "StorageFull"]

UNFINISHED = ".new-"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)


class Images:
    """The picture files below a directory, which is made when first needed."""

    def __init__(self, directory: str | Path) -> None:
        self._directory = Path(directory)

    def path(self, sha256: str) -> Path:
        """Where the file of this hash lies, or would lie. Raises `ImageMissing` for what is not a hash."""
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise ImageMissing(f"{sha256!r} is not a SHA-256")
        return self._directory / sha256[:2] / sha256

    async def put(self, data: bytes) -> str:
        """Write the bytes and return their hash. Raises `StorageFull` or another `StorageError`."""
        return await asyncio.to_thread(self._put, data)

    async def get(self, sha256: str) -> bytes:
        """Return the bytes, compared with their name. Raises `ImageMissing` or `ImageDamaged`."""
        return await asyncio.to_thread(self._get, sha256)

    async def named(self, sha256: str) -> bytes | None:
        """Return what `put_as` has put under the hash of something else; None where there is nothing."""
        try:
            return await asyncio.to_thread(self.path(sha256).read_bytes)
        except OSError:
            return None

    async def put_as(self, sha256: str, data: bytes) -> None:
        """Write bytes that are made of what has this hash, under its name. Raises `StorageError`."""
        await asyncio.to_thread(self._put_as, self.path(sha256), data)

    async def drop(self, sha256: str) -> None:
        """Remove the file, if it is there."""
        await asyncio.to_thread(self.path(sha256).unlink, missing_ok=True)

    async def sweep(self) -> None:
        """Remove what a process that was killed while writing has left. For the one bot of this folder."""
        await asyncio.to_thread(self._sweep)

    def _sweep(self) -> None:
        for path in self._directory.glob(f"*/{UNFINISHED}*"):
            path.unlink(missing_ok=True)

    def _put_as(self, path: Path, data: bytes) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, data)
        except OSError as error:
            raise _translated(path, error) from error

    def _put(self, data: bytes) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        path = self.path(sha256)
        try:
            if not path.exists() or path.read_bytes() != data:  # absent, or damaged
                path.parent.mkdir(parents=True, exist_ok=True)
                _write(path, data)
        except OSError as error:
            raise _translated(path, error) from error
        return sha256

    def _get(self, sha256: str) -> bytes:
        path = self.path(sha256)
        try:
            data = path.read_bytes()
        except FileNotFoundError as error:
            raise ImageMissing(f"the picture file {path} is missing") from error
        except OSError as error:
            raise _translated(path, error) from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise ImageDamaged(f"the picture file {path} is damaged")
        return data


def _write(path: Path, data: bytes) -> None:
    """Bytes, then name: each on the disk before the next."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=UNFINISHED)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError:
        with suppress(OSError):
            Path(temporary).unlink()
        raise
    _sync_folder(path.parent)
    _sync_folder(path.parent.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _translated(path: Path, error: OSError) -> StorageError:
    if error.errno in _FULL:
        return StorageFull(f"no room for the picture file {path}; the disk is full")
    if error.errno in _READ_ONLY:
        return DatabaseReadOnly(f"the picture file {path} cannot be written ({error.strerror})")
    return StorageError(f"the picture file {path} failed: {error}")
