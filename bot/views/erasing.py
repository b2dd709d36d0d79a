"""Erases what is kept of members who have asked for it, and what their guilds no longer want to be kept.

A wish stands in the database until nothing is left, so that a restart does not lose it. What has to wait
(what was charged this month, a suspension that is not over, a case before the moderators) goes later.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import discord

from bot.locales import texts_for
from bot.views.messages import NETWORK
from bot.views.showcase import tidy
from bot.views.traces import delete, forget, sweep
from storage.errors import StorageError

if TYPE_CHECKING:
    from bot.views.tickets import Desk
    from storage.generations import Generation
    from storage.jobs import Job
    from storage.privacy import Erasure, Privacy
    from storage.references import References

log = logging.getLogger(__name__)

DAY_S: Final = 24 * 3600.0
RETRY_S: Final = 10.0  #: while a picture of a member's is still being painted
ILL_S: Final = 300.0  #: after a fault of Discord's or of the disk
AT_ONCE: Final = 50
HITS_S: Final = 30 * DAY_S  #: for so long a refusal can be appealed against


class Eraser:
    """The daily round, and what members have asked for at once."""

    def __init__(self, privacy: Privacy, references: References) -> None:
        self._privacy, self._references = privacy, references
        self._wanted, self._bound = asyncio.Event(), asyncio.Event()

    def bind(self) -> None:
        """From now on the client can be used."""
        self._bound.set()

    def hurry(self) -> None:
        """Somebody has asked."""
        self._wanted.set()

    async def run(self, client: discord.Client, desk: Desk) -> None:
        """Work without end."""
        await self._bound.wait()
        while True:
            self._wanted.clear()
            pause_s = DAY_S
            try:
                pause_s = await self.round(client, desk, time.time())
            except (StorageError, OSError, discord.HTTPException, *NETWORK) as error:
                log.error("what members or guilds no longer want could not be erased: %s", error)
                pause_s = ILL_S
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._wanted.wait()

    async def round(self, client: discord.Client, desk: Desk, now: float) -> float:
        """Erase what can be erased now; returns after how many seconds there is more to do."""
        soon = False
        for erasure in await self._privacy.open():
            soon |= not await self._erase(client, desk, erasure, now)
        await desk.screening.filters.forget_hits(now - HITS_S)
        await desk.jobs.forget_refused(now - HITS_S)
        await self._retain(client, desk, now)
        await desk.showcase.give_up(now - HITS_S)
        await tidy(client, desk)  # also what went while the bot was away
        return RETRY_S if soon else DAY_S

    async def _erase(self, client: discord.Client, desk: Desk, erasure: Erasure, now: float) -> bool:
        """Erase a member; False where pictures of theirs are still under way, and it must be tried again."""
        member_id = erasure.member_id
        if erasure.told:
            await self._privacy.erase_later(erasure, now)
            return True
        for job in await self._unfinished(desk, member_id):
            await desk.dispatcher.cancel(job.id)
        await self._erase_pictures(client, desk, member_id)
        for guild_id, channel_id, card_id in await self._privacy.cards(member_id):
            channel = client.get_partial_messageable(channel_id, guild_id=guild_id or None)
            await delete(channel.get_partial_message(card_id))
        for sha256 in await self._references.unreferenced(await self._privacy.erase(member_id, now)):
            await desk.images.drop(sha256)
        if await self._unfinished(desk, member_id):
            return False
        await self._privacy.told(member_id)
        await self._privacy.erase_later(erasure, now)
        await self._tell(client, erasure)
        return True

    async def _unfinished(self, desk: Desk, member_id: int) -> list[Job]:
        return [job for job in await desk.jobs.unfinished() if job.member_id == member_id]

    async def _erase_pictures(self, client: discord.Client, desk: Desk, member_id: int) -> None:
        """Messages, files and rows; a channel is read through once."""
        channels: dict[tuple[int, int], list[Generation]] = {}
        after = 0
        while some := await self._privacy.generations(member_id, after, AT_ONCE):
            after = some[-1].id
            for generation in some:
                channels.setdefault((generation.guild_id, generation.channel_id), []).append(generation)
        for generations in channels.values():
            await sweep(client, generations)
            for generation in generations:
                await forget(client, desk, generation)

    async def _tell(self, client: discord.Client, erasure: Erasure) -> None:
        try:
            channel = await client.create_dm(discord.Object(erasure.member_id))
            await channel.send(texts_for(erasure.locale).get("privacy-erased"))
        except (discord.HTTPException, *NETWORK) as error:
            log.info("member %d was not told that they are forgotten: %s", erasure.member_id, error)

    async def _retain(self, client: discord.Client, desk: Desk, now: float) -> None:
        """Forget the pictures that are older than their guilds want, but never a favourite."""
        for guild_id, days in await self._privacy.retentions():
            while some := await self._privacy.unloved(guild_id, now - days * DAY_S, AT_ONCE):
                for generation in some:
                    await forget(client, desk, generation)
