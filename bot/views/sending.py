"""A picture sent to a member directly, with its recipe and the way back to where it was posted."""

from __future__ import annotations

import asyncio
import io
from typing import Final

import discord
from discord import ui

from bot.errors import UserError
from bot.locales import Texts
from bot.views import cards
from bot.views.coded import CODE, CodeButton
from bot.views.messages import LEAST_UPLOAD_BYTES, NETWORK, UPLOAD_LIMIT_BYTES, is_too_large
from bot.views.recipes import recipe_of_generation, told
from bot.views.tickets import Interaction, desk_of, texts_of, think, whisper
from bot.views.wording import alt_text
from generation.codec import shrink
from storage.generations import Generation

CLOSED: Final = (50007, 50278)  #: takes no messages from the bot; shares no guild with it


class SendButton(CodeButton, template=f"gala:send:{CODE}(?::[0-9]+)?"):
    """Sends the picture to whoever presses it."""

    async def press(self, interaction: Interaction, generation: Generation) -> None:
        """Send it, and say so."""
        await think(interaction, private=True)
        await send(interaction, generation)
        await whisper(interaction, texts_of(interaction).get("sent"))


def send_button(generation: Generation, texts: Texts) -> ui.Button[cards.Card]:
    """The button, for a picture's recipe."""
    return ui.Button(
        label=texts.get("button-send"),
        custom_id=f"gala:send:{generation.code}",
        style=discord.ButtonStyle.secondary,
    )


async def send(interaction: Interaction, generation: Generation) -> None:
    """Send it to the member. Raises `UserError` where that cannot be."""
    picture = await desk_of(interaction).past.picture(generation)
    if picture is None:
        raise UserError("picture-gone")
    limit_bytes = UPLOAD_LIMIT_BYTES  # a guild's own may be higher
    while True:
        data, extension = await asyncio.to_thread(shrink, picture, limit_bytes)
        try:
            await _send(interaction, generation, data, f"gala-{generation.code}.{extension}")
        except discord.HTTPException as error:
            if error.code in CLOSED:
                raise UserError("send-closed") from error
            if not is_too_large(error) or limit_bytes <= LEAST_UPLOAD_BYTES:
                raise UserError("send-failed") from error
            limit_bytes = min(limit_bytes, len(data)) // 2
        except NETWORK as error:
            raise UserError("send-failed") from error
        else:
            return


async def _send(interaction: Interaction, generation: Generation, data: bytes, filename: str) -> None:
    texts = texts_of(interaction)
    recipe = await recipe_of_generation(desk_of(interaction), generation)
    view = cards.card(
        cards.FINISHED,
        cards.gallery(filename, generation),
        ui.TextDisplay(told(recipe, generation, texts)),
        *way_back(generation, texts),
    )
    file = discord.File(io.BytesIO(data), filename, description=alt_text(generation))
    await interaction.user.send(view=view, file=file)


def way_back(generation: Generation, texts: Texts) -> list[ui.ActionRow[cards.Card]]:
    """A link to the message, if it was posted."""
    if generation.message_id is None:
        return []
    place = f"{generation.guild_id or '@me'}/{generation.channel_id}/{generation.message_id}"
    link: ui.Button[cards.Card] = ui.Button(
        label=texts.get("button-original"), url=f"https://discord.com/channels/{place}"
    )
    return [cards.buttons(link)]
