"""Pages of what a search has found, for the member alone; each is found anew, as they may see it then."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Self, cast

import discord
from discord import ui

from bot.errors import UserError
from bot.views.buttons import JobButton
from bot.views.cards import FINISHED, Card, buttons, card
from bot.views.gallery import PAGE, ROW, line, opener, sheet, thumbnail_file
from bot.views.looks import fetch
from bot.views.sight import sight_of
from bot.views.tickets import Explained, Interaction, desk_of, texts_of, think
from bot.views.wording import plain
from bot.visibility import sees
from storage.searches import Way

if TYPE_CHECKING:
    from bot.locales import Texts
    from bot.searching import Results
    from storage.generations import Generation
    from storage.jobs import Job
    from storage.searches import Search

SEARCH: Final = "(?P<search>[0-9A-HJKMNP-TV-Z]{10})"
SHOWN_CHARACTERS: Final = 200
DUE_TOLD: Final = 10  #: pictures; fewer are looked at before anybody misses them
OTHER_WAYS: Final = (Way.BOTH, Way.MEANING, Way.WORDS)

AnyButton = ui.Button[Any]


async def open_search(interaction: Interaction, words: str, way: Way) -> None:
    """Answer with the first page of a new search. Raises `UserError`."""
    await think(interaction, private=True)
    await turn_to(
        interaction, await desk_of(interaction).searcher.begin(sight_of(interaction), words, way), 0
    )


async def open_like(interaction: Interaction, generation: Generation) -> None:
    """Answer with what looks like a generation."""
    await think(interaction, private=True)
    desk = desk_of(interaction)
    picture = await desk.past.picture(generation)
    search = await desk.searcher.begin_like(sight_of(interaction), generation, picture)
    await turn_to(interaction, search, 0)


async def open_like_message(interaction: Interaction, message: discord.Message) -> None:
    """Answer with what looks like a message's picture, whoever has made that. Raises `UserError`."""
    desk, sight = desk_of(interaction), sight_of(interaction)
    generation = await desk.generations.of_message(message.id)
    if generation is not None and sees(sight, generation):
        await open_like(interaction, generation)
        return
    pictures = [file for file in message.attachments if (file.content_type or "image/").startswith("image/")]
    if not pictures:
        raise UserError("search-no-picture")
    await think(interaction, private=True)
    await turn_to(interaction, await desk.searcher.begin_like_picture(sight, await fetch(pictures[0])), 0)


async def turn_to(interaction: Interaction, search: Search, page: int) -> None:
    """Put a page of the search in place of the answer as it is. Raises `UserError`."""
    results = await desk_of(interaction).searcher.find(search, sight_of(interaction))
    page = min(page, max(len(results.generations) - 1, 0) // PAGE)
    rows = results.generations[page * PAGE : (page + 1) * PAGE]
    files = [file for row in rows if (file := await thumbnail_file(interaction, row))]
    view = results_card(results, page, files, texts_of(interaction))
    await interaction.edit_original_response(view=view, attachments=files)


def results_card(results: Results, page: int, files: Sequence[discord.File], texts: Texts) -> Card:
    """A page: pictures, what they are, where one may go from here, and how else one may search."""
    search, count = results.search, len(results.generations)
    rows = results.generations[page * PAGE : (page + 1) * PAGE]
    title = ui.TextDisplay[Card]("\n".join([heading(search, texts), *notes(results, texts)]))
    if not rows:
        return card(FINISHED, title, ui.TextDisplay(texts.get("search-nothing")), *ways(search, texts))
    here = {file.filename.removesuffix(".webp") for file in files}
    numbers = [opener(number, row) for number, row in enumerate(rows, 1)]
    lines = [line(number, row, row.code in here, texts) for number, row in enumerate(rows, 1)]
    if count > PAGE:
        first, last = page * PAGE + 1, page * PAGE + len(rows)
        lines.append("-# " + texts.get("search-place", first=first, last=last, count=count))
    return card(
        FINISHED,
        title,
        *sheet(rows, here),
        ui.TextDisplay("\n".join(lines)),
        *(buttons(*numbers[first : first + ROW]) for first in range(0, len(numbers), ROW)),
        *turns(search, page, count, texts),
        *ways(search, texts),
    )


def heading(search: Search, texts: Texts) -> str:
    """What was looked for, and how."""
    words = plain(search.words, SHOWN_CHARACTERS)
    return texts.get("search-title", way=search.way, words=words)


def notes(results: Results, texts: Texts) -> list[str]:
    """What else the member should know."""
    said = [texts.get(results.note)] if results.note else []
    said += [texts.get("search-due", count=results.due)] if results.due >= DUE_TOLD else []
    return [f"-# {each}" for each in said]


def turns(search: Search, page: int, count: int, texts: Texts) -> list[ui.ActionRow[Card]]:
    """The buttons to the pages beside this one."""
    found = [(page - 1, "search-back")] if page else []
    found += [(page + 1, "search-more")] if (page + 1) * PAGE < count else []
    row = [
        ui.Button[Card](
            label=texts.get(label), style=discord.ButtonStyle.primary, custom_id=f"gala:find:{search.id}:{to}"
        )
        for to, label in found
    ]
    return [buttons(*row)] if row else []


def ways(search: Search, texts: Texts) -> list[ui.ActionRow[Card]]:
    """The buttons to the same words searched otherwise; none where there are no words."""
    if search.way is Way.LIKE:
        return []
    row = [
        ui.Button[Card](label=texts.get(f"search-by-{way}"), custom_id=f"gala:way:{search.id}:{way}")
        for way in OTHER_WAYS
        if way is not search.way
    ]
    return [buttons(*row)]


class SearchButton(ui.DynamicItem[AnyButton], template="(?!)"):
    """A button that belongs to a search; whoever presses it sees what they may."""

    def __init__(self, item: AnyButton, search_id: str, what: str) -> None:
        super().__init__(item)
        self.search_id, self.what = search_id, what

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The pressed button."""
        return cls(cast(AnyButton, item), match["search"], match["what"])

    async def callback(self, interaction: Interaction) -> None:
        """Look again, and show that in place of this page."""
        async with Explained(interaction):
            search = await desk_of(interaction).searcher.get(self.search_id)
            if search.guild_id != (interaction.guild_id or 0):
                raise UserError("search-gone")
            await interaction.response.defer()
            await self.press(interaction, search)

    async def press(self, interaction: Interaction, search: Search) -> None:
        """What the button does. Raises `UserError`."""
        raise UserError("search-gone")


class FindButton(SearchButton, template=f"gala:find:{SEARCH}:(?P<what>[0-9]{{1,2}})"):
    """Turns the page."""

    async def press(self, interaction: Interaction, search: Search) -> None:
        """Show another page."""
        await turn_to(interaction, search, int(self.what))


class WayButton(SearchButton, template=f"gala:way:{SEARCH}:(?P<what>both|meaning|words)"):
    """Looks for the same words in another way."""

    async def press(self, interaction: Interaction, search: Search) -> None:
        """A search of its own."""
        searcher, sight = desk_of(interaction).searcher, sight_of(interaction)
        await turn_to(interaction, await searcher.begin(sight, search.words, Way(self.what)), 0)


class SimilarButton(JobButton, template="gala:similar:(?P<job>[0-9A-HJKMNP-TV-Z]{8})"):
    """Shows what looks like the picture; for everybody, to each what they may see."""

    async def press(self, interaction: Interaction, job: Job) -> None:
        """A search of its own."""
        generation = await desk_of(interaction).generations.of_job(job.id)
        if generation is None or not sees(sight_of(interaction), generation):
            raise UserError("button-unknown")
        await open_like(interaction, generation)


SEARCH_BUTTONS: Final = (FindButton, WayButton, SimilarButton)
