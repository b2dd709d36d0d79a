"""Holds prompts against the filters of their guilds, before anything is charged or takes a place in line."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from bot.errors import PromptForbidden
from bot.filter import Filter, Rule
from bot.prompt import parse
from bot.turns import turnings
from storage.filters import FilterHit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.order import Order
    from storage.filters import FilterRule, Filters

MOST_READY: Final = 64  #: guilds whose filter is held in memory


class Screening:
    """The filters that were read in last, each until it is changed. In direct messages there is none."""

    def __init__(self, filters: Filters, clock: Callable[[], float] = time.time) -> None:
        self.filters = filters
        self._clock = clock
        self._ready: dict[int, Filter] = {}
        self._busy: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def filter_of(self, guild_id: int) -> Filter:
        """A guild's filter. Raises `StorageError`."""
        async with self._busy[guild_id]:
            ready = self._ready.pop(guild_id, None)
            if ready is None:
                ready = await asyncio.to_thread(read_in, await self.filters.rules(guild_id))
            self._ready[guild_id] = ready  # the last one now
            while len(self._ready) > MOST_READY:
                del self._ready[next(iter(self._ready))]
            return ready

    async def changed(self, guild_id: int) -> Filter:
        """Read a guild's rules in anew, now that they are others. Raises `StorageError`."""
        async with self._busy[guild_id]:
            self._ready.pop(guild_id, None)
        return await self.filter_of(guild_id)

    async def check(self, order: Order) -> None:
        """Refuse, and note, a prompt with forbidden words. Raises `PromptForbidden`, `StorageError`."""
        if order.guild_id == 0:
            return
        prompts = [order.prompt, *(turning.prompt for turning in turnings(order))]
        texts = [phrase.text for each in prompts for prompt in parse(each) for phrase in prompt.phrases]
        found = (await self.filter_of(order.guild_id)).verdict(texts)
        if found is None:
            return
        words = found.rule.words
        where = (order.guild_id, order.channel_id, order.member_id)
        hit = FilterHit(*where, order.prompt, words, order.locale, self._clock())
        hit = await self.filters.add_hit(hit)
        raise PromptForbidden(texts[found.part], found.start, words, hit.id)


def read_in(rules: Iterable[FilterRule]) -> Filter:
    """The filter of a guild's rows."""
    return Filter(Rule(rule.words, rule.allowed, rule.id, rule.source) for rule in rules)
