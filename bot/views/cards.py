"""The cards: a job as a Components V2 message, in the language of the member who asked.

A card is drawn from the job's row alone, so that it can be drawn again after a restart. Nothing that a
member wrote is ever read as markup or as a mention.
"""

from __future__ import annotations

from typing import Final

import discord
from discord import ui

from bot.dispatcher import Place
from bot.locales import Texts
from bot.order import CLEARED
from bot.request import goes_on
from bot.views.amounts import bar, percent, time_left
from bot.views.lines import (
    failure_text,
    notes,
    numbers,
    place_line,
    result_line,
    score_lines,
    turn_lines,
    wait_line,
)
from bot.views.wording import Pictured, alt_text, plain, quote
from generation.models import ENLARGING
from generation.protocol import Progress
from storage.jobs import Check, Job, Status

WAITING: Final = 0x6B7A8F
RUNNING: Final = 0xE8A33D
FINISHED: Final = 0x4FA36C
FAILED: Final = 0xC8504B
CANCELLED: Final = 0x8A8A8A

REFUSED: Final = "refused-picture"  #: the failure that can be appealed against
SECONDARY: Final = discord.ButtonStyle.secondary
BUTTONS_IN_ROW: Final = 5
MENUS: Final = ("picks", "redraws")


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
        ui.TextDisplay("\n".join([quote(job), *notes(job, texts), numbers(job, texts)])),
        buttons(button("cancel", job, texts.get("button-cancel"), SECONDARY)),
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
        ui.TextDisplay("\n".join([quote(job), *turn_lines(job, texts), *notes(job, texts)])),
        buttons(
            button("stop", job, texts.get("button-stop"), discord.ButtonStyle.primary),
            *([button("steer", job, texts.get("button-steer"), SECONDARY)] if steers(job) else []),
            button("cancel", job, texts.get("button-cancel"), SECONDARY),
        ),
    )


def finished(
    job: Job,
    texts: Texts,
    picture: str,
    *,
    film: str | None = None,
    note: str | None = None,
    hearts: int = 0,
) -> Card:
    """The result. `picture` and `film` are the names of the files; `note` stands above them."""
    return card(
        FINISHED,
        *([] if note is None else [ui.TextDisplay(note)]),
        *([] if film is None else [gallery(film, job)]),
        gallery(picture, job),
        ui.TextDisplay(
            "\n".join(
                [
                    quote(job),
                    *turn_lines(job, texts),
                    *notes(job, texts),
                    *score_lines(job, texts),
                    result_line(job, texts),
                ]
            )
        ),
        *candidate_rows(job, texts),
        buttons(*making(job, texts)),
        buttons(
            button("heart", job, heart(hearts), SECONDARY),
            button("save", job, texts.get("button-save"), SECONDARY),
            button("similar", job, texts.get("button-similar"), SECONDARY),
            *report_button(job, texts),
            button("delete", job, texts.get("button-delete"), SECONDARY),
        ),
    )


def elsewhere(job: Job, result_id: int, texts: Texts) -> Card:
    """The end of a card that is not where the result stands: the way there."""
    channel_id = job.result_channel_id or job.channel_id
    url = f"https://discord.com/channels/{job.guild_id or '@me'}/{channel_id}/{result_id}"
    return card(
        FINISHED,
        ui.TextDisplay(texts.get("card-elsewhere", channel=f"<#{channel_id}>")),
        ui.TextDisplay(quote(job)),
        buttons(ui.Button(label=texts.get("button-there"), url=url)),
    )


def steers(job: Job) -> bool:
    """Whether another prompt can turn the picture in the making; what is drawn keeps to its own."""
    return goes_on(job.engine) and job.grid == 1


def making(job: Job, texts: Texts) -> list[ui.Button[Card]]:
    """The buttons that make something of a result."""
    again = () if job.engine == ENLARGING else ("again",)  # it would be the same picture
    alone = (*(("vary",) if goes_on(job.engine) else ()), "larger", "film", "frames")
    actions = ("again", "film") if job.grid > 1 else (*again, *alone)
    styles = [discord.ButtonStyle.primary] + [SECONDARY] * (len(actions) - 1)
    names = zip(actions, styles, strict=True)
    return [button(action, job, texts.get(f"button-{action}"), style) for action, style in names]


def candidate_rows(job: Job, texts: Texts) -> list[ui.ActionRow[Card]]:
    """The ways on from each picture of a sheet: by its number, one row to pick and one to redraw."""
    if job.grid == 1:
        return []
    numbers = range(1, job.grid + 1)
    if job.grid > BUTTONS_IN_ROW:
        return [ui.ActionRow(menu(deed, job, numbers, texts.get(f"grid-{deed}"))) for deed in MENUS]
    return [
        buttons(*(button(deed, job, f"{letter}{number}", SECONDARY, f":{number}") for number in numbers))
        for deed, letter in (("pick", "U"), ("redraw", "V"))
    ]


def menu(deed: str, job: Job, numbers: range, placeholder: str) -> ui.Select[Card]:
    """A menu of a sheet's pictures."""
    options = [discord.SelectOption(label=str(number), value=str(number)) for number in numbers]
    return ui.Select(custom_id=f"gala:{deed}:{job.id}", placeholder=placeholder, options=options)


def report_button(job: Job, texts: Texts) -> list[ui.Button[Card]]:
    """The way to the moderators; in direct messages there are none."""
    label = texts.get("button-report")
    return [button("report", job, label, SECONDARY)] if job.guild_id else []


def last_word(
    job: Job, texts: Texts, largest: tuple[int, int] | None = None, *, note: str | None = None
) -> Card:
    """What there is to say of a job that has no picture to show."""
    if job.status is Status.CANCELLED:
        return cancelled(job, texts)
    if job.output_check is Check.HELD:
        return held(job, texts, note=note)
    return failed(job, texts, largest, note=note)


def held(job: Job, texts: Texts, *, note: str | None = None) -> Card:
    """The picture waits for the moderators' word."""
    words = texts.get("card-held-picture", concept=plain(job.found or "", 80))
    return card(
        WAITING,
        *([] if note is None else [ui.TextDisplay(note)]),
        ui.TextDisplay(words),
        ui.TextDisplay("\n".join([quote(job), numbers(job, texts)])),
    )


def failed(
    job: Job, texts: Texts, largest: tuple[int, int] | None = None, *, note: str | None = None
) -> Card:
    """What happened and what to do. `largest` is a size that would fit."""
    return card(
        FAILED,
        *([] if note is None else [ui.TextDisplay(note)]),
        ui.TextDisplay("\n".join([texts.get("card-failed"), failure_text(job, texts, largest)])),
        ui.TextDisplay("\n".join([quote(job), numbers(job, texts)])),
        buttons(
            button("again", job, texts.get("button-try-again"), discord.ButtonStyle.primary),
            *plea_button(job, texts),
        ),
    )


def plea_button(job: Job, texts: Texts) -> list[ui.Button[Card]]:
    """The way to the moderators for a picture that the check alone has refused."""
    return [button("plea", job, texts.get("filter-appeal"), SECONDARY)] if job.failure == REFUSED else []


def cancelled(job: Job, texts: Texts) -> Card:
    """Cancelled, as asked."""
    return card(
        CANCELLED,
        ui.TextDisplay(texts.get("card-cleared" if job.detail == CLEARED else "card-cancelled")),
        ui.TextDisplay("\n".join([quote(job), numbers(job, texts)])),
        buttons(button("again", job, texts.get("button-try-again"), SECONDARY)),
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


def button(action: str, job: Job, label: str, style: discord.ButtonStyle, more: str = "") -> ui.Button[Card]:
    """A button that works for as long as the message stands: its custom_id says all."""
    return ui.Button(label=label, style=style, custom_id=f"gala:{action}:{job.id}{more}")


def gallery(filename: str, job: Pictured) -> ui.MediaGallery[Card]:
    """The picture that is attached under this name, with the prompt for those who do not see it."""
    return ui.MediaGallery(media(filename, job))


def media(filename: str, job: Pictured) -> discord.MediaGalleryItem:
    """The attached picture, as every card shows one: blurred where a moderator wants that."""
    url, description = f"attachment://{filename}", alt_text(job)
    return discord.MediaGalleryItem(url, description=description, spoiler=job.blurred)
