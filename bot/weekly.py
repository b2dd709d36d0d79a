"""The best of the week, in each guild that has a showcase: chosen and announced once its week is over."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, Protocol

from bot.errors import Undeliverable
from bot.periods import window, zone_of
from storage.errors import StorageError
from storage.quotas import Period

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.generations import Generation
    from storage.showcase import Offer, Showcase, Week

INTERVAL_S: Final = 1800.0
START_S: Final = 30.0  #: after the bot's start

log = logging.getLogger(__name__)


class Herald(Protocol):
    """Who announces: the client's side."""

    async def announce(self, week: Week, best: Generation, offer: Offer, channel_id: int) -> int:
        """Tell of a week's best unless it is told already; the message's id. Raises `Undeliverable`."""


class Weekly:
    """Looks now and then whether a guild's week has ended; the database says what is done already."""

    def __init__(self, showcase: Showcase, herald: Herald, clock: Callable[[], float]) -> None:
        self._showcase, self._herald, self._clock = showcase, herald, clock

    async def run(self) -> None:
        """Work without end."""
        await asyncio.sleep(START_S)
        while True:
            try:
                await self.look()
            except StorageError as error:
                log.error("the week's best cannot be looked for: %s", error)
            await asyncio.sleep(INTERVAL_S)

    async def look(self) -> None:
        """Announce what is due. Raises `StorageError`."""
        for guild_id, channel_id, time_zone in await self._showcase.guilds():
            zone = zone_of(time_zone)
            ended_at = window(Period.WEEK, self._clock(), zone).start
            began_at = window(Period.WEEK, ended_at - 1, zone).start
            week = await self._showcase.choose(guild_id, began_at, ended_at)
            if week.generation_id is not None and week.message_id is None:
                await self._tell(week, week.generation_id, channel_id)

    async def _tell(self, week: Week, generation_id: int, channel_id: int) -> None:
        best = await self._showcase.generation(generation_id)
        offer = await self._showcase.of(generation_id)
        if best is None or offer is None:  # taken back since
            return
        try:
            message_id = await self._herald.announce(week, best, offer, channel_id)
        except Undeliverable as error:
            log.warning("the best of guild %d's week is not announced: %s", week.guild_id, error)
            return
        await self._showcase.announced(week, message_id)
