"""`gala recipe` and `gala replay`, as the host calls them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest

from bot import replay
from bot.config import load_config
from bot.recipe_command import Unreadable
from generation.codec import encode_png
from generation.protocol import Finished
from generation.recipes import read_recipe, recipe_of
from storage.backup import DATABASE
from storage.database import Database
from storage.images import Images
from tests.bot.dispatching import a_house, order
from tests.bot.test_main import gala, needs_weights
from tests.generation.test_recipes import MADE, NOISE, RECIPE
from tests.storage.rows import a_generation


def finished(picture, made=MADE):
    return Finished("replay", picture, 64, 48, 20, 1.0, None, made)


def original(picture, recipe=RECIPE, sha256=None):
    return replay.Original(replay.request_from(RECIPE, None), recipe, picture, sha256)


def config_in(folder):
    path = folder / "config.toml"
    path.write_text('[storage]\ndirectory = "."\n')
    return load_config(path)


def test_equal_files_are_said_to_be_equal():
    data = encode_png(NOISE, RECIPE)
    same, said = replay.judge(original(data), finished(data))
    assert same
    assert said == ["The file is the same, byte for byte."]


def test_equal_pixels_of_another_version_are_told_apart_from_equal_files():
    made = replace(MADE, gala="0.2.0")
    again = encode_png(NOISE, replace(RECIPE, made=made))
    same, said = replay.judge(original(encode_png(NOISE, RECIPE)), finished(again, made))
    assert same
    assert "The pixels are the same" in said[0]
    assert said[-1] == "  gala: 0.1.0, now 0.2.0"


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (replace(MADE, device="cuda"), "  device: cpu, now cuda"),
        (replace(MADE, dtype="bfloat16"), "  dtype: float32, now bfloat16"),
        (replace(MADE, torch="3.0"), "  torch: 2.9.1, now 3.0"),
        (replace(MADE, model_sha256="1" * 64), f"  model_sha256: {'0' * 64}, now {'1' * 64}"),
        (MADE, "Device, number format, torch, model and version are the same."),
    ],
)
def test_other_pixels_are_said_with_a_reason(made, reason):
    same, said = replay.judge(original(encode_png(NOISE, RECIPE)), finished(encode_png(255 - NOISE), made))
    assert not same
    assert said[0] == "The pixels differ."
    assert said[-1] == reason


def test_a_lost_file_is_known_by_its_hash():
    data = encode_png(NOISE, RECIPE)
    sha256 = hashlib.sha256(data).hexdigest()
    assert replay.judge(original(None, None, sha256), finished(data))[0]
    same, said = replay.judge(original(None, None, sha256), finished(encode_png(255 - NOISE)))
    assert not same
    assert "lost file" in said[0]
    assert "not known" in said[-1]


def test_what_it_started_from_must_be_the_very_file(tmp_path):
    picture, start = tmp_path / "a.png", tmp_path / "start.png"
    start.write_bytes(b"abc")
    sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    picture.write_bytes(encode_png(NOISE, replace(RECIPE, init_sha256=sha256, done=5)))
    found = replay.of_file(picture, start)
    assert (found.request.init, found.request.stop_step) == (b"abc", 5)
    with pytest.raises(Unreadable, match="--init FILE"):
        replay.of_file(picture, None)
    start.write_bytes(b"abd")
    with pytest.raises(Unreadable, match="is not the picture"):
        replay.of_file(picture, start)


async def test_a_code_brings_back_the_job_with_its_file(tmp_path):
    async with a_house(tmp_path) as house:
        job = await house.dispatcher.submit(order("a red car", init=encode_png(NOISE), init_weight=0.5))
        (job,) = await house.wait(job.id)
        picture = await house.images.get(job.picture_sha256 or "")
    found = await replay.find(job.code.upper(), None, config_in(tmp_path))
    assert found.picture == picture
    assert read_recipe(picture) == found.recipe
    assert found.recipe is not None
    assert recipe_of(found.request, 10, found.recipe.made) == found.recipe


async def test_a_code_without_its_job_is_read_from_its_file(tmp_path):
    config = config_in(tmp_path)
    async with Database.open(tmp_path / DATABASE) as database:
        sha256 = await Images(tmp_path / "pictures").put(encode_png(NOISE, RECIPE))
        await a_generation(database, code="abcdef", picture_sha256=sha256)
        await a_generation(database, code="ghjkmn")
    assert (await replay.find("abcdef", None, config)).recipe == RECIPE
    with pytest.raises(Unreadable, match="neither the job nor a file"):
        await replay.find("ghjkmn", None, config)
    with pytest.raises(Unreadable, match="no picture of the code"):
        await replay.find("qqqqqq", None, config)


def test_a_file_without_a_recipe_is_refused_in_words(tmp_path):
    (tmp_path / "bare.png").write_bytes(encode_png(np.zeros((8, 8, 3), np.uint8)))
    for arguments in (("recipe", "bare.png"), ("recipe", "gone.png"), ("replay", "bare.png")):
        run = gala(*arguments, cwd=tmp_path)
        assert run.returncode == 1
        assert run.stderr.startswith("gala: ")
        assert "Traceback" not in run.stderr


@needs_weights
def test_what_was_painted_is_painted_again_byte_for_byte(tmp_path):
    prompt = "машина:2 | a sea --size 64x64 --steps 3 --seed 5"
    painted = json.loads(gala("paint", prompt, "--out", "a.png", "--json", cwd=tmp_path).stdout)
    assert painted["seed"] == 5
    told = gala("recipe", "a.png", cwd=tmp_path).stdout
    assert "машина:2 | a sea --size 64x64 --seed 5 --steps 3 --engine vqgan-clip --model pocket" in told
    run = gala("replay", "a.png", "--out", "b.png", cwd=tmp_path)
    assert run.stdout == "The file is the same, byte for byte.\n", run.stderr
    assert run.returncode == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
