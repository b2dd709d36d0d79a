"""Pictures with their recipes, taken along in a folder that everybody can read, and brought in again.

recipes.jsonl        a line for each picture: its generation's row, and that of its job
pictures/CODE.png    the picture
starts/SHA256        pictures that others started from, or were drawn to
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storage.backup import DATABASE, PICTURES, reading
from storage.errors import StorageError, StorageFull, translated
from storage.images import Images
from storage.inspection import sha256_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RECIPES = "recipes.jsonl"
STARTS = "starts"
OF_GUILD = "SELECT * FROM generations WHERE ?1 = 0 OR guild_id = ?1 ORDER BY id"
OF_JOB = "SELECT * FROM jobs WHERE id = ? AND status = 'finished'"
LEFT_OUT = {"generation": ("id", "hearts"), "job": ()}


@dataclass(frozen=True, slots=True)
class Moved:
    """What an export or an import has done."""

    pictures: int
    passed_over: tuple[str, ...]  #: codes, whose files are missing, or which were there already


def export(folder: Path, target: Path, guild_id: int = 0) -> Moved:
    """Write all pictures, or those of a guild, to an empty folder. Blocks. Raises `StorageError`."""
    if target.exists() and any(target.iterdir()):
        raise StorageError(f"the folder {target} is not empty; name another one")
    try:
        for part in (PICTURES, STARTS):
            (target / part).mkdir(parents=True, exist_ok=True)
        with reading(folder / DATABASE) as rows, (target / RECIPES).open("w", encoding="utf-8") as lines:
            rows.row_factory = sqlite3.Row
            return _export(rows, Images(folder / PICTURES), target, lines, guild_id)
    except OSError as error:
        raise StorageError(f"{error.filename or target} cannot be written ({error.strerror})") from error


def _export(connection: sqlite3.Connection, images: Images, target: Path, lines: Any, guild_id: int) -> Moved:
    pictures, missing = 0, []
    for row in connection.execute(OF_GUILD, (guild_id,)):
        if not _take(images, row["picture_sha256"], target / PICTURES / f"{row['code']}.png"):
            missing.append(row["code"])
            continue
        for sha256 in _starts(row):
            _take(images, sha256, target / STARTS / sha256)
        job = connection.execute(OF_JOB, (row["job_id"],)).fetchone()
        line = {"generation": _without(row, "generation"), "job": _without(job, "job") if job else None}
        lines.write(json.dumps(line, ensure_ascii=False) + "\n")
        pictures += 1
    return Moved(pictures, tuple(missing))


def _starts(row: sqlite3.Row | Mapping[str, Any]) -> list[str]:
    """The pictures that this one started from or was drawn to; an older export knows of no targets."""
    aims = json.loads(row["targets"] or "[]") if "targets" in row.keys() else []  # noqa: SIM118 not a dict
    return [str(sha256) for sha256 in (row["init_sha256"], *(sha256 for sha256, *_ in aims)) if sha256]


def _without(row: sqlite3.Row, kind: str) -> dict[str, Any]:
    return {name: row[name] for name in row.keys() if name not in LEFT_OUT[kind]}  # noqa: SIM118 not a dict


def _take(images: Images, sha256: str, place: Path) -> bool:
    try:
        shutil.copyfile(images.path(sha256), place)
    except FileNotFoundError:
        return False
    return True


def bring_in(source: Path, folder: Path) -> Moved:
    """Add an export's pictures to a bot's folder; that bot must not run. Blocks. Raises `StorageError`.

    Passed over are pictures whose code or job is there already, and whose file is not what its row says.
    """
    images = Images(folder / PICTURES)
    pictures, passed_over = 0, []
    with translated(folder / DATABASE), closing(sqlite3.connect(folder / DATABASE)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        for number, line in _lines(source / RECIPES):
            try:
                code = str(line["generation"]["code"])
                brought = _bring(connection, images, source, line)
            except (KeyError, TypeError, ValueError) as error:
                raise StorageError(f"{source / RECIPES}, line {number}: no recipe ({error!r})") from error
            except OSError as error:
                raise StorageFull(f"{error.filename} cannot be written ({error.strerror})") from error
            pictures += brought
            passed_over += [] if brought else [code]
    return Moved(pictures, tuple(passed_over))


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                yield number, json.loads(line)
    except OSError as error:
        raise StorageError(f"{path} cannot be read ({error.strerror}); is it an export of Gala's?") from error
    except ValueError as error:
        raise StorageError(f"{path} is damaged: {error}") from error


def _bring(connection: sqlite3.Connection, images: Images, source: Path, line: Mapping[str, Any]) -> bool:
    made, job = line["generation"], line["job"]
    known = connection.execute(
        "SELECT 1 FROM generations WHERE code = ?1 OR job_id = ?2"
        " UNION SELECT 1 FROM jobs WHERE id = ?2 OR code = ?1",
        (made["code"], made["job_id"]),
    ).fetchone()
    picture = source / PICTURES / f"{made['code']}.png"
    if known or not str(made["code"]).isalnum() or sha256_of(picture) != made["picture_sha256"]:
        return False
    _put(images, made["picture_sha256"], picture)
    for sha256 in _starts(made):
        if sha256_of(source / STARTS / Path(sha256).name) == sha256:
            _put(images, sha256, source / STARTS / Path(sha256).name)
    with connection:
        if job:
            _insert(connection, "jobs", job)
        _insert(connection, "generations", made)
    return True


def _put(images: Images, sha256: str, source: Path) -> None:
    place = images.path(sha256)
    place.parent.mkdir(parents=True, exist_ok=True)
    unfinished = place.with_suffix(".new")
    shutil.copyfile(source, unfinished)
    unfinished.replace(place)


def _insert(connection: sqlite3.Connection, table: str, values: Mapping[str, Any]) -> None:
    """Of what the line says, what this version has a column for."""
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[1] in values]
    places = ", ".join("?" for _ in columns)
    connection.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})",  # noqa: S608 our own names
        tuple(values[column] for column in columns),
    )
