"""`/imagine`: a prompt, and what may be chosen beside it, become jobs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Literal

import discord
from discord import app_commands
from discord.app_commands import Choice, locale_str

from bot.config import Painting
from bot.errors import UserError
from bot.locales import texts_for
from bot.presets import Style
from bot.prompt import Prompt, parse
from bot.request import RATIOS, SEEDS, TELLING, Request, by_ratio, check_init, read_size
from bot.styles import NONE, dress, find_style, label_of
from bot.targets import with_attached
from bot.views.hints import hint
from bot.views.messages import NETWORK
from bot.views.preferring import settle, tell_passed
from bot.views.targets import aimed, codes_of
from bot.views.tickets import (
    Interaction,
    check_rights,
    desk_of,
    locale_of,
    preference_of,
    submit,
    texts_of,
    think,
)
from generation.codec import PictureError, read_init
from generation.models import Model, fit_size

MAX_INIT_BYTES: Final = 20 * 2**20
PATIENCE_S: Final = 1.5  #: for an attachment, before the answer is put off
MAX_STEPS_OPTION: Final = 100_000  #: of the option; the host's own bound is told in words
SCALES: Final = (1.5, 2.0)
RATIO = re.compile(r"\s*(\d{1,3})\s*[:/]\s*(\d{1,3})\s*", re.ASCII)
MAX_CHOICES: Final = 25

Command = app_commands.Command[Any, ..., None]
Steps = app_commands.Range[int, 1, MAX_STEPS_OPTION]
Seed = app_commands.Range[int, 0, SEEDS - 1]
Percent = app_commands.Range[int, 1, 99]


def text(message_id: str) -> locale_str:
    """A text in English, with the key by which the translator finds the others."""
    return locale_str(texts_for("en-US").get(message_id), key=message_id)


def imagine_command() -> Command:
    """The command, to be added to a tree."""
    command: Command = app_commands.Command(
        name=text("imagine-name"), description=text("imagine-description"), callback=imagine
    )
    command = app_commands.rename(**{name: text(f"imagine-{name}-name") for name in OPTIONS})(command)
    command = app_commands.describe(**{name: text(f"imagine-{name}-description") for name in OPTIONS})(
        command
    )
    command.autocomplete("size")(suggest_sizes)
    command.autocomplete("style")(suggest_styles)
    return command


OPTIONS: Final = (
    "prompt",
    "style",
    "size",
    "steps",
    "seed",
    "init",
    "mask",
    "target",
    "another",
    "grid",
    "keep",
)


@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
async def imagine(
    interaction: discord.Interaction[Any],
    prompt: str,
    style: str | None = None,
    size: str | None = None,
    steps: Steps | None = None,
    seed: Seed | None = None,
    init: discord.Attachment | None = None,
    mask: discord.Attachment | None = None,
    target: discord.Attachment | None = None,
    another: discord.Attachment | None = None,
    grid: Literal[1, 4, 9] | None = None,
    keep: Percent | None = None,
) -> None:
    """Check all that can be checked, then have the jobs accepted."""
    check_rights(interaction)
    desk = desk_of(interaction)
    targets = [each for each in (target, another) if each is not None]
    prompts = [
        with_attached(each, len(targets)) for each in parse(prompt, limit=desk.painting.max_permutations)
    ]
    chosen = [choose(each, size, steps, seed) for each in prompts]
    chosen = [with_style(with_grid(each, grid, keep), style, desk.styles) for each in chosen]

    def accepts(request: Request) -> None:
        check_init([request], desk.models, given=init is not None)
        if mask is not None:
            check_mask([request], init)

    dressed = [dress(each, desk.styles) for each in chosen]
    requests, passed = await settle(interaction, chosen, accepts)
    for request in requests:
        accepts(request)
    data, attached = await fetch(interaction, init, mask, targets)
    requests = await aimed(interaction, requests, attached)
    await submit(interaction, requests, data, next(iter(codes_of(prompts[0])), None))
    await tell_passed(interaction, passed)
    await hint(interaction, dressed, [request.model for request in requests])


def choose(prompt: Prompt, size: str | None, steps: int | None, seed: int | None) -> Prompt:
    """The prompt with the options in place of its flags: the whole recipe. Raises `UserError`."""
    flags = prompt.flags
    if size is not None:
        ratio = RATIO.fullmatch(size)
        if ratio and int(ratio[1]) and int(ratio[2]):
            flags = replace(flags, ar=(int(ratio[1]), int(ratio[2])), size=None)
        else:
            flags = replace(flags, size=read_size(size), ar=None)
    if steps is not None:
        flags = replace(flags, steps=steps)
    if seed is not None:
        flags = replace(flags, seed=seed)
    return replace(prompt, flags=flags)


def with_grid(prompt: Prompt, grid: int | None, keep: int | None) -> Prompt:
    """The prompt with these options, too, in place of its flags."""
    flags = prompt.flags
    return replace(prompt, flags=replace(flags, n=grid or flags.n, keep=keep or flags.keep))


def with_style(prompt: Prompt, style: str | None, styles: Mapping[str, Style]) -> Prompt:
    """The prompt with this style, by name or label, in place of its flag. Raises `UserError`."""
    if style is None:
        return prompt
    return replace(prompt, flags=replace(prompt.flags, style=find_style(style, styles)))


def check_mask(requests: Sequence[Request], init: discord.Attachment | None) -> None:
    """Refuse a mask where there is nothing that it could keep, or nobody to heed it. Raises `UserError`."""
    if init is None:
        raise UserError("mask-without-init")
    for request in requests:
        if request.engine in TELLING or request.keep is not None or request.grid > 1:
            raise UserError("mask-not-here", model=request.model)


async def fetch(
    interaction: Interaction,
    init: discord.Attachment | None,
    mask: discord.Attachment | None,
    targets: Sequence[discord.Attachment],
) -> tuple[bytes | None, list[bytes]]:
    """The attached pictures, made ready; shows "thinking" if that takes long. Raises `UserError`."""
    sizes = [each.size for each in (init, mask, *targets) if each is not None]
    if max(sizes, default=0) > MAX_INIT_BYTES:
        raise UserError("look-too-heavy", limit=MAX_INIT_BYTES // 2**20)
    if not sizes:
        return None, []
    fetching = asyncio.create_task(download(init, mask, targets))
    try:
        await asyncio.wait({fetching}, timeout=PATIENCE_S)
        if not fetching.done():
            await think(interaction)
        return await fetching
    finally:
        fetching.cancel()


async def download(
    init: discord.Attachment | None, mask: discord.Attachment | None, targets: Sequence[discord.Attachment]
) -> tuple[bytes | None, list[bytes]]:
    """The attached pictures, made ready. Raises `UserError`."""
    try:
        opened = None if mask is None else await mask.read()
        start = None if init is None else await asyncio.to_thread(read_init, await init.read(), opened)
        return start, [await asyncio.to_thread(read_init, await target.read()) for target in targets]
    except PictureError as error:
        raise UserError(f"init-{error.kind}") from error
    except (discord.HTTPException, *NETWORK) as error:
        raise UserError("look-lost") from error


async def suggest_sizes(interaction: Interaction, typed: str) -> list[Choice[str]]:
    """Sizes that the model can make; first what would be made of the one that was typed."""
    desk = desk_of(interaction)
    usual = desk.models[desk.painting.model]
    model = desk.models.get(preference_of(interaction).model or "", usual)
    found = {
        value: name
        for name, value in [*typed_size(typed, model, desk.painting), *sizes(model, desk.painting)]
    }
    wanted = typed.strip().lower().replace("×", "x")
    first = next(iter(found), None)
    shown = [
        Choice(name=name, value=value)
        for value, name in found.items()
        if wanted in value or wanted in name or value == first
    ]
    return shown[:MAX_CHOICES]


async def suggest_styles(interaction: Interaction, typed: str) -> list[Choice[str]]:
    """The host's styles, by what their names and labels hold, and none for whoever prefers one."""
    wanted, locale = typed.strip().casefold(), locale_of(interaction)
    none = {NONE: texts_of(interaction).get("style-plain")} if preference_of(interaction).style else {}
    named = none | {name: label_of(style, locale) for name, style in desk_of(interaction).styles.items()}
    fit = [name for name, label in named.items() if wanted in f"{label} {name}".casefold()]
    return [Choice(name=named[name], value=name) for name in fit[:MAX_CHOICES]]


def typed_size(typed: str, model: Model, painting: Painting) -> Sequence[tuple[str, str]]:
    """What would be made of a size that is already whole: name and value."""
    try:
        width, height = fit_size(model, *read_size(typed), painting.max_pixels)
    except UserError:
        return ()
    return [(f"{typed.strip()} → {width}×{height}", f"{width}x{height}")]


def sizes(model: Model, painting: Painting) -> Sequence[tuple[str, str]]:
    """Usual sizes, smallest first: name and value."""
    wanted = [(f"{x}:{y}", by_ratio((x, y), model)) for x, y in RATIOS]
    wanted += [("1:1", (round(model.native[0] * by), round(model.native[1] * by))) for by in SCALES]
    fitted = [(ratio, fit_size(model, *size, painting.max_pixels)) for ratio, size in wanted]
    return [(f"{ratio} · {width}×{height}", f"{width}x{height}") for ratio, (width, height) in fitted]
