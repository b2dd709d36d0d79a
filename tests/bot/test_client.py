"""The client: what it asks Discord for, and how it answers when something goes wrong."""

from __future__ import annotations

import re
from typing import Any

import discord
import pytest
from discord.app_commands import TranslationContext, TranslationContextLocation, locale_str

from bot.client import Translator
from bot.commands.imagine import imagine_command
from bot.errors import UserError
from bot.loopback.server import LocalDiscord
from tests.bot.stage import CHANNEL, stage


@pytest.fixture
async def quiet(tmp_path):
    async with stage(tmp_path) as built:
        yield built


async def said_to_ben(built):
    """What only Ben sees."""
    message = await built.discord.member("Ben").wait_for(CHANNEL, lambda message: message.ephemeral)
    return message.text


async def test_it_needs_no_privileged_intent_and_keeps_no_members(quiet):
    intents = quiet.client.intents
    assert [name for name, on in intents if on] == ["guilds"]
    assert not any(on for _, on in quiet.client._connection.member_cache_flags)
    assert list(quiet.client.cached_messages) == []


async def test_cards_leave_no_trace_in_memory(quiet):
    """discord.py keeps views that listen; ours are matched by pattern and must not pile up."""
    for _ in range(3):
        await quiet.discord.member("Ben").slash(CHANNEL, "imagine", prompt="a red car")
    assert quiet.client.persistent_views == []
    assert quiet.client._connection._view_store._views == {}


async def test_commands_that_discord_does_not_take_are_no_reason_to_stop(tmp_path, monkeypatch, caplog):
    """What was registered before goes on working."""
    start = LocalDiscord.start

    async def ill(self):
        await start(self)
        self.misbehave.fail("/applications/*/commands", method="PUT", status=503)

    async def at_once(self, timeout_s=30.0):
        return None

    monkeypatch.setattr(LocalDiscord, "start", ill)
    monkeypatch.setattr(LocalDiscord, "wait_commands", at_once)
    async with stage(tmp_path) as built:
        job = await built.carded()
        (message,) = await built.messages()
        await built.discord.member("Ben").click(message, label="Cancel")
        assert "no longer knows" in await said_to_ben(built)
        assert job.card_id == message.id
    assert "not brought up to date" in caplog.text


async def test_a_command_that_is_no_more_is_explained(quiet):
    quiet.client.tree.remove_command("imagine")
    await quiet.discord.member("Ben").slash(CHANNEL, "imagine", prompt="a red car")
    assert "has changed" in await said_to_ben(quiet)


async def test_an_error_whose_text_is_missing_is_told_by_a_code(quiet, caplog, monkeypatch):
    async def broken(order):
        raise UserError("no-such-text", number=7)

    monkeypatch.setattr(quiet.dispatcher, "submit", broken)
    await quiet.discord.member("Ben").slash(CHANNEL, "imagine", prompt="a red car")
    found = re.search(r"\b[0-9a-f]{6}\b", await said_to_ben(quiet))
    assert found
    assert found[0] in caplog.text
    assert "no-such-text" in caplog.text


async def test_other_locales_have_no_translation_of_their_own():
    translate = Translator().translate
    context: TranslationContext[Any, Any] = TranslationContext(
        TranslationContextLocation.command_name, imagine_command()
    )
    named = locale_str("imagine", key="imagine-name")
    assert await translate(named, discord.Locale.russian, context) == "вообрази"
    assert await translate(named, discord.Locale.german, context) is None
    assert await translate(named, discord.Locale.american_english, context) is None
    assert await translate(locale_str("plain"), discord.Locale.russian, context) is None
