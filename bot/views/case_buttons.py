"""What moderators do about a case: each deed asks for their right again, is written down, and then shown.

A moderator is who may manage messages in the whole guild; what holds in one channel alone is not enough,
since the deeds reach everywhere.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, Final

import discord
from discord import ui

from bot.errors import UserError
from bot.filter import MAX_CHARACTERS, canonical, is_usable
from bot.locales import texts_for
from bot.prompt import parse
from bot.views.admin import PREFIX, AdminItem, record, require_admin
from bot.views.case_cards import open_deeds
from bot.views.messages import NETWORK
from bot.views.showcase import take_back
from bot.views.suspending import REASON_CHARACTERS, suspend
from bot.views.tickets import Explained, Interaction, desk_of, texts_of
from bot.views.traces import blur, remove
from storage.cases import Case, CaseKind, Deed
from storage.filters import FilterRule

log = logging.getLogger(__name__)

DAY_S: Final = 86_400
#: For how long a member can be suspended, in seconds; the texts name them.
SPANS: Final = {"hour": 3600, "day": DAY_S, "three": 3 * DAY_S, "week": 7 * DAY_S, "month": 30 * DAY_S,
                "year": 365 * DAY_S}  # fmt: skip
CLOSING: Final = (Deed.DELETE, Deed.DISMISS, Deed.ALLOW, Deed.RELEASE, Deed.REFUSE)


def require_moderator(interaction: Interaction) -> int:
    """The guild's id, where whoever acts is a moderator of it. Raises `UserError`."""
    guild_id = require_admin(interaction, "manage_messages")
    member = interaction.user
    held = member.guild_permissions if isinstance(member, discord.Member) else discord.Permissions.none()
    if not (held.administrator or held.manage_messages):
        raise UserError("admin-only")
    return guild_id


class CaseButton(AdminItem, template=f"{PREFIX}case:(?P<deed>[a-z]+):(?P<case>[0-9]{{1,15}})"):
    """A deed of a moderator."""

    right: ClassVar[str] = "manage_messages"

    async def press(self, interaction: Interaction) -> None:
        """Do it, unless it was done already. Raises `UserError`."""
        case, deed = await open_case(interaction, int(self.parts["case"]), self.parts["deed"])
        if deed is Deed.SUSPEND:
            await interaction.response.send_modal(SuspendForm(interaction, case))
        elif deed is Deed.ALLOW:
            require_admin(interaction)
            await interaction.response.send_modal(AllowForm(interaction, case))
        else:
            await interaction.response.defer()
            await ACTS[deed](interaction, case)
            await note(interaction, case, deed)


async def open_case(interaction: Interaction, case_id: int, deed: str) -> tuple[Case, Deed]:
    """A case of this guild about which this may still be done. Raises `UserError`."""
    guild_id, cases = require_moderator(interaction), desk_of(interaction).cases
    case = await cases.get(case_id)
    if case is None or case.guild_id != guild_id or deed not in list(Deed):
        raise UserError("case-unknown")
    if Deed(deed) not in open_deeds(case, await cases.deeds(case_id)):
        raise UserError("case-done-already")
    return case, Deed(deed)


async def note(interaction: Interaction, case: Case, deed: Deed, detail: str = "") -> None:
    """Write down what was done, tell the log, and draw the card anew."""
    subject = f"job {case.job_id}" if case.job_id else f"member {case.member_id}"
    action = f"case-{deed}"
    await record(interaction, action, subject, detail)
    await mark(interaction, case, deed)


async def mark(interaction: Interaction, case: Case, deed: Deed) -> None:
    """Note on the case that this was done, and draw its card anew."""
    desk = desk_of(interaction)
    await desk.cases.do(case.id, deed, interaction.user.id, time.time(), close=deed in CLOSING)
    await desk.inbox.show(interaction.client, case.id)


# --- the deeds


async def delete(interaction: Interaction, case: Case) -> None:
    """Take the picture away everywhere."""
    desk = desk_of(interaction)
    generation = None if case.code is None else await desk.generations.get(case.code)
    if generation is not None:
        await remove(interaction.client, desk, generation)


async def hide(interaction: Interaction, case: Case) -> None:
    """Blur the picture wherever it is shown; in the showcase it is no more. Raises `UserError`."""
    desk = desk_of(interaction)
    generation = None if case.code is None else await desk.generations.get(case.code)
    if generation is None:
        raise UserError("case-gone")
    await desk.generations.blur(generation.code)
    await take_back(interaction.client, desk, generation)
    try:
        await blur(interaction.client, generation)
    except (discord.HTTPException, *NETWORK) as error:
        raise UserError("case-blur-failed") from error


async def refund(interaction: Interaction, case: Case) -> None:
    """Give back what the picture was charged. Raises `UserError` where nothing was."""
    if case.job_id is None or not await desk_of(interaction).till.quotas.refund(case.job_id):
        raise UserError("case-nothing-to-refund")


async def dismiss(interaction: Interaction, case: Case) -> None:
    """Close the case; who has appealed is told."""
    if case.kind in TOLD and not await desk_of(interaction).cases.deeds(case.id):
        await tell_appellant(interaction, case, TOLD[case.kind])


async def release(interaction: Interaction, case: Case) -> None:
    """Post the picture after all. Raises `UserError` where another moderator was quicker."""
    if await desk_of(interaction).dispatcher.decide(case.job_id or "", post=True) is None:
        raise UserError("case-decided")


async def refuse(interaction: Interaction, case: Case) -> None:
    """Never post the picture; what it was charged is given back. Raises `UserError` as `release` does."""
    if await desk_of(interaction).dispatcher.decide(case.job_id or "", post=False) is None:
        raise UserError("case-decided")


ACTS: Final[dict[Deed, Callable[[Interaction, Case], Awaitable[None]]]] = {
    Deed.DELETE: delete,
    Deed.BLUR: hide,
    Deed.REFUND: refund,
    Deed.DISMISS: dismiss,
    Deed.RELEASE: release,
    Deed.REFUSE: refuse,
}
#: Of what an author is told whose appeal is dismissed.
TOLD: Final = {CaseKind.APPEAL: "appeal-declined", CaseKind.PLEA: "plea-declined"}


async def tell_appellant(interaction: Interaction, case: Case, message_id: str) -> None:
    """Write to who has appealed, if they take messages."""
    desk = desk_of(interaction)
    if case.job_id is not None:
        asked = await desk.jobs.get(case.job_id)
        texts = texts_for(None if asked is None else asked.locale)
    else:
        hit = await desk.screening.filters.hit(int(case.subject.partition(" ")[2]))
        texts = texts_for(None if hit is None else hit.locale)
    name = "" if interaction.guild is None else discord.utils.escape_markdown(interaction.guild.name)
    try:
        channel = await interaction.client.create_dm(discord.Object(case.member_id))
        await channel.send(texts.get(message_id, guild=name, channel=f"<#{case.channel_id}>"))
    except (discord.HTTPException, *NETWORK) as error:
        log.info("member %d was not told of their appeal: %s", case.member_id, error)


# --- the forms


class SuspendForm(ui.Modal):
    """For how long, and why."""

    def __init__(self, interaction: Interaction, case: Case) -> None:
        texts = texts_of(interaction)
        super().__init__(title=texts.get("suspend-title"), custom_id=f"gala:suspend-form:{case.id}")
        self.case_id = case.id
        options = [
            discord.SelectOption(label=texts.get(f"suspend-{name}"), value=name, default=name == "day")
            for name in SPANS
        ]
        self.span: ui.Select[Any] = ui.Select(custom_id="span", options=options)
        self.reason: ui.TextInput[Any] = ui.TextInput(
            custom_id="reason", required=False, max_length=REASON_CHARACTERS
        )
        self.add_item(ui.Label(text=texts.get("suspend-span"), component=self.span))
        about = texts.get("suspend-about")
        self.add_item(ui.Label(text=texts.get("suspend-reason"), description=about, component=self.reason))

    async def on_submit(self, interaction: Interaction) -> None:
        """Suspend the author of what the case is about, and cancel what they have in line."""
        async with Explained(interaction):
            case, deed = await open_case(interaction, self.case_id, Deed.SUSPEND)
            await interaction.response.defer()
            await suspend(interaction, case.member_id, SPANS[self.span.values[0]], self.reason.value)
            await mark(interaction, case, deed)


class AllowForm(ui.Modal):
    """Which phrase is to be allowed from now on: the words of the appeal, to be cut down."""

    def __init__(self, interaction: Interaction, case: Case) -> None:
        texts = texts_of(interaction)
        super().__init__(title=texts.get("allow-title"), custom_id=f"gala:allow-form:{case.id}")
        self.case_id = case.id
        typed = phrase_around(case)[:MAX_CHARACTERS]
        self.words: ui.TextInput[Any] = ui.TextInput(
            custom_id="words", default=typed, max_length=MAX_CHARACTERS
        )
        about = texts.get("allow-about")
        self.add_item(ui.Label(text=texts.get("allow-words"), description=about, component=self.words))

    async def on_submit(self, interaction: Interaction) -> None:
        """Allow it, and tell who has appealed."""
        async with Explained(interaction):
            guild_id = require_admin(interaction)
            case, deed = await open_case(interaction, self.case_id, Deed.ALLOW)
            words = " ".join(self.words.value.split())
            if not is_usable(words):
                raise UserError("filter-unusable", words="", limit=MAX_CHARACTERS)
            await interaction.response.defer()
            screening, actor = desk_of(interaction).screening, interaction.user.id
            rule = FilterRule(guild_id, words, canonical(words), True, "", actor, time.time())
            await screening.filters.add(rule)
            await screening.changed(guild_id)
            await note(interaction, case, deed, words)
            await tell_appellant(interaction, case, "appeal-allowed")


def phrase_around(case: Case) -> str:
    """The part of the prompt that was refused, if it is still to be found."""
    parts = [phrase.text for prompt in parse(case.prompt) for phrase in prompt.phrases]
    found = [part for part in parts if case.rule.strip("*").lower() in part.lower()]
    return (found or parts)[0]
