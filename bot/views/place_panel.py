"""The page of `/setup` for one channel or category: what differs there, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import discord
from discord import ui

from bot.locales import Texts
from bot.places import Habit, habit_of
from bot.policy import judge_place
from bot.views.admin import PREFIX
from bot.views.asking import places_of
from bot.views.cards import Card
from bot.views.quota_cards import rule_line
from bot.views.setup_panel import KINDS, channel_defaults, drawn, place_picker
from bot.views.setup_rights import faults, thread_faults
from bot.views.tickets import Interaction, desk_of, texts_of
from storage.guilds import HERE, Access, ChannelSettings, GuildSettings, Tidy
from storage.quotas import Scope

ABOVE: Final = "above"  #: the value of an option: as in the category, else as in the guild
Channel = discord.abc.GuildChannel
Said = Mapping[int, ChannelSettings]


def field_id(field: str, place_id: int) -> str:
    """The custom_id of the select that sets a field of a place."""
    return f"{PREFIX}place:{field}:{place_id}"


async def place_panel(
    interaction: Interaction, guild: discord.Guild, place: Channel, notes: Iterable[str] = ()
) -> Card:
    """The page of a place; `notes` say what has become of the last choice."""
    desk, texts = desk_of(interaction), texts_of(interaction)
    settings = await desk.guilds.get(guild.id)
    said = {each.channel_id: each for each in await desk.guilds.channels(guild.id)}
    rules = await desk.till.quotas.rules_for(guild.id, 0, place.id, ())
    ruled = [rule_line(rule, texts) for rule in rules if rule.scope is Scope.CHANNEL]
    items: list[tuple[str, ui.Item[Any]]] = [
        (texts.get("setup-place"), place_picker(place.id, texts)),
        painting(place, said, texts),
        tidiness(place, settings, said, texts),
        results(place, settings, said, texts),
    ]
    told = [*notes, *([texts.get("place-ruled"), *ruled] if ruled else [])]
    return drawn("place", items, told, wrong(guild, place, settings, said, texts), texts)


def above(place: Channel, said: Said) -> tuple[int, ...]:
    """The places that this one takes from."""
    return tuple(each for each in places_of(place) if each != place.id)


def painting(place: Channel, said: Said, texts: Texts) -> tuple[str, ui.Item[Any]]:
    """Whether one paints there."""
    own = said.get(place.id, ChannelSettings(0, place.id)).painting
    otherwise = paints(said, above(place, said), without=place.id)
    inherited = texts.get("place-above", value=texts.get("place-yes" if otherwise else "place-no"))
    names = {ABOVE: inherited, **{str(each): texts.get(f"place-{each}") for each in Access}}
    return texts.get("place-painting"), select("painting", place.id, names, str(own or ABOVE))


def paints(said: Said, places: Iterable[int], without: int | None = None) -> bool:
    """Whether the places let one paint; what is said of `without` aside."""
    channels = {key: each.painting for key, each in said.items() if each.painting and key != without}
    return judge_place(channels, tuple(places)) is None


def tidiness(place: Channel, settings: GuildSettings, said: Said, texts: Texts) -> tuple[str, ui.Item[Any]]:
    """How tidy it is kept."""
    own = said.get(place.id, ChannelSettings(0, place.id)).tidy
    otherwise = habit_of(settings, said, above(place, said)).tidy
    names = {str(each): texts.get(f"tidy-{each}") for each in Tidy}
    names = {ABOVE: texts.get("place-above", value=names[otherwise]), **names}
    return texts.get("setup-tidy"), select("tidy", place.id, names, str(own or ABOVE))


def results(place: Channel, settings: GuildSettings, said: Said, texts: Texts) -> tuple[str, ui.Item[Any]]:
    """Where finished pictures go; the place itself stands for where they were asked for."""
    own = said.get(place.id, ChannelSettings(0, place.id)).results_channel_id
    otherwise = habit_of(settings, said, above(place, said)).results_channel_id
    value = texts.get("place-here") if otherwise is None else f"<#{otherwise}>"
    shown = () if own is None else (place.id if own == HERE else own,)
    channel_select: ui.ChannelSelect[Card] = ui.ChannelSelect(
        custom_id=field_id("results", place.id),
        placeholder=texts.get("place-as-above"),
        channel_types=list(dict.fromkeys((KINDS.text, KINDS.news, place.type))),
        min_values=0,
        default_values=channel_defaults(shown),
    )
    return texts.get("place-results", value=value), channel_select


def select(field: str, place_id: int, names: Mapping[str, str], chosen: str) -> ui.Select[Card]:
    """One of some values."""
    options = [
        discord.SelectOption(label=name[:100], value=value, default=value == chosen)
        for value, name in names.items()
    ]
    return ui.Select(custom_id=field_id(field, place_id), options=options)


def wrong(
    guild: discord.Guild, place: Channel, settings: GuildSettings, said: Said, texts: Texts
) -> Iterator[str]:
    """What Gala may not do there although it was chosen, and how to mend it."""
    if not paints(said, places_of(place)):
        return
    yield from faults(guild, (place.id,), texts)
    habit: Habit = habit_of(settings, said, places_of(place))
    if habit.results_channel_id is not None:
        yield from faults(guild, (habit.results_channel_id,), texts)
    yield from thread_faults((place,), settings, said, texts)
