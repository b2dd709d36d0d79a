"""From a job's events to Discord's messages: cards are edited, results are sent.

Progress may be lost on the way: a card keeps one face, the latest, and is edited at an even pace. Results and
failures are not lost: they are tried until Discord says yes, or says for good that the channel is closed to
us; then they go to the member directly. All is done with the bot's own rights, so nothing depends on an
interaction's fifteen minutes.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

import discord

from bot.dispatcher import Place
from bot.errors import Astray, Undeliverable
from bot.films import Films
from bot.locales import texts_for
from bot.order import ASTRAY, CLEARED
from bot.pacing import Pacing
from bot.places import fallback
from bot.views import cards
from bot.views.last_words import door, drop_card, end_card, tell_anew, told_on_card, whispered
from bot.views.messages import (
    NETWORK,
    TOO_MANY_EDITS_OF_OLD,
    Parcel,
    attached,
    card_of,
    channel_of,
    result_channel_of,
)
from bot.views.whispers import TOKEN_DEAD, Whispers
from generation.codec import coarse
from generation.protocol import Progress
from storage.jobs import Job, Status

log = logging.getLogger(__name__)

OLD_CARD_S: Final = 55 * 60  #: Discord allows far fewer edits of messages older than an hour
OLD_INTERVAL_S: Final = 60.0
WAITING_INTERVAL_S: Final = 5.0  #: a place in line is less urgent than a frame
FRESH_TICKET_S: Final = 1.5  #: a ticket that was just sent says it all; soon there may be a frame
UNREACHABLE: Final = (discord.NotFound, discord.Forbidden)


@dataclass(frozen=True, slots=True)
class Face:
    """What a card is to show: a place in line, or a frame."""

    job: Job
    place: Place | None = None
    progress: Progress | None = None
    left_s: float | None = None


@contextmanager
def translated() -> Iterator[None]:
    """Turn Discord's last refusal into `Undeliverable`."""
    try:
        yield
    except discord.HTTPException as error:
        raise Undeliverable(str(error)) from error


class Poster:
    """The dispatcher's listener. `run` edits the cards; `bind` gives it the client once that has logged in.

    To be made inside the event loop.
    """

    def __init__(
        self,
        edit_interval_s: float,
        channel_interval_s: float,
        *,
        whispers: Whispers | None = None,
        clock: Callable[[], float] = time.monotonic,
        films: Films | None = None,
    ) -> None:
        self._edit_interval_s = edit_interval_s
        self._clock, self._films = clock, films
        self._born_at = time.time()
        self._pacing = Pacing(channel_interval_s)
        self._whispers = whispers or Whispers()
        self._faces: dict[str, Face] = {}
        self._edits: dict[str, asyncio.Task[None]] = {}
        self._lost: set[str] = set()
        self._closed = False
        self._news = asyncio.Event()
        self._client: asyncio.Future[discord.Client] = asyncio.get_running_loop().create_future()

    def bind(self, client: discord.Client) -> None:
        """From now on messages can be sent and edited."""
        if not self._client.done():
            self._client.set_result(client)

    def moved(self, job: Job, place: Place) -> None:
        """The job's place in line has changed."""
        self._show(Face(job, place=place))

    def progressed(self, job: Job, progress: Progress, left_s: float | None) -> None:
        """The job has a new frame."""
        self._show(Face(job, progress=progress, left_s=left_s))

    async def run(self) -> None:
        """Edit the cards that have news, until `close`."""
        await self._client
        while not self._closed:
            self._news.clear()
            for job_id in self._pacing.take(self._clock()):
                self._begin_edit(job_id)
            await self._rest()

    async def close(self) -> None:
        """Begin no more edits and drop those under way; to be called before the client closes."""
        self._closed = True
        self._news.set()
        edits = list(self._edits.values())
        for edit in edits:
            edit.cancel()
        await asyncio.gather(*edits, return_exceptions=True)

    async def deliver(self, job: Job, picture: bytes) -> int:
        """Send the result, end the card, and return the result's message id.

        Raises `Astray` where another channel is left to be tried, else `Undeliverable`.
        """
        edit, whisper = self._close(job.id), self._whispers.take(job.id)
        if edit is not None and job.result_channel_id is None:
            edit.cancel()  # wherever it is: the card goes
        client = await self._client
        look = job.started_at is None or job.started_at < self._born_at
        note = texts_for(job.locale).get("card-astray") if job.detail == ASTRAY else None
        try:
            parcel = Parcel(client, result_channel_of(client, job), job, picture, look, self._films, note)
            result_id = await parcel.send()
        except discord.HTTPException as error:
            if fallback(job) is not None:
                raise Astray(str(error)) from error
            with translated():
                channel, note = await door(client, job, error)
                return await Parcel(client, channel, job, picture, look, self._films, note).send()
        if edit is not None:
            await asyncio.wait([edit])
        await end_card(client, job, result_id, whisper)
        return result_id

    async def report(self, job: Job, largest: tuple[int, int] | None = None) -> None:
        """Tell on the card that the job failed, was cancelled or is held. Raises `Undeliverable`."""
        edit, whisper = self._close(job.id), self._whispers.take(job.id)
        if edit is not None:
            await asyncio.wait([edit])  # lest it land after the last word
        client = await self._client
        try:
            if not (await whispered(whisper, job, largest) or await told_on_card(client, job, largest)):
                if job.card_id is not None or job.status is not Status.CANCELLED or job.detail == CLEARED:
                    await tell_anew(client, channel_of(client, job), job, largest)
                await drop_card(client, job)
        except discord.HTTPException as error:
            if job.status is Status.CANCELLED and job.detail != CLEARED:
                return  # who has cancelled it knows
            with translated():
                channel, note = await door(client, job, error)
                await tell_anew(client, channel, job, largest, note)

    # -- cards ---------------------------------------------------------------------------------------------

    def _show(self, face: Face) -> None:
        job = face.job
        cardless = job.card_id is None and self._whispers.get(job.id) is None
        if cardless or job.id in self._lost:
            return
        before = self._faces.get(job.id)
        self._faces[job.id] = face
        first_frame = face.progress is not None and (before is None or before.progress is None)
        first_due = self._clock() + FRESH_TICKET_S
        self._pacing.mark(job.id, job.channel_id, urgent=first_frame, first_due=first_due)
        self._news.set()

    async def _rest(self) -> None:
        """Sleep until there are news or a card is due."""
        now = self._clock()
        self._pacing.prune(now)
        due = self._pacing.next_due()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), None if due is None else max(due - now, 0.0))

    def _begin_edit(self, job_id: str) -> None:
        edit = asyncio.create_task(self._edit(job_id), name=f"edit-{job_id}")
        self._edits[job_id] = edit
        edit.add_done_callback(lambda task: self._end_edit(job_id, task))

    def _end_edit(self, job_id: str, edit: asyncio.Task[None]) -> None:
        self._edits.pop(job_id, None)
        self._news.set()
        if not edit.cancelled() and edit.exception() is not None:
            log.error("the card of job %s cannot be drawn", job_id, exc_info=edit.exception())
            self._give_up(job_id)

    def _give_up(self, job_id: str) -> None:
        self._lost.add(job_id)
        self._pacing.forget(job_id)

    async def _edit(self, job_id: str) -> None:
        """Bring the card up to date, once. A card that is gone is given up; other faults are tried again."""
        face = self._faces.get(job_id)
        if face is None:  # its last word has come in between
            return
        interval_s = self._interval_s(face)
        try:
            await self._draw(face)
        except UNREACHABLE as error:
            log.info("the card of job %s cannot be edited any more: %s", job_id, error)
            self._give_up(job_id)
        except (discord.HTTPException, *NETWORK) as error:
            log.info("an edit of the card of job %s failed: %s", job_id, error)
            if isinstance(error, discord.HTTPException) and error.code == TOKEN_DEAD:
                self._whispers.take(job_id)
            old = isinstance(error, discord.HTTPException) and error.code == TOO_MANY_EDITS_OF_OLD
            interval_s = OLD_INTERVAL_S if old else 2 * interval_s
            if job_id in self._faces:
                self._pacing.mark(job_id, face.job.channel_id)
        self._pacing.done(job_id, self._clock() + interval_s)

    def _interval_s(self, face: Face) -> float:
        if time.time() - face.job.created_at > OLD_CARD_S:
            return OLD_INTERVAL_S
        waiting = face.progress is None
        return max(WAITING_INTERVAL_S, self._edit_interval_s) if waiting else self._edit_interval_s

    async def _draw(self, face: Face) -> None:
        job, texts = face.job, texts_for(face.job.locale)
        message = self._whispers.get(job.id) or card_of(await self._client, job)
        if message is None:
            return
        if face.progress is None:
            await message.edit(view=cards.waiting(job, face.place, texts, time.time()), attachments=[])
            return
        shown = face.progress.frame
        if shown and job.output_check:  # nobody has looked at it yet
            shown = await asyncio.to_thread(coarse, shown)
        files = [attached(shown, "frame.webp", job)] if shown else []
        frame = files[0].filename if files else None
        view = cards.running(job, face.progress, face.left_s, texts, frame)
        await message.edit(view=view, attachments=files)

    def _close(self, job_id: str) -> asyncio.Task[None] | None:
        """No more edits of this card are begun; returns the one under way."""
        self._faces.pop(job_id, None)
        self._lost.discard(job_id)
        self._pacing.forget(job_id)
        return self._edits.get(job_id)
