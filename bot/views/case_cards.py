"""A case before the moderators, as the card that stands in their inbox: drawn from its rows alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import discord
from discord import ui

from bot.locales import Texts
from bot.views.amounts import percent
from bot.views.cards import CANCELLED, FAILED, RUNNING, Card, buttons, card
from bot.views.filter_cards import code
from bot.views.wording import plain, without_flags
from storage.cases import Case, CaseKind, Deed, Done, Voice

SHOWN_PROMPT: Final = 700
SHOWN_REASON: Final = 200

#: What can be done about each kind of case, in the order of the buttons.
DEEDS: Final[Mapping[CaseKind, Sequence[Deed]]] = {
    CaseKind.REPORT: (Deed.DELETE, Deed.BLUR, Deed.REFUND, Deed.SUSPEND, Deed.DISMISS),
    CaseKind.FILTER: (Deed.SUSPEND, Deed.DISMISS),
    CaseKind.APPEAL: (Deed.ALLOW, Deed.SUSPEND, Deed.DISMISS),
    CaseKind.HELD: (Deed.RELEASE, Deed.REFUSE, Deed.SUSPEND),
    CaseKind.PLEA: (Deed.RELEASE, Deed.SUSPEND, Deed.DISMISS),
}
STYLES: Final = {
    Deed.DELETE: discord.ButtonStyle.danger,
    Deed.REFUSE: discord.ButtonStyle.danger,
    Deed.DISMISS: discord.ButtonStyle.primary,
    Deed.RELEASE: discord.ButtonStyle.primary,
}


def case_card(
    case: Case, voices: Sequence[Voice], done: Sequence[Done], texts: Texts, picture: str | None
) -> Card:
    """The card. `picture` is the name of the file that is sent with it, shown only to who wants to see it."""
    blocks = [title(case, texts), words(case, texts)]
    blocks += [voice_line(voice) for voice in voices if voice.reason]
    items: list[ui.Item[Card]] = [ui.TextDisplay("\n".join(blocks))]
    if picture is not None:
        url = f"attachment://{picture}"
        items.insert(0, ui.MediaGallery(discord.MediaGalleryItem(url, spoiler=True)))
    if done:
        items.append(ui.TextDisplay("\n".join(done_line(each, texts) for each in done)))
    left = open_deeds(case, done)
    if left:
        items.append(buttons(*(deed_button(case, deed, done, texts) for deed in left)))
    return card(colour(case), *items)


def open_deeds(case: Case, done: Sequence[Done]) -> list[Deed]:
    """What may still be done: nothing once it was dismissed, nothing twice, and one of release and refuse."""
    deeds = {each.deed for each in done}
    if Deed.DISMISS in deeds:
        return []
    gone = {Deed.BLUR} if Deed.DELETE in deeds else set()
    gone |= {Deed.RELEASE, Deed.REFUSE} if deeds & {Deed.RELEASE, Deed.REFUSE} else set()
    return [deed for deed in DEEDS[case.kind] if deed not in deeds | gone]


def colour(case: Case) -> int:
    """Red for what members have reported, amber for what Gala itself has, grey for what is done."""
    if case.closed_at is not None:
        return CANCELLED
    return FAILED if case.kind is CaseKind.REPORT else RUNNING


def title(case: Case, texts: Texts) -> str:
    """What it is, and how often."""
    return texts.get(f"case-{case.kind}", count=case.times)


def words(case: Case, texts: Texts) -> str:
    """The prompt, whose it is, where, and which rule was touched."""
    lines = [f"> {plain(without_flags(case.prompt), SHOWN_PROMPT)}"] if case.prompt else []
    if case.rule and case.score is not None:
        seen = percent(int(100 * case.score), 100)
        lines.append(texts.get("case-concept", concept=code(case.rule), share=seen))
    elif case.rule:
        lines.append(texts.get("case-rule", rule=code(case.rule)))
    where = f"<@{case.member_id}> · <#{case.channel_id}>"
    if case.message_id is not None:
        url = f"https://discord.com/channels/{case.guild_id}/{case.channel_id}/{case.message_id}"
        where += f" · [{texts.get('case-message')}]({url})"
    lines.append(f"-# {where} · <t:{int(case.opened_at)}:f>")
    return "\n".join(lines)


def voice_line(voice: Voice) -> str:
    """Who has reported it, in their own words."""
    return f"<@{voice.member_id}>: {plain(voice.reason, SHOWN_REASON)}"


def done_line(done: Done, texts: Texts) -> str:
    """What was done, by whom and when."""
    return f"✔ {texts.get(f'case-done-{done.deed}')} · <@{done.actor_id}> · <t:{int(done.done_at)}:R>"


def deed_button(case: Case, deed: Deed, done: Sequence[Done], texts: Texts) -> ui.Button[Card]:
    """A button that works for as long as the card stands, for whoever is a moderator then."""
    label = "case-close" if deed is Deed.DISMISS and done else f"case-{deed}"
    style = STYLES.get(deed, discord.ButtonStyle.secondary)
    return ui.Button(label=texts.get(label), style=style, custom_id=f"gala:admin:case:{deed}:{case.id}")
