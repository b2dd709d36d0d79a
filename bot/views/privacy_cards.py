"""What members see of `/privacy`: files of what is kept of them, and the question before it is erased."""

from __future__ import annotations

import io
import re
import time
from typing import Any, Self, cast

import discord
from discord import ui

from bot.errors import UserError
from bot.exporting import Package
from bot.locales import Texts
from bot.views.cards import FAILED, FINISHED, Card, buttons, card
from bot.views.tickets import Explained, Interaction, desk_of, locale_of, texts_of, think

AnyButton = ui.Button[Any]
FILENAME = "gala-{}.zip"


async def send_package(interaction: Interaction, after: int, number: int) -> None:
    """Answer the member alone with the next file. Raises `UserError`, `StorageError`."""
    await think(interaction, private=True)
    exporter, limit_bytes = desk_of(interaction).exporter, interaction.filesize_limit
    packed = await exporter.package(interaction.user.id, after, limit_bytes)
    name = FILENAME.format(number)
    view = package_card(packed, name, number, texts_of(interaction))
    file = discord.File(io.BytesIO(packed.data), name)
    await interaction.edit_original_response(view=view, attachments=[file])


def package_card(packed: Package, name: str, number: int, texts: Texts) -> Card:
    """The file, what is in it, and the way to the next one."""
    words = texts.get("privacy-package", number=str(number), count=packed.pictures)
    parts: list[ui.Item[Card]] = [ui.TextDisplay(words), ui.File(f"attachment://{name}")]
    if packed.after is not None:
        custom_id = f"gala:privacy:next:{packed.after}:{number + 1}"
        style = discord.ButtonStyle.primary
        parts.append(buttons(ui.Button(label=texts.get("privacy-next"), custom_id=custom_id, style=style)))
    else:
        parts.append(ui.TextDisplay(f"-# {texts.get('privacy-last')}"))
    return card(FINISHED, *parts)


def question_card(member_id: int, count: int, texts: Texts) -> Card:
    """What would go and what would stay, and the button that does it."""
    label, style = texts.get("privacy-erase"), discord.ButtonStyle.danger
    sure: ui.Button[Card] = ui.Button(label=label, style=style, custom_id=f"gala:privacy:erase:{member_id}")
    words = [texts.get("privacy-question", count=count), texts.get("privacy-stays")]
    return card(FAILED, *map(ui.TextDisplay, words), buttons(sure))


class NextButton(
    ui.DynamicItem[AnyButton], template="gala:privacy:next:(?P<after>[0-9]{1,15}):(?P<number>[0-9]{1,5})"
):
    """Sends the next file, of whoever presses it."""

    def __init__(self, item: AnyButton, after: int, number: int) -> None:
        super().__init__(item)
        self.after, self.number = after, number

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The pressed button."""
        return cls(cast(AnyButton, item), int(match["after"]), int(match["number"]))

    async def callback(self, interaction: Interaction) -> None:
        """A message of its own, so that the files before it stay."""
        async with Explained(interaction):
            await send_package(interaction, self.after, self.number)


class EraseButton(ui.DynamicItem[AnyButton], template="gala:privacy:erase:(?P<member>[0-9]{15,20})"):
    """Erases what is kept of a member; for that member alone."""

    def __init__(self, item: AnyButton, member_id: int) -> None:
        super().__init__(item)
        self.member_id = member_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The pressed button."""
        return cls(cast(AnyButton, item), int(match["member"]))

    async def callback(self, interaction: Interaction) -> None:
        """Write the wish down, and say that it is being done."""
        async with Explained(interaction):
            if interaction.user.id != self.member_id:
                raise UserError("button-not-yours")
            desk = desk_of(interaction)
            await desk.exporter.privacy.ask(self.member_id, locale_of(interaction), time.time())
            view = card(FINISHED, ui.TextDisplay(texts_of(interaction).get("privacy-erasing")))
            await interaction.response.edit_message(view=view)
            desk.eraser.hurry()
