"""What a member sees: guilds, channels, people, commands and messages as JSON for the page and the tests."""

from __future__ import annotations

from simcord.backend import serializers
from simcord.backend.access import channel_accessible
from simcord.backend.models import Channel, Guild, Message

from bot.loopback.state import Payload, State

SEND, SEND_IN_THREADS = 1 << 11, 1 << 38  # rights


class View:
    """Reads the state with a member's eyes."""

    def __init__(self, state: State) -> None:
        self._state = state

    def people(self) -> list[Payload]:
        """All humans who share a guild with the bot, owners that SimCord invents apart."""
        return [
            {
                "id": str(user.id),
                "name": user.name,
                "locale": self._state.locales[user.id],
                "admin": any(self._is_admin(guild, user.id) for guild in self._state.guilds.values()),
            }
            for user in self._state.users.values()
            if user.id in self._state.locales
            and any(user.id in guild.members for guild in self._state.guilds.values())
        ]

    def _is_admin(self, guild: Guild, user: int) -> bool:
        member = guild.members.get(user)
        roles = [] if member is None else [guild.roles[role] for role in member.role_ids]
        return any(role.permissions & 1 << 3 for role in roles)

    def overview(self, member: int, *, connected: bool) -> Payload:
        """Everything but the messages."""
        bot = self._state.bot_user
        guilds = [guild for guild in self._state.guilds.values() if member in guild.members]
        return {
            "member": str(member),
            "commands": [item["id"] for scope in self._state.commands.values() for item in scope.values()],
            "bot": {"id": str(bot.id), "name": bot.name, "connected": connected},
            "people": self.people(),
            "names": {str(user.id): user.name for user in self._state.users.values()},
            "roles": {str(role.id): role.name for guild in guilds for role in guild.roles.values()},
            "guilds": [
                {"id": str(guild.id), "name": guild.name, "channels": self._channels(guild, member)}
                for guild in guilds
            ],
            "direct": self._direct(member),
        }

    def _channels(self, guild: Guild, member: int) -> list[Payload]:
        threads = self._state.active_threads(guild.id)
        channels = [
            each
            for item in guild.channel_ids
            for each in (self._state.channels[item], *(each for each in threads if each.parent_id == item))
        ]
        return [
            self._channel(channel, guild)
            for channel in channels
            if channel_accessible(self._state, channel.id, member)
        ]

    def _channel(self, channel: Channel, guild: Guild) -> Payload:
        bot = self._state.bot_user.id
        may = self._state.compute_permissions(guild.id, bot, channel.id) if bot in guild.members else 0
        return {
            "id": str(channel.id),
            "name": channel.name,
            "kind": int(channel.type),
            "topic": channel.topic or "",
            "adult": channel.id in self._state.adult_channels,
            "thread": channel.is_thread,
            "bot_may_send": bool(may & (SEND_IN_THREADS if channel.is_thread else SEND)),
            "last": self._last(channel),
        }

    def _direct(self, member: int) -> Payload | None:
        channel_id = self._state.dm_channels.get(member)
        if channel_id is None:
            return None
        channel = self._state.channels[channel_id]
        return {"id": str(channel_id), "name": self._state.bot_user.name, "last": self._last(channel)}

    @staticmethod
    def _last(channel: Channel) -> str | None:
        return None if channel.last_message_id is None else str(channel.last_message_id)

    def messages(self, member: int, channel_id: int, *, limit: int = 200) -> list[Payload]:
        """The newest messages of a channel that this member sees, oldest first."""
        if not channel_accessible(self._state, channel_id, member, history=True):
            return []
        seen = [item for item in self._state.messages[channel_id].values() if item.visible_to(member)]
        return [self.message(item) for item in seen[-limit:]]

    def message(self, message: Message) -> Payload:
        """One message, as Discord's message object."""
        return dict(serializers.message_payload(self._state, message))
