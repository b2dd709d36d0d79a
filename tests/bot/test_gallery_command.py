"""`gala gallery`, as the host calls it."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from bot.__main__ import main
from storage.backup import DATABASE
from storage.database import Database
from storage.images import Images
from tests.storage.rows import a_generation
from tests.storage.test_backup import age


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two pictures, one of which is nobody's, and the configuration that names it."""
    path = tmp_path / "data"
    (tmp_path / "config.toml").write_text('[storage]\ndirectory = "data"\n')

    async def fill() -> None:
        async with Database.open(path / DATABASE) as database:
            sha256 = await Images(path / "pictures").put(b"a picture")
            await a_generation(database, picture_sha256=sha256, code="abcdef")
            await Images(path / "pictures").put(b"nobody's")

    asyncio.run(fill())
    age(path / "pictures")
    return path


def gala(folder: Path, *arguments: str) -> int:
    return main(["gallery", *arguments[:1], "--config", str(folder.parent / "config.toml"), *arguments[1:]])


def test_verify_finds_what_prune_removes(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert gala(folder, "verify") == 0
    said = capsys.readouterr().out
    assert "2 files" in said
    assert "1 to which nothing points, 8 bytes → run: gala gallery prune" in said
    assert gala(folder, "prune") == 0
    assert "8 bytes freed, 9 bytes left. Gone are 1 files to which nothing pointed" in capsys.readouterr().out
    assert gala(folder, "verify", "--quick") == 0
    assert "all as it should be" in capsys.readouterr().out


def test_verify_fails_where_a_picture_is_lost_and_a_backup_brings_it_back(
    folder: Path, capsys: pytest.CaptureFixture[str]
):
    assert gala(folder, "backup", str(folder.parent / "backup")) == 0
    assert "1 files, of them 1 new" in capsys.readouterr().out
    shutil.rmtree(folder / "pictures")
    assert gala(folder, "verify") == 1
    assert "1 missing → bring them back from a backup" in capsys.readouterr().out
    shutil.copytree(folder.parent / "backup", folder, dirs_exist_ok=True)
    assert gala(folder, "verify") == 0


def test_what_is_exported_is_imported_once(folder: Path, capsys: pytest.CaptureFixture[str]):
    out, other = folder.parent / "out", folder.parent / "other"
    assert gala(folder, "export", str(out)) == 0
    assert "1 pictures with their recipes" in capsys.readouterr().out
    other.mkdir()
    (other / "config.toml").write_text('[storage]\ndirectory = "there"\n')
    assert gala(other / "there", "import", str(out)) == 0
    assert "1 pictures brought in" in capsys.readouterr().out
    assert gala(other / "there", "import", str(out)) == 0
    assert "1 passed over that were here already" in capsys.readouterr().out
    assert gala(other / "there", "verify") == 0


def test_what_must_not_run_beside_the_bot_says_so(folder: Path, capsys: pytest.CaptureFixture[str]):
    async def both() -> tuple[int, int, int]:
        async with Database.open(folder / DATABASE):
            actions = ("prune",), ("verify",), ("backup", str(folder.parent / "backup"))
            return tuple([await asyncio.to_thread(gala, folder, *action) for action in actions])  # type: ignore[return-value]

    assert asyncio.run(both()) == (1, 0, 0)
    assert "another Gala is running" in capsys.readouterr().err


@pytest.mark.parametrize("action", [("verify",), ("prune",), ("backup", "x"), ("export", "x")])
def test_where_there_is_nothing_it_says_so(tmp_path: Path, action, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "config.toml").write_text('[storage]\ndirectory = "none"\n')
    arguments = [str(tmp_path / part) if part == "x" else part for part in action]
    assert gala(tmp_path / "data", *arguments) == 1
    assert "there is no database" in capsys.readouterr().err
    assert not (tmp_path / "x" / "gala.db").exists()
