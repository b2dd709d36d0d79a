"""The moderators' inbox: each case has one card in it, which is drawn anew with every change."""

from __future__ import annotations

import asyncio
import io
import logging
from collections import defaultdict
from typing import TYPE_CHECKING, Final

import discord

from bot.locales import texts_for
from bot.views.case_cards import case_card
from bot.views.messages import NETWORK
from generation.codec import PictureError, decode_rgb, encode_frame
from storage.cases import CaseKind, Deed

if TYPE_CHECKING:
    from bot.locales import Texts
    from bot.past import Past
    from storage.cases import Case, Cases, Voice
    from storage.generations import Generations
    from storage.guilds import Guilds
    from storage.jobs import Jobs

log = logging.getLogger(__name__)

SIDE: Final = 768  #: px, of a case's picture
QUALITY: Final = 85


class Inbox:
    """Brings cases before the moderators. Methods may raise `StorageError`; Discord's faults are logged."""

    def __init__(
        self, cases: Cases, guilds: Guilds, generations: Generations, past: Past, jobs: Jobs
    ) -> None:
        self.cases = cases
        self._jobs = jobs
        self._guilds, self._generations, self._past = guilds, generations, past
        self._turns: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def is_open(self, guild_id: int) -> bool:
        """Whether the guild has an inbox."""
        return guild_id != 0 and (await self._guilds.get(guild_id)).inbox_channel_id is not None

    async def bring(self, client: discord.Client, case: Case, voice: Voice | None = None) -> Case | None:
        """Open the case, or count one more on the open one; None where this voice was counted before."""
        opened = await self.cases.open(case, voice)
        if opened is not None:
            await self.show(client, opened.id)
        return opened

    async def stands(self, case_id: int) -> bool:
        """Whether the case has a card: none where the bot may not write in the inbox."""
        case = await self.cases.get(case_id)
        return case is not None and case.card_id is not None

    async def show(self, client: discord.Client, case_id: int) -> None:
        """Draw the case's card as things stand: in place, or anew where there is none (any more)."""
        async with self._turns[case_id]:
            case = await self.cases.get(case_id)
            if case is None:
                return
            try:
                if not await self._redraw(client, case):
                    await self._draw(client, case)
            except (discord.HTTPException, *NETWORK) as error:
                log.warning("case %d is not in the inbox of guild %d: %s", case.id, case.guild_id, error)

    async def _redraw(self, client: discord.Client, case: Case) -> bool:
        """Edit the card; False where there is none."""
        if case.card_id is None or case.inbox_id is None:
            return False
        channel = client.get_partial_messageable(case.inbox_id, guild_id=case.guild_id)
        try:
            message = await channel.fetch_message(case.card_id)
            deeds = {done.deed for done in await self.cases.deeds(case.id)}
            kept = [] if Deed.DELETE in deeds else message.attachments
            view = await self._view(client, case, kept[0].filename if kept else None)
            await message.edit(view=view, attachments=kept)
        except discord.NotFound:
            return False
        return True

    async def _draw(self, client: discord.Client, case: Case) -> None:
        inbox_id = (await self._guilds.get(case.guild_id)).inbox_channel_id
        if inbox_id is None:
            return
        picture = await self._picture(case)
        name = f"case-{case.id}.webp"
        files = [] if picture is None else [discord.File(io.BytesIO(picture), name)]
        view = await self._view(client, case, name if files else None)
        channel = client.get_partial_messageable(inbox_id, guild_id=case.guild_id)
        message = await channel.send(view=view, files=files)
        await self.cases.carded(case.id, inbox_id, message.id)

    async def _view(self, client: discord.Client, case: Case, picture: str | None) -> discord.ui.LayoutView:
        texts = await self._texts(client, case.guild_id)
        voices, done = await self.cases.voices(case.id), await self.cases.deeds(case.id)
        return case_card(case, voices, done, texts, picture)

    async def _texts(self, client: discord.Client, guild_id: int) -> Texts:
        """Texts in the guild's language."""
        guild, language = client.get_guild(guild_id), (await self._guilds.get(guild_id)).language
        return texts_for(language or (None if guild is None else str(guild.preferred_locale)))

    async def _whole(self, case: Case) -> bytes | None:
        """The picture of a case: a generation's, or one that was not posted."""
        if case.kind in (CaseKind.HELD, CaseKind.PLEA):
            job = None if case.job_id is None else await self._jobs.get(case.job_id)
            return None if job is None else await self._past.unposted(job)
        generation = None if case.code is None else await self._generations.get(case.code)
        return None if generation is None else await self._past.picture(generation)

    async def _picture(self, case: Case) -> bytes | None:
        whole = await self._whole(case)
        if whole is None:
            return None
        try:
            return await asyncio.to_thread(lambda: encode_frame(decode_rgb(whole), SIDE, QUALITY))
        except PictureError as error:
            log.warning("the picture of case %d is none: %s", case.id, error)
            return None
