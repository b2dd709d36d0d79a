"""Numbers of a picture in the making, as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bot.locales import Texts

BAR_CELLS: Final = 14


def time_left(left_s: float, texts: Texts) -> str:
    """About how long it will take, in seconds below a minute and a half, else in minutes."""
    if left_s < 90:
        return texts.get("card-left-seconds", seconds=max(round(left_s), 1))
    return texts.get("card-left-minutes", minutes=round(left_s / 60))


def percent(step: int, steps: int) -> int:
    """How much is done, 0..100."""
    return min(100 * step // max(steps, 1), 100)


def bar(step: int, steps: int) -> str:
    """A progress bar in characters."""
    full = min(BAR_CELLS * step // max(steps, 1), BAR_CELLS)
    return "▰" * full + "▱" * (BAR_CELLS - full)
