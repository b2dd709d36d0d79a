"""Paints the pictures of these pages with the shipped model: `python docs/pictures.py [NAME …]`.

Prompts and seeds are those that stand beside them, and they go through the bot's worker and the generation
process like any member's. Screenshots, and the sheets of docs/models.md (`python -m generation.training
samples` and `evaluate --sheet`), are made elsewhere.
"""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from bot.config import Config, worker_settings
from bot.worker import Worker
from bot.zoom import USUAL_FRAMES, motion_of
from generation.models import catalogue
from generation.protocol import Failed, Finished, Generate, Origin, Phrase, Shot, Target

FOLDER = Path(__file__).parent / "pictures"
GAP = 8
FRAME_MS = 83  #: a twelfth of a second


class Brush:
    """Paints with a model that is loaded once."""

    def __init__(self, worker: Worker, name: str = "pocket") -> None:
        self.worker, self.model = worker, catalogue(None)[name]
        self.shots: list[bytes] = []

    async def paint(self, prompt: str, seed: int, **fields: Any) -> bytes:
        """A finished picture's file; the shots of a film are in `shots`. Raises RuntimeError."""
        width, height = self.model.native
        usual = {"width": width, "height": height, "steps": self.model.steps}
        order = Generate(
            f"{prompt} {seed}",
            self.model.engine,
            self.model.name,
            (Phrase(prompt),),
            seed=seed,
            **usual | fields,
        )
        self.shots.clear()
        self.worker.send(order)
        async for event in self.worker.events():
            match event:
                case Shot():
                    self.shots.append(event.frame)
                case Finished():
                    return event.picture
                case Failed():
                    raise RuntimeError(f"{prompt}: {event}")
        raise RuntimeError("the generation process is gone")


async def vary(brush: Brush) -> None:
    """A picture, changed a little, changed a lot."""
    prompt = "a fox in the snow"
    first = await brush.paint(prompt, 1)
    changed = [await brush.paint(prompt, 2, init=first, origin=way) for way in (Origin.NEAR, Origin.FAR)]
    row([first, *changed], "vary")


async def grid(brush: Brush) -> None:
    """Four pictures, one of them painted out, its top half kept."""
    prompt = "a fox in the snow"
    sheet = await brush.paint(prompt, 3, grid=4)
    second = await brush.paint(prompt, 3, init=sheet, candidate=2)
    halves = await brush.paint(prompt, 4, init=sheet, candidate=2, grid=4, keep=0.5)
    row([sheet, second, halves], "grid")


async def styles(brush: Brush) -> None:
    """The same house in several styles."""
    ways = ("", " at night", " at sunset", " in the snow", " in space")
    row([await brush.paint(f"a house{way}", 3) for way in ways], "styles")


async def targets(brush: Brush) -> None:
    """A target, a picture without it, and with it."""
    flower = await brush.paint("a sunflower on the grass", 1)
    without = await brush.paint("a red car", 3)
    drawn = await brush.paint("a red car", 3, targets=(Target(flower),))
    row([flower, without, drawn], "targets")


async def zoom(brush: Brush) -> None:
    """A film, as an animated picture."""
    motion = motion_of("in", brush.model.steps, brush.model.steps)
    steps = motion.lead + (USUAL_FRAMES - 1) * motion.every
    await brush.paint("a red house in the forest", 5, motion=motion, steps=steps)
    frames = [opened(shot) for shot in brush.shots]
    path = FOLDER / "zoom.webp"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=FRAME_MS, loop=0, quality=70)


def opened(data: bytes) -> Image.Image:
    """A picture without its transparency."""
    return Image.open(io.BytesIO(data)).convert("RGB")


def row(files: Sequence[bytes], name: str) -> None:
    """The pictures side by side, as one."""
    pictures = [opened(data) for data in files]
    width = sum(each.width for each in pictures) + GAP * (len(pictures) - 1)
    canvas = Image.new("RGB", (width, max(each.height for each in pictures)), "white")
    left = 0
    for each in pictures:
        canvas.paste(each, (left, (canvas.height - each.height) // 2))
        left += each.width + GAP
    canvas.save(FOLDER / f"{name}.webp", quality=80)


PICTURES: dict[str, Callable[[Brush], Awaitable[None]]] = {
    made.__name__: made for made in (vary, grid, styles, targets, zoom)
}


async def main(names: Sequence[str]) -> None:
    """Make those that are named, or all."""
    worker = Worker(worker_settings(Config()))
    await worker.start()
    try:
        for name in names or PICTURES:
            await PICTURES[name](Brush(worker))
            print(FOLDER / f"{name}.webp")
    finally:
        await worker.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
