"""What is kept of a member, packed into ZIP files that fit into a message each."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bot.errors import UserError
from generation.codec import PictureError, shrink

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.past import Past
    from storage.privacy import Privacy

AT_ONCE: Final = 20  #: pictures that are looked up together
MARGIN_BYTES: Final = 512 * 2**10  #: for the ZIP's own directory
MOST_BYTES: Final = 24 * 2**20  #: Discord takes 25 MiB a request, whatever a file may have


@dataclass(frozen=True, slots=True)
class Package:
    """One ZIP file. `after`: the picture from after which the next one goes on; None: this was the last."""

    data: bytes
    pictures: int
    after: int | None


class Exporter:
    """Packs what is kept of members, one package of each at a time."""

    def __init__(self, privacy: Privacy, past: Past) -> None:
        self.privacy, self._past = privacy, past
        self._busy: set[int] = set()

    async def package(self, member_id: int, after: int, limit_bytes: int) -> Package:
        """Pack the rows (in the first package) and the next pictures. Raises `UserError`, `StorageError`."""
        if member_id in self._busy:
            raise UserError("privacy-busy")
        self._busy.add(member_id)
        try:
            return await self._package(member_id, after, min(limit_bytes, MOST_BYTES) - MARGIN_BYTES)
        finally:
            self._busy.remove(member_id)

    async def _package(self, member_id: int, after: int, room_bytes: int) -> Package:
        buffer = io.BytesIO()
        count = 0
        with zipfile.ZipFile(buffer, "w") as archive:
            if after == 0:
                rows = await self.privacy.rows(member_id)
                await asyncio.to_thread(_write_rows, archive, rows)
            while some := await self.privacy.generations(member_id, after, AT_ONCE):
                for generation in some:
                    picture = await self._past.picture(generation)
                    if picture is not None:
                        data, name = await asyncio.to_thread(_fit, picture, generation.code, room_bytes)
                        if count and buffer.tell() + len(data) > room_bytes:
                            archive.close()
                            return Package(buffer.getvalue(), count, after)
                        await asyncio.to_thread(archive.writestr, f"pictures/{name}", data)
                        count += 1
                    after = generation.id
        return Package(buffer.getvalue(), count, None)


def _write_rows(archive: zipfile.ZipFile, rows: Mapping[str, list[dict[str, Any]]]) -> None:
    for table, found in rows.items():
        text = json.dumps(found, ensure_ascii=False, indent=1)
        archive.writestr(f"{table}.json", text, zipfile.ZIP_DEFLATED)


def _fit(picture: bytes, code: str, room_bytes: int) -> tuple[bytes, str]:
    """The picture as it is, or made smaller where it alone would not fit; and its name."""
    if len(picture) <= room_bytes:
        return picture, f"{code}.png"
    try:
        data, extension = shrink(picture, room_bytes)
    except PictureError:
        return b"", f"{code}.damaged"
    return data, f"{code}.{extension}"
