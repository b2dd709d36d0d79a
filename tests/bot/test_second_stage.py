"""What is said of models that read no words or must be shown a picture, and `gala` with these models."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from bot.loopback.server import Upload
from bot.models_fetch import fetch_offer
from generation.codec import encode_png
from generation.conditions import Kind
from generation.models import open_model
from generation.published import Published, Source
from generation.recipes import read_recipe
from tests.bot.file_host import file_host
from tests.bot.stage import CHANNEL, TOY, stage
from tests.bot.test_main import gala
from tests.bot.test_models_command import options
from tests.generation.toy_stage import published_stage

HOME = ("--config", "config.toml")
PNG = encode_png(np.random.default_rng(1).integers(0, 256, (32, 32, 3), np.uint8))


@pytest.mark.parametrize(("reads", "said"), [("segmentation", "from a map"), ("depth", "from nearness")])
async def test_without_the_picture_that_it_needs_nothing_is_queued(tmp_path, reads, said):
    async with stage(tmp_path) as built:
        built.client.desk.models["toy"] = replace(TOY, reads=reads)  # type: ignore[index]
        ben = built.discord.member("Ben")
        await ben.slash(CHANNEL, "imagine", prompt="a valley")
        refusal = await ben.wait_for(CHANNEL, lambda message: message.ephemeral)
        assert said in refusal.text
        assert await built.jobs.count_waiting() == 0
        await ben.slash(CHANNEL, "imagine", prompt="a valley", init=Upload("a.png", PNG))
        told = await ben.wait_for(CHANNEL, lambda message: "reads no words" in message.text)
        assert told.ephemeral
        assert await built.jobs.count_waiting() == 1


@pytest.mark.parametrize(
    ("name", "prompt", "said"),
    [
        ("Ben", "a dog in a garden", "A part is a name and four numbers"),
        ("Ben", "dog 10 20 60 90 | tree 60 0 100 180", "from 0 to 100"),
        ("Ben", "dog 60 20 10 90", "right is more than left"),
        ("Ben", "girafe 10 20 60 90", "giraffe"),
        ("Вера", "жирав 10 20 60 90", "жираф"),
        ("Вера", "единорог 10 20 60 90", "собака"),
        ("Вера", "собака | дерево 0 0 10 10", "название и четыре числа"),
        ("Ben", " | ".join(["dog 0 0 9 9"] * 31), "at most 30 boxes"),
    ],
)
async def test_a_scene_that_cannot_be_read_is_not_queued(tmp_path, name, prompt, said):
    async with stage(tmp_path) as built:
        built.client.desk.models["toy"] = replace(TOY, reads="scene-coco")  # type: ignore[index]
        member = built.discord.member(name)
        await member.slash(CHANNEL, "imagine", prompt=prompt)
        refusal = await member.wait_for(CHANNEL, lambda message: message.ephemeral)
        assert said in refusal.text
        assert await built.jobs.count_waiting() == 0


async def test_a_scene_is_queued_in_either_language_and_nobody_is_warned(tmp_path):
    async with stage(tmp_path) as built:
        built.client.desk.models["toy"] = replace(TOY, reads="scene-open-images")  # type: ignore[index]
        ben = built.discord.member("Ben")
        prompt = "dog 10 20 60 90 | группа деревьев 60 0 100 80 :2 --no people"
        await ben.slash(CHANNEL, "imagine", prompt=prompt)
        card = await ben.wait_for(CHANNEL, lambda message: not message.ephemeral)
        assert "dog 10 20 60 90" in card.text
        assert await built.jobs.count_waiting() == 1
        assert not any(message.ephemeral for message in await ben.messages(CHANNEL))


async def test_who_writes_to_a_model_that_reads_nothing_is_told(tmp_path):
    async with stage(tmp_path) as built:
        built.client.desk.models["toy"] = replace(TOY, reads="nothing")  # type: ignore[index]
        ben = built.discord.member("Ben")
        await ben.slash(CHANNEL, "imagine", prompt="a lady with a hat")
        told = await ben.wait_for(CHANNEL, lambda message: "whatever you write" in message.text)
        assert told.ephemeral
        assert await built.jobs.count_waiting() == 1


async def test_a_published_one_is_fetched_whole(tmp_path: Path) -> None:
    (web := tmp_path / "web").mkdir()
    published_stage(web, Kind.SEGMENTATION)
    async with file_host() as host:
        host.files = {f"/{path.name}": path.read_bytes() for path in web.iterdir()}
        sources = [Source(name, (f"{host.base}/{name}",), 1 << 20) for name in ("last.ckpt", "last.yaml")]
        offer = Published("toy", "second-stage", "a toy", "MIT", "toys", tuple(sources))
        console = Console(record=True, width=200)
        assert await fetch_offer(offer, options("fetch", "toy"), tmp_path / "models", console) == 0
    opened = open_model("toy", tmp_path / "models")
    assert set(opened.files) == {"transformer.safetensors", "vqgan.safetensors", "condition.safetensors"}
    assert (opened.model.engine, opened.model.reads) == ("second-stage", "segmentation")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A host's folder with two models, converted by the command."""
    (tmp_path / "config.toml").write_text('[storage]\ndirectory = "."\n')
    for kind in (Kind.CLASS, Kind.DEPTH):
        (files := tmp_path / "files" / kind).mkdir(parents=True)
        file = published_stage(files, kind)
        made = gala("models", "convert", str(file), "--name", kind, "--second-stage", *HOME, cwd=tmp_path)
        assert made.returncode == 0, made.stderr
    return tmp_path


def paint(home: Path, prompt: str, *arguments: str):
    size = ("--size", "32x40", "--steps", "3", "--seed", "5")
    return gala("paint", prompt, *size, *HOME, *arguments, cwd=home)


def test_the_command_line_converts_lists_and_paints(home: Path) -> None:
    listed = gala("models", "list", *HOME, cwd=home).stdout
    assert "second-stage" in listed
    assert "cin_transformer" in listed
    made = paint(home, "3", "--model", "class", "--json")
    assert made.returncode == 0, made.stderr
    told = json.loads(made.stdout)
    picture = (home / told["file"]).read_bytes()
    assert Image.open(io.BytesIO(picture)).size == (32, 40)
    recipe = read_recipe(picture)
    assert recipe is not None
    assert (recipe.engine, recipe.model, recipe.phrases[0].text) == ("second-stage", "class", "3")
    again = json.loads(paint(home, "3", "--model", "class", "--json", "--out", "b.png").stdout)
    assert again["sha256"] == told["sha256"]


def test_the_command_line_refuses_in_words(home: Path) -> None:
    unknown = paint(home, "a dream", "--model", "class")
    assert unknown.returncode == 1
    assert "paints what it has a name for" in unknown.stderr
    blind = paint(home, "a dream", "--model", "depth")
    assert blind.returncode == 2
    assert "from nearness" in blind.stderr
    (home / "grey.png").write_bytes(PNG)
    seen = paint(home, "a dream", "--model", "depth", "--init", "grey.png")
    assert seen.returncode == 0, seen.stderr
