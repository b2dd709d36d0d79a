"""The line, suspensions and the audit log, as members and admins use them over the local Discord."""

from __future__ import annotations

import asyncio
import csv
import io
import time

import pytest

from bot.loopback.server import LocalDiscord
from bot.views.audit_pages import inert
from storage.guilds import Access, LineState
from storage.jobs import Status
from storage.suspensions import Suspension
from tests.bot.loopback.conftest import ROOMY
from tests.bot.stage import CHANNEL, stage


@pytest.fixture
async def quiet(tmp_path):
    """A bot whose jobs stay in line."""
    async with stage(tmp_path, limits=ROOMY) as built:
        yield built


async def said(built, name="Ben", channel=CHANNEL):
    """The newest words that only this member sees."""
    message = await built.discord.member(name).wait_for(channel, lambda message: message.ephemeral)
    return message.text


async def ask(built, name="Ben", channel=CHANNEL, **options):
    """Ask for a picture; whether it was accepted."""
    outcome = await built.discord.member(name).slash(channel, "imagine", **{"prompt": "a red car", **options})
    return not outcome.ephemeral


async def panel(built, name="Ada", command="queue"):
    """The panel that a command answers with."""
    member = built.discord.member(name)
    outcome = await member.slash(CHANNEL, command)
    return await member.message(CHANNEL, outcome.message)


async def click(built, message, label, name="Ada"):
    """Press a button of a panel; the panel as it then is."""
    member = built.discord.member(name)
    before = (message.text, message.labels)
    await member.click(message, label=label)
    return await member.wait_for(
        CHANNEL, lambda found: found.id == message.id and (found.text, found.labels) != before
    )


async def status(built, job):
    found = await built.jobs.get(job.id)
    return found.status


async def deeds(built):
    return [entry.action for entry in reversed(await built.audit.page(built.discord.guild_id))]


# -- places and people -------------------------------------------------------------------------------------


async def test_a_channel_where_nothing_is_to_be_painted_says_so_and_where_it_is(quiet):
    guild, talk = quiet.discord.guild_id, quiet.discord.channel_id("gallery-talk")
    await quiet.guilds.set_channels(guild, Access.ALLOWED, [talk])
    assert not await ask(quiet)
    assert f"<#{talk}>" in await said(quiet)
    assert await ask(quiet, channel="gallery-talk")
    assert await quiet.jobs.count_waiting() == 1


async def test_a_role_that_may_not_paint_is_named(quiet):
    guild = quiet.discord.guild_id
    await quiet.guilds.set_roles(guild, Access.DENIED, [guild])
    assert not await ask(quiet)
    assert f"<@&{guild}>" in await said(quiet)


async def test_every_way_to_a_picture_goes_through_the_gate(quiet):
    """The button below an old picture as well as the command."""
    await ask(quiet)
    (job,) = await quiet.jobs.unfinished()
    await quiet.dispatcher.cancel(job.id)
    ben = quiet.discord.member("Ben")
    card = await ben.wait_for(CHANNEL, lambda message: "Try again" in message.labels)
    await quiet.guilds.set_channels(
        quiet.discord.guild_id, Access.DENIED, [quiet.discord.channel_id(CHANNEL)]
    )
    await ben.click(card, label="Try again")
    assert "do not want pictures painted here" in await said(quiet)
    assert await quiet.jobs.unfinished() == []


async def test_another_guilds_lists_mean_nothing_here(quiet):
    await quiet.guilds.set_channels(99, Access.DENIED, [quiet.discord.channel_id(CHANNEL)])
    await quiet.guilds.set_roles(99, Access.DENIED, [quiet.discord.guild_id])
    await quiet.guilds.change(99, line=LineState.PAUSED)
    await quiet.suspensions.add(Suspension(99, quiet.member_id("Ben"), time.time() + 99, "x", 1, 0.0))
    assert await ask(quiet)


# -- suspensions -------------------------------------------------------------------------------------------


async def test_a_suspended_member_is_told_why_and_until_when_and_loses_their_place(quiet):
    await ask(quiet)
    ada, ben = quiet.discord.member("Ada"), quiet.member_id("Ben")
    await ada.slash(CHANNEL, "suspend", member=ben, duration="2 days", reason="**spam** @everyone")
    assert "cannot paint here" in await said(quiet, "Ada")
    card = await ada.wait_for(CHANNEL, lambda message: "An admin has cancelled this" in message.text)
    assert not card.ephemeral
    assert not await ask(quiet)
    told = await said(quiet)
    assert "\\*\\*spam\\*\\*" in told and "<t:" in told
    assert await deeds(quiet) == ["suspend"]
    assert await ask(quiet, "Noor")

    await ada.slash(CHANNEL, "suspensions")
    assert f"<@{ben}>" in await said(quiet, "Ada")
    await ada.slash(CHANNEL, "unsuspend", member=ben)
    assert await ask(quiet)
    assert await deeds(quiet) == ["suspend", "unsuspend"]
    await ada.slash(CHANNEL, "unsuspend", member=ben)
    assert "is not suspended" in await said(quiet, "Ada")


async def test_a_suspension_that_is_over_holds_nobody(quiet):
    guild, ben = quiet.discord.guild_id, quiet.member_id("Ben")
    await quiet.suspensions.add(Suspension(guild, ben, time.time() - 1, "x", 1, 0.0))
    assert await ask(quiet)


async def test_spans_are_offered_in_the_members_words(quiet):
    ada, vera = quiet.discord.member("Ada"), quiet.member_id("Вера")
    offered = await ada.autocomplete(CHANNEL, "suspend", "duration", "90 min", member=vera)
    assert offered[0]["name"] == "90 minutes"
    assert "1 week" in [each["value"] for each in offered]
    await ada.slash(CHANNEL, "suspend", member=vera, duration="soon")
    assert "not a span of time" in await said(quiet, "Ada")


# -- the line ----------------------------------------------------------------------------------------------


async def test_everybody_sees_the_line_and_admins_have_buttons(quiet):
    await ask(quiet, prompt="a **red** car")
    seen = await panel(quiet, "Noor")
    assert "1 picture" in seen.text and "\\*\\*red" in seen.text
    assert f"<@{quiet.member_id('Ben')}>" in seen.text
    assert seen.labels == ["Refresh"]
    assert (await panel(quiet)).labels == ["Refresh", "Pause", "Close", "Clear…"]


async def test_prompts_from_channels_that_one_cannot_see_are_not_shown(quiet):
    job = quiet.job(
        status=Status.QUEUED, channel_id=2**60, prompt="a secret", guild_id=quiet.discord.guild_id
    )
    await quiet.jobs.add(job)
    quiet.dispatcher._line.add(job)
    seen = await panel(quiet, "Noor")
    assert "a secret" not in seen.text and "in another channel" in seen.text


async def test_a_paused_line_takes_nothing_and_keeps_places(quiet):
    await ask(quiet)
    message = await click(quiet, await panel(quiet), "Pause")
    assert "Paused" in message.text and "Open" in message.labels
    await quiet.discord.member("Ben").wait_for(CHANNEL, lambda found: "has paused painting" in found.text)
    assert not await ask(quiet)
    assert await quiet.jobs.count_waiting() == 1
    message = await click(quiet, message, "Open")
    assert "Paused" not in message.text
    assert await ask(quiet)
    assert await deeds(quiet) == ["pause", "resume"]


async def test_a_paused_line_is_still_paused_after_a_restart_and_paints_when_opened(tmp_path):
    async with stage(tmp_path) as built:
        await ask(built)
        await click(built, await panel(built), "Pause")
        (job,) = await built.jobs.unfinished()
        guild = built.discord.guild_id
    async with stage(tmp_path, painter=True) as built:
        assert await status(built, job) is Status.QUEUED
        assert built.dispatcher.board.of(guild)[1][0][1].held
        built.dispatcher.pause(guild, paused=False)
        async with asyncio.timeout(60):
            while await status(built, job) in (Status.QUEUED, Status.RUNNING):
                await asyncio.sleep(0.02)


async def test_a_closed_line_is_still_worked_off(tmp_path):
    async with stage(tmp_path, limits=ROOMY, painter=True) as built:
        message = await click(built, await panel(built), "Close")
        assert "Closed" in message.text
        assert not await ask(built)
        message = await click(built, message, "Open")
        assert await ask(built, steps=200)
        await click(built, message, "Close")
        await built.discord.member("Ben").wait_for(CHANNEL, lambda found: "Again" in found.labels)


async def test_clearing_asks_first_then_tells_each_author_and_charges_nothing(quiet):
    await ask(quiet)
    await ask(quiet, "Noor")
    message = await click(quiet, await panel(quiet), "Clear…")
    assert await quiet.jobs.count_waiting() == 2
    message = await click(quiet, message, "No, keep them")
    message = await click(quiet, message, "Clear…")
    message = await click(quiet, message, "Yes, cancel 2 pictures")
    assert "nothing is being painted" in message.text
    ada = quiet.discord.member("Ada")
    await ada.wait_until(
        CHANNEL, lambda found: sum("An admin has cancelled this" in each.text for each in found) == 2
    )
    charged = await quiet.jobs._database.all("SELECT sum(pictures) FROM quota_ledger")
    assert charged[0][0] == 0
    assert (await quiet.audit.page(quiet.discord.guild_id))[0].detail == "2"


# -- the audit log -----------------------------------------------------------------------------------------


async def test_the_log_can_be_leafed_through_and_taken_along(quiet):
    guild, ada = quiet.discord.guild_id, quiet.discord.member("Ada")
    for number in range(20):
        await quiet.audit.add(guild, 99, "suspend", "member 12", f"=reason {number}", 100.0 + number)
    await quiet.audit.add(guild + 1, 99, "suspend", "member 12", "of others", 100.0)
    message = await panel(quiet, command="audit")
    assert "20 rows" in message.text and "reason 19" in message.text and "reason 11" not in message.text
    message = await click(quiet, message, "Older ▶")
    assert "reason 11" in message.text and "reason 19" not in message.text
    message = await click(quiet, message, "Older ▶")
    assert "reason 0" in message.text
    message = await click(quiet, message, "◀ Newer")
    assert "reason 11" in message.text
    await ada.click(message, label="As a file (CSV)")
    sent = await ada.wait_for(CHANNEL, lambda found: found.files)
    assert sent.ephemeral
    rows = list(csv.reader(io.StringIO((await ada.download(sent.files[0])).decode("utf-8-sig"))))
    assert rows[0] == ["time", "actor", "action", "subject", "detail"]
    assert rows[1] == ["1970-01-01T00:01:40+00:00", "99", "suspend", "member 12", "'=reason 0"]
    assert len(rows) == 21


@pytest.mark.parametrize("text", ["=1+1", "+7", "-7", "@SUM(A1)", "\tx"])
def test_no_cell_is_a_formula(text):
    assert inert(text) == f"'{text}"
    assert inert(f"a{text}") == f"a{text}"


async def test_commands_of_admins_are_hidden_and_refuse_a_member_who_sees_them(quiet):
    """A guild may show a command to everybody; the bot asks for the right itself."""
    ben = quiet.discord.member("Ben")
    shown = {command["name"] for command in await ben.commands(CHANNEL)}
    hidden = {"suspend", "unsuspend", "suspensions", "audit"}
    assert "queue" in shown and not hidden & shown
    open_to_all(quiet.discord)
    for name, options in (
        ("suspend", {"member": quiet.member_id("Ada"), "duration": "2h"}),
        ("unsuspend", {"member": quiet.member_id("Ada")}),
        ("suspensions", {}),
        ("audit", {}),
    ):
        await ben.slash(CHANNEL, name, **options)
        assert await said(quiet) == "Only admins of this server can do that."
    assert await deeds(quiet) == []


def open_to_all(discord: LocalDiscord) -> None:
    """As a guild's owner can do it: everybody sees every command."""
    for scope in discord.state.commands.values():
        for command in scope.values():
            command["default_member_permissions"] = None
