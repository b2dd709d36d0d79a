"""A small bot for the tests of the local Discord: real discord.py, in a process of its own.

Started as `python -m tests.bot.loopback.toy_bot ENDPOINT`, with the token in GALA_TOKEN.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
from functools import partial
from typing import Any

import discord
from discord import app_commands, ui

from bot.loopback import redirect

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000002000000020802000000fdd49a730000001649444154789c63fccfc0c0c0c0c0c4"
    "c0c0c0c0c00000000d1d01033c8a2d1b0000000049454e44ae426082"
)


class Words(app_commands.Translator):
    """Russian for one command."""

    async def translate(self, string, locale, context):
        russian = {"paint": "рисуй", "Paint something": "Нарисовать что-нибудь", "what": "что"}
        return russian.get(string.message) if locale is discord.Locale.russian else None


class Card(ui.LayoutView):
    """A Components V2 card with a picture and buttons."""

    def __init__(self, text: str, filename: str):
        super().__init__(timeout=None)
        box: ui.Container[Card] = ui.Container(accent_colour=0x7A5CFF)
        box.add_item(ui.TextDisplay(text))
        box.add_item(ui.MediaGallery(discord.MediaGalleryItem(f"attachment://{filename}")))
        row: ui.ActionRow[Card] = ui.ActionRow()
        row.add_item(ui.Button(label="Again", custom_id="toy:again", style=discord.ButtonStyle.primary))
        row.add_item(ui.Button(label="Ask", custom_id="toy:ask"))
        row.add_item(ui.Button(label="Off", custom_id="toy:off", disabled=True))
        box.add_item(row)
        choice: ui.ActionRow[Card] = ui.ActionRow()
        options = [discord.SelectOption(label=item) for item in ("red", "blue")]
        choice.add_item(ui.Select(custom_id="toy:colour", options=options, max_values=2))
        box.add_item(choice)
        self.add_item(box)


class Question(ui.Modal, title="Tell me"):
    """A modal with one field."""

    words: ui.TextInput[Question] = ui.TextInput(label="Words", custom_id="words", max_length=20)

    async def on_submit(self, interaction):
        await interaction.response.send_message(f"you said {self.words.value}", ephemeral=True)


class Toy(discord.Client):
    """The bot itself."""

    def __init__(self):
        super().__init__(intents=discord.Intents(guilds=True), guild_ready_timeout=0.1)
        self.tree = app_commands.CommandTree(self)
        self.seen: list[str] = []

    async def setup_hook(self):
        add_commands(self)
        await self.tree.set_translator(Words())
        await self.tree.sync()

    async def on_resumed(self):
        self.seen.append("resumed")

    async def on_ready(self):
        self.seen.append("ready")

    async def on_interaction(self, interaction):
        custom_id = (interaction.data or {}).get("custom_id")
        if interaction.type is not discord.InteractionType.component:
            return
        if custom_id == "toy:again":
            file = discord.File(io.BytesIO(PNG), "b.png")
            await interaction.response.edit_message(view=Card("again", "b.png"), attachments=[file])
        elif custom_id == "toy:ask":
            await interaction.response.send_modal(Question())
        elif custom_id == "toy:colour":
            await interaction.response.send_message(f"chose {interaction.data['values']}", ephemeral=True)


def picture(name: str = "a.png") -> discord.File:
    return discord.File(io.BytesIO(PNG), name)


async def raw(bot: Toy, method: str, path: str, body: object = None, *files: discord.File):
    """A request that discord.py itself would have refused to make."""
    route = discord.http.Route(method, path)
    if not files:
        return await bot.http.request(route, json=body)
    form: list[dict[str, Any]] = [{"name": "payload_json", "value": json.dumps(body)}]
    for index, file in enumerate(files):
        form.append({"name": f"files[{index}]", "value": file.fp, "filename": file.filename})
    return await bot.http.request(route, form=form, files=files)


def add_commands(bot: Toy) -> None:
    add_painting(bot.tree)
    add_talking(bot.tree)
    add_running(bot)


def add_painting(tree: app_commands.CommandTree) -> None:
    @tree.command(
        name=app_commands.locale_str("paint"), description=app_commands.locale_str("Paint something")
    )
    @app_commands.rename(what=app_commands.locale_str("what"))
    async def paint(
        interaction: discord.Interaction,
        what: str,
        size: app_commands.Range[int, 1, 512] = 64,
        init: discord.Attachment | None = None,
    ):
        got = await init.read() if init else b""
        await interaction.response.defer()
        text = f"{what} {size} {len(got)} {interaction.locale} {interaction.filesize_limit}"
        await interaction.edit_original_response(view=Card(text, "a.png"), attachments=[picture()])

    @paint.autocomplete("what")
    async def words(interaction: discord.Interaction, current: str):
        return [app_commands.Choice(name=current + word, value=current + word) for word in (" cat", " dog")]


def add_talking(tree: app_commands.CommandTree) -> None:
    @tree.command(description="Answer at once, then more")
    async def talk(interaction: discord.Interaction, secret: bool = False):
        await interaction.response.send_message("first", ephemeral=secret)
        await interaction.followup.send("second", ephemeral=secret, file=picture())

    @tree.command(description="Say nothing")
    async def silence(interaction: discord.Interaction):
        await asyncio.sleep(0)

    @tree.command(description="For admins")
    @app_commands.default_permissions(manage_guild=True)
    async def rule(interaction: discord.Interaction):
        await interaction.response.send_message("so be it")


def add_running(bot: Toy) -> None:
    @bot.tree.command(description="Run a piece of the test")
    async def run(interaction: discord.Interaction, code: str, body: discord.Attachment | None = None):
        """`code` is the body of a coroutine; what it returns, or the error, is posted as JSON."""
        await interaction.response.send_message("running", ephemeral=True)
        space: dict[str, Any] = {
            "interaction": interaction,
            "bot": bot,
            "discord": discord,
            "picture": picture,
            "Card": Card,
        }
        space |= {"io": io, "asyncio": asyncio, "ui": ui, "channel": interaction.channel}
        space["raw"] = partial(raw, bot)
        space["BODY"] = json.loads(await body.read()) if body else None
        indented = "\n".join("    " + line for line in code.splitlines())
        exec(f"async def body():\n{indented}", space)
        try:
            result = {"ok": await space["body"]()}
        except discord.HTTPException as error:
            result = {"status": error.status, "code": error.code, "text": str(error.text)}
        except Exception as error:
            result = {"error": f"{type(error).__name__}: {error}"}
        await interaction.user.send(json.dumps({"run": interaction.id, **result}))


def main() -> None:
    redirect(sys.argv[1])
    Toy().run(os.environ["GALA_TOKEN"], log_level=30)


if __name__ == "__main__":
    main()
