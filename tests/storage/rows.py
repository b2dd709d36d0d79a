"""Generations written straight into the database."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from storage.database import Database

_NUMBERS = count(1)
GUILD, PLACE, MEMBER = 10, 20, 30


@dataclass(frozen=True)
class Eyes:
    """A sight of a guild."""

    places: frozenset[int] = frozenset({PLACE})
    guild_id: int = GUILD
    member_id: int = MEMBER
    channel_id: int = PLACE


async def a_generation(database: Database, prompt: str = "a red car", **changes: Any) -> int:
    """Write a generation; return its id."""
    number = next(_NUMBERS)
    values: dict[str, Any] = {
        "code": f"code{number}",
        "job_id": f"job{number}",
        "guild_id": GUILD,
        "place_id": PLACE,
        "channel_id": PLACE,
        "member_id": MEMBER,
        "private": 0,
        "prompt": prompt,
        "engine": "toy",
        "model": "toy",
        "width": 64,
        "height": 48,
        "steps": 10,
        "seed": 7,
        "init_weight": 0.0,
        "picture_sha256": f"{number:064x}",
        "created_at": 1000.0 + number,
        **changes,
    }
    names, places = ", ".join(values), ", ".join("?" for _ in values)
    rows = await database.all(
        f"INSERT INTO generations ({names}) VALUES ({places}) RETURNING id", tuple(values.values())
    )
    return int(rows[0][0])
