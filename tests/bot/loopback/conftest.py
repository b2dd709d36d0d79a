"""A local Discord with the toy bot, one for each module of tests."""

from __future__ import annotations

import pytest_asyncio

from bot.loopback.limits import Limits
from bot.loopback.server import LocalDiscord
from tests.bot.loopback.toy import Toy, running

#: No test of anything else is to wait for a bucket.
ROOMY = Limits(edits=10_000, sends=10_000, webhook=10_000, total=10_000)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def toy():
    """The toy bot, connected."""
    async with LocalDiscord(limits=ROOMY) as discord, running(discord):
        yield Toy(discord)
