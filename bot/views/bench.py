"""The moderators' bench: held pictures are brought before it, and refused ones by their authors."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Final

import discord

from bot.errors import UserError
from bot.output_check import Place
from bot.views.buttons import JOB, JobButton
from bot.views.cards import REFUSED
from bot.views.tickets import Interaction, desk_of, texts_of
from storage.cases import Case, CaseKind, Deed, Voice

if TYPE_CHECKING:
    from bot.views.inbox import Inbox
    from storage.jobs import Job

log = logging.getLogger(__name__)

TRIES: Final = 6  #: to have a case's card in the inbox, over some minutes


class ModeratorsBench:
    """What `bot.holding` needs of Discord; `bind` gives it the client. To be made inside the event loop."""

    def __init__(self, inbox: Inbox, *, pause_s: float = 4.0) -> None:
        self._inbox = inbox
        self._pause_s = pause_s
        self._client: asyncio.Future[discord.Client] = asyncio.get_running_loop().create_future()

    def bind(self, client: discord.Client) -> None:
        """From now on Discord can be asked."""
        if not self._client.done():
            self._client.set_result(client)

    async def places(self, job: Job) -> list[Place]:
        """Where it was asked for, and where else it is to stand; an unknown channel counts as everybody's."""
        client = await self._client
        found: list[tuple[int, ...]] = [(job.channel_id, job.place_id)]
        found += [] if job.result_channel_id is None else [(job.result_channel_id,)]
        return [
            place_of(next(filter(None, map(client.get_channel, channels)), None), channels)
            for channels in found
        ]

    async def bring(self, job: Job) -> bool:
        """Have the case in the inbox; False where there is none, or Gala may not write in it."""
        if not await self._inbox.is_open(job.guild_id):
            return False
        client = await self._client
        case = case_of(job, CaseKind.HELD)
        there = await self._inbox.cases.find(case.guild_id, case.kind, case.subject)
        case = there or await self._inbox.bring(client, case) or case
        for attempt in range(TRIES):
            if await self._inbox.stands(case.id):
                return True
            await asyncio.sleep(self._pause_s * 2**attempt)
            await self._inbox.show(client, case.id)
        log.warning("case %d cannot be shown to the moderators: the picture is refused", case.id)
        await self._inbox.cases.do(case.id, Deed.REFUSE, 0, close=True)
        return False


def place_of(channel: object, channels: tuple[int, ...]) -> Place:
    """A place, as far as it is known whether it is age-restricted."""
    asked = getattr(channel, "is_nsfw", None)
    parents = (channel.parent_id,) if isinstance(channel, discord.Thread) else ()
    return Place((*channels, *parents), bool(asked is not None and asked()))


def case_of(job: Job, kind: CaseKind) -> Case:
    """The case of a picture that is held, or that was refused."""
    return Case(
        job.guild_id,
        kind,
        f"job {job.id}",
        job.member_id,
        job.channel_id,
        job.prompt,
        time.time(),
        rule=job.found or "",
        score=job.found_share,
        job_id=job.id,
    )


class PleaButton(JobButton, template=f"gala:plea:{JOB}"):
    """Asks the moderators to look at a picture that the check has refused; for its author."""

    async def press(self, interaction: Interaction, job: Job) -> None:
        """Bring it before them, once."""
        desk = desk_of(interaction)
        if interaction.user.id != job.member_id:
            raise UserError("button-not-yours")
        if job.failure != REFUSED or job.picture_sha256 is None:
            raise UserError("plea-unknown")
        if not await desk.inbox.is_open(job.guild_id):
            raise UserError("inbox-none")
        await interaction.response.defer(ephemeral=True, thinking=True)
        voice = Voice(job.member_id, "", time.time())
        await desk.inbox.bring(interaction.client, case_of(job, CaseKind.PLEA), voice)
        await interaction.edit_original_response(content=texts_of(interaction).get("plea-sent"))
