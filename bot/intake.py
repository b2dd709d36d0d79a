"""The door to the line: an order is checked, charged, written, and stands in line, or none of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.errors import UserError
from bot.order import Order, accepted
from bot.quota import Ask
from bot.targets import to_row
from bot.turns import most_steps
from generation.recipe_values import NamedTarget
from storage.errors import StorageFull

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.line import Line
    from bot.screening import Screening
    from bot.till import Till
    from storage.images import Images
    from storage.jobs import Job, Jobs


class Intake:
    """One order at a time, so that two members cannot both have the last place or the last picture.

    `estimate` tells a job's seconds of the GPU.
    """

    def __init__(
        self,
        jobs: Jobs,
        images: Images,
        line: Line,
        till: Till,
        estimate: Callable[[Job | Order], float],
        clock: Callable[[], float],
        screening: Screening | None = None,
    ) -> None:
        self._jobs, self._images, self._line, self._till = jobs, images, line, till
        self._screening = screening
        self._estimate, self._clock = estimate, clock
        self._busy = asyncio.Lock()

    async def accept(self, order: Order, then: Callable[[], None]) -> Job:
        """Accept an order, and call `then`. When this returns, the job is on the disk and in line.

        Raises `UserError`, and nothing is kept or charged; or `StorageError`.
        """
        self._line.check(order.guild_id, order.member_id)
        if self._screening is not None:
            await self._screening.check(order)
        try:
            kept = await self._keep(order) if order.init or order.targets else (None, None)
            return await asyncio.shield(self._enter(order, *kept, then))  # in the database and in line
        except StorageFull as error:
            raise UserError("failed-storage-full") from error

    async def _keep(self, order: Order) -> tuple[str | None, str | None]:
        """Keep the order's pictures, once it is known that it would be taken; returns what its row says."""
        await self._till.charge(order.asker, self.ask(accepted(order, None, self._clock())))
        init_sha256 = None if order.init is None else await self._images.put(order.init)
        for target in order.targets:
            await self._images.put(target.picture)
        return init_sha256, to_row([NamedTarget.of(target) for target in order.targets])

    async def _enter(
        self, order: Order, init_sha256: str | None, targets: str | None, then: Callable[[], None]
    ) -> Job:
        async with self._busy:
            self._line.check(order.guild_id, order.member_id)
            job = accepted(order, init_sha256, self._clock(), targets)
            charge, standing = await self._till.charge(order.asker, self.ask(job))
            job = replace(job, most_running=standing.most_running)
            job = await self._jobs.add(job, charge)
            self._line.add(job)
        then()
        return job

    def ask(self, job: Job | Order) -> Ask:
        """What a job asks of the quotas, or would ask."""
        job = replace(job, steps=most_steps(job))
        return Ask(
            seconds=self._estimate(job),
            pixels=job.width * job.height,
            steps=job.steps,
            engine=job.engine,
            waiting=self._line.waiting(job.guild_id, job.member_id),
            pictures=job.grid,
        )
