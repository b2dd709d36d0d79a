"""Messages in Discord's channels: addressed, sent until they are there, and found again."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, repeat
from typing import Any, Final, TypeVar

import aiohttp
import discord
from discord.abc import Messageable

from bot.films import Films
from bot.locales import texts_for
from bot.views import cards
from bot.views.wording import alt_text
from generation.codec import shrink
from storage.jobs import Job

log = logging.getLogger(__name__)
T = TypeVar("T")

BACKOFF_S: Final = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
LONGEST_BACKOFF_S: Final = 60.0
HISTORY_MESSAGES: Final = 1000
CLOCK_SKEW_S: Final = 60.0
UPLOAD_LIMIT_BYTES: Final = 10 * 2**20  #: where an interaction named none
SPOILER: Final = "SPOILER_"  #: before the name of a file that Discord is to cover
LEAST_UPLOAD_BYTES: Final = 32 * 2**10

UNKNOWN_MESSAGE: Final = 10008
TOO_MANY_EDITS_OF_OLD: Final = 30046
UPLOAD_TOO_LARGE: Final = 40005
NETWORK: Final = (aiohttp.ClientError, OSError, TimeoutError, discord.RateLimited)


def channel_of(client: discord.Client, job: Job) -> discord.PartialMessageable:
    """The channel where the job was asked for; no request is made."""
    return client.get_partial_messageable(job.channel_id, guild_id=job.guild_id or None)


def result_channel_of(client: discord.Client, job: Job) -> discord.PartialMessageable:
    """The channel where the job's result is to stand; no request is made."""
    channel_id = job.result_channel_id or job.channel_id
    return client.get_partial_messageable(channel_id, guild_id=job.guild_id or None)


def card_of(client: discord.Client, job: Job) -> discord.PartialMessage | None:
    """The job's card, if it ever had one; no request is made."""
    return None if job.card_id is None else channel_of(client, job).get_partial_message(job.card_id)


def attached(data: bytes, filename: str, job: Job) -> discord.File:
    """A file for a card's gallery, with the prompt as its description."""
    return discord.File(io.BytesIO(data), filename, description=alt_text(job))


def is_passing(error: discord.HTTPException) -> bool:
    """Whether the same request may succeed later: Discord is ill, busy, or waits for a new token."""
    return error.status >= 500 or error.status in (401, 408, 429)


def is_too_large(error: discord.HTTPException) -> bool:
    """Whether the upload was refused for its size."""
    return error.status == 413 or error.code == UPLOAD_TOO_LARGE


async def persist(what: str, attempt: Callable[[], Awaitable[T]]) -> T:
    """The attempt's answer; faults that pass are waited out, further and further apart, without end.

    Raises the `discord.HTTPException` that will not pass.
    """
    waits = chain(BACKOFF_S, repeat(LONGEST_BACKOFF_S))
    while True:
        try:
            return await attempt()
        except discord.HTTPException as error:
            if not is_passing(error):
                raise
            log.warning("%s failed, and is tried again: %s", what, error)
        except NETWORK as error:
            log.warning("%s failed, and is tried again: %r", what, error)
        await asyncio.sleep(next(waits))


async def find(client: discord.Client, channel: Messageable, job: Job, action: str) -> discord.Message | None:
    """A message of the bot's own, no older than the job, that carries this button of the job."""
    asked_at = datetime.fromtimestamp(job.created_at - CLOCK_SKEW_S, tz=UTC)
    since = discord.Object(discord.utils.time_snowflake(asked_at))
    try:
        async for message in channel.history(limit=HISTORY_MESSAGES, after=since):
            mine = client.user is not None and message.author.id == client.user.id
            if mine and f"gala:{action}:{job.id}" in custom_ids(message.components):
                return message
    except discord.Forbidden:
        log.warning("the history of channel %d, with job %s, may not be read", job.channel_id, job.id)
    return None


def custom_ids(components: Iterable[Any]) -> Iterator[str]:
    """The custom_ids of a message's components, at any depth."""
    for component in components:
        if getattr(component, "custom_id", None):
            yield component.custom_id
        yield from custom_ids(getattr(component, "children", ()))


@dataclass(slots=True)
class Parcel:
    """A result on its way to a channel. `look`: it may be there already, from before a crash."""

    client: discord.Client
    channel: Messageable
    job: Job
    picture: bytes
    look: bool
    films: Films | None = None  #: where the picture may be the last of a film
    note: str | None = None
    limit_bytes: int = 0

    async def send(self) -> int:
        """Send the picture so that it is there once, and return the message's id.

        Raises the `discord.HTTPException` that will not pass.
        """
        self.limit_bytes = self.job.upload_limit_bytes or UPLOAD_LIMIT_BYTES
        return await persist(f"sending the picture of job {self.job.id}", self._attempt)

    async def _attempt(self) -> int:
        found = await find(self.client, self.channel, self.job, "heart") if self.look else None
        self.look = True
        return found.id if found else await self._fit_and_send()

    async def _fit_and_send(self) -> int:
        while True:
            data, extension = await asyncio.to_thread(shrink, self.picture, self.limit_bytes)
            try:
                cover = SPOILER if self.job.blurred else ""
                return await self._send(data, f"{cover}gala-{self.job.id}.{extension}")
            except discord.HTTPException as error:
                if not is_too_large(error) or self.limit_bytes <= LEAST_UPLOAD_BYTES:
                    raise
                self.limit_bytes = min(self.limit_bytes, len(data)) // 2

    async def _send(self, data: bytes, filename: str) -> int:
        files = [attached(data, filename, self.job), *await self._film()]
        film = files[1].filename if files[1:] else None
        view = cards.finished(self.job, texts_for(self.job.locale), filename, film=film, note=self.note)
        # Discord gives back the first message for a second with its nonce, for some minutes.
        message = await self.channel.send(view=view, files=files, nonce=self.job.id)
        return message.id

    async def _film(self) -> list[discord.File]:
        """The film that goes with the picture, if there is to be one and it fits."""
        path = await self.films.of_result(self.job, self.limit_bytes) if self.films else None
        if path is None:
            return []
        return [discord.File(path, f"film-{self.job.id}{path.suffix}", description=alt_text(self.job))]
