"""The showcase of a guild: authors' offers, forwarded or as a forum's posts, and the best of each week.

A forwarded message says itself where it comes from; the first message of a forum's post cannot be forwarded,
so there the picture is sent anew, with the way back.
"""

from __future__ import annotations

import asyncio
import io
import logging
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui

from bot.errors import Undeliverable, UserError
from bot.locales import Texts, texts_for
from bot.views import cards
from bot.views.asking import is_adult
from bot.views.messages import NETWORK, UNKNOWN_MESSAGE, custom_ids
from bot.views.sending import way_back
from bot.views.tickets import Interaction, desk_of
from bot.views.wording import SHOWN_CHARACTERS, alt_text, clean, plain, without_flags
from generation.codec import shrink

if TYPE_CHECKING:
    from bot.views.tickets import Desk
    from storage.generations import Generation
    from storage.guilds import Guilds
    from storage.showcase import Offer, Week

log = logging.getLogger(__name__)

GOLD: Final = 0xE8A33D
TITLE_CHARACTERS: Final = 90  #: of a forum's post
MOST_TAGS: Final = 5  #: of a post
HISTORY_MESSAGES: Final = 200


async def offer(interaction: Interaction, generation: Generation) -> str:
    """Show the author's picture in their guild's showcase; the link to it there. Raises `UserError`."""
    if generation.member_id != interaction.user.id:
        raise UserError("button-not-yours")
    if interaction.guild is None or generation.guild_id != interaction.guild.id:
        raise UserError("showcase-none")
    if generation.blurred:
        raise UserError("showcase-blurred")
    desk, guild = desk_of(interaction), interaction.guild
    channel = await place_in(desk, guild)
    if is_adult(guild.get_channel(generation.place_id)) and not is_adult(channel):
        raise UserError("showcase-adult")
    before = await desk.showcase.offer(generation, time.time())
    if before.channel_id is None or before.message_id is None:
        try:
            message = await post(interaction, generation, channel)
        except (UserError, discord.HTTPException, *NETWORK) as error:
            await desk.showcase.withdraw(generation.id)
            raise refusal(error) from error
        await desk.showcase.stands(generation.id, message.channel.id, message.id)
        return message.jump_url
    return f"https://discord.com/channels/{guild.id}/{before.channel_id}/{before.message_id}"


async def place_in(desk: Desk, guild: discord.Guild) -> discord.TextChannel | discord.ForumChannel:
    """The guild's showcase. Raises `UserError` where there is none (any more)."""
    settings = await desk.guilds.get(guild.id)
    channel = guild.get_channel(settings.showcase_channel_id or 0)
    if not isinstance(channel, discord.TextChannel | discord.ForumChannel):
        raise UserError("showcase-none")
    return channel


def refusal(error: Exception) -> UserError:
    """Discord's refusal in words."""
    if isinstance(error, UserError):
        return error
    if isinstance(error, discord.Forbidden):
        return UserError("showcase-closed")
    gone = isinstance(error, discord.HTTPException) and error.code == UNKNOWN_MESSAGE
    return UserError("showcase-original-gone" if gone else "send-failed")


async def post(
    interaction: Interaction, generation: Generation, channel: discord.TextChannel | discord.ForumChannel
) -> discord.Message:
    """Forward the original, or begin a post with the picture. Raises `UserError`, `HTTPException`."""
    if isinstance(channel, discord.ForumChannel):
        return await begin_post(interaction, generation, channel)
    if generation.message_id is None:
        raise UserError("showcase-original-gone")
    place = interaction.client.get_partial_messageable(generation.channel_id, guild_id=generation.guild_id)
    forwarded: discord.Message = await place.get_partial_message(generation.message_id).forward(channel)
    return forwarded


async def begin_post(
    interaction: Interaction, generation: Generation, forum: discord.ForumChannel
) -> discord.Message:
    """A post of a forum: the picture, by whom, the way back, and the tags that fit."""
    picture = await desk_of(interaction).past.picture(generation)
    if picture is None:
        raise UserError("picture-gone")
    data, extension = await asyncio.to_thread(shrink, picture, interaction.filesize_limit)
    filename = f"gala-{generation.code}.{extension}"
    phrases = clean(without_flags(generation.prompt))
    language = (await desk_of(interaction).guilds.get(generation.guild_id)).language
    texts = texts_for(language or str(interaction.guild_locale or ""))
    quote = f"> {plain(phrases, SHOWN_CHARACTERS)}"
    by: ui.TextDisplay[cards.Card] = ui.TextDisplay(
        f"{quote}\n-# <@{generation.member_id}> · `{generation.code}`"
    )
    made = await forum.create_thread(
        name=phrases[:TITLE_CHARACTERS].strip() or generation.code,
        view=cards.card(
            cards.FINISHED, cards.gallery(filename, generation), by, *way_back(generation, texts)
        ),
        file=discord.File(io.BytesIO(data), filename, description=alt_text(generation)),
        applied_tags=tags_for(generation, forum),
    )
    return made.message


def tags_for(generation: Generation, forum: discord.ForumChannel) -> list[discord.ForumTag]:
    """The forum's tags that name the model, the engine or a word of the prompt; one where it wants one."""
    words = {word.strip(".,:;!?|()").casefold() for word in generation.prompt.split()}
    known = words | {generation.model.casefold(), generation.engine.casefold()}
    open_tags = [tag for tag in forum.available_tags if not tag.moderated]
    fitting = [tag for tag in open_tags if tag.name.casefold() in known][:MOST_TAGS]
    return fitting or (open_tags[:1] if forum.flags.require_tag else [])


async def take_back(client: discord.Client, desk: Desk, generation: Generation) -> bool:
    """Remove a picture from the showcase; False where it is not in it."""
    was = await desk.showcase.withdraw(generation.id)
    await tidy(client, desk)
    return was


async def tidy(client: discord.Client, desk: Desk) -> None:
    """Remove from showcases what no row stands for any more. What cannot be removed now stays a leftover."""
    for left in await desk.showcase.leftovers():
        place = client.get_partial_messageable(left.channel_id, guild_id=left.guild_id)
        try:
            await place.get_partial_message(left.message_id).delete()
        except discord.NotFound:
            pass
        except (discord.HTTPException, *NETWORK) as error:
            log.info("message %d was not removed from a showcase: %s", left.message_id, error)
            continue
        await desk.showcase.removed(left.message_id)


class Herald:
    """Announces the best of a week in its guild's showcase, once."""

    def __init__(self, client: discord.Client, guilds: Guilds) -> None:
        self._client, self._guilds = client, guilds

    async def announce(self, week: Week, best: Generation, offer: Offer, channel_id: int) -> int:
        """Tell of a week's best unless it is told already; the message's id. Raises `Undeliverable`."""
        if not self._client.is_ready():
            raise Undeliverable("not connected")
        settings = await self._guilds.get(week.guild_id)
        place = self._client.get_partial_messageable(offer.channel_id or channel_id, guild_id=week.guild_id)
        mark = f"gala:send:{best.code}:{int(week.began_at)}"
        try:
            if (found := await self._find(place, mark, week.began_at)) is not None:
                return found
            view = announcement(best, offer, mark, texts_for(settings.language))
            message = await place.send(view=view, nonce=f"best-{int(week.began_at)}")
        except (discord.HTTPException, *NETWORK) as error:
            raise Undeliverable(str(error)) from error
        await self._pin(message)
        return message.id

    async def _find(self, place: discord.PartialMessageable, mark: str, began_at: float) -> int | None:
        """An announcement from before a crash."""
        since = discord.Object(discord.utils.time_snowflake(datetime.fromtimestamp(began_at, UTC)))
        me = self._client.user.id if self._client.user else 0
        async for message in place.history(limit=HISTORY_MESSAGES, after=since, oldest_first=False):
            if message.author.id == me and mark in custom_ids(message.components):
                return message.id
        return None

    async def _pin(self, message: discord.Message) -> None:
        """Pin it, where Gala may: nothing else asks for that right."""
        try:
            await message.pin()
        except (discord.HTTPException, *NETWORK) as error:
            log.info("the best of the week is not pinned in channel %d: %s", message.channel.id, error)


def announcement(best: Generation, offer: Offer, mark: str, texts: Texts) -> cards.Card:
    """Who has made it, how loved it is, and the way there."""
    said = texts.get("showcase-best", hearts=best.hearts, member=f"<@{best.member_id}>", code=best.code)
    url = f"https://discord.com/channels/{best.guild_id}/{offer.channel_id}/{offer.message_id}"
    there: ui.Button[Any] = ui.Button(label=texts.get("button-there"), url=url)
    send: ui.Button[Any] = ui.Button(
        label=texts.get("button-send"), custom_id=mark, style=discord.ButtonStyle.secondary
    )
    words = f"{said}\n> {plain(without_flags(best.prompt), SHOWN_CHARACTERS)}"
    return cards.card(GOLD, ui.TextDisplay(words), cards.buttons(there, send))
