"""Concepts in a real database, and what becomes of the cases that an older one has."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import storage.database
from storage.cases import CaseKind, Cases
from storage.concepts import Action, Concept, Concepts
from storage.database import Database
from storage.jobs import Check, Jobs, Status
from tests.storage.examples import a_job

if TYPE_CHECKING:
    import pytest

SNAKE = Concept(10, "a snake", Action.HOLD, 0.2, 0.6, 1, 5.0)


async def test_concepts_are_kept_with_their_channels(database: Database) -> None:
    concepts = Concepts(database)
    kept = await concepts.add(SNAKE)
    assert kept == replace(SNAKE, id=kept.id)
    await concepts.except_channel(kept.id, 7, 0.9)
    await concepts.except_channel(kept.id, 8, None)
    assert await concepts.of(10) == [replace(kept, channels=((7, 0.9), (8, None)))]
    assert await concepts.of(11) == []
    changed = await concepts.add(replace(SNAKE, action=Action.REFUSE, restricted=None))
    assert changed == replace(kept, action=Action.REFUSE, restricted=None, channels=((7, 0.9), (8, None)))
    await concepts.end_exception(kept.id, 7)
    assert (await concepts.of(10))[0].channels == ((8, None),)
    assert not await concepts.remove(11, kept.id)
    assert await concepts.remove(10, kept.id)
    assert await concepts.of(10) == []
    assert await database.all("SELECT * FROM concept_channels") == []


async def test_a_picture_is_a_generation_once_it_has_passed(database: Database) -> None:
    jobs = Jobs(database)
    for number, (check, blurred) in enumerate({Check.CLEAR: 0, Check.SPOILER: 1}.items()):
        job = await jobs.add(a_job(status=Status.RUNNING, id=f"0000000{number}"))
        posting = {"status": Status.POSTING, "picture_sha256": "ab", "output_check": Check.DUE}
        await jobs.change(job.id, {Status.RUNNING}, **posting)
        assert await database.all("SELECT * FROM generations WHERE job_id = ?", (job.id,)) == []
        await jobs.change(job.id, {Status.POSTING}, output_check=check, blurred=bool(blurred))
        (row,) = await database.all("SELECT * FROM generations WHERE job_id = ?", (job.id,))
        assert (row["blurred"], row["code"]) == (blurred, job.code)


async def test_a_held_picture_is_decided_about_once(database: Database) -> None:
    jobs = Jobs(database)
    job = await jobs.add(a_job(status=Status.RUNNING))
    held = {"status": Status.POSTING, "picture_sha256": "ab", "output_check": Check.HELD}
    await jobs.change(job.id, {Status.RUNNING}, **held)
    assert [each.id for each in await jobs.unfinished()] == [job.id]
    await jobs.rest(job.id)
    assert await jobs.unfinished() == []
    refused = await jobs.refuse(job.id, 50.0)
    assert refused is not None
    assert (refused.status, refused.failure, refused.told) == (Status.FAILED, "refused-held", False)
    assert await jobs.refuse(job.id, 51.0) is None
    await jobs.forget_refused(49.0)
    released = await jobs.release(job.id)
    assert released is not None
    assert (released.status, released.output_check, released.failure) == (Status.POSTING, Check.CLEAR, None)
    assert await jobs.release(job.id) is None
    await jobs.rest(job.id)
    assert len(await jobs.unfinished()) == 1


async def test_what_was_refused_long_ago_lets_go_of_its_picture(database: Database) -> None:
    jobs = Jobs(database)
    job = await jobs.add(a_job(status=Status.RUNNING))
    held = {"status": Status.POSTING, "picture_sha256": "ab", "output_check": Check.HELD}
    await jobs.change(job.id, {Status.RUNNING}, **held)
    await jobs.refuse(job.id, 50.0)
    await jobs.forget_refused(51.0)
    assert await jobs.release(job.id) is None


async def test_older_cases_keep_their_voices_and_deeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, scripts = tmp_path / "gala.db", storage.database._migrations()
    number = next(place for place, script in enumerate(scripts) if "CREATE TABLE concepts" in script)
    with monkeypatch.context() as old:
        old.setattr(storage.database, "_migrations", lambda: scripts[:number])
        async with Database.open(path):
            pass
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "INSERT INTO cases (id, guild_id, kind, subject, member_id, channel_id, prompt, rule, opened_at)"
            " VALUES (7, 10, 'report', 'abcdef', 30, 20, 'a cat', '', 5.0);"
            "INSERT INTO case_voices VALUES (7, 31, 'ugly', 6.0);"
            "INSERT INTO case_deeds VALUES (7, 'blur', 1, 7.0);"
        )
    async with Database.open(path) as database:
        cases = Cases(database)
        case = await cases.find(10, CaseKind.REPORT, "abcdef")
        assert case is not None
        assert (case.id, case.prompt, case.score) == (7, "a cat", None)
        assert [voice.reason for voice in await cases.voices(7)] == ["ugly"]
        assert [str(done.deed) for done in await cases.deeds(7)] == ["blur"]
        assert await database.all("PRAGMA foreign_key_check") == []
