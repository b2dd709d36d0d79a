"""Buttons that belong to a past picture, named by its code, and work for whoever may see it."""

from __future__ import annotations

import re
from typing import Any, Final, Self, cast

from discord import ui

from bot.errors import UserError
from bot.views.sight import shown
from bot.views.tickets import Explained, Interaction
from storage.generations import Generation

CODE: Final = "(?P<code>[a-z]{4,8})"

AnyButton = ui.Button[Any]


class CodeButton(ui.DynamicItem[AnyButton], template="(?!)"):
    """A button that belongs to a past picture."""

    def __init__(self, item: AnyButton, code: str) -> None:
        super().__init__(item)
        self.code = code

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The pressed button."""
        return cls(cast(AnyButton, item), match["code"])

    async def callback(self, interaction: Interaction) -> None:
        """Press it, if the member may see the picture."""
        async with Explained(interaction):
            await self.press(interaction, await shown(interaction, self.code))

    async def press(self, interaction: Interaction, generation: Generation) -> None:
        """What the button does. Raises `UserError`."""
        raise UserError("button-unknown")
