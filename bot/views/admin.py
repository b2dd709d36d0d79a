"""What admins' buttons, selects and commands share: whoever uses one is asked for the right each time.

Discord hides admin commands from members, and panels are shown to admins alone; neither is relied upon.
"""

from __future__ import annotations

import logging
import re
import time
from typing import Any, ClassVar, Final, Self

import discord
from discord import ui

from bot.errors import UserError
from bot.locales import texts_for
from bot.views.messages import NETWORK
from bot.views.tickets import Explained, Interaction, desk_of
from bot.views.wording import plain
from storage.audit import Entry

log = logging.getLogger(__name__)

PREFIX: Final = "gala:admin:"  #: of all admin components' custom_ids
DETAIL_CHARACTERS: Final = 300


def require_admin(interaction: Interaction, right: str = "manage_guild") -> int:
    """The guild's id, where whoever acts holds this right in it. Raises `UserError`."""
    if interaction.guild_id is None:
        raise UserError("admin-guild-only")
    held = interaction.permissions
    if not (held.administrator or getattr(held, right)):
        raise UserError("admin-only")
    return interaction.guild_id


class AdminItem(ui.DynamicItem[ui.Item[Any]], template="(?!)"):
    """A button or select for admins. Its template begins with PREFIX; the template's groups are `parts`."""

    right: ClassVar[str] = "manage_guild"  #: whoever uses it must hold this, as discord.py names it

    def __init__(self, item: ui.Item[Any], **parts: str) -> None:
        super().__init__(item)
        self.parts = parts

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The component that was used."""
        return cls(item, **match.groupdict(""))

    async def callback(self, interaction: Interaction) -> None:
        """Use it; errors go where those of the commands go."""
        async with Explained(interaction):
            require_admin(interaction, self.right)
            await self.press(interaction)

    async def press(self, interaction: Interaction) -> None:
        """What it does, for somebody who may. Raises `UserError`."""
        raise UserError("button-unknown")


async def record(interaction: Interaction, action: str, subject: str = "", detail: str = "") -> Entry:
    """Write down what an admin has just done, and tell the log channel where the guild has one.

    `action` is a word of code, with a text `audit-ACTION`; `subject` is "member 12", "channel 34", "role 56",
    "job K7QX…" or "". Raises `StorageError`.
    """
    desk, guild_id = desk_of(interaction), interaction.guild_id or 0
    entry = await desk.audit.add(guild_id, interaction.user.id, action, subject, detail, time.time())
    settings = await desk.guilds.get(guild_id)
    if settings.log_channel_id is not None:
        language = settings.language or str(interaction.guild_locale or "")
        channel = interaction.client.get_partial_messageable(settings.log_channel_id, guild_id=guild_id)
        try:
            await channel.send(line(entry, language), suppress_embeds=True)
        except (discord.HTTPException, *NETWORK) as error:
            log.info("the log channel of guild %d was not told: %s", guild_id, error)
    return entry


def line(entry: Entry, language: str) -> str:
    """An entry of the audit log in words."""
    texts = texts_for(language)
    parts = [f"<t:{int(entry.at)}:f>", f"<@{entry.actor_id}>", texts.get(f"audit-{entry.action}")]
    parts += [named(entry.subject)] if entry.subject else []
    parts += [plain(entry.detail, DETAIL_CHARACTERS)] if entry.detail else []
    return " · ".join(parts)


MENTIONS: Final = {"member": "<@{}>", "channel": "<#{}>", "role": "<@&{}>", "job": "`{}`"}


def named(subject: str) -> str:
    """What a deed was done to, as Discord shows it; mentions that are allowed to reach nobody."""
    kind, _, number = subject.partition(" ")
    return MENTIONS[kind].format(number) if kind in MENTIONS else plain(subject, DETAIL_CHARACTERS)
