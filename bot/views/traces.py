"""What stands in channels of a finished picture: taken away everywhere, or blurred where it stands."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import discord
from discord import ui

from bot.views.messages import CLOCK_SKEW_S, HISTORY_MESSAGES, NETWORK, card_of, custom_ids
from bot.views.showcase import tidy

if TYPE_CHECKING:
    from bot.views.tickets import Desk
    from storage.generations import Generation
    from storage.jobs import Job

log = logging.getLogger(__name__)


async def remove(client: discord.Client, desk: Desk, generation: Generation) -> int:
    """Delete a picture's messages where the bot can, its rows and its files; returns how many messages went.

    Raises `StorageError`.
    """
    gone = await sweep(client, [generation]) + await unpoint(client, await desk.jobs.get(generation.job_id))
    await forget(client, desk, generation)
    return gone


async def forget(client: discord.Client, desk: Desk, generation: Generation) -> None:
    """Remove a picture's rows and files, and what stands of it in a showcase. Raises `StorageError`."""
    await desk.searcher.forget(generation)
    await desk.past.forget(generation.code, generation.job_id)
    await tidy(client, desk)


async def sweep(client: discord.Client, generations: Sequence[Generation]) -> int:
    """Delete the messages of a channel's pictures where the bot can; returns how many went."""
    gone = 0
    try:
        async for message in messages_of(client, generations):
            gone += await delete(message)
    except (discord.HTTPException, *NETWORK) as error:
        log.warning("not all messages of %d pictures could be found: %s", len(generations), error)
    return gone


async def unpoint(client: discord.Client, job: Job | None) -> bool:
    """Delete the card that leads to a job's result in another channel, if there is one."""
    card = None if job is None or job.result_channel_id is None else card_of(client, job)
    return card is not None and await delete(card)


async def messages_of(
    client: discord.Client, generations: Sequence[Generation]
) -> AsyncIterator[discord.Message | discord.PartialMessage]:
    """The results of a channel's pictures, and whatever else there has a button of theirs, such as films."""
    first = generations[0]
    channel = client.get_partial_messageable(first.channel_id, guild_id=first.guild_id or None)
    results = {made.message_id for made in generations if made.message_id is not None}
    for message_id in results:
        yield channel.get_partial_message(message_id)
    asked_at = datetime.fromtimestamp(min(made.created_at for made in generations) - CLOCK_SKEW_S, tz=UTC)
    after = discord.Object(min(results, default=discord.utils.time_snowflake(asked_at)))
    wanted = {name for made in generations for name in (made.job_id, made.code)}
    async for message in channel.history(limit=HISTORY_MESSAGES, after=after):
        mine = client.user is not None and message.author.id == client.user.id
        names = {part for custom_id in custom_ids(message.components) for part in custom_id.split(":")}
        if mine and message.id not in results and names & wanted:
            yield message


async def delete(message: discord.Message | discord.PartialMessage) -> bool:
    """Delete a message; False where that could not be done."""
    try:
        await message.delete()
    except (discord.HTTPException, *NETWORK) as error:
        log.info("message %d was not deleted: %s", message.id, error)
        return False
    return True


async def blur(client: discord.Client, generation: Generation) -> int:
    """Have a picture's messages show it only to who asks for it; returns how many do so now."""
    blurred = 0
    async for message in messages_of(client, [generation]):
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
