"""All that is kept of a member, in whatever table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from storage.cases import Case, CaseKind, Cases, Deed
from storage.filters import FilterHit, Filters
from storage.generations import Generations
from storage.jobs import Job, Jobs, Status
from storage.privacy import TABLES, WAITING, Privacy, erase_sql, rows_sql
from storage.quotas import Charge, Grant, Kind, Quotas
from storage.spending import Span
from storage.suspensions import Suspension, Suspensions
from tests.storage.examples import a_job

if TYPE_CHECKING:
    from storage.database import Database

DAY = 86_400.0
NOW = 100 * DAY
VALUES = {"member": 1, "now": NOW, "ledger": 0.0}


@pytest.fixture
def privacy(database: Database) -> Privacy:
    return Privacy(database)


async def a_picture(database: Database, **changes: Any) -> Job:
    """A finished picture, made on the first day."""
    jobs = Jobs(database)
    job = await jobs.add(a_job(created_at=DAY, **changes), Charge(20, 1.0))
    await jobs.change(job.id, {Status.QUEUED}, status=Status.POSTING, picture_sha256=f"{job.id:0>64}")
    finished = await jobs.change(job.id, {Status.POSTING}, status=Status.FINISHED, ended_at=2.0)
    assert finished is not None
    return finished


async def fill(database: Database, member_id: int) -> Job:
    """Rows of a member in many tables."""
    job = await a_picture(database, member_id=member_id)
    await Jobs(database).add(a_job(member_id=member_id, status=Status.FAILED, created_at=DAY, told=True))
    generation = await Generations(database).of_job(job.id)
    assert generation is not None
    await Generations(database).give_heart(member_id, generation.id, DAY)
    await Quotas(database).grant(Grant(10, member_id, Kind.PICTURES, 2.0, 1, DAY))
    await Quotas(database).reset(10, member_id, 1, DAY)
    await Filters(database).add_hit(FilterHit(10, 20, member_id, "a cat", "cat", "ru", DAY))
    case = Case(10, CaseKind.FILTER, f"member {member_id}", member_id, 20, "a cat", DAY)
    opened = await Cases(database).open(case)
    assert opened is not None
    await Cases(database).do(opened.id, Deed.DISMISS, 1, DAY, close=True)
    await Suspensions(database).add(Suspension(10, member_id, 2 * DAY, "", 1, DAY))
    return job


async def test_every_row_is_given_and_none_of_others(database: Database, privacy: Privacy) -> None:
    await fill(database, 30)
    await fill(database, 31)
    rows = await privacy.rows(30)
    assert {row["member_id"] for found in rows.values() for row in found} == {30}
    expected = {"jobs", "generations", "hearts", "quota_ledger", "quota_grants", "quota_resets"}
    assert set(rows) == expected | {"filter_hits", "cases", "suspensions"}
    assert len(rows["jobs"]) == 2


async def test_all_rows_go_and_none_of_others(database: Database, privacy: Privacy) -> None:
    job = await fill(database, 30)
    await fill(database, 31)
    before = await privacy.rows(31)
    await Generations(database).delete(job.code)
    await privacy.ask(30, "ru", NOW)
    assert await privacy.erase(30, NOW) == []
    (wish,) = await privacy.open()
    assert await privacy.erase_later(wish, NOW)
    assert await privacy.rows(30) == {}
    assert await privacy.rows(31) == before
    assert await privacy.open() == []


async def test_what_was_charged_goes_on_counting_for_nobody(database: Database, privacy: Privacy) -> None:
    await a_picture(database, member_id=30)
    await privacy.erase(30, NOW)
    spans = [Span(0.0, NOW, guild_id=10), Span(0.0, NOW, guild_id=10, member_id=30)]
    assert [use.pictures for use in await Quotas(database).uses(spans)] == [1, 0]


async def test_what_has_to_wait_goes_later(database: Database, privacy: Privacy) -> None:
    job = await fill(database, 30)
    await Suspensions(database).add(Suspension(10, 30, 3 * DAY, "", 1, DAY))
    await Cases(database).open(Case(10, CaseKind.REPORT, "abcdef", 30, 20, "a cat", DAY))
    await Jobs(database).add(a_job(member_id=30, created_at=DAY))
    await privacy.ask(30, "ru", DAY)
    await Generations(database).delete(job.code)
    await privacy.erase(30, 2 * DAY)
    left = await privacy.rows(30)
    assert {table: len(rows) for table, rows in left.items()} == {
        "cases": 1,
        "jobs": 1,
        "quota_ledger": 1,
        "suspensions": 1,
    }
    (wish,) = await privacy.open()
    assert (wish.member_id, wish.locale, wish.told) == (30, "ru", False)
    await privacy.told(30)
    assert not await privacy.erase_later(wish, 2 * DAY)
    assert (await privacy.open())[0].told


async def test_who_comes_back_loses_nothing_new(database: Database, privacy: Privacy) -> None:
    await a_picture(database, member_id=30)
    await privacy.ask(30, "ru", 2 * DAY)
    (wish,) = await privacy.open()
    await privacy.erase(30, 2 * DAY)
    job = await Jobs(database).add(a_job(member_id=30, created_at=3 * DAY), Charge(20, 1.0))
    await Quotas(database).grant(Grant(10, 30, Kind.PICTURES, 2.0, 1, 3 * DAY))
    before = await privacy.rows(30)
    assert not await privacy.erase_later(wish, 4 * DAY)
    assert await privacy.rows(30) == before
    assert await privacy.erase_later(wish, 40 * DAY)
    after = await privacy.rows(30)
    assert [row["job_id"] for row in after["quota_ledger"]] == [job.id]
    assert len(after["quota_grants"]) == 1
    assert await privacy.open() == []


async def test_a_guild_keeps_its_favourites(database: Database, privacy: Privacy) -> None:
    generations = Generations(database)
    plain, loved, album = [await a_picture(database) for _ in range(3)]
    made = {job.id: await generations.of_job(job.id) for job in (plain, loved, album)}
    rows = {job_id: generation.id for job_id, generation in made.items() if generation}
    await generations.give_heart(99, rows[loved.id], DAY)
    await database.all("INSERT INTO albums (member_id, name, made_at) VALUES (30, 'best', 0)")
    await database.all("INSERT INTO album_pictures VALUES (1, ?, 0)", (rows[album.id],))
    future = 4e9
    assert [found.job_id for found in await privacy.unloved(10, future, 9)] == [plain.id]
    assert await privacy.unloved(11, future, 9) == []
    assert await privacy.unloved(10, DAY, 9) == []
    await database.all("INSERT INTO guilds (guild_id, retention_days) VALUES (10, 7), (11, NULL)")
    assert await privacy.retentions() == [(10, 7)]


async def test_every_table_is_searched_by_an_index(database: Database) -> None:
    tables = [str(row["name"]) for row in await database.all(TABLES)]
    assert set(WAITING) <= set(tables)
    for table in tables:
        for sql, values in ((rows_sql(table), (1,)), (erase_sql(table), VALUES)):
            plan = await database.all(f"EXPLAIN QUERY PLAN {sql}", values)
            details = [str(row["detail"]) for row in plan]
            assert not any(detail.startswith(f"SCAN {table}") for detail in details), (table, details)


async def test_the_files_of_what_pictures_were_drawn_to_are_named_too(
    database: Database, privacy: Privacy
) -> None:
    targets = f'[["{"a" * 64}", 1.0, null]]'
    await Jobs(database).add(
        a_job(member_id=30, status=Status.FAILED, told=True, init_sha256="e" * 64, targets=targets)
    )
    await Jobs(database).add(a_job(member_id=30, targets=f'[["{"b" * 64}", 1.0, null]]'))  # still to come
    assert await privacy.erase(30, NOW) == ["a" * 64, "e" * 64]
    assert [row[0] for row in await database.all("SELECT target_sha256 FROM targets")] == ["b" * 64]
