"""The selects of the page for one channel or category: each choice is tested, kept and written down."""

from __future__ import annotations

import discord

from bot.errors import UserError
from bot.views.admin import PREFIX, AdminItem, record
from bot.views.place_panel import ABOVE, place_panel
from bot.views.setup_items import values_of
from bot.views.setup_panel import PLACE_PICKER, WARNING
from bot.views.setup_rights import TELLING, fix, missing
from bot.views.tickets import Interaction, desk_of, texts_of
from storage.guilds import HERE, Access, Tidy


class PlacePicker(AdminItem, template=PLACE_PICKER):
    """Shows what differs in a place."""

    async def press(self, interaction: Interaction) -> None:
        """Draw its page. Raises `UserError`."""
        guild, place = place_in(interaction, next(iter(values_of(interaction.data)), ""))
        await interaction.response.edit_message(view=await place_panel(interaction, guild, place))


class PlaceChoice(
    AdminItem, template=f"{PREFIX}place:(?P<field>painting|tidy|results):(?P<place>[0-9]{{1,20}})"
):
    """Sets one thing of a place."""

    async def press(self, interaction: Interaction) -> None:
        """Keep what was chosen, if it is this guild's and works; say so. Raises `UserError`."""
        guild, place = place_in(interaction, self.parts["place"])
        field, values = self.parts["field"], values_of(interaction.data)
        if field == "results":
            note = await choose_results(interaction, guild, place, values)
        else:
            note = await choose_value(interaction, place, field, values)
        await interaction.response.edit_message(view=await place_panel(interaction, guild, place, [note]))


def place_in(interaction: Interaction, value: str) -> tuple[discord.Guild, discord.abc.GuildChannel]:
    """The guild, and its channel or category of this id. Raises `UserError`."""
    guild = interaction.guild
    if guild is None:
        raise UserError("admin-guild-only")
    place = guild.get_channel(int(value)) if value.isdecimal() else None
    if place is None:
        raise UserError("button-unknown")
    return guild, place


async def choose_value(
    interaction: Interaction, place: discord.abc.GuildChannel, field: str, values: list[str]
) -> str:
    """Whether one paints there, or how tidy it is kept. Raises `UserError`."""
    kind: type[Access] | type[Tidy] = Access if field == "painting" else Tidy
    value = values[0] if values else ""
    if value not in (ABOVE, *kind):
        raise UserError("button-unknown")
    return await keep(interaction, place, field, value, **{field: None if value == ABOVE else kind(value)})


async def choose_results(
    interaction: Interaction, guild: discord.Guild, place: discord.abc.GuildChannel, values: list[str]
) -> str:
    """Where pictures go; a channel where the bot cannot write is not kept. Raises `UserError`."""
    if not values:
        return await keep(interaction, place, "results", ABOVE, results_channel_id=None)
    _, channel = place_in(interaction, values[0])
    if channel.id == place.id:
        return await keep(interaction, place, "results", "here", results_channel_id=HERE)
    if not isinstance(channel, discord.TextChannel):
        raise UserError("button-unknown")
    if lacking := missing(channel, TELLING):
        texts = texts_of(interaction)
        return f"{WARNING} {fix(channel.id, lacking, texts)} {texts.get('setup-not-kept')}"
    return await keep(interaction, place, "results", channel.name, results_channel_id=channel.id)


async def keep(
    interaction: Interaction, place: discord.abc.GuildChannel, field: str, value: str, **changes: object
) -> str:
    """Write it into the rows and the audit log; what to say."""
    await desk_of(interaction).guilds.change_channel(place.guild.id, place.id, **changes)
    await record(interaction, "setup", f"channel {place.id}", f"{field}: {value}")
    return texts_of(interaction).get("setup-kept")
