"""What stands in channels of a finished picture: taken away everywhere, or blurred where it stands."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import discord
from discord import ui

from bot.views.messages import CLOCK_SKEW_S, HISTORY_MESSAGES, NETWORK, custom_ids

if TYPE_CHECKING:
    from bot.views.tickets import Desk
    from storage.generations import Generation

log = logging.getLogger(__name__)


async def remove(client: discord.Client, desk: Desk, generation: Generation) -> int:
    """Delete a picture's messages where the bot can, its rows and its files; returns how many messages went.

    Raises `StorageError`.
    """
    gone = 0
    try:
        async for message in messages_of(client, generation):
            gone += await _delete(message)
    except (discord.HTTPException, *NETWORK) as error:
        log.warning("not all messages of generation %s could be found: %s", generation.code, error)
    await desk.searcher.forget(generation)
    await desk.past.forget(generation.code, generation.job_id)
    return gone


async def messages_of(
    client: discord.Client, generation: Generation
) -> AsyncIterator[discord.Message | discord.PartialMessage]:
    """The result, and whatever else in its channel carries a button of the same picture, such as its film."""
    channel = client.get_partial_messageable(generation.channel_id, guild_id=generation.guild_id or None)
    if generation.message_id is not None:
        yield channel.get_partial_message(generation.message_id)
    asked_at = datetime.fromtimestamp(generation.created_at - CLOCK_SKEW_S, tz=UTC)
    after = discord.Object(generation.message_id or discord.utils.time_snowflake(asked_at))
    async for message in channel.history(limit=HISTORY_MESSAGES, after=after):
        mine = client.user is not None and message.author.id == client.user.id
        names = {part for custom_id in custom_ids(message.components) for part in custom_id.split(":")}
        if mine and message.id != generation.message_id and names & {generation.job_id, generation.code}:
            yield message


async def _delete(message: discord.Message | discord.PartialMessage) -> bool:
    try:
        await message.delete()
    except (discord.HTTPException, *NETWORK) as error:
        log.info("message %d was not deleted: %s", message.id, error)
        return False
    return True


async def blur(client: discord.Client, generation: Generation) -> int:
    """Have a picture's messages show it only to who asks for it; returns how many do so now."""
    blurred = 0
    async for message in messages_of(client, generation):
        try:
            whole = await message.fetch() if isinstance(message, discord.PartialMessage) else message
            blurred += await _blur(whole)
        except discord.NotFound:
            log.info("message %d of generation %s is gone", message.id, generation.code)
    return blurred


async def _blur(message: discord.Message) -> bool:
    view = ui.LayoutView.from_message(message, timeout=None)
    files = {file.url.partition("?")[0]: file.filename for file in message.attachments}
    galleries = [part for part in view.walk_children() if isinstance(part, ui.MediaGallery)]
    items = [item for part in galleries for item in part.items]
    for item in items:
        item.spoiler = True
        name = files.get(item.media.url.partition("?")[0])
        if name is not None:
            item.media = discord.UnfurledMediaItem(f"attachment://{name}")
    view.stop()
    if items:
        await message.edit(view=view, attachments=message.attachments)
    return bool(items)
