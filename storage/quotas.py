"""The rows of the quotas: rules, grants, resets, and the ledger of what was charged.

A charge is written together with its job (`Jobs.add`) and follows it by triggers (see the migration): it is
corrected or refunded in the transaction that ends the job. What was used is always the sum of rows.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from storage.spending import Span, Use, statement

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from storage.database import Database


class Scope(StrEnum):
    """Whom a rule is about."""

    MEMBER = "member"
    ROLE = "role"
    CHANNEL = "channel"
    GUILD = "guild"
    HOST_MEMBER = "host-member"  #: the host's ceiling for each member; never a row
    HOST_GUILD = "host-guild"  #: the host's ceiling for each guild; never a row


class Kind(StrEnum):
    """What a rule bounds."""

    PICTURES = "pictures"
    SECONDS = "seconds"  #: of the GPU
    EXEMPT = "exempt"  #: neither pictures nor seconds are bounded
    WAITING = "waiting"  #: a member's jobs in line
    RUNNING = "running"  #: a member's jobs that are painted side by side
    PIXELS = "pixels"
    STEPS = "steps"
    ENGINES = "engines"
    BOOSTERS = "boosters"  #: percent that boosters have beside what they would have


class Period(StrEnum):
    """For how long a limit counts."""

    NONE = ""
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that an admin, or the host, has allowed."""

    guild_id: int
    scope: Scope
    target_id: int  #: the member, role, channel or guild
    kind: Kind
    amount: float
    period: Period = Period.NONE
    detail: str = ""  #: engines, with commas between; or a size such as "512x512"
    set_by: int = 0
    set_at: float = 0.0
    id: int = 0  #: given by the database


@dataclass(frozen=True, slots=True)
class Grant:
    """What a member was given beside the rules."""

    guild_id: int
    member_id: int
    kind: Kind  #: PICTURES or SECONDS
    amount: float
    given_by: int
    given_at: float
    expires_at: float | None = None
    used: float = 0.0
    id: int = 0

    @property
    def left(self) -> float:
        """What of it is not used yet."""
        return max(self.amount - self.used, 0.0)


@dataclass(frozen=True, slots=True)
class Charge:
    """The ledger's row of a new job. `channel_id` is, of a thread, the channel that it belongs to."""

    channel_id: int
    seconds: float  #: by estimate
    rule: str = ""
    grant_id: int | None = None


CHARGE = (
    "INSERT INTO quota_ledger (job_id, guild_id, channel_id, member_id, charged_at, rule, grant_id,"
    " estimate_s, pictures, seconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?8, ?9, ?8)"
)
RULES_FOR = (
    "SELECT * FROM quota_rules WHERE guild_id = ?1 AND scope = 'guild'"
    " UNION ALL SELECT * FROM quota_rules WHERE guild_id = ?1 AND scope = 'member' AND target_id = ?2"
    " UNION ALL SELECT * FROM quota_rules WHERE guild_id = ?1 AND scope = 'channel' AND target_id = ?3"
    " UNION ALL SELECT * FROM quota_rules WHERE guild_id = ?1 AND scope = 'role'"
    "  AND target_id IN (SELECT value FROM json_each(?4))"
)
GRANTS = (
    "SELECT *, (SELECT"
    "  coalesce(sum(CASE quota_grants.kind WHEN 'seconds' THEN seconds ELSE pictures END), 0.0)"
    "  FROM quota_ledger WHERE grant_id = quota_grants.id) AS used"
    " FROM quota_grants WHERE guild_id = ?1 AND member_id = ?2"
    " AND (expires_at IS NULL OR expires_at > ?3) ORDER BY given_at, id"
)


class Quotas:
    """The quotas of a database. Every method may raise `StorageError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- rules

    async def set_rule(self, rule: Rule) -> Rule:
        """Write a rule in place of one for the same target, kind and period; return it with its id."""
        rows = await self._database.all(
            "INSERT INTO quota_rules"
            " (guild_id, scope, target_id, kind, period, amount, detail, set_by, set_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (guild_id, scope, target_id, kind, period) DO UPDATE SET amount = excluded.amount,"
            " detail = excluded.detail, set_by = excluded.set_by, set_at = excluded.set_at RETURNING *",
            (
                *(rule.guild_id, rule.scope, rule.target_id, rule.kind, rule.period, float(rule.amount)),
                *(rule.detail, rule.set_by, rule.set_at),
            ),
        )
        return _rule(rows[0])

    async def remove_rule(self, guild_id: int, rule_id: int) -> Rule | None:
        """Remove a guild's rule and return it; None where the guild has no such rule."""
        rows = await self._database.all(
            "DELETE FROM quota_rules WHERE id = ? AND guild_id = ? RETURNING *", (rule_id, guild_id)
        )
        return _rule(rows[0]) if rows else None

    async def rules(self, guild_id: int, *, offset: int = 0, limit: int = 100) -> list[Rule]:
        """Return a guild's rules, by whom they are about."""
        rows = await self._database.all(
            "SELECT * FROM quota_rules WHERE guild_id = ?"
            " ORDER BY scope, target_id, kind, period LIMIT ? OFFSET ?",
            (guild_id, limit, offset),
        )
        return [_rule(row) for row in rows]

    async def count_rules(self, guild_id: int) -> int:
        """Count a guild's rules."""
        rows = await self._database.all("SELECT count(*) FROM quota_rules WHERE guild_id = ?", (guild_id,))
        return int(rows[0][0])

    async def rules_for(
        self, guild_id: int, member_id: int, channel_id: int, role_ids: Collection[int]
    ) -> list[Rule]:
        """Return the rules that have a say when this member paints in this channel."""
        roles = f"[{','.join(str(int(role)) for role in role_ids)}]"
        rows = await self._database.all(RULES_FOR, (guild_id, member_id, channel_id, roles))
        return [_rule(row) for row in rows]

    # --- grants and resets

    async def grant(self, grant: Grant) -> Grant:
        """Write a grant and return it with its id."""
        rows = await self._database.all(
            "INSERT INTO quota_grants (guild_id, member_id, kind, amount, given_by, given_at, expires_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING *, 0.0 AS used",
            (
                *(grant.guild_id, grant.member_id, grant.kind, float(grant.amount)),
                *(grant.given_by, grant.given_at, grant.expires_at),
            ),
        )
        return _grant(rows[0])

    async def grants(self, guild_id: int, member_id: int, now: float) -> list[Grant]:
        """Return a member's grants that have not ended and are not used up, oldest first."""
        rows = await self._database.all(GRANTS, (guild_id, member_id, now))
        return [grant for row in rows if (grant := _grant(row)).left > 0]

    async def reset(self, guild_id: int, member_id: int, reset_by: int, at: float) -> None:
        """Count a member, or with 0 the guild and everybody in it, anew from now on. The rows stay."""
        await self._database.all(
            "INSERT INTO quota_resets (guild_id, member_id, reset_by, reset_at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (guild_id, member_id) DO UPDATE SET reset_by = excluded.reset_by,"
            " reset_at = excluded.reset_at",
            (guild_id, member_id, reset_by, at),
        )

    async def resets(self, guild_id: int, member_id: int) -> tuple[float, float]:
        """Return since when the member is counted, and since when the guild is; 0.0 for "ever since"."""
        rows = await self._database.all(
            "SELECT member_id, reset_at FROM quota_resets WHERE guild_id = ? AND member_id IN (0, ?)",
            (guild_id, member_id),
        )
        at = {int(row["member_id"]): float(row["reset_at"]) for row in rows}
        everybody = at.get(0, 0.0)
        return max(at.get(member_id, 0.0), everybody), everybody

    # --- the ledger

    async def uses(self, spans: Sequence[Span]) -> list[Use]:
        """Return what was used in each of these times, in their order."""
        if not spans:
            return []
        rows = await self._database.all(*statement(spans))
        return [Use(int(row[1]), float(row[2])) for row in rows]

    async def refund(self, job_id: str) -> bool:
        """Give back what a job was charged, for good; False where there is nothing to give back."""
        rows = await self._database.all(
            "UPDATE quota_ledger SET state = 'refunded', pictures = 0, seconds = 0.0"
            " WHERE job_id = ? AND state <> 'refunded' RETURNING id",
            (job_id,),
        )
        return bool(rows)


def _rule(row: Any) -> Rule:
    values = {field.name: row[field.name] for field in fields(Rule)}
    values |= {"scope": Scope(row["scope"]), "kind": Kind(row["kind"]), "period": Period(row["period"])}
    return Rule(**{**values, "amount": float(row["amount"]), "set_at": float(row["set_at"])})


def _grant(row: Any) -> Grant:
    values = {field.name: row[field.name] for field in fields(Grant)}
    return Grant(
        **{**values, "kind": Kind(row["kind"]), "amount": float(row["amount"]), "used": float(row["used"])}
    )
