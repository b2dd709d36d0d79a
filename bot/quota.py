"""Who may paint how much. Pure: rules, and what was used, become a verdict with the rule that says so.

How rules combine: the most generous of a member's roles counts, a rule for the member alone takes the roles'
place, and the ceilings of the channel, the guild and the host bind everybody.

So a member's own rules are alternatives (any role that says yes is enough, with all its limits), and ceilings
add up. Amounts of pictures and GPU seconds are one matter; sizes, steps, engines and places in line each
another: a role that says nothing of a matter has no voice in it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from bot.periods import Window
from storage.quotas import Grant, Kind, Period, Rule, Scope

AMOUNTS: Final = (Kind.PICTURES, Kind.SECONDS, Kind.EXEMPT)
BOUNDS: Final = (Kind.ENGINES, Kind.PIXELS, Kind.STEPS, Kind.WAITING, Kind.RUNNING)
OWN: Final = (Scope.MEMBER, Scope.ROLE)
GRAIN: Final = 1e-6  #: sums of seconds are not exact


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and where. `channel_id` is, of a thread, the channel that it belongs to."""

    guild_id: int  #: 0 in direct messages
    channel_id: int
    member_id: int
    role_ids: tuple[int, ...] = ()  #: besides everybody's, which has the guild's own id
    booster: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked for, with the seconds that the GPU will need.

    `waiting` is the number of the member's jobs that are in line already; `pictures` are made side by side.
    """

    seconds: float
    pixels: int = 0
    steps: int = 0
    engine: str = ""
    waiting: int = 0
    pictures: int = 1

    def cost(self, kind: Kind) -> float:
        """What a limit of this kind is charged."""
        return self.seconds if kind is Kind.SECONDS else float(self.pictures)


@dataclass(frozen=True, slots=True)
class Meter:
    """A limit, and how it stands in its present period."""

    rule: Rule
    amount: float  #: the rule's, with a booster's bonus
    used: float
    window: Window

    @property
    def left(self) -> float:
        """What can still be used in this period."""
        return max(self.amount - self.used, 0.0)

    def allows(self, ask: Ask) -> bool:
        """Whether the picture can be charged now."""
        return self.used + ask.cost(self.rule.kind) <= self.amount + GRAIN

    def opens_at(self, ask: Ask) -> float | None:
        """When the picture can be charged, if it cannot be now; None where it never can."""
        return self.window.end if ask.cost(self.rule.kind) <= self.amount + GRAIN else None

    def times(self, ask: Ask) -> float:
        """How many such pictures can still be charged."""
        cost = ask.cost(self.rule.kind)
        return math.inf if cost <= 0 else (self.left + GRAIN) // cost


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the rules of one role, or those of the member alone, allow together. No meters: without end."""

    rule: Rule  #: one of them, to name them by
    meters: tuple[Meter, ...]

    def allows(self, ask: Ask) -> bool:
        """Whether all of it allows the picture now."""
        return all(meter.allows(ask) for meter in self.meters)

    @property
    def share_left(self) -> float:
        """The least share that is left of any of its limits, 0..1: how generous it is at the moment."""
        return min((meter.left / meter.amount if meter.amount else 0.0 for meter in self.meters), default=1.0)

    @property
    def tightest(self) -> Meter | None:
        """The meter of which the least is left."""
        return min(self.meters, key=lambda meter: meter.left / (meter.amount or 1.0), default=None)

    def times(self, ask: Ask) -> float:
        """How many such pictures it still allows."""
        return min((meter.times(ask) for meter in self.meters), default=math.inf)

    def opens_at(self, ask: Ask) -> float:
        """When all of it allows the picture; infinity where it never does."""
        opening = (meter.opens_at(ask) for meter in self.meters if not meter.allows(ask))
        return max((math.inf if at is None else at for at in opening), default=0.0)


@dataclass(frozen=True, slots=True)
class Standing:
    """All that has a say when this member paints here, as it stands now."""

    own: tuple[Allowance, ...] = ()  #: any of them is enough; none at all: nothing bounds the member alone
    ceilings: tuple[Meter, ...] = ()  #: each binds
    bounds: tuple[tuple[Rule, ...], ...] = ()  #: of each, any rule is enough
    grants: tuple[Grant, ...] = ()

    @property
    def most_running(self) -> int | None:
        """How many of the member's jobs may run at once; None: as many as there is room for."""
        caps = [
            max(int(rule.amount) for rule in rules) for rules in self.bounds if rules[0].kind is Kind.RUNNING
        ]
        return min(caps, default=None)

    def best(self) -> Allowance | None:
        """The most generous of the member's own, to show; None where there is none."""
        return max(self.own, key=lambda allowance: allowance.share_left, default=None)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Yes or no, and why.

    `until` is when a no becomes a yes if nothing else is painted; None where time does not help.
    """

    allowed: bool
    rule: Rule | None = None  #: which one says so; None where nothing bounds the member
    meter: Meter | None = None  #: how that rule stands, where it is a limit
    grant: Grant | None = None  #: what is charged instead of the member's own limits
    until: float | None = None


def judge(standing: Standing, ask: Ask) -> Verdict:
    """May this be painted now, which rule says so, and when, if not now."""
    for rules in standing.bounds:
        if not any(keeps(rule, ask) for rule in rules):
            return Verdict(False, most_generous(rules))
    own = _own(standing, ask)
    refusals = [own] if not own.allowed else []
    refusals += [
        Verdict(False, meter.rule, meter, until=meter.opens_at(ask))
        for meter in standing.ceilings
        if not meter.allows(ask)
    ]
    return max(refusals, key=lambda verdict: _late(verdict.until)) if refusals else own


def times_left(standing: Standing, ask: Ask) -> int | None:
    """How many such pictures the member can still paint here now; None where nothing bounds that."""
    own = max((allowance.times(ask) for allowance in standing.own), default=math.inf)
    own += sum((grant.left + GRAIN) // max(ask.cost(grant.kind), GRAIN) for grant in standing.grants)
    least = min((own, *(meter.times(ask) for meter in standing.ceilings)))
    return None if math.isinf(least) else int(least)


def keeps(rule: Rule, ask: Ask) -> bool:
    """Whether the picture keeps within a rule about sizes, steps, engines or the line."""
    match rule.kind:
        case Kind.PIXELS:
            return ask.pixels <= rule.amount
        case Kind.STEPS:
            return ask.steps <= rule.amount
        case Kind.WAITING:
            return ask.waiting < rule.amount
        case Kind.ENGINES:
            return ask.engine in engines_of(rule)
        case _:
            return True  # RUNNING holds a job back in line, and refuses none


def engines_of(rule: Rule) -> tuple[str, ...]:
    """The engines that a rule names."""
    return tuple(name for name in rule.detail.split(",") if name)


def most_generous(rules: Iterable[Rule]) -> Rule:
    """Of alternatives, the one that allows most; of engines, one that names all that any of them does."""
    rules = tuple(rules)
    best = max(rules, key=lambda rule: rule.amount)
    if best.kind is not Kind.ENGINES:
        return best
    names = {name: None for rule in rules for name in engines_of(rule)}
    return Rule(
        best.guild_id, best.scope, best.target_id, best.kind, float(len(names)), detail=",".join(names)
    )


def stand(
    rules: Iterable[Rule],
    asker: Asker,
    used: Mapping[Rule, tuple[float, Window]],
    grants: Iterable[Grant] = (),
) -> Standing:
    """Put together what has a say: the rules about this asker, and how each that `is_limit` stands."""
    rules = tuple(rules)
    bonus = max((rule.amount for rule in rules if rule.kind is Kind.BOOSTERS and asker.booster), default=0.0)
    amounts = [rule for rule in rules if rule.kind in AMOUNTS]
    return Standing(
        own=tuple(
            _allowance(held, used, bonus) for held in _holders(rule for rule in amounts if rule.scope in OWN)
        ),
        ceilings=tuple(
            Meter(rule, rule.amount, *used[rule])
            for rule in amounts
            if rule.scope not in OWN and is_limit(rule)
        ),
        bounds=tuple(group for kind in BOUNDS for group in _bounds(rules, kind)),
        grants=tuple(grants),
    )


def is_limit(rule: Rule) -> bool:
    """Whether the rule counts something in a period."""
    return rule.kind in (Kind.PICTURES, Kind.SECONDS) and rule.period is not Period.NONE


def _own(standing: Standing, ask: Ask) -> Verdict:
    """What the member's own rules and grants say, were there no ceilings."""
    if not standing.own:
        return Verdict(True)
    willing = [allowance for allowance in standing.own if allowance.allows(ask)]
    if willing:
        best = max(willing, key=lambda allowance: allowance.share_left)
        meter = best.tightest
        return Verdict(True, meter.rule if meter else best.rule, meter)
    for grant in standing.grants:
        if ask.cost(grant.kind) <= grant.left + GRAIN:
            return Verdict(True, grant=grant)
    soonest = min(standing.own, key=lambda allowance: allowance.opens_at(ask))
    closed = [meter for meter in soonest.meters if not meter.allows(ask)]
    last = max(closed, key=lambda meter: _late(meter.opens_at(ask)))
    return Verdict(False, last.rule, last, until=last.opens_at(ask))


def _late(until: float | None) -> float:
    return math.inf if until is None else until


def _holders(rules: Iterable[Rule]) -> list[tuple[Rule, ...]]:
    """The rules of each holder; those of the member alone take the place of the roles'."""
    rules = tuple(rules)
    alone = tuple(rule for rule in rules if rule.scope is Scope.MEMBER)
    if alone:
        return [alone]
    by_role = sorted(rules, key=lambda rule: rule.target_id)
    return [tuple(group) for _, group in groupby(by_role, key=lambda rule: rule.target_id)]


def _allowance(rules: tuple[Rule, ...], used: Mapping[Rule, tuple[float, Window]], bonus: float) -> Allowance:
    """What one holder's rules allow together; an exemption outweighs the rest."""
    exempt = next((rule for rule in rules if rule.kind is Kind.EXEMPT), None)
    if exempt is not None:
        return Allowance(exempt, ())
    return Allowance(
        rules[0], tuple(Meter(rule, with_bonus(rule, bonus), *used[rule]) for rule in rules if is_limit(rule))
    )


def with_bonus(rule: Rule, percent: float) -> float:
    """A limit's amount with a booster's bonus; of pictures, rounded up."""
    amount = rule.amount * (1 + percent / 100)
    return float(math.ceil(amount - GRAIN)) if rule.kind is Kind.PICTURES else amount


def _bounds(rules: tuple[Rule, ...], kind: Kind) -> list[tuple[Rule, ...]]:
    """Of one kind: the member's own alternatives, then each ceiling by itself."""
    of_kind = [rule for rule in rules if rule.kind is kind]
    alone = tuple(rule for rule in of_kind if rule.scope is Scope.MEMBER)
    own = alone or tuple(rule for rule in of_kind if rule.scope is Scope.ROLE)
    ceilings = [(rule,) for rule in of_kind if rule.scope not in OWN]
    return ([own] if own else []) + ceilings
