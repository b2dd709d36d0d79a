"""The rows of the filters: each guild's rules, and the prompts that were refused by them."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.database import Database


@dataclass(frozen=True, slots=True)
class FilterRule:
    """A word or phrase that a guild forbids, or allows in spite of another rule. Times are Unix seconds."""

    guild_id: int
    words: str
    folded: str  #: the rule as it is compared: of those that are alike, a guild has one
    allowed: bool = False
    source: str = ""  #: the name of the AutoMod rule that it comes from
    added_by: int = 0
    added_at: float = 0.0
    id: int = 0  #: given by the database


@dataclass(frozen=True, slots=True)
class FilterHit:
    """A prompt that was refused, and by which rule's words."""

    guild_id: int
    channel_id: int
    member_id: int
    prompt: str
    rule: str
    locale: str
    hit_at: float
    id: int = 0  #: given by the database


ADD = (
    "INSERT INTO filter_rules (guild_id, allowed, words, folded, source, added_by, added_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (guild_id, allowed, folded) DO NOTHING RETURNING *"
)


class Filters:
    """The filters of a database. Every method may raise `StorageError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- rules

    async def add(self, rule: FilterRule) -> FilterRule | None:
        """Write a rule and return it with its id; None where the guild has one that is alike."""
        rows = await self._database.all(ADD, _values(rule))
        return _rule(rows[0]) if rows else None

    async def replace_imported(self, guild_id: int, rules: Iterable[FilterRule]) -> int:
        """Put these in place of all that the guild has from AutoMod; return how many are new to it."""
        values = [_values(rule) for rule in rules]
        async with self._database.transaction() as transaction:
            await transaction.execute_fetchall(
                "DELETE FROM filter_rules WHERE guild_id = ? AND source <> ''", (guild_id,)
            )
            count = 0
            for each in values:
                count += len(list(await transaction.execute_fetchall(ADD, each)))
        return count

    async def remove(self, guild_id: int, rule_id: int) -> FilterRule | None:
        """Remove a guild's rule and return it; None where the guild has no such rule."""
        rows = await self._database.all(
            "DELETE FROM filter_rules WHERE id = ? AND guild_id = ? RETURNING *", (rule_id, guild_id)
        )
        return _rule(rows[0]) if rows else None

    async def rules(
        self, guild_id: int, *, offset: int = 0, limit: int = -1, part: str = ""
    ) -> list[FilterRule]:
        """Return a guild's rules in alphabetical order; with `part` (folded), those that have it."""
        rows = await self._database.all(
            "SELECT * FROM filter_rules WHERE guild_id = ?1 AND (?2 = '' OR instr(folded, ?2))"
            " ORDER BY allowed, folded LIMIT ?3 OFFSET ?4",
            (guild_id, part, limit, offset),
        )
        return [_rule(row) for row in rows]

    async def count(self, guild_id: int) -> int:
        """Count a guild's rules."""
        rows = await self._database.all("SELECT count(*) FROM filter_rules WHERE guild_id = ?", (guild_id,))
        return int(rows[0][0])

    # --- refused prompts

    async def add_hit(self, hit: FilterHit) -> FilterHit:
        """Write down a refusal, and return it with its id."""
        rows = await self._database.all(
            "INSERT INTO filter_hits (guild_id, channel_id, member_id, prompt, rule, locale, hit_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING *",
            astuple(hit)[:-1],
        )
        return _hit(rows[0])

    async def hit(self, hit_id: int) -> FilterHit | None:
        """Return a refusal; None where it is forgotten."""
        rows = await self._database.all("SELECT * FROM filter_hits WHERE id = ?", (hit_id,))
        return _hit(rows[0]) if rows else None

    async def forget_hits(self, before: float) -> None:
        """Remove the refusals that are older than this."""
        await self._database.all("DELETE FROM filter_hits WHERE hit_at < ?", (before,))


def _values(rule: FilterRule) -> tuple[object, ...]:
    return (
        *(rule.guild_id, int(rule.allowed), rule.words, rule.folded, rule.source, rule.added_by),
        float(rule.added_at),
    )


def _rule(row: Any) -> FilterRule:
    values = {field.name: row[field.name] for field in fields(FilterRule)}
    return FilterRule(**{**values, "allowed": bool(row["allowed"]), "added_at": float(row["added_at"])})


def _hit(row: Any) -> FilterHit:
    values = {field.name: row[field.name] for field in fields(FilterHit)}
    return FilterHit(**{**values, "hit_at": float(row["hit_at"])})
