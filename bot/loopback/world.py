"""The first guild, and how to make more."""

from __future__ import annotations

from dataclasses import dataclass

from simcord.backend import permissions, serializers
from simcord.backend.models import Guild, Overwrite, Role
from simcord.enums import OverwriteType

from bot.loopback.state import State

#: The rights with which the bot is invited, and no more.
BOT_RIGHTS = (
    "view_channel",
    "send_messages",
    "send_messages_in_threads",
    "embed_links",
    "attach_files",
    "read_message_history",
)


@dataclass(frozen=True, slots=True)
class Person:
    """A member to be."""

    name: str
    locale: str = "en-US"
    admin: bool = False


@dataclass(frozen=True, slots=True)
class Room:
    """A channel to be."""

    name: str
    topic: str = ""
    adult: bool = False
    bot_may_send: bool = True


PEOPLE = (
    Person("Ada", admin=True),
    Person("Ben"),
    Person("Вера", locale="ru"),
    Person("Noor", locale="en-GB"),
)
ROOMS = (
    Room("painting", "Type /imagine and watch the picture appear."),
    Room("gallery-talk", "Talk about what hangs on the walls."),
    Room("after-dark", "For adults only.", adult=True),
    Room("announcements", "News of the studio. The bot may only read here.", bot_may_send=False),
)


def rights(names: tuple[str, ...]) -> int:
    """The bits of these rights, by the names that discord.py gives them."""
    bits = 0
    for name in names:
        bits |= permissions.flag(name)
    return bits


def found_guild(state: State, name: str, people: tuple[Person, ...], rooms: tuple[Room, ...]) -> Guild:
    """Make a guild with its members and channels, and the bot in it. A known name is the same person."""
    listeners, state.subscribers = state.subscribers, []  # it is announced once, when it is whole
    by_name = {user.name: user for user in state.users.values()}
    users = {person: by_name.get(person.name) or state.make_user(person.name) for person in people}
    owner = next((user.id for person, user in users.items() if person.admin), None)
    guild = state.create_guild(name, owner_id=owner)
    bot_role = next(role for role in guild.roles.values() if role.managed)
    bot_role.permissions = rights(BOT_RIGHTS)
    guild.everyone_role.permissions |= rights(("use_application_commands", "embed_links", "attach_files"))
    curator = Role(
        id=state.snowflake(),
        name="Curator",
        permissions=rights(("administrator",)),
        position=2,
        color=0xE0A030,
    )
    guild.roles[curator.id] = curator
    for person, user in users.items():
        state.locales[user.id] = person.locale
        state.add_member(guild.id, user.id, roles=[curator.id] if person.admin else [])
    for room in rooms:
        add_room(state, guild, room)
    state.subscribers = listeners
    state.emit("GUILD_CREATE", serializers.guild_create_payload(state, guild))
    return guild


def add_room(state: State, guild: Guild, room: Room) -> int:
    """Make a channel; its id."""
    denied = rights(("send_messages", "send_messages_in_threads"))
    closed = [] if room.bot_may_send else [Overwrite(state.bot_user.id, OverwriteType.MEMBER, deny=denied)]
    channel = state.create_channel(
        guild.id, room.name, topic=room.topic or None, overwrites=closed, announce=False
    )
    if room.adult:
        state.adult_channels.add(channel.id)
    state.emit("CHANNEL_CREATE", serializers.channel_payload(state, channel))
    return channel.id
