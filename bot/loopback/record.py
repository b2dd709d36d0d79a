"""Every request of the bot, with the answer, as JSON lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class Recorder:
    """Appends one object a line: method, path, query, json, files, status, response.

    `path` starts with /api/v10, `files` are the names of the parts files[0], files[1], ...; `injected` marks
    an answer that the local Discord was told to give instead of its own.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8")

    def write(self, entry: dict[str, Any]) -> None:
        """Append; the line is on its way to the file when this returns."""
        self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
