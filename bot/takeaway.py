"""What a member takes along: ZIP files of pictures with their recipes, each within an upload's limit."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from generation.codec import PictureError, shrink
from generation.recipes import read_recipe
from storage.generations import Cursor, Filter, Order

if TYPE_CHECKING:
    from bot.past import Past
    from bot.visibility import Sight
    from storage.generations import Generation, Generations

LARGEST_BYTES: Final = 24 * 2**20  #: of a ZIP, however much the upload allows: it is made in memory
AT_ONCE: Final = 25
OF_ARCHIVE: Final = 1024  #: bytes that a ZIP and its list take beside their entries
OF_ENTRY: Final = 256  #: bytes that an entry takes beside its data
RECIPES: Final = "recipes.json"
BLURRED: Final = "blurred/"  #: the folder of what is shown only to who asks for it


@dataclass(frozen=True, slots=True)
class Archive:
    """A ZIP. `last` is the code of its last picture; `lost` how many had no file any more."""

    data: bytes
    pictures: int
    lost: int
    last: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A picture in a ZIP, and the line that tells of it."""

    name: str
    data: bytes
    line: str

    @property
    def size_bytes(self) -> int:
        """What it takes in a ZIP."""
        return len(self.data) + len(self.line.encode()) + OF_ENTRY


async def archives(
    generations: Generations, past: Past, sight: Sight, chosen: Filter, after: Cursor | None, limit_bytes: int
) -> AsyncIterator[Archive]:
    """The pictures of a list that the asker may see, newest first, in as many ZIPs as it takes."""
    limit_bytes = min(limit_bytes, LARGEST_BYTES)
    entries: list[Entry] = []
    size_bytes, lost, last = OF_ARCHIVE, 0, ""
    async for made in _each(generations, sight, chosen, after):
        entry = await _entry(made, past, limit_bytes - OF_ARCHIVE)
        if entry is None:
            lost += 1
            continue
        if entries and size_bytes + entry.size_bytes > limit_bytes:
            yield await asyncio.to_thread(_packed, entries, lost, last)
            entries, size_bytes, lost = [], OF_ARCHIVE, 0
        entries.append(entry)
        size_bytes += entry.size_bytes
        last = made.code
    if entries:
        yield await asyncio.to_thread(_packed, entries, lost, last)


async def _each(
    generations: Generations, sight: Sight, chosen: Filter, cursor: Cursor | None
) -> AsyncIterator[Generation]:
    while page := await generations.page(sight, chosen, Order.NEWEST, cursor, AT_ONCE):
        for made in page:
            yield made
        cursor = Cursor(page[-1].id)


async def _entry(made: Generation, past: Past, room_bytes: int) -> Entry | None:
    """The picture, made smaller where it alone is too large; None where its file is gone."""
    picture = await past.picture(made)
    if picture is None:
        return None
    try:
        return await asyncio.to_thread(_fitted, made, picture, room_bytes)
    except PictureError:
        return None


def _fitted(made: Generation, picture: bytes, room_bytes: int) -> Entry:
    line = described(made, picture)
    room_bytes -= len(line.encode()) + 2 * OF_ENTRY
    data, extension = shrink(picture, room_bytes)
    return Entry(f"{BLURRED * made.blurred}{made.code}.{extension}", data, line)


def described(made: Generation, picture: bytes) -> str:
    """What the list says of a picture, as JSON."""
    recipe = read_recipe(picture)
    says: dict[str, Any] = {
        "code": made.code,
        "made_at": datetime.fromtimestamp(made.created_at, UTC).isoformat(timespec="seconds"),
        "prompt": made.prompt,
        "engine": made.engine,
        "model": made.model,
        "size": [made.width, made.height],
        "steps": made.steps,
        "seed": made.seed,
        "parent": made.parent,
        "init_sha256": made.init_sha256,
        "init_weight": made.init_weight,
        "targets": made.targets and json.loads(made.targets),
        "score": made.score,
        "seconds": made.seconds,
        "hearts": made.hearts,
        "blurred": made.blurred,
        "painted_by": asdict(recipe.made) if recipe else made.recipe and json.loads(made.recipe),
    }
    return json.dumps(says, ensure_ascii=False)


def _packed(entries: list[Entry], lost: int, last: str) -> Archive:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:  # stored: pictures do not deflate
        for entry in entries:
            archive.writestr(entry.name, entry.data)
        archive.writestr(RECIPES, "[\n" + ",\n".join(entry.line for entry in entries) + "\n]\n")
    return Archive(buffer.getvalue(), len(entries), lost, last)
