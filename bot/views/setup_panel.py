"""The panel of `/setup`: pages of choices, drawn from the rows, with what is wrong beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

import discord
from discord import ui

from bot.locales import Texts
from bot.views.admin import PREFIX
from bot.views.cards import FINISHED, RUNNING, Card
from bot.views.setup_rights import TELLING, faults, fix, missing, thread_faults
from bot.views.tickets import Interaction, desk_of, texts_of
from storage.guilds import Access, GuildSettings, Tidy

PAGES: Final = ("places", "place", "people", "channels", "habits")
PLACE_PICKER: Final = f"{PREFIX}setup:place"  #: the custom_id
WARNING: Final = "⚠️"
MOST: Final = 25  #: choices of a select, by Discord
SHOWN_FAULTS: Final = 5  #: of the channels of a whole guild
KINDS: Final = discord.ChannelType
PLACES: Final = [KINDS.text, KINDS.news, KINDS.forum, KINDS.voice, KINDS.stage_voice, KINDS.category]
KEPT_DAYS: Final = (0, 7, 30, 90, 180, 365)  #: 0: for good
LANGUAGES: Final = ("asker", "en-US", "ru")
ZONES: Final = (
    *("UTC", "America/Los_Angeles", "America/Denver", "America/Chicago", "America/New_York"),
    *("America/Sao_Paulo", "Atlantic/Azores", "Europe/London", "Europe/Berlin", "Europe/Kyiv"),
    *("Europe/Moscow", "Europe/Samara", "Asia/Yekaterinburg", "Asia/Omsk", "Asia/Novosibirsk"),
    *("Asia/Irkutsk", "Asia/Vladivostok", "Asia/Dubai", "Asia/Kolkata", "Asia/Shanghai"),
    *("Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland", "Africa/Johannesburg"),
)


def page_id(page: str) -> str:
    """The custom_id of the button that opens a page."""
    return f"{PREFIX}setup:page:{page}"


def choice_id(field: str) -> str:
    """The custom_id of the select that sets a field."""
    return f"{PREFIX}setup:set:{field}"


async def setup_panel(interaction: Interaction, page: str = "places", notes: Iterable[str] = ()) -> Card:
    """A page of the panel; `notes` say what has become of the last choice."""
    texts, guild = texts_of(interaction), interaction.guild
    found: list[tuple[str, ui.Item[Any]]] = []
    wrong: list[str] = []
    if guild is not None:
        found = [each async for each in choices(interaction, guild, page, wrong)]
    return drawn(page, found, notes, wrong, texts)


def drawn(
    page: str,
    chosen: Iterable[tuple[str, ui.Item[Any]]],
    notes: Iterable[str],
    wrong: Iterable[str],
    texts: Texts,
) -> Card:
    """A page: its selects, each below its label, then what is to be said."""
    title = f"{texts.get('setup-title')}\n{texts.get(f'setup-about-{page}')}"
    items: list[ui.Item[Any]] = [ui.TextDisplay(title), tabs(page, texts)]
    for label, select in chosen:
        items += [ui.TextDisplay(label), ui.ActionRow(select)]
    told = [*notes, *(f"{WARNING} {each}" for each in dict.fromkeys(wrong))]
    items.append(ui.TextDisplay("\n".join(told) or texts.get("setup-fine")))
    fine = not any(each.startswith(WARNING) for each in told)
    return Card(ui.Container(*items, accent_colour=FINISHED if fine else RUNNING))


def tabs(page: str, texts: Texts) -> ui.ActionRow[Card]:
    """The pages; the open one can be opened again, which checks everything anew."""
    primary, secondary = discord.ButtonStyle.primary, discord.ButtonStyle.secondary
    return ui.ActionRow(
        *(
            ui.Button(
                label=texts.get(f"setup-page-{each}"),
                custom_id=page_id(each),
                style=primary if each == page else secondary,
            )
            for each in PAGES
        )
    )


async def choices(interaction: Interaction, guild: discord.Guild, page: str, wrong: list[str]) -> Any:
    """The selects of a page, each with its label; what is wrong with what stands there goes into `wrong`."""
    guilds, texts = desk_of(interaction).guilds, texts_of(interaction)
    if page == "places":
        said = {each.channel_id: each.painting for each in await guilds.channels(guild.id)}
        wrong += faults(guild, (each for each, access in said.items() if access is Access.ALLOWED), texts)
        for access in Access:
            chosen = [each for each, value in said.items() if value is access]
            yield texts.get(f"setup-places-{access}"), places(f"places{access}", chosen, texts)
    elif page == "place":
        yield texts.get("setup-place"), place_picker(None, texts)
    elif page == "people":
        roles = await guilds.roles(guild.id)
        for access in Access:
            chosen = [each for each, value in roles.items() if value is access]
            yield texts.get(f"setup-roles-{access}"), role_select(f"roles{access}", chosen, texts)
    else:
        settings = await guilds.get(guild.id)
        wrong += broken(guild, settings, texts)
        if page == "habits":
            said_of = {each.channel_id: each for each in await guilds.channels(guild.id)}
            wrong += islice(thread_faults(guild.text_channels, settings, said_of, texts), SHOWN_FAULTS)
        for each in channel_choices(settings, texts) if page == "channels" else habits(settings, texts):
            yield each


def places(field: str, chosen: Iterable[int], texts: Texts) -> ui.ChannelSelect[Card]:
    """Channels and categories, any number of them."""
    return ui.ChannelSelect(
        custom_id=choice_id(field),
        placeholder=texts.get("setup-any-place"),
        channel_types=PLACES,
        min_values=0,
        max_values=MOST,
        default_values=[discord.SelectDefaultValue.from_channel(discord.Object(each)) for each in chosen][
            :MOST
        ],
    )


def place_picker(chosen: int | None, texts: Texts) -> ui.ChannelSelect[Card]:
    """The channel or category whose own settings are shown."""
    return ui.ChannelSelect(
        custom_id=PLACE_PICKER,
        placeholder=texts.get("setup-one-place"),
        channel_types=PLACES,
        default_values=channel_defaults(() if chosen is None else (chosen,)),
    )


def channel_defaults(chosen: Iterable[int]) -> list[discord.SelectDefaultValue]:
    """What stands in a select of channels when it is shown."""
    return [discord.SelectDefaultValue.from_channel(discord.Object(each)) for each in chosen][:MOST]


def role_select(field: str, chosen: Iterable[int], texts: Texts) -> ui.RoleSelect[Card]:
    """Roles, any number of them."""
    return ui.RoleSelect(
        custom_id=choice_id(field),
        placeholder=texts.get("setup-any-role"),
        min_values=0,
        max_values=MOST,
        default_values=[discord.Object(each, type=discord.Role) for each in chosen][:MOST],
    )


CHANNELS: Final = ("log", "inbox", "results")


def broken(guild: discord.Guild, settings: GuildSettings, texts: Texts) -> Iterator[str]:
    """What is wrong with the channels that were chosen for something."""
    for field in CHANNELS:
        channel_id = getattr(settings, f"{field}_channel_id")
        channel = None if channel_id is None else guild.get_channel(channel_id)
        if channel is not None and (lacking := missing(channel, TELLING)):
            yield fix(channel.id, lacking, texts)
        elif channel is None and channel_id is not None:
            yield texts.get("setup-gone")


def channel_choices(settings: GuildSettings, texts: Texts) -> Iterator[tuple[str, ui.Item[Any]]]:
    """One channel each, or none."""
    for field in CHANNELS:
        chosen = getattr(settings, f"{field}_channel_id")
        select: ui.ChannelSelect[Card] = ui.ChannelSelect(
            custom_id=choice_id(field),
            placeholder=texts.get("setup-no-channel"),
            channel_types=[KINDS.text, KINDS.news],
            min_values=0,
            default_values=channel_defaults(() if chosen is None else (chosen,)),
        )
        yield texts.get(f"setup-{field}"), select


def habits(settings: GuildSettings, texts: Texts) -> Iterator[tuple[str, ui.Item[Any]]]:
    """Language, tidiness, time zone, and how long pictures are kept."""
    names = {each: texts.get(f"setup-language-{each.lower()}") for each in LANGUAGES}
    yield texts.get("setup-language"), options("language", names, settings.language or LANGUAGES[0])
    tidy = {str(each): texts.get(f"tidy-{each}") for each in Tidy}
    yield texts.get("setup-tidy"), options("tidy", tidy, str(settings.tidy or Tidy.CARD))
    zones = dict.fromkeys((settings.time_zone, *ZONES))
    named = {each: each.replace("_", " ") for each in zones}
    yield texts.get("setup-zone"), options("zone", named, settings.time_zone)
    kept = settings.retention_days or 0
    spans = {str(each): kept_for(each, texts) for each in sorted({kept, *KEPT_DAYS})}
    yield texts.get("setup-retention"), options("retention", spans, str(kept))


def kept_for(days: int, texts: Texts) -> str:
    """For how long pictures are kept; 0 is for good."""
    return texts.get("span", count=days, unit="day") if days else texts.get("setup-retention-never")


def options(field: str, names: dict[str, str], chosen: str) -> ui.Select[Card]:
    """One of some values."""
    return ui.Select(
        custom_id=choice_id(field),
        options=[
            discord.SelectOption(label=name, value=value, default=value == chosen)
            for value, name in names.items()
        ][:MOST],
    )
