"""Which sizes a model can paint. Pixels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generation.models import Model


def fit_size(model: Model, width: int, height: int, max_pixels: int = 0) -> tuple[int, int]:
    """The nearest size that the model can make: multiples of its factor, at least two of them a side.

    Above `max_pixels` (0: no bound) both sides shrink alike. Two factors a side are always allowed.
    """
    least = 2 * model.factor
    width, height = max(width, least), max(height, least)
    if max_pixels <= 0:
        return _to_factor(model, width), _to_factor(model, height)
    scale = min(1.0, math.sqrt(max_pixels / (width * height)))
    fitted = _to_factor(model, width * scale), _to_factor(model, height * scale)
    while (
        fitted[0] * fitted[1] > max_pixels and max(fitted) > least
    ):  # rounding went up, or a side was held up
        longer, shorter = max(fitted), min(fitted)
        cut = max(least, min(longer - model.factor, max_pixels // shorter // model.factor * model.factor))
        fitted = (cut, fitted[1]) if fitted[0] == longer else (fitted[0], cut)
    return fitted


def _to_factor(model: Model, side: float) -> int:
    return max(2, math.floor(side / model.factor + 0.5)) * model.factor
