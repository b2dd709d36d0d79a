"""One request of the bot, as the local Discord sees it."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Upload:
    """One file of a multipart request, in the form that SimCord reads."""

    filename: str
    data: bytes
    description: str | None = None

    @property
    def fp(self) -> io.BytesIO:
        """The bytes as a file, from the start."""
        return io.BytesIO(self.data)


@dataclass(slots=True)
class Call:
    """One request of the bot."""

    method: str
    path: str
    query: dict[str, str]
    body: Any = None
    files: list[Upload] = field(default_factory=list)

    @property
    def segments(self) -> list[str]:
        """The path's parts."""
        return self.path.strip("/").split("/")
