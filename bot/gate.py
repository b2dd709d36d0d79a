"""The gate: what the admins have said, read from the rows, becomes a policy; and a no becomes a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.places import habit_of
from bot.policy import Policy, Visitor, judge, refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.guilds import Guilds
    from storage.suspensions import Suspensions


async def policy_for(guilds: Guilds, suspensions: Suspensions, visitor: Visitor, now: float) -> Policy:
    """What was said that concerns this visitor. Raises `StorageError`."""
    settings = await guilds.get(visitor.guild_id)
    channels = {each.channel_id: each for each in await guilds.channels(visitor.guild_id)}
    return Policy(
        settings=settings,
        channels={key: each.painting for key, each in channels.items() if each.painting is not None},
        roles=await guilds.roles(visitor.guild_id),
        suspension=await suspensions.get(visitor.guild_id, visitor.member_id, now),
        habit=habit_of(settings, channels, visitor.places),
    )


async def admit(
    guilds: Guilds, suspensions: Suspensions, visitor: Visitor, now: float, shown: Callable[[str], str]
) -> Policy:
    """The guild's policy, where it lets the visitor paint. Raises `NotHere`, `StorageError`.

    `shown` makes of an admin's own words what may stand in a message.
    """
    policy = await policy_for(guilds, suspensions, visitor, now)
    verdict = judge(policy, visitor, now)
    if not verdict.allowed:
        raise refusal(verdict, shown(verdict.suspension.reason) if verdict.suspension else "")
    return policy
