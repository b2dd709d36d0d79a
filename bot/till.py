"""The till: what stands in the rows becomes a standing, and a verdict becomes a charge or a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.periods import Window, window, zone_of
from bot.quota import Ask, Asker, Standing, Verdict, is_limit, judge, stand
from bot.refusals import refusal
from storage.quotas import Charge, Kind, Period, Quotas, Rule, Scope
from storage.spending import Span

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.config import Ceilings

UTC = zone_of("UTC")  # of the host's periods, which are the same in all guilds
HOST = (Scope.HOST_MEMBER, Scope.HOST_GUILD)


async def everywhere_utc(guild_id: int) -> str:
    """The name of a guild's time zone, where nobody knows better."""
    del guild_id
    return "UTC"


class Till:
    """Reads the rules and the ledger. `time_zone` names a guild's time zone."""

    def __init__(
        self,
        quotas: Quotas,
        clock: Callable[[], float],
        *,
        ceilings: Sequence[Rule] = (),
        time_zone: Callable[[int], Awaitable[str]] = everywhere_utc,
    ) -> None:
        self.quotas = quotas
        self._clock = clock
        self._ceilings = tuple(ceilings)
        self._time_zone = time_zone

    async def standing(self, asker: Asker) -> Standing:
        """How it stands with a member in a channel. Raises `StorageError`."""
        now, rules = self._clock(), [*await self._rules(asker), *self._host(asker)]
        zone = UTC if not asker.guild_id else zone_of(await self._time_zone(asker.guild_id))
        mine, everybody = await self.quotas.resets(asker.guild_id, asker.member_id)
        limits = [rule for rule in rules if is_limit(rule)]
        windows = {rule: window(rule.period, now, UTC if rule.scope in HOST else zone) for rule in limits}
        spans = {rule: span_of(rule.scope, asker, windows[rule], mine, everybody) for rule in limits}
        asked = tuple(dict.fromkeys(spans.values()))
        found = dict(zip(asked, await self.quotas.uses(asked), strict=True))
        used = {rule: (found[spans[rule]].of(rule.kind), windows[rule]) for rule in limits}
        grants = await self.quotas.grants(asker.guild_id, asker.member_id, now) if asker.guild_id else []
        return stand(rules, asker, used, grants)

    async def charge(self, asker: Asker, ask: Ask) -> tuple[Charge, Standing]:
        """What the picture is to be charged. Raises `QuotaExceeded`, `StorageError`."""
        standing = await self.standing(asker)
        verdict = judge(standing, ask)
        if not verdict.allowed:
            raise refusal(verdict, ask)
        grant_id = verdict.grant.id if verdict.grant else None
        return Charge(asker.channel_id, ask.seconds, by_rule(verdict), grant_id), standing

    async def _rules(self, asker: Asker) -> list[Rule]:
        if not asker.guild_id:
            return []
        roles = {asker.guild_id, *asker.role_ids}  # everybody has the guild's own
        return await self.quotas.rules_for(asker.guild_id, asker.member_id, asker.channel_id, roles)

    def _host(self, asker: Asker) -> list[Rule]:
        scopes = HOST if asker.guild_id else (Scope.HOST_MEMBER,)
        return [rule for rule in self._ceilings if rule.scope in scopes]


def span_of(scope: Scope, asker: Asker, time: Window, mine: float, everybody: float) -> Span:
    """Whose use a limit of this scope counts, and since when: since the last reset at the earliest.

    `mine` and `everybody` are the times since when the asker, and the guild, are counted.
    """
    match scope:
        case Scope.MEMBER | Scope.ROLE:
            start = max(time.start, mine)
            return Span(start, time.end, guild_id=asker.guild_id, member_id=asker.member_id)
        case Scope.CHANNEL:
            start = max(time.start, everybody)
            return Span(start, time.end, guild_id=asker.guild_id, channel_id=asker.channel_id)
        case Scope.GUILD:
            return Span(max(time.start, everybody), time.end, guild_id=asker.guild_id)
        case Scope.HOST_MEMBER:
            return Span(time.start, time.end, member_id=asker.member_id)
        case _:
            return Span(time.start, time.end, guild_id=asker.guild_id)


def host_rules(ceilings: Ceilings) -> tuple[Rule, ...]:
    """The host's ceilings as rules; those that are 0 are none."""
    return tuple(
        Rule(0, scope, 0, kind, float(amount), period)
        for scope, ceiling in ((Scope.HOST_MEMBER, ceilings.member), (Scope.HOST_GUILD, ceilings.guild))
        for kind, unit in ((Kind.PICTURES, "pictures"), (Kind.SECONDS, "gpu_seconds"))
        for period in Period
        if period and (amount := getattr(ceiling, f"{unit}_per_{period}"))
    )


def by_rule(verdict: Verdict) -> str:
    """The rule that has said yes, for the ledger."""
    if verdict.grant is not None:
        return f"grant {verdict.grant.id}"
    rule = verdict.rule
    return (
        ""
        if rule is None
        else f"{rule.scope} {rule.target_id}, {rule.amount:g} {rule.kind} {rule.period}".rstrip()
    )
