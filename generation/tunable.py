"""What the `[tuning]` of a `model.toml` may say. Standard library only."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: What there is to say, and from where to where; `generation.engines.tuning` tells what it does.
TUNABLE: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {
        "rate": (1e-4, 10.0),
        "cooling": (0.0, 1.0),
        "variation": (0.0, 1000.0),
        "lettering": (0.0, 1.0),
        "decay": (0.0, 1.0),
        "restarts": (0, 100),
        "average": (0.0, 0.9999),
        "cutouts": (1, 512),
        "overviews": (0, 512),
        "smallest": (0.01, 1.0),
        "largest": (0.01, 1.0),
        "cut_power": (0.05, 20.0),
    }
)


def read_tuning(table: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Name and number of each entry. Raises `ValueError` or `KeyError`."""
    for name, value in table.items():
        low, high = TUNABLE[name]
        if type(value) not in (int, float) or not low <= value <= high:
            raise ValueError(f"tuning: {name} must be a number from {low:g} to {high:g}")
        yield name, value
