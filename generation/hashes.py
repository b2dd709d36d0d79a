"""SHA-256 of large files, each read once: the result is kept beside the models, keyed by size and times."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path

KEPT_IN = ".hashes.json"


def sha256_of(path: Path) -> str:
    """Read the whole file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class HashBook:
    """Remembers hashes of files that have not changed since. Without a folder it remembers nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._known = _read(folder / KEPT_IN) if folder is not None else {}

    def sha256(self, path: Path) -> str:
        """The file's hash, read anew only if its size, its place on the disk or its times have changed."""
        if self._folder is None or not path.is_relative_to(self._folder):
            return sha256_of(path)
        stamp, name = _stamp(path), path.relative_to(self._folder).as_posix()
        known = self._known.get(name)
        if known is not None and known[0] == stamp:
            return known[1]
        digest = sha256_of(path)
        if _stamp(path) == stamp:
            self._known[name] = (stamp, digest)
            self._save(self._folder)
        return digest

    def _save(self, folder: Path) -> None:
        """A folder that cannot be written only means that files are read again next time."""
        with suppress(OSError):
            handle, draft = tempfile.mkstemp(dir=folder, prefix=KEPT_IN)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(self._known, file, indent=1)
            Path(draft).replace(folder / KEPT_IN)


def _stamp(path: Path) -> str:
    stat = path.stat()
    return f"{stat.st_size}:{stat.st_ino}:{stat.st_mtime_ns}:{stat.st_ctime_ns}"


def _read(path: Path) -> dict[str, tuple[str, str]]:
    """Nothing where the file is absent or not ours: it only saves time."""
    try:
        lines = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): (str(stamp), str(digest)) for name, (stamp, digest) in lines.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
