"""A guild's line for all to see, and for admins to stop, close and clear."""

from __future__ import annotations

import re
import time
from typing import Any, ClassVar, Final, Self

import discord
from discord import ui

from bot.dispatcher import Place
from bot.locales import Texts
from bot.order import CLEARED
from bot.running import Running
from bot.views.admin import PREFIX, AdminItem, record
from bot.views.amounts import time_left
from bot.views.cards import RUNNING, WAITING, Card
from bot.views.tickets import Explained, Interaction, desk_of, texts_of
from bot.views.wording import plain, shown_prompt
from storage.guilds import LineState
from storage.jobs import Job

SHOWN: Final = 12  #: waiting jobs, on the panel
PROMPT_CHARACTERS: Final = 60
Row = ui.ActionRow[Card]


async def line_panel(interaction: Interaction, *, sure: bool = False) -> Card:
    """The line of the interaction's guild, with buttons for an admin. `sure`: asks before clearing."""
    desk, texts, guild_id = desk_of(interaction), texts_of(interaction), interaction.guild_id or 0
    running, waiting = desk.dispatcher.board.of(guild_id)
    state = (await desk.guilds.get(guild_id)).line
    words = [title(state, len(running) + len(waiting), texts)]
    words += [running_line(each, interaction, texts) for each in running]
    words += [waiting_line(job, place, interaction, texts) for job, place in waiting[:SHOWN]]
    if len(waiting) > SHOWN:
        words.append("-# " + texts.get("line-more", count=len(waiting) - SHOWN))
    rows = [Row(button(RefreshButton.custom_id, texts.get("line-refresh")))]
    if interaction.permissions.manage_guild:
        rows = [sure_row(len(waiting), texts)] if sure else [admin_row(state, len(waiting), texts)]
    colour = WAITING if state is LineState.OPEN else RUNNING
    return Card(ui.Container(ui.TextDisplay("\n".join(words)), *rows, accent_colour=colour))


def title(state: LineState, count: int, texts: Texts) -> str:
    """How the line stands, and how long it is."""
    first = texts.get("line-title", count=count)
    return first if state is LineState.OPEN else f"{first}\n{texts.get(f'line-{state}')}"


def running_line(running: Running, interaction: Interaction, texts: Texts) -> str:
    """What is being painted: who, what, how long."""
    job, left_s = running.job, running.left_s(desk_of(interaction).dispatcher.board.speeds)
    wait = texts.get("line-painting") if left_s is None else time_left(left_s, texts)
    return f"▸ <@{job.member_id}> · {what(job, interaction, texts)} · {wait}"


def waiting_line(job: Job, place: Place, interaction: Interaction, texts: Texts) -> str:
    """What waits: which place, who, what, until when."""
    if place.held:
        wait = texts.get("line-held")
    elif place.wait_s is None:
        wait = texts.get("line-unknown")
    else:
        wait = f"<t:{int(time.time() + place.wait_s)}:R>"
    return f"**{place.position}** <@{job.member_id}> · {what(job, interaction, texts)} · {wait}"


def what(job: Job, interaction: Interaction, texts: Texts) -> str:
    """The prompt, where whoever looks may see the channel that it was asked for in."""
    guild, member = interaction.guild, interaction.user
    channel = guild.get_channel_or_thread(job.channel_id) if guild else None
    seen = job.member_id == member.id or job.channel_id == interaction.channel_id
    if not seen and channel is not None and isinstance(member, discord.Member):
        seen = channel.permissions_for(member).view_channel and not is_private(channel)
    return plain(shown_prompt(job), PROMPT_CHARACTERS) if seen else texts.get("line-elsewhere")


def is_private(channel: object) -> bool:
    """Whether it is a thread that only its members see."""
    return isinstance(channel, discord.Thread) and channel.is_private()


def button(
    custom_id: str,
    label: str,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    *,
    off: bool = False,
) -> ui.Button[Card]:
    """A button of a panel."""
    return ui.Button(custom_id=custom_id, label=label, style=style, disabled=off)


def admin_row(state: LineState, waiting: int, texts: Texts) -> Row:
    """What an admin can do now."""
    row = Row(button(RefreshButton.custom_id, texts.get("line-refresh")))
    if state is not LineState.OPEN:
        row.add_item(deed("resume", texts, discord.ButtonStyle.success))
    if state is not LineState.PAUSED:
        row.add_item(deed("pause", texts))
    if state is not LineState.DRAINING:
        row.add_item(deed("drain", texts))
    row.add_item(deed("clear", texts, discord.ButtonStyle.danger, off=not waiting))
    return row


def sure_row(waiting: int, texts: Texts) -> Row:
    """The question before the line is cleared."""
    label = texts.get("line-clear-sure", count=waiting)
    return Row(
        button(LineButton.of("clear-all"), label, discord.ButtonStyle.danger, off=not waiting),
        button(RefreshButton.custom_id, texts.get("line-clear-no")),
    )


def deed(
    what: str, texts: Texts, style: discord.ButtonStyle = discord.ButtonStyle.secondary, *, off: bool = False
) -> ui.Button[Card]:
    """An admin's button."""
    return button(LineButton.of(what), texts.get(f"line-{what}"), style, off=off)


class RefreshButton(ui.DynamicItem[ui.Button[Any]], template="gala:line:look"):
    """Shows the line as it is now; for everybody, each with what they may see."""

    custom_id: ClassVar[str] = "gala:line:look"

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The pressed button."""
        return cls(item)  # type: ignore[arg-type]

    async def callback(self, interaction: Interaction) -> None:
        """Draw the panel again, in place."""
        async with Explained(interaction):
            await interaction.response.edit_message(view=await line_panel(interaction))


STATES: Final = {"pause": LineState.PAUSED, "resume": LineState.OPEN, "drain": LineState.DRAINING}


class LineButton(AdminItem, template=f"{PREFIX}line:(?P<what>pause|resume|drain|clear|clear-all)"):
    """Stops, opens, closes or clears the guild's line."""

    @staticmethod
    def of(what: str) -> str:
        """The custom_id of the button that does this."""
        return f"{PREFIX}line:{what}"

    async def press(self, interaction: Interaction) -> None:
        """Do it, and draw the panel anew."""
        what = self.parts["what"]
        if what == "clear":
            await interaction.response.edit_message(view=await line_panel(interaction, sure=True))
            return
        await interaction.response.defer()  # many jobs, or a slow disk
        if what == "clear-all":
            await clear(interaction)
        else:
            await turn(interaction, what)
        await interaction.edit_original_response(view=await line_panel(interaction))


async def turn(interaction: Interaction, what: str) -> None:
    """Stop, open or close the line."""
    desk, guild_id, state = desk_of(interaction), interaction.guild_id or 0, STATES[what]
    await desk.guilds.change(guild_id, line=state)
    desk.dispatcher.pause(guild_id, paused=state is LineState.PAUSED)
    await record(interaction, what)


async def clear(interaction: Interaction, member_id: int | None = None) -> int:
    """Cancel what waits in the guild's line, or what a member has in it; each author is told. How many."""
    desk, guild_id = desk_of(interaction), interaction.guild_id or 0
    _, waiting = desk.dispatcher.board.of(guild_id)
    ids = [job.id for job, _ in waiting if member_id in (None, job.member_id)]
    gone = [job_id for job_id in ids if await desk.dispatcher.cancel(job_id, CLEARED) is not None]
    if member_id is None:
        await record(interaction, "clear", "", str(len(gone)))
    return len(gone)
