"""The rows of `jobs`. Every method is one transaction."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from storage.generations import new_code
from storage.quotas import CHARGE

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Mapping

    from aiosqlite import Connection

    from storage.database import Database
    from storage.quotas import Charge

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Status(StrEnum):
    """Where a job is in its life; see `bot/dispatcher.py`."""

    QUEUED = "queued"
    RUNNING = "running"
    POSTING = "posting"  #: the picture is on the disk, and not yet surely in the channel
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Check(StrEnum):
    """How far a picture has come in the output check. Pictures to which none applies have none."""

    DUE = "due"  #: not to be posted before the check has said so
    CLEAR = "clear"
    SPOILER = "spoiler"  #: to be posted covered
    HELD = "held"  #: waits for the moderators' word
    REFUSED = "refused"  #: not posted; for some weeks it can be appealed against


@dataclass(frozen=True, slots=True)
class Job:
    """One accepted /imagine. Times are Unix seconds, sizes pixels."""

    id: str  #: see `new_id`
    guild_id: int  #: 0 in direct messages
    channel_id: int
    member_id: int
    locale: str
    prompt: str  #: as `format_prompt` writes it, without permutations
    engine: str
    model: str
    width: int
    height: int
    steps: int
    seed: int
    init_sha256: str | None
    init_weight: float
    upload_limit_bytes: int
    status: Status
    created_at: float
    started_at: float | None = None
    ended_at: float | None = None
    card_id: int | None = None  #: the ticket's message
    result_id: int | None = None  #: the result's message
    crashes: int = 0  #: generation processes that died while it ran
    checkpoint_sha256: str | None = None
    picture_sha256: str | None = None
    score: float | None = None
    seconds: float | None = None  #: of generation; until the end, those up to the checkpoint
    failure: str | None = None  #: a `Reason`, "undeliverable", "parked" or "storage-full"
    detail: str | None = None
    stop_step: int | None = None  #: where it was asked to stop, or has stopped; None: it runs to its end
    origin: str | None = None  #: a `generation.protocol.Origin`, where `init_sha256` is an earlier picture
    turns: str | None = None  #: what it was steered to on the way; `bot.turns` reads it
    most_running: int | None = None  #: of its member's jobs at once; None: as many as there is room for
    code: str = ""  #: names its generation; given by `Jobs.add`
    place_id: int = 0  #: the channel, or of a thread the channel that it belongs to
    private: bool = False  #: asked for in a private thread
    parent: str | None = None  #: the code of the generation that it starts from
    recipe: str | None = None  #: JSON of a `generation.protocol.Recipe`, once it is painted
    blurred: bool = False  #: it, or what it is made from, is shown only to who asks for it
    motion: str | None = None  #: how a film's camera moves; `bot.zoom` reads it
    told: bool = False  #: the member has the picture before them, or knows that there is none
    output_check: Check | None = None
    found: str | None = None  #: the concept that the check has seen
    found_share: float | None = None  #: how surely, 0..1
    result_channel_id: int | None = None  #: where the result is to stand; None: in `channel_id`
    grid: int = 1  #: how many pictures it makes; more than one are a sheet
    scores: str | None = None  #: JSON of theirs, in their order
    candidate: int | None = None  #: of the sheet that it starts from, the picture that it is made of
    keep: float | None = None  #: the share of the start's rows that stay, from the top
    targets: str | None = None  #: the pictures that it is drawn to; `bot.targets` reads it
    instead_of: str | None = None  #: the model that was to paint it, and does not read its language

    @property
    def is_picked(self) -> bool:
        """Whether it is one picture of a sheet, whole."""
        return self.candidate is not None and self.keep is None

    @property
    def pace(self) -> str:
        """Names the jobs that take about as long a step and pixel as this one."""
        film = self.motion is not None
        return pace_of(self.model, self.grid, self.candidate, self.keep, film=film)


def pace_of(model: str, grid: int, candidate: int | None, keep: float | None, *, film: bool = False) -> str:
    """A model's ordinary jobs go by its name; films, sheets, and pictures picked from these, by others."""
    if film:
        return f"{model} film"
    picked = candidate is not None and keep is None
    return f"{model} picked" if picked else f"{model} x {grid}" if grid > 1 else model


def new_id() -> str:
    """Return 8 characters of Crockford's base 32: unguessable, 40 random bits."""
    return "".join(secrets.choice(CROCKFORD) for _ in range(8))


class Jobs:
    """The jobs of a database. Every method may raise `StorageError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, job: Job, charge: Charge | None = None) -> Job:
        """Write a new job, and with it what it is charged; both on the disk when this returns, or neither.

        Returns the job with its code; what is made from a blurred picture is blurred.
        """
        columns = _columns()
        places = ", ".join("?" for _ in columns)
        insert = f"INSERT INTO jobs ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 names of our fields
        async with self._database.transaction() as transaction:
            blurred = job.blurred or await _is_blurred(transaction, job)
            job = replace(job, code=await _free_code(transaction), blurred=blurred)
            await transaction.execute_fetchall(insert, tuple(getattr(job, column) for column in columns))
            if charge is not None:
                await transaction.execute_fetchall(CHARGE, _charge(job, charge))
        return job

    async def get(self, job_id: str) -> Job | None:
        """Return the job of this id, if there is one."""
        return _first(await self._database.all("SELECT * FROM jobs WHERE id = ?", (job_id,)))

    async def change(self, job_id: str, expected: Collection[Status], **values: Any) -> Job | None:
        """Set fields of a job that is in one of the expected statuses, and return it as it now is.

        None, and nothing is changed, where it is in another one or does not exist.
        """
        unknown = values.keys() - set(_columns())
        if unknown or not values:
            raise ValueError(f"not fields of a job: {sorted(unknown)}")
        assignments = ", ".join(f"{column} = ?" for column in values)
        places = ", ".join("?" for _ in expected)
        rows = await self._database.all(
            f"UPDATE jobs SET {assignments} WHERE id = ? AND status IN ({places}) RETURNING *",  # noqa: S608
            (*values.values(), job_id, *expected),
        )
        return _first(rows)

    async def release(self, job_id: str) -> Job | None:
        """Let a picture through that is held or refused; None where it is not, or is forgotten."""
        rows = await self._database.all(
            "UPDATE jobs SET status = 'posting', output_check = 'clear', told = 0, failure = NULL,"
            " detail = NULL, ended_at = NULL WHERE id = ? AND output_check IN ('held', 'refused')"
            " AND status IN ('posting', 'failed') AND picture_sha256 IS NOT NULL RETURNING *",
            (job_id,),
        )
        return _first(rows)

    async def rest(self, job_id: str) -> None:
        """Note that a held picture's author and its moderators know; unless that is decided already."""
        await self._database.all(
            "UPDATE jobs SET told = 1 WHERE id = ? AND output_check = 'held' AND status = 'posting'",
            (job_id,),
        )

    async def refuse(self, job_id: str, now: float) -> Job | None:
        """End a job whose picture is held without posting it; None where it is not held."""
        rows = await self._database.all(
            "UPDATE jobs SET status = 'failed', output_check = 'refused', failure = 'refused-held', told = 0,"
            " ended_at = ? WHERE id = ? AND output_check = 'held' AND status = 'posting' RETURNING *",
            (now, job_id),
        )
        return _first(rows)

    async def forget_refused(self, before: float) -> None:
        """Let go the pictures that were refused before this: they can no longer be appealed against."""
        await self._database.all(
            "UPDATE jobs SET picture_sha256 = NULL WHERE output_check = 'refused'"
            " AND picture_sha256 IS NOT NULL AND ended_at < ?",
            (before,),
        )

    async def unfinished(self) -> list[Job]:
        """Return the jobs that still owe a picture: queued, running, posting; oldest first.

        Not those whose picture is held, once their member knows: they wait for the moderators.
        """
        return await self._untold("status IN ('queued', 'running', 'posting')")

    async def untold(self) -> list[Job]:
        """Return the failed and cancelled jobs whose member has not been told so yet; oldest first."""
        return await self._untold("status IN ('failed', 'cancelled')")

    async def _untold(self, condition: str) -> list[Job]:
        sql = f"SELECT * FROM jobs WHERE told = 0 AND {condition} ORDER BY created_at, id"  # noqa: S608
        return [_job(row) for row in await self._database.all(sql)]

    async def count_waiting(self, *, guild_id: int | None = None, member_id: int | None = None) -> int:
        """Count the queued jobs, of one guild or one member where given."""
        rows = await self._database.all(
            "SELECT count(*) FROM jobs WHERE told = 0 AND status = 'queued'"
            " AND (?1 IS NULL OR guild_id = ?1) AND (?2 IS NULL OR member_id = ?2)",
            (guild_id, member_id),
        )
        return int(rows[0][0])

    async def speeds(self, recent: int = 8) -> Mapping[str, tuple[float, ...]]:
        """Return seconds per step and pixel of each pace's last finished jobs, newest first."""
        rows = await self._database.all(
            "SELECT *, seconds / done / (width * height) AS speed FROM ("
            " SELECT *, coalesce(stop_step, steps) AS done,"
            "  row_number() OVER (PARTITION BY model, grid, candidate IS NULL OR keep IS NOT NULL,"
            "   motion IS NULL ORDER BY ended_at DESC) AS place"
            " FROM jobs WHERE status = 'finished' AND seconds > 0 AND coalesce(stop_step, steps) > 0)"
            " WHERE place <= ? ORDER BY model, place",
            (recent,),
        )
        speeds: dict[str, tuple[float, ...]] = {}
        for row in rows:
            film = row["motion"] is not None
            pace = pace_of(row["model"], row["grid"], row["candidate"], row["keep"], film=film)
            speeds[pace] = (*speeds.get(pace, ()), float(row["speed"]))
        return speeds


async def _free_code(transaction: Connection) -> str:
    """A code that names nothing yet."""
    taken = "SELECT 1 FROM jobs WHERE code = ?1 UNION ALL SELECT 1 FROM generations WHERE code = ?1"
    while list(await transaction.execute_fetchall(taken, (code := new_code(),))):
        pass
    return code


async def _is_blurred(transaction: Connection, job: Job) -> bool:
    """Whether a picture that it starts from, or is drawn to, is blurred."""
    sql = (
        "SELECT 1 FROM generations WHERE blurred = 1 AND (code = ? OR picture_sha256 IN"
        " (SELECT json_extract(value, '$[0]') FROM json_each(?)))"
    )
    return bool(list(await transaction.execute_fetchall(sql, (job.parent, job.targets))))


def _columns() -> tuple[str, ...]:
    return tuple(field.name for field in fields(Job))


def _charge(job: Job, charge: Charge) -> tuple[object, ...]:
    who = (job.id, job.guild_id, charge.channel_id, job.member_id, job.created_at)
    return (*who, charge.rule, charge.grant_id, charge.seconds, job.grid)


def _first(rows: list[sqlite3.Row]) -> Job | None:
    return _job(rows[0]) if rows else None


def _job(row: sqlite3.Row) -> Job:
    values = {column: row[column] for column in _columns()}
    floats = (
        "init_weight",
        "created_at",
        "started_at",
        "ended_at",
        "score",
        "seconds",
        "found_share",
        "keep",
    )
    for column in floats:
        if values[column] is not None:
            values[column] = float(values[column])  # RETURNING hands out whole REALs as integers
    for column in ("told", "private", "blurred"):
        values[column] = bool(values[column])
    if values["output_check"] is not None:
        values["output_check"] = Check(values["output_check"])
    return Job(**{**values, "status": Status(values["status"])})
