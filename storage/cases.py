"""The rows of the cases: what stands, or has stood, in the guilds' inboxes of the moderators.

Of one subject (a picture, a member's refused prompts, an appeal) a guild has one open case at most; whoever
brings it up again is counted on it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from storage.database import Database


class CaseKind(StrEnum):
    """Why something is before the moderators."""

    REPORT = "report"  #: members have reported a picture
    FILTER = "filter"  #: a member's prompts were refused
    APPEAL = "appeal"  #: a member asks to look at a refusal
    HELD = "held"  #: a picture waits for their word
    PLEA = "plea"  #: a member asks to look at a picture that was refused


class Deed(StrEnum):
    """What a moderator can do about a case."""

    DELETE = "delete"
    BLUR = "blur"
    REFUND = "refund"
    SUSPEND = "suspend"
    ALLOW = "allow"
    DISMISS = "dismiss"
    RELEASE = "release"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Case:
    """One matter before the moderators. Times are Unix seconds."""

    guild_id: int
    kind: CaseKind
    subject: str  #: what makes two cases the same: a generation's code, "member 1", "hit 2"
    member_id: int  #: whose picture or prompt it is
    channel_id: int  #: where it was made
    prompt: str
    opened_at: float
    rule: str = ""  #: the words of the filter's rule, or of the concept that was seen
    message_id: int | None = None  #: the result's message
    code: str | None = None
    job_id: str | None = None
    times: int = 1
    inbox_id: int | None = None  #: where the card stands
    card_id: int | None = None
    closed_at: float | None = None
    score: float | None = None  #: the concept's share, 0..1
    id: int = 0  #: given by the database


@dataclass(frozen=True, slots=True)
class Voice:
    """Who has reported, and why."""

    member_id: int
    reason: str
    said_at: float


@dataclass(frozen=True, slots=True)
class Done:
    """What a moderator has done about a case."""

    deed: Deed
    actor_id: int
    done_at: float


GIVEN = tuple(field.name for field in fields(Case) if field.name != "id")
OPEN = (
    f"INSERT INTO cases ({', '.join(GIVEN)}) VALUES ({', '.join('?' for _ in GIVEN)})"  # noqa: S608 our fields
    " ON CONFLICT (guild_id, kind, subject) WHERE closed_at IS NULL"
    " DO UPDATE SET times = times + 1, prompt = excluded.prompt, rule = excluded.rule,"
    "  channel_id = excluded.channel_id, score = excluded.score RETURNING *"
)


class Cases:
    """The cases of a database. Every method may raise `StorageError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, case: Case, voice: Voice | None = None) -> Case | None:
        """Open a case, or count one more on the open one of its subject; return it as it now is.

        None where the voice's member has already had a say in the open one: then nothing changes.
        """
        values = tuple(getattr(case, name) for name in GIVEN)
        async with self._database.transaction() as transaction:
            if voice is not None and await _has_spoken(transaction, case, voice.member_id):
                return None
            row = next(iter(await transaction.execute_fetchall(OPEN, values)))
            if voice is not None:
                await transaction.execute_fetchall(
                    "INSERT INTO case_voices (case_id, member_id, reason, said_at) VALUES (?, ?, ?, ?)",
                    (row["id"], voice.member_id, voice.reason, voice.said_at),
                )
        return _case(row)

    async def get(self, case_id: int) -> Case | None:
        """Return the case of this id."""
        rows = await self._database.all("SELECT * FROM cases WHERE id = ?", (case_id,))
        return _case(rows[0]) if rows else None

    async def find(self, guild_id: int, kind: CaseKind, subject: str) -> Case | None:
        """Return the open case of a subject."""
        rows = await self._database.all(
            "SELECT * FROM cases WHERE guild_id = ? AND kind = ? AND subject = ? AND closed_at IS NULL",
            (guild_id, kind, subject),
        )
        return _case(rows[0]) if rows else None

    async def carded(self, case_id: int, inbox_id: int, card_id: int) -> None:
        """Note where the case's card stands."""
        await self._database.all(
            "UPDATE cases SET inbox_id = ?, card_id = ? WHERE id = ?", (inbox_id, card_id, case_id)
        )

    async def voices(self, case_id: int, *, limit: int = 5) -> list[Voice]:
        """Return who has reported, the latest first."""
        rows = await self._database.all(
            "SELECT * FROM case_voices WHERE case_id = ? ORDER BY said_at DESC LIMIT ?", (case_id, limit)
        )
        return [Voice(row["member_id"], row["reason"], float(row["said_at"])) for row in rows]

    async def deeds(self, case_id: int) -> list[Done]:
        """Return what was done about a case, in order."""
        rows = await self._database.all(
            "SELECT * FROM case_deeds WHERE case_id = ? ORDER BY done_at", (case_id,)
        )
        return [Done(Deed(row["deed"]), row["actor_id"], float(row["done_at"])) for row in rows]

    async def do(
        self, case_id: int, deed: Deed, actor_id: int, now: float = 0.0, *, close: bool = False
    ) -> bool:
        """Write down a deed, and with `close` close the case; False where that was done already."""
        now = now or time.time()
        async with self._database.transaction() as transaction:
            rows = await transaction.execute_fetchall(
                "INSERT INTO case_deeds (case_id, deed, actor_id, done_at) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING RETURNING 1",
                (case_id, deed, actor_id, now),
            )
            if close:
                await transaction.execute_fetchall(
                    "UPDATE cases SET closed_at = ? WHERE id = ? AND closed_at IS NULL", (now, case_id)
                )
        return bool(list(rows))


async def _has_spoken(transaction: Any, case: Case, member_id: int) -> bool:
    rows = await transaction.execute_fetchall(
        "SELECT 1 FROM cases JOIN case_voices ON case_voices.case_id = cases.id"
        " WHERE guild_id = ? AND kind = ? AND subject = ? AND closed_at IS NULL"
        " AND case_voices.member_id = ?",
        (case.guild_id, case.kind, case.subject, member_id),
    )
    return bool(list(rows))


def _case(row: Any) -> Case:
    values = {field.name: row[field.name] for field in fields(Case)}
    closed_at = row["closed_at"]
    values |= {"kind": CaseKind(row["kind"]), "opened_at": float(row["opened_at"])}
    return Case(**{**values, "closed_at": None if closed_at is None else float(closed_at)})
