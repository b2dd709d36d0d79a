"""The buttons and selects of `/setup`: every choice is kept, tested, written down and shown at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import discord

from bot.errors import UserError
from bot.views.admin import PREFIX, AdminItem, record
from bot.views.setup_panel import CHANNELS, KEPT_DAYS, LANGUAGES, PAGES, WARNING, ZONES, setup_panel
from bot.views.setup_rights import TELLING, fix, missing
from bot.views.tickets import Interaction, desk_of, texts_of
from storage.guilds import Access, Tidy

NAMED: Final = 8  #: of chosen places or roles, in the audit log


class PageTab(AdminItem, template=f"{PREFIX}setup:page:(?P<page>{'|'.join(PAGES)})"):
    """Opens a page of the panel."""

    async def press(self, interaction: Interaction) -> None:
        """Draw it, and check all that stands there."""
        await interaction.response.edit_message(view=await setup_panel(interaction, self.parts["page"]))


class Choice(AdminItem, template=f"{PREFIX}setup:set:(?P<field>[a-z]{{1,20}})"):
    """Sets one thing."""

    async def press(self, interaction: Interaction) -> None:
        """Keep what was chosen, if it is this guild's and works; say so. Raises `UserError`."""
        field, guild = self.parts["field"], interaction.guild
        if guild is None:
            raise UserError("admin-guild-only")
        values = values_of(interaction.data)
        page, note = await choose(interaction, guild, field, values)
        await interaction.response.edit_message(view=await setup_panel(interaction, page, [note]))


def values_of(data: Any) -> list[str]:
    """What was chosen in a select; nothing where it was none."""
    return [str(each) for each in (data or {}).get("values") or ()]


async def choose(
    interaction: Interaction, guild: discord.Guild, field: str, values: list[str]
) -> tuple[str, str]:
    """Keep a choice; the page to show, and what to say. Raises `UserError`."""
    texts = texts_of(interaction)
    kind, access = field[:6], field[6:]
    if kind == "places" and access in list(Access):
        await choose_places(interaction, guild, Access(access), values)
        return "places", texts.get("setup-kept")
    if field.startswith("roles") and field[5:] in list(Access):
        await choose_roles(interaction, guild, Access(field[5:]), values)
        return "people", texts.get("setup-kept")
    if field in CHANNELS:
        return "channels", await choose_channel(interaction, guild, field, values)
    if field == "language" and values and values[0] in LANGUAGES:
        language = None if values[0] == LANGUAGES[0] else values[0]
        await desk_of(interaction).guilds.change(guild.id, language=language)
    elif field == "tidy" and values and values[0] in list(Tidy):
        await desk_of(interaction).guilds.change(guild.id, tidy=Tidy(values[0]))
    elif field == "zone" and values and values[0] in ZONES:
        await desk_of(interaction).guilds.change(guild.id, time_zone=values[0])
    elif field == "retention" and values and values[0] in map(str, KEPT_DAYS):
        await desk_of(interaction).guilds.change(guild.id, retention_days=int(values[0]) or None)
    else:
        raise UserError("button-unknown")
    await record(interaction, "setup", "", f"{field}: {values[0]}")
    return "habits", texts.get("setup-kept")


async def choose_places(
    interaction: Interaction, guild: discord.Guild, access: Access, values: list[str]
) -> None:
    """Make these the places where one paints, or does not."""
    ids = [int(each) for each in values if each.isdecimal() and guild.get_channel(int(each))]
    await desk_of(interaction).guilds.set_channels(guild.id, access, ids)
    chosen = names(guild.get_channel(each) for each in ids)
    await record(interaction, "setup", "", f"places {access}: {chosen}")


async def choose_roles(
    interaction: Interaction, guild: discord.Guild, access: Access, values: list[str]
) -> None:
    """Make these the roles that one paints with, or does not."""
    ids = [int(each) for each in values if each.isdecimal() and guild.get_role(int(each))]
    await desk_of(interaction).guilds.set_roles(guild.id, access, ids)
    await record(interaction, "setup", "", f"roles {access}: {names(guild.get_role(each) for each in ids)}")


async def choose_channel(
    interaction: Interaction, guild: discord.Guild, field: str, values: list[str]
) -> str:
    """Choose the channel for something, or none; one where the bot cannot write is not kept."""
    texts = texts_of(interaction)
    channel = guild.get_channel(int(values[0])) if values and values[0].isdecimal() else None
    if values and channel is None:
        raise UserError("button-unknown")
    if channel is not None and (lacking := missing(channel, TELLING)):
        return f"{WARNING} {fix(channel.id, lacking, texts)} {texts.get('setup-not-kept')}"
    await desk_of(interaction).guilds.change(
        guild.id, **{f"{field}_channel_id": None if channel is None else channel.id}
    )
    await record(interaction, "setup", "" if channel is None else f"channel {channel.id}", field)
    return texts.get("setup-kept")


def names(things: Iterable[object]) -> str:
    """What was chosen, by name, or a dash."""
    found = [str(getattr(each, "name", "")) for each in things if each is not None]
    more = f" +{len(found) - NAMED}" if len(found) > NAMED else ""
    return (", ".join(found[:NAMED]) or "-") + more
