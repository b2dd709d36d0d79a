"""The moderators' inbox, over the local Discord: as admin, as member, and without rights."""

from __future__ import annotations

import re
import time

import pytest
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.views.case_buttons import SPANS
from storage.cases import Case, CaseKind, Deed
from tests.bot.moderating import (
    INBOX,
    card,
    command,
    open_inbox,
    picture,
    pictures_used,
    press,
    report,
    reported,
    said,
)
from tests.bot.stage import CHANNEL, stage

NASTY = "@everyone <@1> [x](https://evil.example) `b` \n# h"
"""What must come out as plain text, wherever it is shown."""


@pytest.fixture
async def quiet(tmp_path):
    """A bot whose jobs stay in line."""
    async with stage(tmp_path) as built:
        yield built


# -- refusals before the moderators --------------------------------------------------------------------------


async def test_refusals_are_counted_on_one_card_and_appealed_against(quiet, caplog):
    await open_inbox(quiet)
    await command(quiet, "Ada", "filter add", words="nude")
    ben, ada = quiet.discord.member("Ben"), quiet.discord.member("Ada")
    for prompt in ("a nude", f"nude {NASTY}"):
        await ben.slash(CHANNEL, "imagine", prompt=prompt)
    counted = await card(quiet, lambda message: "2 times" in message.text)
    assert f"<@{quiet.member_id('Ben')}>" in counted.text
    assert_plain(counted.text)
    refusal = await ben.wait_for(CHANNEL, lambda message: "Ask the moderators" in message.labels)
    await ben.click(refusal, label="Ask the moderators")
    await ben.wait_for(CHANNEL, lambda message: "before the moderators now" in message.text)
    appeal = await card(quiet, lambda message: "Asks you to look" in message.text)
    assert appeal.labels == ["Allow…", "Suspend…", "Dismiss"]
    assert len(await ada.messages(INBOX)) == 2
    form = await ada.click(appeal, label="Allow…")
    await ada.submit(form, words="nude descending")
    await ben.wait_for("direct", lambda message: "changed the filter" in message.text)
    assert not (await ben.slash(CHANNEL, "imagine", prompt="nude descending")).ephemeral
    done = await card(quiet, lambda message: "Allowed from now on" in message.text)
    assert done.labels == ["Suspend…", "Done"]
    assert "evil" not in caplog.text


async def test_who_is_dismissed_is_told(quiet):
    await open_inbox(quiet)
    await command(quiet, "Ada", "filter add", words="nude")
    ben, ada = quiet.discord.member("Вера"), quiet.discord.member("Ada")
    await ben.slash(CHANNEL, "imagine", prompt="nude")
    refusal = await said(quiet, "Вера")
    assert "запрещает «nude»" in refusal.text
    await ben.click(refusal, label="Спросить модераторов")
    appeal = await card(quiet, lambda message: "Asks you to look" in message.text)
    await ada.click(appeal, label="Dismiss")
    await ben.wait_for("direct", lambda message: "остаётся в силе" in message.text)


# -- reports -------------------------------------------------------------------------------------------------


async def test_reports_of_a_picture_are_counted_on_one_card(quiet):
    made, first = await reported(quiet, reason=NASTY)
    assert "**Reported** by 1 member" in first.text
    assert f"<@{quiet.member_id('Noor')}>: " in first.text
    assert_plain(first.text)
    assert first.labels == ["Delete everywhere", "Blur", "Refund", "Suspend…", "Dismiss"]
    assert first.files and first.components[1]["items"][0]["spoiler"]
    assert "Thank you" in (await report(quiet, made, "Ben")).text
    await report(quiet, made, "Noor")
    noor = quiet.discord.member("Noor")
    await noor.wait_for(CHANNEL, lambda message: "already" in message.text)
    counted = await card(quiet, lambda message: "by 2 members" in message.text)
    assert counted.id == first.id and counted.files


async def test_a_message_menu_reports_too_and_knows_what_is_gala(quiet):
    await open_inbox(quiet)
    made = await picture(quiet)
    noor = quiet.discord.member("Noor")
    form = await noor.menu(await noor.message(CHANNEL, made.message_id), "Report to moderators")
    await noor.submit(form)
    await card(quiet, lambda message: "Reported" in message.text)
    await quiet.discord.member("Ben").say(CHANNEL, "hello")
    theirs = await noor.wait_for(CHANNEL, lambda message: message.text == "hello")
    await noor.menu(theirs, "Report to moderators")
    assert "Only pictures that Gala has painted" in (await said(quiet, "Noor")).text


async def test_without_an_inbox_it_is_said_what_to_do(quiet):
    made = await picture(quiet)
    noor = quiet.discord.member("Noor")
    await noor.click(await noor.message(CHANNEL, made.message_id), label="Report")
    assert "no inbox" in (await said(quiet, "Noor")).text


async def test_an_inbox_that_is_closed_to_gala_is_told(quiet):
    await quiet.guilds.change(
        quiet.discord.guild_id, inbox_channel_id=quiet.discord.channel_id("announcements")
    )
    made = await picture(quiet)
    assert "may not write" in (await report(quiet, made)).text


async def actions(built):
    """What the audit log says was done."""
    return [entry.action for entry in await built.audit.page(built.discord.guild_id)]


async def test_a_picture_is_deleted_everywhere(quiet):
    made, first = await reported(quiet)
    await press(quiet, first, "Delete everywhere")
    done = await card(quiet, lambda message: "Deleted everywhere" in message.text)
    assert done.labels == ["Refund", "Suspend…", "Done"] and not done.files
    assert await quiet.discord.member("Ada").message(CHANNEL, made.message_id) is None
    assert await quiet.client.desk.generations.get(made.code) is None
    assert not quiet.images.path(made.picture_sha256).exists()
    assert (await actions(quiet))[0] == "case-delete"


async def test_a_picture_is_blurred_where_it_stands_and_keeps_its_buttons(quiet):
    made, first = await reported(quiet)
    ada = quiet.discord.member("Ada")
    before = await ada.message(CHANNEL, made.message_id)
    await press(quiet, first, "Blur")
    after = await ada.wait_for(CHANNEL, lambda message: any(
        item.get("items") and item["items"][0]["spoiler"] for item in message.components))  # fmt: skip
    assert after.id == made.message_id
    assert (after.labels, after.text) == (before.labels, before.text)
    assert [file["id"] for file in after.files] == [file["id"] for file in before.files]
    done = await card(quiet, lambda message: "Blurred" in message.text)
    assert "Blur" not in done.labels and done.files
    kept = await quiet.client.desk.generations.get(made.code)
    assert kept.blurred
    await quiet.discord.member("Noor").click(after, label="♥")
    loved = await ada.wait_for(CHANNEL, lambda message: "♥ 1" in message.labels)
    assert loved.components[1]["items"][0]["spoiler"]
    assert (await actions(quiet))[0] == "case-blur"


async def test_what_was_charged_is_given_back_once(quiet):
    _, first = await reported(quiet)
    assert await pictures_used(quiet) == 1
    await press(quiet, first, "Refund")
    await card(quiet, lambda message: "Given back" in message.text)
    assert await pictures_used(quiet) == 0
    await craft(quiet, first, "gala:admin:case:refund:1", "Ada")
    assert "done already" in (await said(quiet, "Ada", INBOX)).text
    assert await actions(quiet) == ["case-refund"]


async def test_an_author_is_suspended_with_a_reason(quiet):
    _, first = await reported(quiet)
    ada = quiet.discord.member("Ada")
    form = await ada.click(first, label="Suspend…")
    await ada.submit(form, span="week", reason=NASTY)
    await card(quiet, lambda message: "Suspended" in message.text)
    now = time.time()
    kept = await quiet.suspensions.get(quiet.discord.guild_id, quiet.member_id("Ben"), now)
    assert kept is not None and kept.until == pytest.approx(now + SPANS["week"], abs=60)
    assert (await actions(quiet)) == ["suspend"]


async def test_what_a_suspended_author_has_in_line_is_cancelled_and_nobody_elses(quiet):
    """As by /suspend: one way for both."""
    _, first = await reported(quiet)
    for name in ("Ben", "Noor"):
        assert not (await quiet.discord.member(name).slash(CHANNEL, "imagine", prompt="a lake")).ephemeral
    ada = quiet.discord.member("Ada")
    await ada.submit(await ada.click(first, label="Suspend…"), span="day", reason="")
    await card(quiet, lambda message: "Suspended" in message.text)
    told = await ada.wait_for(CHANNEL, lambda message: "An admin has cancelled this" in message.text)
    assert not told.ephemeral
    (left,) = await quiet.jobs.unfinished()
    assert left.member_id == quiet.member_id("Noor")


async def test_a_dismissed_case_is_closed_and_a_new_report_opens_another(quiet):
    made, first = await reported(quiet)
    await press(quiet, first, "Dismiss")
    closed = await card(quiet, lambda message: "Closed" in message.text)
    assert closed.labels == []
    await report(quiet, made, "Noor")
    again = await card(quiet, lambda message: "Dismiss" in message.labels)
    assert again.id != first.id


async def test_a_card_that_was_deleted_is_drawn_anew(quiet):
    made, first = await reported(quiet)
    quiet.discord.state.delete_message(quiet.discord.channel_id(INBOX), first.id)
    await report(quiet, made, "Ben")
    assert (await card(quiet)).id != first.id


@pytest.mark.parametrize("deed", list(Deed))
async def test_members_without_the_right_get_nothing_from_any_button(quiet, deed):
    """Nor does who may manage messages in the inbox alone: the deeds reach everywhere."""
    made, first = await reported(quiet)
    channel, noor = quiet.discord.state.get_channel(quiet.discord.channel_id(INBOX)), quiet.member_id("Noor")
    channel.overwrites.append(Overwrite(noor, OverwriteType.MEMBER, allow=1 << 13))
    for name in ("Ben", "Noor"):
        await craft(quiet, first, f"gala:admin:case:{deed}:1", name)
        assert "Only admins" in (await said(quiet, name, INBOX)).text
    assert await quiet.client.desk.cases.deeds(1) == []
    assert await quiet.client.desk.generations.get(made.code) == made
    assert await actions(quiet) == []


async def test_a_crafted_button_of_another_guilds_case_does_nothing(quiet):
    theirs = await quiet.client.desk.cases.open(Case(7, CaseKind.FILTER, "member 1", 1, 2, "a nude", 5.0))
    _, first = await reported(quiet)
    await craft(quiet, first, f"gala:admin:case:dismiss:{theirs.id}", "Ada")
    assert "no longer knows" in (await said(quiet, "Ada", INBOX)).text
    assert await quiet.client.desk.cases.deeds(theirs.id) == []


async def craft(built, message, custom_id, name):
    """Press a button that was never there, as a hand-made client can."""
    kept = built.discord.state.get_message(built.discord.channel_id(INBOX), message.id)
    row = next(item for item in kept.components[0]["components"] if item["type"] == 1)
    if custom_id not in [item["custom_id"] for item in row["components"]]:
        row["components"][0]["custom_id"] = custom_id
    await built.discord.member(name).click(message, custom_id=custom_id)


def assert_plain(text):
    """Nothing of NASTY works: every mark in it has a backslash before it."""
    assert "\\@everyone" in text and "@everyone" not in text.replace("\\@everyone", "")
    assert re.search(r"(?<!\\)<@1>", text) is None
    links = re.findall(r"(?<!\\)\]\(([^)]*)", text)
    assert all(link.startswith("https://discord.com/channels/") for link in links)
    assert "\n# h" not in text
