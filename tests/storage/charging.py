"""Jobs that are charged to the ledger, and what it has of a member."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from storage.jobs import Jobs, Status
from storage.quotas import Charge, Quotas
from storage.spending import Span, Use
from tests.storage.examples import a_job

if TYPE_CHECKING:
    from storage.database import Database
    from storage.jobs import Job

GUILD, CHANNEL, MEMBER = 10, 20, 30
ALL = {Status.QUEUED, Status.RUNNING, Status.POSTING}


@pytest.fixture
def quotas(database: Database) -> Quotas:
    return Quotas(database)


@pytest.fixture
def jobs(database: Database) -> Jobs:
    return Jobs(database)


async def charged(jobs: Jobs, charge: Charge | None = None, **changes: Any) -> Job:
    job = a_job(**changes)
    await jobs.add(job, charge or Charge(job.channel_id, 8.0))
    return job


async def used(quotas: Quotas) -> Use:
    (use,) = await quotas.uses([Span(0.0, 1e12, guild_id=GUILD, member_id=MEMBER)])
    return use
