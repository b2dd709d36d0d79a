"""Which rows point to which files: every column called `..._sha256` does, whatever table it stands in.

A file's references are counted in the rows themselves, so that no count can go wrong; each such column has an
index (a test holds it). The hashes of models are no files of ours.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from storage.database import Database
    from storage.images import Images

Column = tuple[str, str]  # of which table, called what

COLUMNS = """
SELECT tables.name AS table_name, columns.name AS column_name
FROM sqlite_master AS tables JOIN pragma_table_info(tables.name) AS columns
WHERE tables.type = 'table' AND columns.name LIKE '%\\_sha256' ESCAPE '\\'
 AND columns.name NOT IN ('model_sha256', 'clip_sha256')
ORDER BY 1, 2
"""


def unreferenced_sql(columns: Iterable[Column]) -> str:
    """Of a JSON list of hashes those to which no row points."""
    pointed = "".join(
        f' AND NOT EXISTS (SELECT 1 FROM "{table}" WHERE "{column}" = hashes.value)'  # noqa: S608 names of ours
        for table, column in columns
    )
    return f"SELECT hashes.value FROM json_each(?) AS hashes WHERE 1{pointed}"  # noqa: S608


def referenced_sql(columns: Iterable[Column]) -> str:
    """All hashes to which rows point, each once."""
    return " UNION ".join(
        f'SELECT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL'  # noqa: S608 names of ours
        for table, column in columns
    )


class References:
    """The references of a database's rows to the files beside it."""

    def __init__(self, database: Database, images: Images) -> None:
        self._database = database
        self._images = images
        self.sql = ""  #: made when first needed

    async def unreferenced(self, hashes: Collection[str]) -> list[str]:
        """Return those of the hashes to which nothing points. Raises `StorageError`."""
        if not self.sql:
            rows = await self._database.all(COLUMNS)
            self.sql = unreferenced_sql((row["table_name"], row["column_name"]) for row in rows)
        return [row[0] for row in await self._database.all(self.sql, (json.dumps(list(hashes)),))]

    async def release(self, *hashes: str | None) -> int:
        """Remove those of these files to which nothing points any more; return how many.

        For after the row that pointed there is gone or has changed. Raises `StorageError`, `OSError`.
        """
        gone = await self.unreferenced([each for each in hashes if each is not None])
        await asyncio.gather(*map(self._images.drop, gone))
        return len(gone)
