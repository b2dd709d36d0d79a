"""Requests and settings for the toy engine, on either side of the pipe."""

from __future__ import annotations

from typing import Any

from generation.protocol import Generate, Phrase, Settings

TOY = Settings(
    device="cpu",
    dtype="float32",
    lanes=2,
    threads=1,
    memory_bytes=1000,
    checkpoint_interval_s=0.05,
    engines=(("toy", "tests.generation.toy_engine"),),
)


def a_request(job: str, *orders: str, **changes: Any) -> Generate:
    """A toy request; the orders are for the engine (see there)."""
    values: dict[str, Any] = {"width": 64, "height": 48, "steps": 10, "seed": 1, "frame_interval_s": 0.03}
    phrases = tuple(Phrase(order) for order in orders or ("a red car",))
    return Generate(job=job, engine="toy", model="toy", phrases=phrases, **{**values, **changes})
