"""The ledger: what a job is charged, and what becomes of its charge."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from storage.database import Database
from storage.errors import StorageError
from storage.jobs import Jobs, Status
from storage.quotas import Charge, Grant, Kind, Quotas
from storage.spending import Span, Use, statement
from tests.storage.charging import ALL, CHANNEL, GUILD, MEMBER, charged, jobs, quotas, used
from tests.storage.examples import a_job

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["jobs", "quotas"]  # the fixtures

# -- the ledger --------------------------------------------------------------------------------------------


async def test_a_job_and_its_charge_are_written_together_or_not_at_all(jobs: Jobs, quotas: Quotas):
    job = await charged(jobs)
    assert await used(quotas) == Use(1, 8.0)
    with pytest.raises(StorageError):
        await jobs.add(a_job(id=job.id), Charge(CHANNEL, 1.0))  # there is such a job
    with pytest.raises(StorageError):
        await jobs.add(orphan := a_job(), Charge(CHANNEL, 1.0, grant_id=77))  # there is no such grant
    assert await jobs.get(orphan.id) is None
    assert await used(quotas) == Use(1, 8.0)


async def test_a_cancelled_writer_leaves_neither_half(database: Database, jobs: Jobs, quotas: Quotas):
    for moments in range(12):
        task = asyncio.create_task(charged(jobs))
        for _ in range(moments):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        rows = await database.all("SELECT (SELECT count(*) FROM jobs), (SELECT count(*) FROM quota_ledger)")
        assert rows[0][0] == rows[0][1]
        assert not database.connection.in_transaction
    assert (await used(quotas)).pictures <= 12


async def test_statements_of_others_stay_out_of_a_transaction(database: Database, quotas: Quotas):
    """What is rolled back is the transaction's own, and nothing that was written beside it."""
    beside = None
    with pytest.raises(RuntimeError):
        async with database.transaction() as transaction:
            await transaction.execute_fetchall("INSERT INTO quota_resets VALUES (1, 1, 1, 1.0)")
            beside = asyncio.create_task(quotas.reset(2, 2, 2, 2.0))
            await asyncio.sleep(0.01)
            raise RuntimeError
    assert beside is not None
    await beside
    assert await quotas.resets(1, 1) == (0.0, 0.0)
    assert await quotas.resets(2, 2) == (2.0, 0.0)


@pytest.mark.parametrize(
    ("status", "values", "left"),
    [
        (Status.RUNNING, {}, Use(1, 8.0)),
        (Status.POSTING, {"seconds": 5.5}, Use(1, 5.5)),
        (Status.FINISHED, {"seconds": 9.0}, Use(1, 9.0)),
        (Status.FAILED, {}, Use(0, 0.0)),
        (Status.FAILED, {"seconds": 3.0}, Use(0, 0.0)),
        (Status.CANCELLED, {}, Use(0, 0.0)),
        (Status.CANCELLED, {"seconds": 2.5}, Use(1, 2.5)),  # a frame had been seen
    ],
)
async def test_the_ledger_follows_the_job(jobs: Jobs, quotas: Quotas, status, values, left):
    job = await charged(jobs)
    assert await jobs.change(job.id, ALL, status=status, **values) is not None
    assert await used(quotas) == left
    rows = await quotas._database.all("SELECT state, estimate_s FROM quota_ledger")
    state = {Use(1, 8.0): "charged", Use(0, 0.0): "refunded"}.get(left, "settled")
    assert [tuple(row) for row in rows] == [(state, 8.0)]


async def test_a_picture_that_could_not_be_posted_is_refunded(jobs: Jobs, quotas: Quotas):
    job = await charged(jobs)
    await jobs.change(job.id, ALL, status=Status.POSTING, seconds=5.0)
    await jobs.change(job.id, ALL, status=Status.FAILED, failure="undeliverable")
    assert await used(quotas) == Use(0, 0.0)


async def test_a_refund_by_hand_is_for_good(jobs: Jobs, quotas: Quotas):
    job = await charged(jobs)
    assert await quotas.refund(job.id)
    assert not await quotas.refund(job.id)
    await jobs.change(job.id, ALL, status=Status.FINISHED, seconds=5.0)
    assert await used(quotas) == Use(0, 0.0)


async def test_the_ledger_outlives_its_jobs(database: Database, jobs: Jobs, quotas: Quotas):
    """Whoever has their rows erased gets no new pictures for it; what was still open is given back."""
    done, open_ = await charged(jobs), await charged(jobs)
    await jobs.change(done.id, ALL, status=Status.FINISHED, seconds=5.0)
    await database.all("DELETE FROM jobs")
    assert await used(quotas) == Use(1, 5.0)
    rows = await database.all("SELECT job_id, state FROM quota_ledger ORDER BY id")
    assert [tuple(row) for row in rows] == [(None, "settled"), (None, "refunded")]
    assert open_.id != done.id


async def test_uses_are_of_a_member_a_channel_a_guild_and_a_time(jobs: Jobs, quotas: Quotas):
    grant = await quotas.grant(Grant(GUILD, MEMBER, Kind.PICTURES, 5, 1, 0.0))
    await charged(jobs, created_at=100.0)
    await charged(jobs, created_at=200.0, channel_id=21)
    await charged(jobs, Charge(CHANNEL, 1.0), created_at=100.0, channel_id=77)  # a thread of the channel
    await charged(jobs, Charge(CHANNEL, 1.0, "", grant.id), created_at=100.0)
    await charged(jobs, created_at=100.0, member_id=31)
    await charged(jobs, created_at=100.0, guild_id=11)
    asked = {
        Span(100.0, 200.0, guild_id=GUILD, member_id=MEMBER): Use(2, 9.0),
        Span(100.0, 200.1, guild_id=GUILD, member_id=MEMBER): Use(3, 17.0),
        Span(0.0, 300.0, guild_id=GUILD, channel_id=CHANNEL): Use(4, 18.0),
        Span(0.0, 300.0, guild_id=GUILD): Use(5, 26.0),
        Span(0.0, 300.0, member_id=MEMBER): Use(5, 26.0),
        Span(0.0, 9000.0, guild_id=GUILD): Use(5, 26.0),  # with whole hours
    }
    assert await quotas.uses(list(asked)) == list(asked.values())
    assert await quotas.uses([]) == []


# -- plans and old databases -------------------------------------------------------------------------------


async def test_every_question_is_answered_from_an_index(database: Database):
    """However many rows there are: no table is read from end to end, and sums never leave their index."""
    import storage.quotas as rows

    whose: tuple[dict[str, int], ...] = (
        {"guild_id": 1, "member_id": 2},
        {"member_id": 2},
        {"guild_id": 1, "channel_id": 2},
        {"guild_id": 1},
    )
    for end in (100.0, 9999.0):
        sql, values = statement([Span(9.0, end, **ids) for ids in whose])
        plan = [step["detail"] for step in await database.all(f"EXPLAIN QUERY PLAN {sql}", values)]
        read = [step for step in plan if "quota_" in step]
        assert len(read) == (4 if end == 100.0 else 8), plan
        for step in read:
            assert re.match(r"SEARCH quota_\w+ USING (COVERING INDEX|PRIMARY KEY)", step), plan
    others: tuple[tuple[str, tuple[object, ...]], ...] = (
        (rows.RULES_FOR, (1, 2, 3, "[4]")),
        (rows.GRANTS, (1, 2, 3.0)),
    )
    for sql, given in others:
        plan = await database.all(f"EXPLAIN QUERY PLAN {sql}", given)
        scans = [step["detail"] for step in plan if step["detail"].startswith("SCAN")]
        assert scans in ([], ["SCAN json_each VIRTUAL TABLE INDEX 1:"]), scans


async def test_jobs_from_before_the_ledger_end_without_one(jobs: Jobs, quotas: Quotas):
    job = a_job()
    await jobs.add(job)
    assert await jobs.change(job.id, ALL, status=Status.FINISHED, seconds=1.0) is not None
    assert await used(quotas) == Use(0, 0.0)


async def test_the_ledger_is_there_after_a_restart(tmp_path: Path):
    async with Database.open(tmp_path / "gala.db") as database:
        await charged(Jobs(database))
    async with Database.open(tmp_path / "gala.db") as database:
        assert await used(Quotas(database)) == Use(1, 8.0)
