"""May this member paint in this place now? One question, one verdict with its reason. Pure.

A suspension comes first, then the guild's line, the place, the roles. Of a thread, its channel and its
category the nearest of which something was said decides; where nothing was said, one may paint unless other
places were chosen. A role that may not paint is stronger than one that may; where roles were chosen, one of
them is needed. Times are Unix seconds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bot.errors import UserError
from bot.places import Habit
from storage.guilds import Access, GuildSettings, LineState
from storage.suspensions import Suspension


class Reason(StrEnum):
    """Why not."""

    SUSPENDED = "suspended"
    PAUSED = "paused"
    DRAINING = "draining"
    PLACE_DENIED = "place-denied"
    PLACE_NOT_CHOSEN = "place-not-chosen"  #: others were
    ROLE_DENIED = "role-denied"
    ROLE_NOT_CHOSEN = "role-not-chosen"  #: the member has none of those that were


class NotHere(UserError):
    """The guild's admins do not let this member paint here now."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks, and where: `places` are the thread, its channel and its category, nearest first."""

    guild_id: int
    member_id: int
    places: tuple[int, ...]
    roles: frozenset[int]


@dataclass(frozen=True, slots=True)
class Policy:
    """What the admins of a guild have said that concerns painting."""

    settings: GuildSettings
    channels: Mapping[int, Access] = field(default_factory=dict)  #: categories among them
    roles: Mapping[int, Access] = field(default_factory=dict)
    suspension: Suspension | None = None  #: of who asks, if it is not over
    habit: Habit = field(default_factory=Habit)  #: of the place in which they ask


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer. `reason` is None for yes; `named` are the places or roles that it is about."""

    reason: Reason | None = None
    named: tuple[int, ...] = ()
    suspension: Suspension | None = None

    @property
    def allowed(self) -> bool:
        """Whether the member may paint."""
        return self.reason is None


def judge(policy: Policy, visitor: Visitor, now: float) -> Verdict:
    """The one verdict."""
    suspension = policy.suspension
    if suspension is not None and now < suspension.until:
        return Verdict(Reason.SUSPENDED, suspension=suspension)
    if policy.settings.line is not LineState.OPEN:
        paused = policy.settings.line is LineState.PAUSED
        return Verdict(Reason.PAUSED if paused else Reason.DRAINING)
    return (
        judge_place(policy.channels, visitor.places) or judge_roles(policy.roles, visitor.roles) or Verdict()
    )


def judge_place(channels: Mapping[int, Access], places: Sequence[int]) -> Verdict | None:
    """The refusal for a place, if there is one."""
    said = next((channels[place] for place in places if place in channels), None)
    if said is Access.DENIED:
        return Verdict(Reason.PLACE_DENIED)
    chosen = on_list(channels, Access.ALLOWED)
    return Verdict(Reason.PLACE_NOT_CHOSEN, chosen) if said is None and chosen else None


def judge_roles(said: Mapping[int, Access], roles: Collection[int]) -> Verdict | None:
    """The refusal for a member's roles, if there is one."""
    denied = tuple(role for role in on_list(said, Access.DENIED) if role in roles)
    if denied:
        return Verdict(Reason.ROLE_DENIED, denied[:1])
    chosen = on_list(said, Access.ALLOWED)
    return Verdict(Reason.ROLE_NOT_CHOSEN, chosen) if chosen and not set(chosen) & set(roles) else None


def on_list(said: Mapping[int, Access], access: Access) -> tuple[int, ...]:
    """The ids of which this was said, in their order."""
    return tuple(sorted(each for each, value in said.items() if value is access))


SHOWN = 5


def refusal(verdict: Verdict, reason: str) -> NotHere:
    """The words for a refusal; `reason` is the suspension's own, as it may be shown."""
    match verdict.reason:
        case Reason.SUSPENDED if verdict.suspension is not None:
            when = f"<t:{int(verdict.suspension.until)}:R>"
            return NotHere("policy-suspended", when=when, reason=reason or "—")
        case Reason.PLACE_NOT_CHOSEN:
            names = ", ".join(f"<#{each}>" for each in verdict.named[:SHOWN])
            return NotHere("policy-place-not-chosen", places=names)
        case Reason.ROLE_DENIED | Reason.ROLE_NOT_CHOSEN:
            names = ", ".join(f"<@&{each}>" for each in verdict.named[:SHOWN])
            return NotHere(f"policy-{verdict.reason}", roles=names)
        case _:
            return NotHere(f"policy-{verdict.reason}")
