"""What cards show, and that nothing a member writes can break or abuse them."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest
from discord import ui
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.dispatcher import Place
from bot.locales import LOCALES, texts_for
from bot.targets import to_row
from bot.views import cards
from bot.views.amounts import BAR_CELLS, time_left
from bot.views.filming import film_card
from bot.views.wording import clean, plain
from generation.protocol import Progress, Reason
from generation.recipe_values import NamedTarget
from storage.jobs import Status
from tests.bot.samples import job

NOW = 1_790_000_000.0
MARKUP = set("\\*_~`|<>[]()#@:")
NASTY = st.text(st.characters(exclude_categories=["Cs"]), max_size=3000) | st.text(
    st.sampled_from("*_`|<>[]()#@:\\-1.) \n\u202e\u200b\x00éя🎨"), max_size=3000
)


def every_card(prompt: str, locale: str) -> list[cards.Card]:
    """One card of each kind, as long as it can get."""
    texts = texts_for(locale)
    ended = {"seconds": 1234.56, "score": 0.31, "model": "m" * 60}
    progress = Progress("7KQX2M9A", 60, 120, 0.9, 12.0, b"frame")
    many = job(prompt=prompt, locale=locale, width=4096, height=4096, seed=2**31 - 1, member_id=2**63)
    return [
        cards.waiting(many, Place(3, 42.0), texts, NOW),
        cards.waiting(many, Place(1, None), texts, NOW),
        cards.waiting(many, None, texts, NOW),
        cards.running(many, progress, 30.0, texts, "frame.webp"),
        cards.running(many, progress, None, texts),
        cards.finished(job(prompt=prompt, **ended), texts, "gala.png", note=texts.get("card-private")),
        *(
            cards.finished(
                job(prompt=prompt, grid=grid, scores=str([0.125] * grid), candidate=9, keep=0.99, **ended),
                texts,
                "gala.png",
                note=texts.get("card-private"),
            )
            for grid in (4, 9)
        ),
        film_card(job(prompt=prompt, **ended), texts, "gala.mp4"),
        cards.failed(job(prompt=prompt, failure=Reason.TOO_LARGE), texts, (512, 512)),
        cards.failed(job(prompt=prompt, failure=Reason.INTERNAL, detail="x" * 5000), texts),
        cards.cancelled(many, texts),
        cards.elsewhere(replace(many, result_channel_id=2**63), 2**63, texts),
    ]


def texts_on(card: cards.Card) -> str:
    """All that a card says."""
    return "\n".join(item.content for item in card.walk_children() if isinstance(item, ui.TextDisplay))


def alt_texts(card: cards.Card) -> list[str | None]:
    """What a screen reader says of a card's pictures."""
    galleries = [item for item in card.walk_children() if isinstance(item, ui.MediaGallery)]
    return [item.description for gallery in galleries for item in gallery.items]


@pytest.mark.parametrize("locale", LOCALES)
@settings(deadline=None)  # drawing eleven cards takes long on a busy machine
@given(prompt=NASTY)
def test_no_prompt_breaks_discord_s_limits(locale, prompt):
    for card in every_card(prompt, locale):
        card.to_components()
        assert card.total_children_count <= 40
        assert 0 < card.content_length() <= 4000
        assert all(text is None or 1 <= len(text) <= 1024 for text in alt_texts(card))
        for item in card.walk_children():
            if isinstance(item, ui.Button):
                link = r"https://discord\.com/channels/\d+/\d+/\d+"
                own = r"gala:[a-z]+:7KQX2M9A(:[1-9])?"
                assert re.fullmatch(rf"{own}|{link}", item.custom_id or item.url or "")
                assert 1 <= len(item.label or "") <= 34


@example("1) a list")
@given(NASTY)
def test_plain_text_has_no_character_that_is_markup(text):
    shown = plain(text, 700)
    assert "\n" not in shown
    unescaped = re.sub(r"\\(?:[^\w\s]|_)", "", shown)
    assert not MARKUP & set(unescaped)
    assert not re.match(r"[-+]|\d+[.)]", shown)


@given(NASTY)
def test_plain_text_reads_as_it_was_written(text):
    assert re.sub(r"\\(\W|_)", r"\1", plain(text, 10_000)) == clean(text)


@pytest.mark.parametrize(
    ("nasty", "harmless"),
    [
        ("@everyone look", r"\@everyone look"),
        ("<@1234> hi", r"\<\@1234\> hi"),
        ("[free](https://evil.example)", r"\[free\]\(https\://evil.example\)"),
        ("# big\n-# small", r"\# big -\# small"),
        ("```\ncode", r"\`\`\` code"),
        ("1. one", r"1\. one"),
        ("||hidden||", r"\|\|hidden\|\|"),
        ("abc\u202edcba", "abcdcba"),
    ],
)
def test_markup_mentions_and_masked_links_are_shown_as_written(nasty, harmless):
    assert plain(nasty, 700) == harmless


def test_a_long_prompt_is_shortened_on_the_card_and_told_to_screen_readers():
    card = cards.finished(job(prompt="cat " * 300), texts_for("en-US"), "gala.png")
    assert "…" in texts_on(card)
    assert len(alt_texts(card)[0] or "") == 1024


def test_a_ticket_says_the_place_and_when_the_picture_will_be_there():
    card = cards.waiting(job(), Place(3, 42.0), texts_for("en-US"), NOW)
    assert "Place in line: 3" in texts_on(card)
    assert f"<t:{int(NOW) + 42}:R>" in texts_on(card)


def test_a_ticket_promises_nothing_while_no_speed_is_known():
    card = cards.waiting(job(), Place(2, None), texts_for("en-US"), NOW)
    assert "not measured" in texts_on(card)
    assert "<t:" not in texts_on(card)


def test_the_card_says_what_was_made_of_a_size():
    asked = job(prompt="a red car --size 300x300", width=304, height=304)
    assert "300×300 became 304×304" in texts_on(cards.waiting(asked, None, texts_for("en-US"), NOW))
    assert "became" not in texts_on(cards.waiting(job(), None, texts_for("en-US"), NOW))


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en-US", ("with a target picture", "with 2 target pictures")),
        ("ru", ("картинкой-целью", "2 картинками")),
    ],
)
def test_the_card_says_how_many_targets_draw_the_picture(locale, words):
    kept = [to_row([NamedTarget("0" * 64, 1.0, -math.inf)] * count) for count in (0, 1, 2)]
    none, *some = (texts_on(cards.finished(job(targets=row), texts_for(locale), "gala.png")) for row in kept)
    assert all(said in text for said, text in zip(words, some, strict=True))
    assert not any(said in none for said in words)


def test_flags_are_not_part_of_the_shown_prompt():
    assert texts_on(cards.cancelled(job(prompt="a red car --seed 7"), texts_for("en-US"))).count("seed") == 1


@pytest.mark.parametrize(("step", "percent"), [(0, "0 %"), (60, "50 %"), (120, "100 %"), (500, "100 %")])
def test_the_bar_never_leaves_its_frame(step, percent):
    progress = Progress("7KQX2M9A", step, 120, None, 1.0, b"")
    said = texts_on(cards.running(job(), progress, None, texts_for("en-US")))
    assert percent in said
    assert said.count("▰") + said.count("▱") == BAR_CELLS


@pytest.mark.parametrize(
    ("locale", "words"), [("en-US", "stopped at 87 of 120"), ("ru", "на шаге 87 из 120")]
)
def test_a_picture_that_was_kept_early_says_so(locale, words):
    kept = job(status=Status.FINISHED, stop_step=87)
    assert words in texts_on(cards.finished(kept, texts_for(locale), "gala.png"))
    assert words not in texts_on(cards.finished(job(), texts_for(locale), "gala.png"))


def test_russian_counts_in_russian():
    texts = texts_for("ru")
    said = [time_left(seconds, texts) for seconds in (1, 2, 5, 21, 22, 120, 300)]
    assert [text.split()[-1] for text in said] == [
        "секунда", "секунды", "секунд", "секунда", "секунды", "минуты", "минут",
    ]  # fmt: skip


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("reason", [*Reason, "undeliverable", "parked", "storage-full"])
def test_every_failure_has_words(locale, reason):
    said = texts_on(cards.failed(job(failure=str(reason)), texts_for(locale), (320, 320)))
    assert f"failed-{reason}" not in said
    assert "{" not in said


@pytest.mark.parametrize("locale", LOCALES)
def test_a_result_shows_every_number(locale):
    card = cards.finished(
        job(status=Status.FINISHED, seconds=12.34, score=0.312), texts_for(locale), "gala.png"
    )
    said = texts_on(card)
    for part in ("<@30>", "256×256", "1234567", "12", "0", "pocket", "120"):
        assert part in said
