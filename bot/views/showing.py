"""One past picture, whole, with its recipe and its kin; for the member alone."""

from __future__ import annotations

import asyncio
import io
import json
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui

from bot.views.cards import FINISHED, Card, buttons, candidate_rows, card, gallery, heart
from bot.views.sight import sight_of
from bot.views.tickets import Interaction, desk_of, texts_of, think
from bot.views.wording import alt_text, plain, quote
from bot.visibility import sees
from generation.codec import shrink

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.locales import Texts
    from storage.generations import Generation

KIN: Final = 4  #: children that have a button
MESSAGE: Final = "https://discord.com/channels/{guild}/{channel}/{message}"


async def show_generation(interaction: Interaction, generation: Generation) -> None:
    """Answer the member alone with a picture that they may see."""
    await think(interaction, private=True)
    desk, texts = desk_of(interaction), texts_of(interaction)
    parent, children = await kin(interaction, generation)
    data = await desk.past.picture(generation)
    files = []
    if data is not None:
        small, extension = await asyncio.to_thread(shrink, data, interaction.filesize_limit)
        name = f"gala-{generation.code}.{extension}"
        files = [discord.File(io.BytesIO(small), name, description=alt_text(generation))]
    own = generation.member_id == interaction.user.id
    filename = files[0].filename if files else None
    job = await desk.jobs.get(generation.job_id)
    ways_on = [] if job is None or data is None else candidate_rows(job, texts)
    view = generation_card(
        generation, texts, filename, own=own, parent=parent, children=children, ways_on=ways_on
    )
    await interaction.edit_original_response(view=view, attachments=files)


async def kin(interaction: Interaction, generation: Generation) -> tuple[str | None, Sequence[str]]:
    """The codes of the parent and of the first children, those that the member may see."""
    generations, sight = desk_of(interaction).generations, sight_of(interaction)
    parent = await generations.get(generation.parent) if generation.parent else None
    children = [child.code for child in await generations.children(generation.code) if sees(sight, child)]
    return parent.code if parent and sees(sight, parent) else None, children[:KIN]


def generation_card(
    generation: Generation,
    texts: Texts,
    picture: str | None,
    *,
    own: bool,
    parent: str | None,
    children: Sequence[str],
    ways_on: Sequence[ui.ActionRow[Card]] = (),
) -> Card:
    """The card. `picture` is the name of the file, None where it is gone; `ways_on` are a grid's own."""
    gone = ui.TextDisplay[Card](texts.get("show-gone"))
    kind = discord.ButtonStyle.secondary
    kept = [
        act("heart", generation.job_id, heart(generation.hearts), kind),
        act("save", generation.job_id, texts.get("button-save"), kind),
        act("similar", generation.job_id, texts.get("button-similar"), kind),
        act("recipe", generation.code, texts.get("button-recipe"), kind),
    ]
    if own:
        label = texts.get("button-unhide" if generation.hidden else "button-hide")
        kept.append(act("hide", generation.code, label, kind))
    making = [act("again", generation.job_id, texts.get("button-again"), discord.ButtonStyle.primary)]
    making += [] if picture else [act("replay", generation.code, texts.get("button-replay"), kind)]
    if link := message_link(generation):
        making.append(ui.Button(label=texts.get("button-message"), url=link))
    relatives = [act("open", parent, f"↑ {parent}", kind)] if parent else []
    relatives += [act("open", child, f"↓ {child}", kind) for child in children]
    return card(
        FINISHED,
        gallery(picture, generation) if picture else gone,
        ui.TextDisplay("\n".join([quote(generation), f"-# {' · '.join(facts(generation, texts))}"])),
        *ways_on,
        buttons(*making),
        buttons(*kept),
        *([ui.TextDisplay(f"-# {texts.get('show-kin')}"), buttons(*relatives)] if relatives else []),
    )


def act(action: str, what: str, label: str, style: discord.ButtonStyle) -> ui.Button[Card]:
    """A button whose custom_id says all."""
    return ui.Button(label=label, style=style, custom_id=f"gala:{action}:{what}")


def message_link(generation: Generation) -> str | None:
    """The address of the message that the picture was posted in."""
    if generation.message_id is None or not generation.guild_id:
        return None
    return MESSAGE.format(
        guild=generation.guild_id, channel=generation.channel_id, message=generation.message_id
    )


def facts(generation: Generation, texts: Texts) -> list[str]:
    """Who, when, and the numbers of it."""
    found = [
        f"`{generation.code}`",
        f"<@{generation.member_id}>",
        f"<t:{int(generation.created_at)}:f>",
        f"{generation.width}×{generation.height}",
        texts.get("card-steps", steps=generation.steps),
        texts.get("card-seed", seed=str(generation.seed)),
    ]
    if generation.seconds is not None:
        found.append(texts.get("card-seconds", seconds=round(generation.seconds, 1)))
    if generation.score is not None:
        found.append(texts.get("card-score", score=round(generation.score, 2)))
    return [*found, plain(generation.model, 40), *made_by(generation)]


def made_by(generation: Generation) -> list[str]:
    """On what it was made, as its recipe says."""
    recipe: dict[str, Any] = json.loads(generation.recipe) if generation.recipe else {}
    return [plain(str(recipe[key]), 60) for key in ("device", "dtype") if key in recipe]
