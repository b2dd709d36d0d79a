"""What members have had looked at: their pictures fetched, and the cards that say what was seen."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Sequence
from typing import Any, Final, Self, cast

import discord
from babel.numbers import format_decimal
from discord import ui

from bot.describing import Description, Found
from bot.errors import UserError
from bot.locales import Texts
from bot.prompt import parse
from bot.ranking import Place, Ranking
from bot.views.amounts import bar
from bot.views.cards import FINISHED, Card, buttons, card
from bot.views.messages import NETWORK
from bot.views.preferring import settle, tell_passed
from bot.views.tickets import Explained, Interaction, check_rights, submit
from bot.views.wording import plain
from generation.codec import PictureError, decode_rgb, encode_frame

MAX_BYTES: Final = 20 * 2**20
SIDE: Final = 768  #: px; a CLIP sees less, and as much is shown again
QUALITY: Final = 90
BEST_OF_SEVERAL: Final = 2  #: captions that each of several pictures shows
SHOWN: Final = 70  #: characters of a caption
SHOWN_OF_SEVERAL: Final = 40
PROMPT_CHARACTERS: Final = 89  #: that a custom_id has room for
MOST_TURNED: Final = 10  #: captions for which the best picture is told, too
CAPTION_SHOWN: Final = 300

AnyButton = ui.Button[Any]


class PaintButton(ui.DynamicItem[AnyButton], template=f"gala:paint:(?P<prompt>.{{1,{PROMPT_CHARACTERS}}})"):
    """Asks for a picture of the words that were found, in the name of whoever presses it."""

    def __init__(self, item: AnyButton, prompt: str) -> None:
        super().__init__(item)
        self.prompt = prompt

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The pressed button."""
        return cls(cast(AnyButton, item), match["prompt"])

    async def callback(self, interaction: Interaction) -> None:
        """A job as if the words had been typed."""
        async with Explained(interaction):
            check_rights(interaction)
            requests, passed = await settle(interaction, parse(self.prompt)[:1])
            await submit(interaction, requests, None)
            await tell_passed(interaction, passed)


async def fetch(attachment: discord.Attachment) -> bytes:
    """An attached picture, made small. Raises `UserError`."""
    if attachment.size > MAX_BYTES:
        raise UserError("look-too-heavy", limit=MAX_BYTES // 2**20)
    try:
        return await asyncio.to_thread(_small, await attachment.read())
    except PictureError as error:
        raise UserError(f"init-{error.kind}") from error
    except (discord.HTTPException, *NETWORK) as error:
        raise UserError("look-lost") from error


def _small(data: bytes) -> bytes:
    return encode_frame(decode_rgb(data), SIDE, QUALITY)


def is_private(interaction: Interaction) -> bool:
    """Whether to answer the member alone: where they may not show pictures, Gala does not for them."""
    held = interaction.permissions
    return interaction.guild_id is not None and not (held.administrator or held.attach_files)


async def show(interaction: Interaction, view: Card, pictures: Sequence[bytes]) -> None:
    """Put the card, and the pictures that it shows, in place of "thinking"."""
    files = [discord.File(io.BytesIO(data), _name(i)) for i, data in enumerate(pictures)]
    await interaction.edit_original_response(view=view, attachments=files)


def is_blurred(message: discord.Message) -> bool:
    """Whether any picture of a message is shown only to who asks for it."""
    parts = [part for top in message.components for part in [top, *getattr(top, "children", ())]]
    items = [item for part in parts if isinstance(part, discord.MediaGalleryComponent) for item in part.items]
    return any(item.spoiler for item in items) or any(file.is_spoiler() for file in message.attachments)


def described(found: Description, model: str, member_id: int, texts: Texts, *, blurred: bool = False) -> Card:
    """The sentence, what else was near, and *Paint this*."""
    lines = [f"**{plain(found.sentence, 200)}**"]
    lines += [line for part in found.found if (line := _near(part, texts))]
    lines.append(_foot(texts.get("card-score", score=round(found.score, 2)), model, member_id))
    label, custom_id = texts.get("describe-paint"), f"gala:paint:{found.sentence}"
    fits = len(found.sentence) <= PROMPT_CHARACTERS
    paint: AnyButton = ui.Button(label=label, custom_id=custom_id[:100], style=discord.ButtonStyle.primary)
    return card(
        FINISHED,
        _gallery([found.sentence], blurred=blurred),
        ui.TextDisplay("\n".join(lines)),
        *[buttons(paint)] * fits,
    )


def _near(part: Found, texts: Texts) -> str:
    """The runners-up of one kind of word, in small print."""
    words = [f"{plain(word.text, SHOWN)} {_number(word.score, texts)}" for word in part.runners_up]
    return "-# " + texts.get("describe-near", kind=part.kind, words=" · ".join(words)) if words else ""


def ranked(ranking: Ranking, model: str, member_id: int, texts: Texts, *, reads: bool) -> Card:
    """For every picture the captions that fit it, and for every caption the picture."""
    count = len(ranking.scores)
    best = [ranking.captions[ranking.captions_of(i)[0].index] for i in range(count)]
    blocks = ["\n".join(_lines(ranking, texts))]
    if not reads:
        blocks.append(texts.get("rank-unread"))
    blocks.append(f"-# {texts.get('rank-explained')}\n{_foot('', model, member_id)}")
    return card(FINISHED, _gallery(best), *map(ui.TextDisplay, blocks))


def _lines(ranking: Ranking, texts: Texts) -> list[str]:
    count, captions = len(ranking.scores), ranking.captions
    if count == 1:
        return [_line(place, plain(captions[place.index], SHOWN), texts) for place in ranking.captions_of(0)]
    if len(captions) == 1:
        title = [f"> {plain(captions[0], CAPTION_SHOWN)}"]
        return title + [_line(place, _picture(place.index, texts), texts) for place in ranking.pictures_of(0)]
    lines = []
    for i in range(count):
        lines.append(f"**{_picture(i, texts)}**")
        some = ranking.captions_of(i)[:BEST_OF_SEVERAL]
        lines += [_line(place, plain(captions[place.index], SHOWN_OF_SEVERAL), texts) for place in some]
    if len(captions) <= MOST_TURNED:
        lines.append(f"**{texts.get('rank-turned')}**")
        for i, caption in enumerate(captions):
            place = ranking.pictures_of(i)[0]
            lines.append(
                f"{plain(caption, SHOWN_OF_SEVERAL)} → {_picture(place.index, texts)} {_share(place, texts)}"
            )
    return lines


def _line(place: Place, name: str, texts: Texts) -> str:
    return f"{bar(round(100 * place.share), 100)} {name} {_share(place, texts)}"


def _share(place: Place, texts: Texts) -> str:
    return f"· {round(100 * place.share)} % · {_number(place.cosine, texts)}"


def _picture(index: int, texts: Texts) -> str:
    return texts.get("rank-picture", number=str(index + 1))


def _foot(first: str, model: str, member_id: int) -> str:
    return "-# " + " · ".join(filter(None, [first, plain(model, 40), f"<@{member_id}>"]))


def _gallery(words: Sequence[str], *, blurred: bool = False) -> ui.MediaGallery[Card]:
    """The pictures in their order, each with words for those who do not see it."""
    items = (
        discord.MediaGalleryItem(f"attachment://{_name(i)}", description=text, spoiler=blurred)
        for i, text in enumerate(words)
    )
    return ui.MediaGallery(*items)


def _name(index: int) -> str:
    return f"picture-{index + 1}.webp"


def _number(value: float, texts: Texts) -> str:
    return format_decimal(value, "0.00", texts.locale.replace("-", "_"))
