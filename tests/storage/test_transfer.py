from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from storage.backup import DATABASE
from storage.database import Database
from storage.errors import StorageError
from storage.generations import Generations
from storage.images import Images
from storage.inspection import inspect
from storage.jobs import Jobs, Status
from storage.transfer import Moved, bring_in, export
from storage.vectors import Vectors
from storage.words import Words
from tests.storage.examples import a_job
from tests.storage.rows import Eyes, a_generation


async def fill(folder: Path) -> list[str]:
    """Three generations, one of them from another's picture; returns their codes."""
    async with Database.open(folder / DATABASE) as database:
        images = Images(folder / "pictures")
        start, target = await images.put(b"a start"), await images.put(b"a target")
        targets = json.dumps([[target, 1.0, None]])
        job = await Jobs(database).add(
            a_job(status=Status.RUNNING, init_sha256=start, targets=targets, prompt="a red car")
        )
        sha256 = await images.put(b"picture of a job")
        await Jobs(database).change(
            job.id, {Status.RUNNING}, status=Status.POSTING, picture_sha256=sha256, checkpoint_sha256=None
        )
        await Jobs(database).change(job.id, {Status.POSTING}, status=Status.FINISHED, told=True)
        for number, guild in ((1, 10), (2, 11)):
            sha256 = await images.put(f"picture {number}".encode())
            await a_generation(database, f"prompt {number}", guild_id=guild, picture_sha256=sha256)
        return [str(row[0]) for row in await database.all("SELECT code FROM generations ORDER BY id")]


async def test_what_is_taken_out_comes_in_elsewhere_as_it_was(tmp_path: Path):
    codes = await fill(tmp_path / "ours")
    assert export(tmp_path / "ours", tmp_path / "out") == Moved(3, ())
    assert {path.stem for path in (tmp_path / "out" / "pictures").iterdir()} == set(codes)
    async with Database.open(tmp_path / "theirs" / DATABASE) as database:
        assert bring_in(tmp_path / "out", tmp_path / "theirs") == Moved(3, ())
        assert bring_in(tmp_path / "out", tmp_path / "theirs") == Moved(0, tuple(codes))
        first = await Generations(database).get(codes[0])
        assert first is not None
        job = await Jobs(database).get(first.job_id)
        assert job is not None
        assert (job.status, job.prompt, job.code) == (Status.FINISHED, "a red car", codes[0])
        assert await Images(tmp_path / "theirs" / "pictures").get(first.picture_sha256) == b"picture of a job"
        assert await Images(tmp_path / "theirs" / "pictures").get(first.init_sha256 or "") == b"a start"
        ((target,),) = await database.all("SELECT target_sha256 FROM targets WHERE code = ?", (codes[0],))
        assert await Images(tmp_path / "theirs" / "pictures").get(target) == b"a target"
        assert (await Words(database).find("prompt", Eyes())).ids == (2,)  # and it can be searched
        assert await Vectors(database).count_due() == 3
        assert await Jobs(database).unfinished() == []
    report = inspect(tmp_path / "theirs")
    assert (report.is_well, report.files) == (True, 5)


async def test_one_guild_alone_and_without_what_is_missing(tmp_path: Path):
    codes = await fill(tmp_path)
    assert export(tmp_path, tmp_path / "out", 11) == Moved(1, ())
    (line,) = (tmp_path / "out" / "recipes.jsonl").read_text().splitlines()
    assert json.loads(line)["generation"]["code"] == codes[2]
    sha256 = hashlib.sha256(b"picture 1").hexdigest()
    Images(tmp_path / "pictures").path(sha256).unlink()
    assert export(tmp_path, tmp_path / "all") == Moved(2, (codes[1],))


async def test_what_is_not_as_its_row_says_stays_outside(tmp_path: Path):
    codes = await fill(tmp_path / "ours")
    export(tmp_path / "ours", tmp_path / "out")
    (tmp_path / "out" / "pictures" / f"{codes[1]}.png").write_bytes(b"something else")
    async with Database.open(tmp_path / "theirs" / DATABASE):
        assert bring_in(tmp_path / "out", tmp_path / "theirs") == Moved(2, (codes[1],))


@pytest.mark.parametrize("text", ["nonsense", '{"generation": {}}', "[]", '{"generation": null}'])
async def test_a_damaged_export_is_told_in_words(tmp_path: Path, text: str):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "recipes.jsonl").write_text(text)
    async with Database.open(tmp_path / DATABASE):
        with pytest.raises(StorageError, match=r"recipes\.jsonl"):
            bring_in(tmp_path / "out", tmp_path)
        with pytest.raises(StorageError, match="is it an export"):
            bring_in(tmp_path / "nothing", tmp_path)


async def test_nothing_is_written_over(tmp_path: Path):
    await fill(tmp_path)
    with pytest.raises(StorageError, match="not empty"):
        export(tmp_path, tmp_path / "pictures")
