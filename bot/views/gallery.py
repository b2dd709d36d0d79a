"""Pages of past pictures, for the member alone: nine at a time, each with a button that opens it.

A page is drawn anew at each press from what its buttons say and what the member may see at that moment.
"""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Sequence
from typing import Any, Final, Self, cast

import discord
from discord import ui

from bot.errors import UserError
from bot.listing import Listing, read_cursor, read_listing, write_cursor, write_listing
from bot.locales import Texts
from bot.views.cards import FINISHED, Card, buttons, card, heart, media
from bot.views.coded import CODE, CodeButton
from bot.views.showing import show_generation
from bot.views.sight import sight_of
from bot.views.tickets import Explained, Interaction, desk_of, texts_of, think
from bot.views.wording import alt_text, plain, shown_prompt
from storage.generations import Cursor, Generation

PAGE: Final = 9
ROW: Final = 5
PROMPT_CHARACTERS: Final = 60

AnyButton = ui.Button[Any]


async def open_gallery(interaction: Interaction, listing: Listing) -> None:
    """Answer with the first page."""
    await think(interaction, private=True)
    await turn_page(interaction, listing, None)


async def turn_page(interaction: Interaction, listing: Listing, cursor: Cursor | None) -> None:
    """Put a page in place of the answer as it is."""
    desk, texts = desk_of(interaction), texts_of(interaction)
    if listing.album_id is not None and not await desk.albums.owned(interaction.user.id, listing.album_id):
        raise UserError("album-unknown")
    chosen = listing.chosen(interaction.user.id)
    rows = await desk.generations.page(sight_of(interaction), chosen, listing.order, cursor, PAGE + 1)
    page, newer, older = cut(rows, cursor)
    files = [file for row in page if (file := await thumbnail_file(interaction, row))]
    view = page_card(listing, page, files, newer, older, texts)
    await interaction.edit_original_response(view=view, attachments=files)


def cut(rows: Sequence[Generation], cursor: Cursor | None) -> tuple[Sequence[Generation], bool, bool]:
    """Of one row too many: the page, and whether there are newer and older ones."""
    more = len(rows) > PAGE
    if cursor is not None and cursor.back:
        return rows[-PAGE:], more, True
    return rows[:PAGE], cursor is not None, more


async def thumbnail_file(interaction: Interaction, generation: Generation) -> discord.File | None:
    """The small picture as a file; None where it is gone."""
    data = await desk_of(interaction).past.small(generation)
    if data is None:
        return None
    return discord.File(io.BytesIO(data), f"{generation.code}.webp", description=alt_text(generation))


def page_card(
    listing: Listing,
    page: Sequence[Generation],
    files: Sequence[discord.File],
    newer: bool,
    older: bool,
    texts: Texts,
) -> Card:
    """The page: pictures, what they are, and where one may go from here."""
    title = ui.TextDisplay[Card](texts.get("gallery-title", order=listing.order))
    if not page:
        empty = texts.get("gallery-past-end" if newer else "gallery-empty")
        again = [buttons(turn(listing, None, texts.get("button-newest")))] if newer else []
        return card(FINISHED, title, ui.TextDisplay(empty), *again)
    here = {file.filename.removesuffix(".webp") for file in files}
    lines = [line(number, row, row.code in here, texts) for number, row in enumerate(page, 1)]
    numbers = [opener(number, row) for number, row in enumerate(page, 1)]
    ways = [
        *([turn(listing, place(page[0], back=True), texts.get("button-newer"))] if newer else []),
        *([turn(listing, place(page[-1]), texts.get("button-older"))] if older else []),
    ]
    return card(
        FINISHED,
        title,
        *sheet(page, here),
        ui.TextDisplay("\n".join(lines)),
        *(buttons(*numbers[first : first + ROW]) for first in range(0, len(numbers), ROW)),
        *([buttons(*ways)] if ways else []),
    )


def sheet(page: Sequence[Generation], here: Collection[str]) -> list[ui.MediaGallery[Card]]:
    """The pictures of a page whose files are there, if any; `here` are their codes."""
    found = [media(f"{row.code}.webp", row) for row in page if row.code in here]
    return [ui.MediaGallery(*found)] if found else []


def line(number: int, row: Generation, here: bool, texts: Texts) -> str:
    """One picture in words."""
    what = plain(shown_prompt(row), PROMPT_CHARACTERS) or texts.get("gallery-no-words")
    facts = [f"`{row.code}`", f"<@{row.member_id}>", f"<t:{int(row.created_at)}:d>"]
    facts += [heart(row.hearts)] if row.hearts else []
    facts += [] if here else [texts.get("gallery-file-gone")]
    facts += [texts.get("gallery-hidden")] if row.hidden else []
    return f"**{number}** {what}\n-# {' · '.join(facts)}"


def place(row: Generation, *, back: bool = False) -> Cursor:
    """The place of a row in its list."""
    return Cursor(row.id, row.hearts, back)


def opener(number: int, row: Generation) -> ui.Button[Card]:
    """A button that opens a picture of the page."""
    return ui.Button(
        label=str(number), style=discord.ButtonStyle.secondary, custom_id=f"gala:open:{row.code}"
    )


def turn(listing: Listing, cursor: Cursor | None, label: str) -> ui.Button[Card]:
    """A button that leads to another page."""
    custom_id = f"gala:past:{write_listing(listing)}:{write_cursor(cursor)}"
    return ui.Button(label=label, style=discord.ButtonStyle.primary, custom_id=custom_id)


class TurnButton(
    ui.DynamicItem[AnyButton], template=r"gala:past:(?P<listing>[\w.,+-]+):(?P<cursor>[0-9a-z.]*)"
):
    """Turns the page, for whoever presses it: what they may see is asked anew."""

    def __init__(self, item: AnyButton, listing: str, cursor: str) -> None:
        super().__init__(item)
        self.listing, self.cursor = listing, cursor

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The pressed button."""
        return cls(cast(AnyButton, item), match["listing"], match["cursor"])

    async def callback(self, interaction: Interaction) -> None:
        """Show the page in place of this one."""
        async with Explained(interaction):
            try:
                listing, cursor = read_listing(self.listing), read_cursor(self.cursor)
            except ValueError as error:
                raise UserError("button-unknown") from error
            await interaction.response.defer()
            await turn_page(interaction, listing, cursor)


class OpenButton(CodeButton, template=f"gala:open:{CODE}"):
    """Opens the picture."""

    async def press(self, interaction: Interaction, generation: Generation) -> None:
        """Answer the member alone."""
        await show_generation(interaction, generation)


GALLERY_BUTTONS: Final = (TurnButton, OpenButton)
