"""Tickets that only their members see, edited by an interaction's token, which lives 15 minutes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import discord

Ticket = discord.InteractionMessage | discord.WebhookMessage

TOKEN_S: Final = 14.5 * 60  #: half a minute early
TOKEN_DEAD: Final = 50027


class Whispers:
    """The tickets of the jobs that have such a one. After a restart they are as if they had never been."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tickets: dict[str, tuple[Ticket, float]] = {}

    def add(self, job_id: str, ticket: Ticket) -> None:
        """Note a job's ticket, which was just sent."""
        self._tickets[job_id] = (ticket, self._clock() + TOKEN_S)

    def get(self, job_id: str) -> Ticket | None:
        """The job's ticket, for as long as it can be edited."""
        ticket, until = self._tickets.get(job_id, (None, 0.0))
        return ticket if self._clock() < until else None

    def take(self, job_id: str) -> Ticket | None:
        """The same, and forget it."""
        ticket = self.get(job_id)
        self._tickets.pop(job_id, None)
        return ticket
