"""What members see in the gallery, whatever rights they have in the channels."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest
from simcord.backend import permissions, serializers
from simcord.backend.models import Overwrite, Role
from simcord.enums import OverwriteType

from bot.loopback.world import Room, add_room, rights
from tests.bot.browsing import page, paint
from tests.bot.stage import CHANNEL, stage

READ = rights(("view_channel", "read_message_history"))


@pytest.fixture
async def built(tmp_path):
    """A bot whose jobs stay in line."""
    async with stage(tmp_path) as found:
        yield found


async def test_what_members_see_is_what_discord_would_show_them(built):
    """Random roles and overwrites; expected is what SimCord's own arithmetic says."""
    state, guild = built.discord.state, built.discord.state.guilds[built.discord.guild_id]
    lot = random.Random(7)
    roles = [Role(id=state.snowflake(), name=f"role {n}", permissions=0, position=1) for n in range(3)]
    for role in roles:
        guild.roles[role.id] = role
        state.emit("GUILD_ROLE_CREATE", {"guild_id": str(guild.id), "role": serializers.role_payload(role)})
    rooms = [add_room(state, guild, Room(f"room-{n}")) for n in range(7)]
    codes = {room: (await paint(built, n + 1, channel=room)).code for n, room in enumerate(rooms)}
    seen = 0
    for _ in range(8):
        for role in (guild.everyone_role, *roles):
            bits = lot.choice((0, READ, READ, rights(("view_channel",))))
            role.permissions = (role.permissions & ~READ) | bits
            payload = {"guild_id": str(guild.id), "role": serializers.role_payload(role)}
            state.emit("GUILD_ROLE_UPDATE", payload)
        for room in rooms:
            scramble(state, guild, room, roles, lot)
        for name in ("Ben", "Noor", "Ada"):
            member = guild.members[built.member_id(name)]
            if name != "Ada":
                member.role_ids[:] = [role.id for role in roles if lot.random() < 0.4]
            allow_here(state, guild, built.discord.channel_id(CHANNEL), member.user_id)
            now = datetime.now(UTC)
            expected = {
                codes[room]
                for room in rooms
                if permissions.compute(guild, member.user_id, state.get_channel(room), now=now) & READ == READ
            }
            _, found = await page(built, name)
            assert set(found) == expected
            seen += len(found)
    assert 20 < seen < 8 * 3 * 7


def scramble(state, guild, room, roles, lot):
    """Other overwrites for a channel."""
    channel = state.get_channel(room)
    targets = [(role.id, OverwriteType.ROLE) for role in (guild.everyone_role, *roles)]
    targets += [(user, OverwriteType.MEMBER) for user in guild.members if user != state.bot_user.id]
    channel.overwrites.clear()
    for target, kind in targets:
        if lot.random() < 0.3:
            allow = lot.choice((0, READ, rights(("view_channel",))))
            deny = lot.choice((0, READ, rights(("read_message_history",)))) & ~allow
            channel.overwrites.append(Overwrite(target, kind, allow=allow, deny=deny))
    state.emit("CHANNEL_UPDATE", serializers.channel_payload(state, channel))


def allow_here(state, guild, room, user):
    """Whatever the roles say, the member may use commands in this channel."""
    channel = state.get_channel(room)
    allow = READ | rights(("use_application_commands", "send_messages"))
    channel.overwrites[:] = [found for found in channel.overwrites if found.target_id != user]
    channel.overwrites.append(Overwrite(user, OverwriteType.MEMBER, allow=allow))
    state.emit("CHANNEL_UPDATE", serializers.channel_payload(state, channel))
