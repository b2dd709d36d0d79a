"""What the `[tuning]` of a `model.toml` may say. Standard library only."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: A number; or numbers, and from how many percent of the steps on each of them holds, the first from 0 on.
Told = float | tuple[tuple[float, float], ...]

#: What there is to say of the optimiser, from where to where; `generation.engines.tuning` tells what it does.
TUNABLE: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {
        "rate": (1e-4, 10.0),
        "cooling": (0.0, 1.0),
        "variation": (0.0, 1000.0),
        "range": (0.0, 1000.0),
        "lettering": (0.0, 1.0),
        "decay": (0.0, 1.0),
        "restarts": (0, 100),
        "average": (0.0, 0.9999),
    }
)
#: And of the views that the CLIPs have of a picture, which may change on the way.
VIEWS: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {
        "cutouts": (1, 512),
        "overviews": (0, 512),
        "pooled": (0, 512),
        "grey": (0.0, 1.0),
        "smallest": (0.01, 1.0),
        "largest": (0.01, 1.0),
        "cut_power": (0.05, 20.0),
        "flip": (0.0, 1.0),
        "warp": (0.0, 1.0),
        "rotation": (0.0, 180.0),
        "shift": (0.0, 1.0),
        "shear": (0.0, 1.0),
        "tilt": (0.0, 0.45),
        "colour": (0.0, 1.0),
        "jitter": (0.0, 1.0),
        "hue": (0.0, 3.15),
        "noise": (0.0, 1.0),
        "erase": (0.0, 1.0),
        "erased": (0.0, 1.0),
        "soften": (0.0, 1.0),
        "sharpness": (0.0, 1.0),
    }
)


def read_tuning(table: Mapping[str, Any]) -> Iterator[tuple[str, Told]]:
    """Name and value of each entry. Raises `ValueError`."""
    for name, value in table.items():
        if name not in {**TUNABLE, **VIEWS}:
            raise ValueError(f"tuning: there is no {name!r}; there are {', '.join((*TUNABLE, *VIEWS))}")
        yield name, _way(name, value) if name in VIEWS and isinstance(value, dict) else _number(name, value)


def _way(name: str, table: Mapping[str, Any]) -> tuple[tuple[float, float], ...]:
    """A table such as { 0 = 12, 40 = 4 }, in order."""
    try:
        way = sorted((float(percent), _number(name, value)) for percent, value in table.items())
    except ValueError as error:
        raise ValueError(f"{error}, after the percent from which it holds") from error
    if not way or way[0][0] != 0 or not way[-1][0] < 100:
        raise ValueError(f"tuning: {name} must say what holds from 0 percent on, then from others below 100")
    return tuple(way)


def _number(name: str, value: object) -> float:
    low, high = TUNABLE[name] if name in TUNABLE else VIEWS[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ValueError(f"tuning: {name} must be a number from {low:g} to {high:g}")
    return value
