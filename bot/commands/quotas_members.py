"""The part of `/quotas` that is about one member at a time: look, give, count anew."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any, Final

import discord
from discord import app_commands

from bot.commands.quota import usual_request
from bot.views.admin import record, require_admin
from bot.views.asking import is_booster, place_of, roles_of
from bot.views.quota_cards import grant_line, note_card, simulation_card
from bot.views.tickets import desk_of, order, texts_of
from storage.quotas import Grant, Kind

DAY_S: Final = 86_400
Extra = app_commands.Range[int, 1, 1_000_000]
Place = (
    discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel | discord.Thread
)


async def simulate(
    interaction: discord.Interaction[Any], member: discord.Member, channel: Place | None = None
) -> None:
    """What the member may do now, here or in another channel, and which rule says so."""
    require_admin(interaction)
    desk, texts = desk_of(interaction), texts_of(interaction)
    place_id = place_of(channel or interaction.channel)
    theirs = replace(
        order(interaction, usual_request(desk), None),
        member_id=member.id,
        place_id=place_id,
        role_ids=roles_of(member),
        booster=is_booster(member),
    )
    standing = await desk.till.standing(theirs.asker)
    view = simulation_card(member.id, place_id, standing, desk.dispatcher.ask(theirs), texts)
    await interaction.response.send_message(view=view, ephemeral=True)


async def grant(
    interaction: discord.Interaction[Any],
    member: discord.Member,
    extra: Extra,
    unit: str = Kind.PICTURES,
    days: app_commands.Range[int, 1, 3650] | None = None,
) -> None:
    """Pictures or GPU seconds beside the rules, until they are used or the days are over."""
    guild_id, texts, now = require_admin(interaction), texts_of(interaction), time.time()
    expires_at = None if days is None else now + days * DAY_S
    given = await desk_of(interaction).till.quotas.grant(
        Grant(guild_id, member.id, Kind(unit), float(extra), interaction.user.id, now, expires_at)
    )
    told = grant_line(given, texts)
    words = texts.get("quotas-granted", member=f"<@{member.id}>", grant=told)
    await interaction.response.send_message(view=note_card(words), ephemeral=True)
    await record(
        interaction, "quota-grant", f"member {member.id}", grant_line(given, texts).replace("**", "")
    )


async def reset(interaction: discord.Interaction[Any], member: discord.Member | None = None) -> None:
    """Count a member, or the whole guild, anew from now on."""
    guild_id, texts = require_admin(interaction), texts_of(interaction)
    member_id = 0 if member is None else member.id
    await desk_of(interaction).till.quotas.reset(guild_id, member_id, interaction.user.id, time.time())
    if member is None:
        words, subject = texts.get("quotas-reset-all"), ""
    else:
        words = texts.get("quotas-reset-member", member=f"<@{member.id}>")
        subject = f"member {member.id}"
    await interaction.response.send_message(view=note_card(words), ephemeral=True)
    await record(interaction, "quota-reset", subject)
