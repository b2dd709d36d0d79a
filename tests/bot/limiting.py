"""Limits of a guild over the local Discord, and what members are told of them."""

from __future__ import annotations

from storage.quotas import Kind, Period, Rule, Scope
from tests.bot.stage import CHANNEL


async def limit(
    built, scope=Scope.ROLE, target=None, kind=Kind.PICTURES, amount=1.0, period=Period.DAY, **changes
):
    guild = built.discord.guild_id
    return await built.quotas.set_rule(
        Rule(guild, scope, guild if target is None else target, kind, amount, period, **changes)
    )


async def card_of(built, name, command, /, where=CHANNEL, **options):
    """The card that a command answers this member with, alone."""
    member = built.discord.member(name)
    outcome = await member.slash(where, command, **options)
    assert outcome.outcome == "message"
    assert outcome.ephemeral
    message = await member.message(outcome.channel, outcome.message)
    assert message is not None
    return message
