"""The cards: a job as a Components V2 message, in the language of the member who asked.

A card is drawn from the job's row alone, so that it can be drawn again after a restart. Nothing that a
member wrote is ever read as markup or as a mention.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, Protocol

import discord
from discord import ui

from bot.dispatcher import Place
from bot.errors import PromptError
from bot.flags import Flags
from bot.locales import Texts
from bot.order import CLEARED
from bot.prompt import Prompt, format_prompt, parse
from generation.protocol import Progress, Reason
from storage.jobs import Job

WAITING: Final = 0x6B7A8F
RUNNING: Final = 0xE8A33D
FINISHED: Final = 0x4FA36C
FAILED: Final = 0xC8504B
CANCELLED: Final = 0x8A8A8A

SHOWN_CHARACTERS: Final = 700  #: of a prompt, on a card
ALT_CHARACTERS: Final = 1024  #: Discord's limit for the words that a screen reader says
BAR_CELLS: Final = 14

MARKUP = re.compile(r"([\\*_~`|<>\[\]()#@:])|^([-+])|^(\d+)(?=\.)")
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
JOINERS = {"\u200c", "\u200d"}  # inside emoji and in Persian or Indic words they are spelling


class Prompted(Protocol):
    """What a prompt was asked for: a job, or what has become of it."""

    @property
    def prompt(self) -> str:
        """As `format_prompt` writes it."""


class Card(ui.LayoutView):
    """A message of a container and nothing else; its buttons are matched by pattern, so it never listens."""

    def __init__(self, container: ui.Container[Card]) -> None:
        super().__init__(timeout=None)
        self.add_item(container)

    def is_finished(self) -> bool:
        """True, so that discord.py keeps no copy of every card that was ever sent."""
        return True


def waiting(job: Job, place: Place | None, texts: Texts, now: float) -> Card:
    """The ticket: place in line, when it is expected, Cancel. `now` is Unix time."""
    return card(
        WAITING,
        ui.TextDisplay("\n".join([place_line(place, texts), wait_line(place, texts, now)])),
        ui.TextDisplay("\n".join([quote(job), *size_note(job, texts), numbers(job, texts)])),
        buttons(button("cancel", job, texts.get("button-cancel"), discord.ButtonStyle.secondary)),
    )


def running(
    job: Job, progress: Progress | None, left_s: float | None, texts: Texts, frame: str | None = None
) -> Card:
    """The picture in the making. `frame` is the name of the file that is sent with the card."""
    step, steps = (progress.step, progress.steps) if progress else (0, job.steps)
    lines = [
        texts.get("card-running", bar=bar(step, steps), percent=percent(step, steps)),
        " · ".join(
            [texts.get("card-step", step=step, steps=steps)]
            + ([] if left_s is None else [time_left(left_s, texts)])
        ),
    ]
    return card(
        RUNNING,
        *([] if frame is None else [gallery(frame, job)]),
        ui.TextDisplay("\n".join([lines[0], f"-# {lines[1]}"])),
        ui.TextDisplay("\n".join([quote(job), *size_note(job, texts)])),
        buttons(
            button("stop", job, texts.get("button-stop"), discord.ButtonStyle.primary),
            button("cancel", job, texts.get("button-cancel"), discord.ButtonStyle.secondary),
        ),
    )


def finished(
    job: Job, texts: Texts, picture: str, *, note: str | None = None, hearts: int = 0, blurred: bool = False
) -> Card:
    """The result. `picture` is the name of the file; `note` stands above it."""
    return card(
        FINISHED,
        *([] if note is None else [ui.TextDisplay(note)]),
        gallery(picture, job, blurred=blurred),
        ui.TextDisplay("\n".join([quote(job), *size_note(job, texts), result_line(job, texts)])),
        buttons(
            button("again", job, texts.get("button-again"), discord.ButtonStyle.primary),
            button("film", job, texts.get("button-film"), discord.ButtonStyle.secondary),
            button("frames", job, texts.get("button-frames"), discord.ButtonStyle.secondary),
        ),
        buttons(
            button("heart", job, heart(hearts), discord.ButtonStyle.secondary),
            button("save", job, texts.get("button-save"), discord.ButtonStyle.secondary),
            button("similar", job, texts.get("button-similar"), discord.ButtonStyle.secondary),
            *report_button(job, texts),
            button("delete", job, texts.get("button-delete"), discord.ButtonStyle.secondary),
        ),
    )


def report_button(job: Job, texts: Texts) -> list[ui.Button[Card]]:
    """The way to the moderators; in direct messages there are none."""
    label = texts.get("button-report")
    return [button("report", job, label, discord.ButtonStyle.secondary)] if job.guild_id else []


def failed(
    job: Job, texts: Texts, largest: tuple[int, int] | None = None, *, note: str | None = None
) -> Card:
    """What happened and what to do. `largest` is a size that would fit."""
    return card(
        FAILED,
        *([] if note is None else [ui.TextDisplay(note)]),
        ui.TextDisplay("\n".join([texts.get("card-failed"), failure_text(job, texts, largest)])),
        ui.TextDisplay("\n".join([quote(job), numbers(job, texts)])),
        buttons(button("again", job, texts.get("button-try-again"), discord.ButtonStyle.primary)),
    )


def cancelled(job: Job, texts: Texts) -> Card:
    """Cancelled, as asked."""
    return card(
        CANCELLED,
        ui.TextDisplay(texts.get("card-cleared" if job.detail == CLEARED else "card-cancelled")),
        ui.TextDisplay("\n".join([quote(job), numbers(job, texts)])),
        buttons(button("again", job, texts.get("button-try-again"), discord.ButtonStyle.secondary)),
    )


def heart(hearts: int) -> str:
    """The label of the heart: how many there are, if any."""
    return f"♥ {hearts}" if hearts else "♥"


def card(colour: int, *items: ui.Item[Card]) -> Card:
    """The items in a container with an accent."""
    return Card(ui.Container(*items, accent_colour=colour))


def buttons(*items: ui.Item[Card]) -> ui.ActionRow[Card]:
    """A row of buttons."""
    return ui.ActionRow(*items)


def button(action: str, job: Job, label: str, style: discord.ButtonStyle) -> ui.Button[Card]:
    """A button that works for as long as the message stands: its custom_id says all."""
    return ui.Button(label=label, style=style, custom_id=f"gala:{action}:{job.id}")


def gallery(filename: str, job: Prompted, *, blurred: bool = False) -> ui.MediaGallery[Card]:
    """The picture that is attached under this name, with the prompt for those who do not see it."""
    url, description = f"attachment://{filename}", alt_text(job)
    return ui.MediaGallery(discord.MediaGalleryItem(url, description=description, spoiler=blurred))


def alt_text(job: Prompted) -> str | None:
    """The prompt, for a screen reader."""
    return clean(shown_prompt(job))[:ALT_CHARACTERS] or None


def place_line(place: Place | None, texts: Texts) -> str:
    """The place in line, in words."""
    if place is None:
        return texts.get("card-starting")
    return texts.get("card-held" if place.held else "card-place", position=place.position)


def wait_line(place: Place | None, texts: Texts, now: float) -> str:
    """When the picture is expected, as a timestamp that counts down by itself on the member's screen."""
    if place is None or place.wait_s is None:
        return texts.get("card-held-wait" if place and place.held else "card-wait-unknown")
    return texts.get("card-wait", when=f"<t:{int(now + place.wait_s)}:R>")


def size_note(job: Job, texts: Texts) -> list[str]:
    """A line that says what was made of the size that was asked for, where it was another."""
    prompt = read(job)
    asked = prompt.flags.size if prompt else None
    if asked is None or asked == (job.width, job.height):
        return []
    return [
        "-# " + texts.get("card-size-note", asked=f"{asked[0]}×{asked[1]}", made=f"{job.width}×{job.height}")
    ]


def numbers(job: Job, texts: Texts) -> str:
    """Size, steps and seed in small print."""
    parts = [f"{job.width}×{job.height}", texts.get("card-steps", steps=job.steps), seed(job, texts)]
    return "-# " + " · ".join(parts)


def result_line(job: Job, texts: Texts) -> str:
    """By whom, and all the numbers."""
    parts = [f"<@{job.member_id}>", f"{job.width}×{job.height}", steps_done(job, texts), seed(job, texts)]
    if job.seconds is not None:
        parts.append(texts.get("card-seconds", seconds=round(job.seconds, 1)))
    if job.score is not None:
        parts.append(texts.get("card-score", score=round(job.score, 2)))
    return "-# " + " · ".join([*parts, plain(job.model, 40), *([f"`{job.code}`"] if job.code else [])])


def steps_done(job: Job, texts: Texts) -> str:
    """How many steps the picture has had."""
    if job.stop_step is None:
        return texts.get("card-steps", steps=job.steps)
    return texts.get("card-stopped", step=job.stop_step, steps=job.steps)


def seed(job: Job, texts: Texts) -> str:
    """The seed, without separators, to be copied."""
    return texts.get("card-seed", seed=str(job.seed))


def failure_text(job: Job, texts: Texts, largest: tuple[int, int] | None) -> str:
    """The sentence for the job's failure."""
    reason = job.failure or Reason.INTERNAL
    width, height = largest or (0, 0)
    arguments = {"code": plain(job.detail or job.id, 80), "model": plain(job.model, 40)}
    if reason in (Reason.TOO_LARGE, Reason.OUT_OF_MEMORY) and largest:
        return texts.get("failed-too-large-try", width=str(width), height=str(height))
    return texts.get(f"failed-{reason}", **arguments)


def time_left(left_s: float, texts: Texts) -> str:
    """About how long it will take, in seconds below a minute and a half, else in minutes."""
    if left_s < 90:
        return texts.get("card-left-seconds", seconds=max(round(left_s), 1))
    return texts.get("card-left-minutes", minutes=round(left_s / 60))


def percent(step: int, steps: int) -> int:
    """How much is done, 0..100."""
    return min(100 * step // max(steps, 1), 100)


def bar(step: int, steps: int) -> str:
    """A progress bar in characters."""
    full = min(BAR_CELLS * step // max(steps, 1), BAR_CELLS)
    return "▰" * full + "▱" * (BAR_CELLS - full)


def quote(job: Prompted) -> str:
    """The prompt as a quotation."""
    return f"> {plain(shown_prompt(job), SHOWN_CHARACTERS)}"


def shown_prompt(job: Prompted) -> str:
    """The prompt without its flags, whose values stand in the card's numbers."""
    return without_flags(job.prompt)


def without_flags(text: str) -> str:
    """A prompt's phrases alone; all of what is no longer understood."""
    try:
        return format_prompt(Prompt(parse(text)[0].phrases, Flags()))
    except PromptError:
        return text


def read(job: Prompted) -> Prompt | None:
    """The job's prompt; None for a row whose words are no longer understood."""
    try:
        return parse(job.prompt)[0]
    except PromptError:
        return None


def plain(text: str, limit: int) -> str:
    """Words as words: on one line, at most `limit` characters, and no character of them is markup."""
    words = clean(text)
    if len(words) > limit:
        words = words[: limit - 1].rstrip() + "…"
    return MARKUP.sub(lambda found: f"\\{found[0]}" if found[3] is None else f"{found[3]}\\", words)


def clean(text: str) -> str:
    """Without line breaks and unseen characters, such as those that turn the direction of writing."""
    seen = "".join(
        " " if character.isspace() else character
        for character in text
        if character.isspace() or character in JOINERS or unicodedata.category(character) not in UNSEEN
    )
    return re.sub(r" {2,}", " ", seen).strip()
