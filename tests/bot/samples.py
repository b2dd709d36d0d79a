"""Jobs to draw cards of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from storage.jobs import Job, Status

JOB = Job(
    id="7KQX2M9A",
    guild_id=10,
    channel_id=20,
    member_id=30,
    locale="en-US",
    prompt="a red car under a rainbow",
    engine="vqgan-clip",
    model="pocket",
    width=256,
    height=256,
    steps=120,
    seed=1234567,
    init_sha256=None,
    init_weight=0.0,
    upload_limit_bytes=10 * 2**20,
    status=Status.QUEUED,
    created_at=1_790_000_000.0,
)


def job(**changes: Any) -> Job:
    """A job like any other but for the changes."""
    return replace(JOB, **changes)
