from __future__ import annotations

import pytest

from storage.audit import BATCH, Audit, Entry
from storage.database import Database


@pytest.fixture
def audit(database: Database) -> Audit:
    return Audit(database)


async def write(audit: Audit, count: int, guild_id: int = 10) -> list[Entry]:
    return [
        await audit.add(guild_id, 99, "suspend", f"member {number}", "spam", 100.0 + number)
        for number in range(count)
    ]


async def test_a_row_says_who_did_what_to_whom(audit: Audit):
    entry = await audit.add(10, 99, "suspend", "member 30", "spam, “again”", 100.5)
    assert entry == Entry(entry.id, 10, 100.5, 99, "suspend", "member 30", "spam, “again”")
    assert await audit.page(10) == [entry]


async def test_pages_lead_back_and_forth_without_a_gap(audit: Audit):
    rows = [*reversed(await write(audit, 25))]
    first = await audit.page(10, limit=10)
    second = await audit.page(10, before=first[-1].id, limit=10)
    third = await audit.page(10, before=second[-1].id, limit=10)
    assert [*first, *second, *third] == rows
    assert await audit.page(10, before=third[-1].id) == []
    assert await audit.after(10, third[0].id, limit=10) == second
    assert await audit.after(10, second[0].id, limit=10) == first
    assert await audit.count(10) == 25


async def test_a_guild_reads_its_own_rows_only(audit: Audit):
    mine, others = await write(audit, 3), await write(audit, 3, guild_id=11)
    assert await audit.page(10, before=others[-1].id + 1) == [*reversed(mine)]
    assert await audit.after(10, 0) == [*reversed(mine)]
    assert [entry async for entry in audit.export(11)] == others
    assert await audit.count(12) == 0


async def test_an_export_has_all_rows_in_their_order(audit: Audit, database: Database):
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
    await database.all(
        f"{numbers} INSERT INTO audit (guild_id, at, actor_id, action, subject, detail)"
        " SELECT 10, i, 99, 'pause', '', '' FROM n",
        (2 * BATCH + 1,),
    )
    found = [entry.at async for entry in audit.export(10)]
    assert found == [float(number) for number in range(1, 2 * BATCH + 2)]
