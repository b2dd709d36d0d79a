"""The search with the shipped weights, over scenes that are drawn for it: honest pictures, honest order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from generation.codec import encode_png
from generation.protocol import Settings
from generation.training.grounds import DRAWERS
from storage.searches import Way
from tests.bot.seeking import Seeking, seeking
from tests.storage.rows import a_generation

SHIPPED = Settings(device="cpu", dtype="float32", lanes=1, threads=1, memory_bytes=1 << 30)
COLOURS = {"red": (220, 40, 40), "blue": (40, 70, 220), "green": (40, 170, 60), "white": (245, 245, 245)}
PLACES = ("sea", "snow", "grass", "forest", "desert", "mountains")


def scene(place: str, colour: str) -> bytes:
    """A place, and in the middle of it a round thing of a colour."""
    drawn: Image.Image = DRAWERS[place](128, np.random.default_rng(5), "day").convert("RGB")
    ImageDraw.Draw(drawn).ellipse((40, 55, 90, 105), fill=COLOURS[colour])
    return encode_png(np.asarray(drawn))


@pytest.fixture
async def drawn(tmp_path: Path):
    """Every thing in every place, looked at by the shipped CLIP; no prompt says what they show."""
    async with seeking(tmp_path, settings=SHIPPED, model="pocket") as one:
        names = {}
        for place in PLACES:
            for colour in COLOURS:
                sha256 = await one.images.put(scene(place, colour))
                names[await a_generation(one.database, "untitled", picture_sha256=sha256)] = (colour, place)
        await one.embedder.catch_up()
        yield one, names


async def found(drawn: tuple[Seeking, dict[int, tuple[str, str]]], text: str) -> list[tuple[str, str]]:
    one, names = drawn
    return [names[id_] for id_ in await one.ids(text, Way.MEANING)]


async def test_it_finds_something_red_by_the_sea(drawn):
    assert (await found(drawn, "a red ball by the sea"))[0] == ("red", "sea")
    assert ("red", "sea") in (await found(drawn, "something red by the sea"))[:2], (
        '"something" is no word it knows'
    )
    assert (await found(drawn, "красное море"))[0] == ("red", "sea")
    assert (await found(drawn, "a green forest"))[0][1] == "forest"
    assert (await found(drawn, "в лесу"))[0][1] == "forest"
