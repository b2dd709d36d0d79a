"""A no, in words: which limit, what is left of it, and when more comes. Pure."""

from __future__ import annotations

import math
from typing import Final

from bot.errors import QuotaExceeded
from bot.quota import Ask, Verdict, engines_of
from storage.quotas import Kind, Rule, Scope

#: The texts for a limit that is reached, and for one that the picture is too much for at any time.
SPENT: Final = {
    Kind.PICTURES: ("quota-pictures", "quota-pictures-never"),
    Kind.SECONDS: ("quota-seconds", "quota-seconds-never"),
}
GRID: Final = ("quota-grid", "quota-grid-never")  #: of pictures, for several at once


def refusal(verdict: Verdict, ask: Ask) -> QuotaExceeded:
    """The error for a verdict that is a no."""
    rule, meter = verdict.rule, verdict.meter
    assert rule is not None
    who = {"scope": scope_key(rule), "holder": mention(rule)}
    if meter is None:
        return _out_of_bounds(rule, who)
    amounts: dict[str, str | float] = {**who, "limit": shown(meter.amount), "period": str(rule.period)}
    if rule.kind is Kind.SECONDS:
        amounts |= {"left": shown(meter.left), "needed": max(math.ceil(ask.seconds), 1)}
    now, never = SPENT[rule.kind]
    if rule.kind is Kind.PICTURES and ask.pictures > 1:
        now, never = GRID
        amounts |= {"left": shown(meter.left), "needed": ask.pictures}
    if verdict.until is None:
        return QuotaExceeded(never, **amounts)
    return QuotaExceeded(now, **amounts, when=moment(verdict.until))


def _out_of_bounds(rule: Rule, who: dict[str, str]) -> QuotaExceeded:
    match rule.kind:
        case Kind.PIXELS:
            return QuotaExceeded("quota-pixels", **who, size=rule.detail)
        case Kind.STEPS:
            return QuotaExceeded("quota-steps", **who, limit=int(rule.amount))
        case Kind.ENGINES:
            return QuotaExceeded("quota-engines", **who, known=", ".join(engines_of(rule)))
        case _:
            return QuotaExceeded("quota-waiting", **who, limit=int(rule.amount))


def scope_key(rule: Rule) -> str:
    """The word by which the texts choose how to name the rule's holder."""
    if rule.scope is Scope.ROLE and rule.target_id == rule.guild_id:
        return "everyone"
    return str(rule.scope).replace("-", "")


def mention(rule: Rule) -> str:
    """The holder as Discord shows it; empty where there is no name to show."""
    if scope_key(rule) == "role":
        return f"<@&{rule.target_id}>"
    return {Scope.MEMBER: f"<@{rule.target_id}>", Scope.CHANNEL: f"<#{rule.target_id}>"}.get(rule.scope, "")


def moment(at: float) -> str:
    """A time as each member's Discord shows it in their own zone: how long until then, and when."""
    return f"<t:{math.ceil(at)}:R> (<t:{math.ceil(at)}:f>)"


def shown(amount: float) -> int | float:
    """A whole number where it is one to the eye, else one decimal."""
    return round(amount) if abs(amount - round(amount)) < 0.05 else round(amount, 1)
