"""Draws what the trainings have logged: one picture, one panel for each value of each CSV file."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

PANEL = (420, 240)
MARGIN = 36
INK, LINE, FAINT, PAPER = (40, 44, 52), (219, 108, 52), (244, 214, 196), (255, 255, 255)

Points = Sequence[tuple[float, float]]


def read_log(path: Path) -> Mapping[str, Points]:
    """Steps and values by name, from a CSV file of `Progress`."""
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    with path.open(newline="") as file:
        for step, _, *values in csv.reader(file):
            for value in values:
                name, _, number = value.partition("=")
                found[name].append((float(step), float(number)))
    return found


def draw_curves(folder: Path, columns: int = 3) -> Image.Image:
    """All logs of a folder. Raises FileNotFoundError where there is none."""
    panels = [
        panel(f"{path.stem}: {name}", points)
        for path in sorted(folder.glob("*.csv"))
        for name, points in read_log(path).items()
    ]
    if not panels:
        raise FileNotFoundError(f"no training has logged anything in {folder}")
    rows = -(-len(panels) // columns)
    sheet = Image.new("RGB", (min(columns, len(panels)) * PANEL[0], rows * PANEL[1]), PAPER)
    for index, each in enumerate(panels):
        sheet.paste(each, (index % columns * PANEL[0], index // columns * PANEL[1]))
    return sheet


def panel(title: str, points: Points) -> Image.Image:
    """One curve, faint as logged and strong as its running mean; with its axes' ends and last value."""
    image = Image.new("RGB", PANEL, PAPER)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(12)
    steps, values = (np.array(each) for each in zip(*points, strict=True))
    low, high = (float(edge) for edge in np.quantile(values, (0.0, 0.98)))
    high = high if high > low else low + 1.0
    window = max(1, len(values) // 20)
    smooth = np.convolve(np.pad(values, (window - 1, 0), mode="edge"), np.ones(window) / window, "valid")
    width, height = PANEL[0] - 2 * MARGIN, PANEL[1] - 2 * MARGIN
    x = MARGIN + (steps - steps[0]) / max(steps[-1] - steps[0], 1) * width
    for colour, series in ((FAINT, values), (LINE, smooth)):
        y = MARGIN + (1 - np.clip((series - low) / (high - low), 0, 1)) * height
        draw.line([*zip(x.tolist(), y.tolist(), strict=True)], fill=colour, width=2)
    draw.text((MARGIN, 10), f"{title}  {smooth[-1]:.3f}", INK, font)
    draw.text((4, MARGIN - 6), f"{high:.3g}", INK, font)
    draw.text((4, MARGIN + height - 8), f"{low:.3g}", INK, font)
    draw.text((MARGIN + width - 30, MARGIN + height + 8), f"{int(steps[-1])}", INK, font)
    return image
