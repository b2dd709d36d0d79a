"""The ledger's abstract: its sums by hours are those of the rows."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from storage.errors import StorageError
from storage.jobs import Jobs, Status
from storage.quotas import Charge, Quotas
from storage.spending import Span, Use
from tests.storage.charging import GUILD, charged, jobs, quotas

if TYPE_CHECKING:
    from storage.database import Database

__all__ = ["jobs", "quotas"]  # the fixtures


async def brute(database: Database, channel_id: int | None, start: float, end: float) -> Use:
    rows = await database.all(
        "SELECT pictures, seconds FROM quota_ledger WHERE guild_id = ? AND charged_at >= ? AND charged_at < ?"
        " AND channel_id = coalesce(?, channel_id)",
        (GUILD, start, end, channel_id),
    )
    return Use(sum(row["pictures"] for row in rows), sum(row["seconds"] for row in rows))


async def test_sums_by_hours_are_the_sums_of_the_rows_whatever_has_happened(
    database: Database, jobs: Jobs, quotas: Quotas
):
    """Jobs are charged, end, are refunded and erased in any order; then any time is asked for."""
    chance, living = random.Random(3), []
    for _ in range(300):
        match chance.randrange(6):
            case 0 | 1 | 2:
                at = chance.choice((3600.0 * chance.randrange(8), chance.random() * 30_000))
                made = Charge(chance.choice((20, 21)), chance.random() * 9)
                living.append(await charged(jobs, made, created_at=at))
            case 3 if living:
                status = chance.choice(list(Status)[1:])
                seconds = chance.choice((None, chance.random() * 9))
                await jobs.change(chance.choice(living).id, set(Status), status=status, seconds=seconds)
            case 4 if living:
                await quotas.refund(chance.choice(living).id)
            case 5 if len(living) > 20:
                gone = living.pop()
                await database.all("DELETE FROM jobs WHERE id = ?", (gone.id,))
                await database.all("DELETE FROM quota_ledger WHERE job_id IS NULL AND id % 2")
    for _ in range(200):
        start, end = sorted(chance.choice((3600.0 * n, chance.random() * 30_000)) for n in (2, 7))
        for channel in (None, 20, 21):
            expected = await brute(database, channel, start, end)
            (found,) = await quotas.uses([Span(start, end, guild_id=GUILD, channel_id=channel)])
            assert found.pictures == expected.pictures
            assert found.seconds == pytest.approx(expected.seconds, abs=1e-3)


async def test_a_charge_stays_where_and_when_it_was_made(database: Database, jobs: Jobs):
    await charged(jobs)
    with pytest.raises(StorageError, match="does not change"):
        await database.all("UPDATE quota_ledger SET charged_at = charged_at + 1")
