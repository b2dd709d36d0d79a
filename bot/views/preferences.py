"""The panel of `/preferences`: selects and a form; whoever uses one changes what they themselves get."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Self

import discord
from discord import ui

from bot.errors import UserError
from bot.flags import format_number
from bot.locales import LOCALES
from bot.preferring import read_typed
from bot.request import RATIOS
from bot.styles import label_of
from bot.views.cards import FINISHED, Card, buttons, card
from bot.views.tickets import PREFERENCE, Explained, Interaction, desk_of, locale_of, preference_of, texts_of
from bot.views.wording import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.locales import Texts
    from storage.preferences import Preference

PREFIX: Final = "gala:prefer:"
USUAL: Final = "usual"  #: the choice of what everybody gets
MOST: Final = 25  #: choices of a select, by Discord
LONGEST: Final = 500  #: characters of what is not wanted
SHOWN: Final = 200
FIELDS: Final = ("language", "model", "style", "shape")

AnyItem = ui.Item[Any]


def panel(interaction: Interaction, note: str = "") -> Card:
    """What the member has chosen, and how to choose otherwise."""
    texts, chosen = texts_of(interaction), preference_of(interaction)
    items: list[ui.Item[Card]] = [ui.TextDisplay(texts.get("preferences-title"))]
    for field in FIELDS:
        items += [ui.TextDisplay(texts.get(f"preferences-{field}")), select(interaction, field)]
    items.append(ui.TextDisplay(numbers(chosen, texts)))
    items.append(
        buttons(
            button("form", texts.get("preferences-form"), discord.ButtonStyle.primary),
            button("reset", texts.get("preferences-reset"), discord.ButtonStyle.secondary),
        )
    )
    notes = [*faults(interaction, chosen), *([note] if note else [])]
    return card(FINISHED, *items, *([ui.TextDisplay("\n".join(notes))] if notes else []))


def select(interaction: Interaction, field: str) -> ui.ActionRow[Card]:
    """One choice of several, what everybody gets among them, and what is chosen if it is none of those."""
    texts = texts_of(interaction)
    chosen = getattr(preference_of(interaction), field) or USUAL
    names = dict.fromkeys([USUAL, chosen, *values(interaction, field)])
    options = [
        discord.SelectOption(
            label=label(interaction, field, value, texts), value=value, default=value == chosen
        )
        for value in names
    ]
    return ui.ActionRow(ui.Select(custom_id=f"{PREFIX}{field}", options=options[:MOST]))


def values(interaction: Interaction, field: str) -> Iterable[str]:
    """What can be chosen."""
    if field == "language":
        return LOCALES
    if field == "shape":
        return [f"{x}:{y}" for x, y in RATIOS]
    if field == "style":
        return desk_of(interaction).styles
    return sorted(name for name, model in desk_of(interaction).models.items() if model.paints)


def label(interaction: Interaction, field: str, value: str, texts: Texts) -> str:
    """A choice in words."""
    desk = desk_of(interaction)
    if value == USUAL:
        return texts.get(f"preferences-usual-{field}", model=desk.painting.model)[:100]
    if field == "language":
        return texts.get(f"setup-language-{value.lower()}")
    if field == "style" and value in desk.styles:
        return label_of(desk.styles[value], locale_of(interaction))
    model = desk.models.get(value)
    return f"{value} · {model.engine}"[:100] if field == "model" and model else value.replace("x", "×")[:100]


def numbers(chosen: Preference, texts: Texts) -> str:
    """The rest of what is chosen, a line each; a dash for what is not."""
    said = {
        "steps": "" if chosen.steps is None else str(chosen.steps),
        "init-weight": "" if chosen.init_weight is None else format_number(chosen.init_weight),
        "unwanted": plain(chosen.unwanted or "", SHOWN),
    }
    return "\n".join(f"{texts.get(f'preferences-{name}')}: {value or '—'}" for name, value in said.items())


def faults(interaction: Interaction, chosen: Preference) -> list[str]:
    """What of it cannot be had on this host any more."""
    desk, texts = desk_of(interaction), texts_of(interaction)
    found = []
    if chosen.model is not None and chosen.model not in desk.models:
        found.append(texts.get("preferences-model-gone", model=plain(chosen.model, 40)))
    if chosen.style is not None and chosen.style not in desk.styles:
        found.append(texts.get("preferences-style-gone", style=plain(chosen.style, 40)))
    if chosen.steps is not None and chosen.steps > desk.painting.max_steps:
        found.append(texts.get("preferences-steps-gone", limit=desk.painting.max_steps))
    return found


def button(what: str, label: str, style: discord.ButtonStyle) -> ui.Button[Card]:
    """A button of the panel."""
    return ui.Button(label=label, style=style, custom_id=f"{PREFIX}{what}")


async def keep(interaction: Interaction, **values: Any) -> None:
    """Keep what was chosen, and show it."""
    kept = await desk_of(interaction).preferences.change(interaction.user.id, **values)
    interaction.extras[PREFERENCE] = kept
    await interaction.response.edit_message(
        view=panel(interaction, texts_of(interaction).get("preferences-kept"))
    )


class PreferenceItem(ui.DynamicItem[AnyItem], template="(?!)"):
    """A select or button of the panel, named by what it is about."""

    def __init__(self, item: AnyItem, what: str) -> None:
        super().__init__(item)
        self.what = what

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """What was used."""
        return cls(item, match["what"])

    async def callback(self, interaction: Interaction) -> None:
        """Use it, for whoever does."""
        async with Explained(interaction):
            await self.press(interaction)

    async def press(self, interaction: Interaction) -> None:
        """What it does. Raises `UserError`."""
        raise UserError("button-unknown")


class PreferenceMenu(PreferenceItem, template=f"{PREFIX}(?P<what>{'|'.join(FIELDS)})"):
    """Chooses one of several."""

    async def press(self, interaction: Interaction) -> None:
        """Keep it, if it can be had. Raises `UserError`."""
        value = next(iter(getattr(self.item, "values", ())), "")
        if value != USUAL and value not in values(interaction, self.what):
            raise UserError("button-unknown")
        await keep(interaction, **{self.what: None if value == USUAL else value})


class PreferenceButton(PreferenceItem, template=f"{PREFIX}(?P<what>form|reset)"):
    """Opens the form, or forgets everything that was chosen."""

    async def press(self, interaction: Interaction) -> None:
        """The form changes nothing until it is sent."""
        if self.what == "form":
            form = PreferenceForm(preference_of(interaction), texts_of(interaction))
            await interaction.response.send_modal(form)
            return
        await desk_of(interaction).preferences.clear(interaction.user.id)
        del interaction.extras[PREFERENCE]
        view = panel(interaction, texts_of(interaction).get("preferences-cleared"))
        await interaction.response.edit_message(view=view)


class PreferenceForm(ui.Modal):
    """A size in px, steps, the weight of an attached picture, what is not wanted: as in a prompt's flags."""

    def __init__(self, chosen: Preference, texts: Texts) -> None:
        super().__init__(title=texts.get("preferences-form-title"), custom_id=f"{PREFIX}form")
        weight = "" if chosen.init_weight is None else format_number(chosen.init_weight)
        self.shape = self._field("shape", chosen.shape or "", 12, texts)
        self.steps = self._field("steps", "" if chosen.steps is None else str(chosen.steps), 7, texts)
        self.init_weight = self._field("init-weight", weight, 12, texts)
        self.unwanted = self._field("unwanted", chosen.unwanted or "", LONGEST, texts)

    def _field(self, name: str, now: str, longest: int, texts: Texts) -> ui.TextInput[Any]:
        typed: ui.TextInput[Any] = ui.TextInput(
            custom_id=name.replace("-", "_"), default=now, required=False, max_length=longest
        )
        hint = texts.get(f"preferences-hint-{name}")
        self.add_item(
            ui.Label(text=texts.get(f"preferences-label-{name}"), description=hint, component=typed)
        )
        return typed

    async def on_submit(self, interaction: Interaction, /) -> None:
        """Keep what was typed, if it can be had. Raises `UserError`."""
        async with Explained(interaction):
            fields = (self.shape.value, self.steps.value, self.init_weight.value, self.unwanted.value)
            most = desk_of(interaction).painting.max_steps
            await keep(interaction, **read_typed(*fields, max_steps=most))


PREFERENCES: Final = (PreferenceMenu, PreferenceButton)
