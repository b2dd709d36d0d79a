"""The Discord client, and the one handler that turns exceptions into replies."""

from __future__ import annotations

import logging
import secrets
from contextlib import suppress
from typing import Any, Final

import discord
from discord import app_commands

from bot.commands.admin import admin_commands
from bot.commands.describe import describe_command, describe_menu
from bot.commands.download import download_command
from bot.commands.family import family_command
from bot.commands.film import film_command
from bot.commands.filter import filter_group
from bot.commands.gallery import album_group, gallery_command, show_command
from bot.commands.guide import guide_command
from bot.commands.imagine import imagine_command
from bot.commands.preferences import preferences_command
from bot.commands.privacy import privacy_group
from bot.commands.quota import quota_command
from bot.commands.quotas import quotas_group
from bot.commands.rank import rank_command
from bot.commands.recipe import recipe_menu
from bot.commands.report import report_menu
from bot.commands.search import search_command, search_menu
from bot.commands.showcase import showcase_group
from bot.commands.zoom import zoom_command
from bot.config import TOKEN_VARIABLE
from bot.errors import ConfigError, GalaError, PromptError, PromptForbidden, UserError
from bot.locales import LOCALES, Texts, texts_for
from bot.poster import Poster
from bot.views.admin_panels import ADMIN_PANELS
from bot.views.bench import PleaButton
from bot.views.buttons import BUTTONS
from bot.views.case_buttons import CaseButton
from bot.views.filter_pages import FilterPageButton
from bot.views.frames import FRAMES
from bot.views.gallery import GALLERY_BUTTONS
from bot.views.grids import GRIDS
from bot.views.keeping import KEEPING
from bot.views.looks import PaintButton
from bot.views.messages import NETWORK
from bot.views.preferences import PREFERENCES
from bot.views.privacy_cards import EraseButton, NextButton
from bot.views.quota_pages import PageButton
from bot.views.refusing import AppealButton, refuse
from bot.views.reporting import ReportButton
from bot.views.results import SEARCH_BUTTONS
from bot.views.sending import SendButton
from bot.views.tickets import RIGHTS, Desk, Interaction, know, texts_of, whisper
from storage.errors import StorageError

log = logging.getLogger(__name__)

MESSAGE_CHARACTERS: Final = 2000
#: All buttons and selects, found by the pattern of their custom_id.
ITEMS: Final = (
    *ADMIN_PANELS,
    *BUTTONS,
    *FRAMES,
    SendButton,
    *GALLERY_BUTTONS,
    *KEEPING,
    *SEARCH_BUTTONS,
    PageButton,
    PaintButton,
    ReportButton,
    AppealButton,
    FilterPageButton,
    CaseButton,
    NextButton,
    EraseButton,
    PleaButton,
    *PREFERENCES,
    *GRIDS,
)
OUTDATED = (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch)


class Translator(app_commands.Translator):
    """Names and descriptions of commands, from the same texts as everything else."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContext[Any, Any],
    ) -> str | None:
        """The text in this locale; None where Gala does not speak it, or it is the one that Discord has."""
        key = string.extras.get("key")
        if key is None or str(locale) not in LOCALES or str(locale) == "en-US":
            return None
        return texts_for(str(locale)).get(key)


class Tree(app_commands.CommandTree["Client"]):
    """The commands."""

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Everybody may; but first it is looked up in which language they want to be answered."""
        await know(interaction)
        return True

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        """Hand over what a command has raised."""
        original = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        await self.client.explain(interaction, original)


class Client(discord.Client):
    """Gala on Discord. It needs no privileged intent and keeps no members in memory."""

    def __init__(self, desk: Desk, poster: Poster) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
        )
        self.desk = desk
        self.poster = poster
        self.tree = Tree(self)

    async def setup_hook(self) -> None:
        """Logged in, not yet connected: open the way for the poster, then tell Discord the commands."""
        self.poster.bind(self)
        self.desk.eraser.bind()
        self.desk.bench.bind(self)
        self.add_dynamic_items(*ITEMS)
        for command in (
            imagine_command(),
            describe_command(),
            describe_menu(),
            rank_command(),
            family_command(),
            download_command(),
            showcase_group(),
            recipe_menu(),
            search_command(),
            search_menu(),
            quota_command(),
            quotas_group(),
            gallery_command(),
            show_command(),
            album_group(),
            filter_group(),
            report_menu(),
            privacy_group(),
            preferences_command(),
            guide_command(),
            film_command(),
            zoom_command(),
        ):
            self.tree.add_command(command)
        for each in admin_commands():
            self.tree.add_command(each)
        await self.tree.set_translator(Translator())
        try:
            await self.tree.sync()
        except (discord.HTTPException, *NETWORK) as error:
            log.warning("the commands were not brought up to date: %s", error)

    async def serve(self, token: str) -> None:
        """Log in and stay connected. Raises `ConfigError` where Discord refuses the token."""
        try:
            await self.start(token)
        except discord.LoginFailure as error:
            raise ConfigError(TOKEN_VARIABLE, "Discord refuses this token; make a new one") from error

    async def explain(self, interaction: Interaction, error: Exception) -> None:
        """Tell the member what went wrong: in words where there are some, else by a code that the log has."""
        try:
            if isinstance(error, PromptForbidden):
                await refuse(interaction, error)
                return
            await whisper(interaction, explanation(interaction, error)[:MESSAGE_CHARACTERS])
        except (discord.HTTPException, *NETWORK) as failure:
            log.warning("a member could not be told of %r: %s", error, failure)


def explanation(interaction: Interaction, error: Exception) -> str:
    """The words for an error."""
    texts = texts_of(interaction)
    if isinstance(error, UserError):
        with suppress(KeyError):  # a text that is not there: a fault of ours like any other
            return sentence(error, texts)
    if isinstance(error, OUTDATED):
        return texts.get("error-outdated")
    code = secrets.token_hex(3)
    log.error("error %s", code, exc_info=error)
    message_id = "error-storage" if isinstance(error, StorageError) else "error-internal"
    return texts.get(message_id, code=code)


def sentence(error: UserError, texts: Texts) -> str:
    """The error's own words; for a prompt with the place of the fault. Raises KeyError."""
    words = texts.get(error.message_id, **error.arguments)
    if isinstance(error, PromptError):
        caret = error.caret().replace("`", "ˋ")
        return f"{words}\n```\n{caret}\n```"
    return words


class Unreachable(GalaError):
    """Discord cannot be asked; the text says why."""


async def guild_rights(token: str) -> list[tuple[str, list[str]]]:
    """The bot's guilds, each with the rights that its roles lack there. Raises `Unreachable`."""
    async with discord.Client(intents=discord.Intents.none()) as client:
        try:
            await client.login(token)
            return [await missing_rights(client, guild.id) async for guild in client.fetch_guilds()]
        except (discord.DiscordException, *NETWORK) as error:
            raise Unreachable(str(error) or type(error).__name__) from error


async def missing_rights(client: discord.Client, guild_id: int) -> tuple[str, list[str]]:
    """A guild's name, and what is missing there."""
    guild = await client.fetch_guild(guild_id)
    assert client.user is not None
    held = (await guild.fetch_member(client.user.id)).guild_permissions
    wanted = (*RIGHTS, "send_messages_in_threads")
    missing = [] if held.administrator else [right for right in wanted if not getattr(held, right)]
    texts = texts_for("en-US")
    return guild.name, [texts.get(f"right-{right.replace('_', '-')}") for right in missing]
