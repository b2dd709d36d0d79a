"""The command line, as a shell sees it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import generation.models

TIMEOUT_S = 240
SHIPPED = generation.models.verify(generation.models.CATALOGUE["pocket"]) == []
needs_weights = pytest.mark.skipif(not SHIPPED, reason="the shipped models are not in generation/weights")


def gala(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `gala` in an empty folder."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GALA_")}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**inherited, "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
        timeout=TIMEOUT_S,
        check=False,
    )


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[queue]\nmax_waitin = 3\n", "queue.max_waitin: unknown key; did you mean max_waiting?"),
        ("[cards]\nedit_interval_s = 0.1\n", "cards.edit_interval_s: must be at least 1, got 0.1"),
        ("[generation]\ndevice = 3\n", "generation.device"),
        ("queue = [", "not valid TOML"),
    ],
)
def test_a_mistake_in_the_configuration_is_one_line_with_the_key(
    tmp_path: Path, toml: str, said: str
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(toml)
    run = gala("run", "--config", str(config), cwd=tmp_path)
    assert run.returncode == 2
    assert said in run.stderr
    assert len(run.stderr.splitlines()) == 1


@pytest.mark.parametrize("token", ["", "abc", "not.a.token"])
def test_a_bad_token_is_one_line_that_does_not_show_it(tmp_path: Path, token: str) -> None:
    run = gala("run", cwd=tmp_path, GALA_TOKEN=token)
    assert run.returncode == 2
    assert run.stderr.startswith("gala: GALA_TOKEN: ")
    assert len(run.stderr.splitlines()) == 1
    assert token == "" or token not in run.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a cat:nan"], "cannot be used as a number"),
        ([""], "gala: "),
        (["a cat", "--size", "0x0"], "cannot be painted"),
        (["a cat", "--size", "large"], "gala: "),
        (["a cat", "--steps", "0"], "gala: "),
        (["a cat", "--model", "nobody"], "pocket"),
        (["a cat", "--init", "nowhere.png"], "nowhere.png"),
    ],
)
def test_paint_refuses_in_words(tmp_path: Path, arguments: list[str], said: str) -> None:
    run = gala("paint", *arguments, cwd=tmp_path)
    assert run.returncode == 2
    assert said in run.stderr
    assert "Traceback" not in run.stderr


def test_paint_says_which_file_of_a_model_is_missing(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[storage]\ndirectory = "."\n')
    folder = tmp_path / "models" / "mine"
    folder.mkdir(parents=True)
    description = 'engine = "vqgan-clip"\nfactor = 16\nnative = [64, 64]\nsteps = 2\n'
    (folder / "model.toml").write_text(description + 'files = [{ name = "vqgan.safetensors" }]\n')
    run = gala("paint", "a cat", "--model", "mine", "--config", str(config), cwd=tmp_path)
    assert run.returncode == 1
    assert "mine" in run.stderr
    assert "vqgan.safetensors" in run.stderr


@needs_weights
def test_paint_repeats_itself_byte_for_byte(tmp_path: Path) -> None:
    arguments = ["a red car", "--size", "64x64", "--steps", "3", "--seed", "5", "--json"]
    first, second = (
        json.loads(gala("paint", *arguments, "--out", name, cwd=tmp_path).stdout)
        for name in ("a.png", "b.png")
    )
    assert first["sha256"] == second["sha256"]
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert first["seed"] == 5
    assert first["steps"] == 3
    assert -1 <= first["score"] <= 1


@needs_weights
def test_paint_says_where_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    run = gala("paint", "a cat --size 64x64 --steps 1", "--out", "file/a.png", cwd=tmp_path)
    assert run.returncode == 2
    assert "file/a.png cannot be written" in run.stderr


@needs_weights
def test_paint_makes_every_permutation(tmp_path: Path) -> None:
    run = gala("paint", "{red, blue} car --size 64x64 --steps 2", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gala-1.png", "gala-2.png"]


@needs_weights
def test_the_doctor_finds_nothing_wrong_here(tmp_path: Path) -> None:
    run = gala("check", cwd=tmp_path, XDG_DATA_HOME=str(tmp_path))
    assert run.returncode == 0, run.stdout
    for subject in ("Python", "torch", "models", "ffmpeg", "disk", "database", "generation", "token"):
        assert f"✓ {subject}: " in run.stdout


def test_the_doctor_says_what_to_do(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[storage]\ndirectory = "data"\n[discord]\ntoken_file = "token"\n')
    (tmp_path / "token").write_text("wrong")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "gala.db").write_text("this is no database, however long it may be" * 100)
    run = gala("check", "--config", str(config), cwd=tmp_path)
    assert run.returncode == 1
    assert "✗ database: " in run.stdout
    assert "✗ token: discord.token_file: not a bot token" in run.stdout
    assert run.stdout.count("→") >= 2


def test_a_bot_without_a_pulse_is_not_alive(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[storage]\ndirectory = "."\n')
    assert gala("check", "--alive", "--config", str(config), cwd=tmp_path).returncode == 1
    (tmp_path / "pulse").touch()
    assert gala("check", "--alive", "--config", str(config), cwd=tmp_path).returncode == 0
