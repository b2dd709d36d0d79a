"""Example rows for the tests."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from storage.jobs import Job, Status, new_id

if TYPE_CHECKING:
    from collections.abc import Iterator


def a_job(**changes: Any) -> Job:
    """A queued job; fields as given."""
    job = Job(
        id=new_id(),
        guild_id=10,
        channel_id=20,
        member_id=30,
        locale="ru",
        prompt="a red car",
        engine="toy",
        model="toy",
        width=64,
        height=48,
        steps=10,
        seed=2**31 - 1,
        init_sha256=None,
        init_weight=0.25,
        upload_limit_bytes=10 * 2**20,
        status=Status.QUEUED,
        created_at=1000.5,
    )
    return replace(job, **changes)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without the rights of root, whom no file's mode stops."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
