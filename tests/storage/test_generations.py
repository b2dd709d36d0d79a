"""The rows of finished pictures, on a real database."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.database import Database
from storage.generations import LETTERS, Cursor, Filter, Generation, Generations, Order, new_code, page_sql
from storage.jobs import Job, Jobs, Status
from tests.storage.examples import a_job
from tests.storage.rows import a_generation

if TYPE_CHECKING:
    from collections.abc import Iterable

RECIPE = '{"gala": "0.1.0"}'
MIGRATIONS = Path(__file__).parents[2] / "storage" / "migrations"


@dataclass(frozen=True)
class Asker:
    """Somebody who sees everything of the examples' guild, unless said otherwise."""

    guild_id: int = 10
    member_id: int = 30
    channel_id: int = 20
    places: frozenset[int] = field(default=frozenset({20, 21, 22, 23}))


async def made(database: Database, number: int = 1, **changes: Any) -> Generation:
    """A job that became a picture, and so a generation."""
    jobs, values = Jobs(database), {"picture_sha256": f"{number:064x}", "recipe": RECIPE}
    job = a_job(**{"place_id": changes.get("channel_id", 20), **changes})
    job = await jobs.add(job)
    await jobs.change(job.id, {Status.QUEUED}, status=Status.RUNNING)
    await jobs.change(job.id, {Status.RUNNING}, status=Status.POSTING, seconds=2.5, score=0.5, **values)
    found = await Generations(database).of_job(job.id)
    assert found is not None
    return found


async def test_a_picture_on_the_disk_is_a_generation_with_all_that_its_job_knew(database: Database):
    before = a_job(channel_id=21, place_id=20, private=True, parent="abcdef", prompt="красный дом")
    jobs, generations = Jobs(database), Generations(database)
    job = await jobs.add(before)
    assert re.fullmatch(f"[{LETTERS}]{{6}}", job.code)
    assert await generations.get(job.code) is None
    await jobs.change(job.id, {Status.QUEUED}, status=Status.RUNNING)
    values = {"picture_sha256": "a" * 64, "stop_step": 4, "score": 0.5, "seconds": 2.5, "recipe": RECIPE}
    await jobs.change(job.id, {Status.RUNNING}, status=Status.POSTING, **values)
    found = await generations.get(job.code)
    assert found is not None
    assert (found.channel_id, found.place_id, found.private, found.parent) == (21, 20, True, "abcdef")
    assert (found.prompt, found.steps, found.recipe, found.message_id) == ("красный дом", 4, RECIPE, None)
    await jobs.change(job.id, {Status.POSTING}, status=Status.FINISHED, result_id=77)
    assert await generations.of_message(77) == replace(found, message_id=77)


async def test_a_picture_that_is_painted_again_keeps_its_code_and_its_hearts(database: Database):
    first = await made(database)
    generations, jobs = Generations(database), Jobs(database)
    await generations.give_heart(5, first.id, 1.0)
    await jobs.change(first.job_id, {Status.POSTING}, status=Status.QUEUED, picture_sha256=None)
    await jobs.change(first.job_id, {Status.QUEUED}, status=Status.POSTING, picture_sha256="b" * 64)
    again = await generations.get(first.code)
    assert again == replace(first, picture_sha256="b" * 64, hearts=1)


async def test_codes_are_never_given_twice(database: Database, monkeypatch: pytest.MonkeyPatch):
    codes = iter(["aaaaaa", "aaaaaa", "aaaaaa", "bbbbbb"])
    monkeypatch.setattr("storage.jobs.new_code", lambda: next(codes))
    jobs = Jobs(database)
    assert (await jobs.add(a_job())).code == "aaaaaa"
    assert (await jobs.add(a_job())).code == "bbbbbb"


def test_codes_are_six_letters_that_look_unlike_each_other():
    codes = {new_code() for _ in range(2000)}
    assert len(codes) > 1990
    assert all(len(code) == 6 and set(code) <= set(LETTERS) for code in codes)
    assert not set(LETTERS) & set("ilo01")


async def test_hearts_are_given_once_each_and_taken_back(database: Database):
    generations, one = Generations(database), await made(database)
    assert await generations.give_heart(5, one.id, 1.0)
    assert await generations.give_heart(6, one.id, 2.0)
    found = await generations.get(one.code)
    assert found is not None and found.hearts == 2
    assert not await generations.give_heart(5, one.id, 3.0)
    found = await generations.get(one.code)
    assert found is not None and found.hearts == 1


async def test_what_is_deleted_leaves_no_words_and_only_files_that_others_need(database: Database):
    generations = Generations(database)
    turns = '[[3, "another secret", 9]]'
    one = await made(database, 1, init_sha256="e" * 64, prompt="a secret", turns=turns)
    two = await made(database, 1, init_sha256="f" * 64)  # the very same picture
    child = await made(database, 3, parent=one.code, init_sha256="e" * 64)
    await generations.give_heart(5, one.id, 1.0)
    assert await generations.delete(one.code) == []  # the picture is two's, the init image the child's
    assert await generations.get(one.code) is None
    assert await generations.delete(one.code) == []
    job = await Jobs(database).get(one.job_id)
    assert job is not None and (job.prompt, job.picture_sha256, job.init_sha256) == ("", None, None)
    assert job.turns is None
    assert [other.code for other in await generations.children(one.code)] == [child.code]
    assert await generations.delete(two.code) == [f"{1:064x}", "f" * 64]
    assert await generations.delete(child.code) == [f"{3:064x}", "e" * 64]
    rows = await database.all("SELECT count(*) FROM hearts")
    assert rows[0][0] == 0


def visible(asker: Asker, all_of: Iterable[Generation]) -> list[Generation]:
    return [
        one
        for one in all_of
        if one.guild_id == asker.guild_id
        and one.place_id in asker.places
        and (
            asker.member_id == one.member_id
            or (not one.hidden and (not one.private or asker.channel_id == one.channel_id))
        )
    ]


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "guild_id": st.sampled_from([10, 11]),
            "channel_id": st.sampled_from([20, 21, 22]),
            "member_id": st.sampled_from([30, 31]),
            "model": st.sampled_from(["toy", "other"]),
            "private": st.booleans(),
        }
    ),
    max_size=14,
)
ASKERS = st.builds(
    Asker,
    guild_id=st.sampled_from([10, 11]),
    member_id=st.sampled_from([30, 31]),
    channel_id=st.sampled_from([20, 21]),
    places=st.frozensets(st.sampled_from([20, 21, 22, 23])),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=ROWS,
    asker=ASKERS,
    member=st.sampled_from([None, 30, 31]),
    model=st.sampled_from([None, "toy"]),
    order=st.sampled_from(Order),
    loved=st.lists(st.integers(0, 13), max_size=9),
    hidden=st.sets(st.integers(0, 13)),
)
async def test_pages_are_what_is_visible_and_chosen_in_order(
    database: Database, rows, asker, member, model, order, loved, hidden
):
    await database.all("DELETE FROM generations")
    generations = Generations(database)
    all_of = [await made(database, **row) for row in rows]
    for index in hidden & set(range(len(all_of))):
        await generations.hide(all_of[index].code, hidden=True)
    for giver, index in enumerate(loved):
        if index < len(all_of):
            await generations.give_heart(giver, all_of[index].id, 1.0)
    all_of = [one for row in all_of if (one := await generations.get(row.code))]
    wanted = [
        one
        for one in visible(asker, all_of)
        if member in (None, one.member_id) and model in (None, one.model)
    ]
    wanted.sort(key=lambda one: (one.hearts if order is Order.LOVED else 0, one.id), reverse=True)
    chosen, found, cursor = Filter(member, model), [], None
    while page := await generations.page(asker, chosen, order, cursor, 3):
        found += page
        cursor = Cursor(page[-1].id, page[-1].hearts)
    assert found == wanted
    for index in range(1, len(wanted)):
        back = Cursor(wanted[index].id, wanted[index].hearts, back=True)
        assert await generations.page(asker, chosen, order, back, 3) == wanted[max(0, index - 3) : index]


async def test_lists_of_what_one_loves_and_of_a_day(database: Database):
    generations = Generations(database)
    codes = [await made(database, number) for number in range(4)]
    for one in (codes[2], codes[0]):
        await generations.give_heart(30, one.id, 1.0)
    await database.all("UPDATE generations SET created_at = 100.0 * id")
    asker = Asker()

    async def page(chosen: Filter) -> list[str]:
        return [one.code for one in await generations.page(asker, chosen, Order.NEWEST, None, 9)]

    assert await page(Filter(loved_by=30)) == [codes[2].code, codes[0].code]
    assert await page(Filter(loved_by=31)) == []
    assert await page(Filter(before=100.0 * codes[1].id + 1)) == [codes[1].code, codes[0].code]
    assert await page(Filter(before=1.0)) == []
    places = frozenset({21})
    hidden = await generations.page(replace(asker, places=places), Filter(loved_by=30), Order.NEWEST, None, 9)
    assert hidden == []


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("cursor", [None, Cursor(5, 1), Cursor(5, 1, back=True)])
@pytest.mark.parametrize("chosen", [Filter(), Filter(member_id=1), Filter(model="m"), Filter(before=9.0)])
async def test_no_page_scans_the_table(
    database: Database, order: Order, cursor: Cursor | None, chosen: Filter
):
    names = ("guild", "me", "here", "places", "member", "model", "lover", "album", "before", "id", "hearts")
    values = {**dict.fromkeys(names), "places": "[1, 2]", "limit": 9}
    rows = await database.all(f"EXPLAIN QUERY PLAN {page_sql(chosen, order, cursor)}", values)
    plan = [row["detail"] for row in rows]
    assert not [step for step in plan if step.startswith("SCAN g") or "SCAN generations" in step], plan
    assert any("SEARCH g USING" in step and "guild_id=?" in step for step in plan), plan


def test_pictures_of_an_older_gala_get_their_codes(tmp_path: Path):
    """Jobs that were there before: each finished one becomes a generation under a code of its own."""
    connection = sqlite3.connect(tmp_path / "old.db")
    scripts = sorted(MIGRATIONS.glob("*.sql"))
    for script in scripts[: [path.name for path in scripts].index("0005_generations.sql")]:
        connection.executescript(script.read_text(encoding="utf-8"))
    columns = [row[1] for row in connection.execute("PRAGMA table_info(jobs)")]
    for number in range(500):
        job = a_job(
            id=f"{number:08d}",
            status=Status.FINISHED if number % 2 else Status.FAILED,
            picture_sha256=f"{number:064x}" if number % 2 else None,
            created_at=float(number // 3),
        )
        values = [getattr(job, column) for column in columns]
        places = ", ".join("?" * len(columns))
        connection.execute(f"INSERT INTO jobs ({', '.join(columns)}) VALUES ({places})", values)
    connection.executescript((MIGRATIONS / "0005_generations.sql").read_text(encoding="utf-8"))
    codes = [row[0] for row in connection.execute("SELECT code FROM jobs")]
    assert len(set(codes)) == 500
    assert all(re.fullmatch(f"[{LETTERS}]{{6}}", code) for code in codes)
    rows = connection.execute("SELECT code, place_id, picture_sha256 FROM generations ORDER BY id").fetchall()
    assert len(rows) == 250
    assert all(code in codes and place == 20 for code, place, _ in rows)
    connection.close()


def test_a_job_has_a_field_for_every_column_that_a_generation_takes():
    names = {name for name in Job.__slots__}  # noqa: C416
    assert {"code", "place_id", "private", "parent", "recipe"} <= names


async def test_a_picture_s_targets_are_kept_while_any_row_names_them(database: Database):
    jobs, generations = Jobs(database), Generations(database)
    targets = f'[["{"a" * 64}", 0.5, null], ["{"b" * 64}", -1.0, -0.5]]'
    first, second = [await jobs.add(a_job(targets=targets)) for _ in range(2)]
    for job in (first, second):
        await jobs.change(job.id, {Status.QUEUED}, status=Status.POSTING, picture_sha256=f"{job.id:0>64}")
    made = await generations.get(first.code)
    assert made is not None
    assert made.targets == targets
    assert await generations.delete(first.code) == [f"{first.id:0>64}"]
    assert await generations.delete(second.code) == sorted([f"{second.id:0>64}", "a" * 64, "b" * 64])
    assert await database.all("SELECT * FROM targets") == []


async def test_a_picture_drawn_to_a_blurred_one_is_blurred(database: Database):
    await a_generation(database, code="abcdef", picture_sha256="a" * 64)
    await Generations(database).blur("abcdef")
    for sha256, blurred in (("a" * 64, True), ("b" * 64, False)):
        job = await Jobs(database).add(a_job(targets=f'[["{sha256}", 1.0, null]]'))
        assert job.blurred == blurred
