"""The faults of prompts: each has its place and its words."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import PromptError
from bot.locales import LOCALES, texts_for
from bot.prompt import parse


def fault(text, limit=8):
    with pytest.raises(PromptError) as caught:
        parse(text, limit)
    return caught.value


@pytest.mark.parametrize(
    ("text", "message_id", "place"),
    [
        ("", "prompt-empty", 0),
        (" \n\u200b", "prompt-empty", 0),
        ("|", "prompt-empty", 0),
        ("::", "prompt-empty", 0),
        ("--no blur", "prompt-empty", 0),
        ("{a,} --seed 1", "prompt-empty", 4),
        ("a" * 2001, "prompt-too-long", 2000),
        ("a" * 6000, "prompt-too-long", 2000),
        ("a " * 50_000, "prompt-too-long", 2000),
        ("|".join(["a"] * 65), "prompt-too-many-parts", 128),
        ("a:nan", "prompt-not-finite", 2),
        ("a:1e999", "prompt-not-finite", 2),
        ("a:-Infinity", "prompt-not-finite", 2),
        ("a::inf b", "prompt-not-finite", 3),
        ("a:1:nan", "prompt-not-finite", 4),
        ("a:1:inf", "prompt-not-finite", 4),
        ("a | b:0,5", "prompt-decimal-comma", 6),
        ("a::0,5 b", "prompt-decimal-comma", 3),
        ("a:1:2:3", "prompt-too-many-numbers", 6),
        ("10:30:1:2:3", "prompt-too-many-numbers", 10),
        ("a | :5", "prompt-nothing-to-weigh", 5),
        ("::2 a", "prompt-nothing-to-weigh", 2),
        ("a:::2", "prompt-nothing-to-weigh", 4),
        ("a:0 | b:0", "prompt-nothing-positive", 2),
        ("a:-1 | b:0", "prompt-nothing-positive", 2),
        ("a:0 --no b", "prompt-nothing-positive", 2),
        ("a:1e-999", "prompt-nothing-positive", 2),
        ("a {b, c", "prompt-unclosed-brace", 2),
        ("{a {b}", "prompt-unclosed-brace", 0),
        ("a} b", "prompt-unopened-brace", 1),
        ("{" * 9 + "a" + "}" * 9, "prompt-nested-too-deep", 8),
        ("x {a,b,c}{1,2,3}", "prompt-too-many-permutations", 2),
        ("{a,b}" * 300, "prompt-too-many-permutations", 0),
        ("@0-40%", "prompt-nothing-to-schedule", 0),
        ("a | @0-40%:2", "prompt-nothing-to-schedule", 4),
        ("a @0-40% @40-100%", "prompt-span-twice", 9),
        ("a @0-40%:2 @40-100%", "prompt-span-twice", 2),
        ("a @0-9%::2 @0-8%", "prompt-span-twice", 2),
        ("a @40-40%", "prompt-bad-span", 2),
        ("a | b @60-40%", "prompt-bad-span", 6),
        ("a @0-101%", "prompt-bad-span", 2),
        ("a:: @9-1% b", "prompt-bad-span", 4),
        ("a @0-33,3%", "prompt-decimal-comma", 5),
        ("a @0-40%", "prompt-gap", 0),
        ("a @0-40% | b @60-100%", "prompt-gap", 0),
        ("a @0-50% | b:-1", "prompt-gap", 0),
        ("a @0-50% --no b", "prompt-gap", 0),
        ("a --sed 7", "prompt-unknown-flag", 2),
        ("a --stylize 50", "prompt-unknown-flag", 2),
        ("a --ar", "prompt-flag-without-value", 2),
        ("a --seed --steps 2", "prompt-flag-without-value", 2),
        ("a --no , ,", "prompt-flag-without-value", 2),
        ("a --seed 1 --SEED 1", "prompt-flag-twice", 11),
        ("a --ar 1:1 --aspect 1:1", "prompt-flag-twice", 11),
        ("a --ar 0:1", "prompt-flag-bad-value", 7),
        ("a --ar 16x9", "prompt-flag-bad-value", 7),
        ("a --size 0x256", "prompt-flag-bad-value", 9),
        ("a --size 1x16385", "prompt-flag-bad-value", 9),
        ("a --size 256", "prompt-flag-bad-value", 9),
        ("a --seed -1", "prompt-flag-bad-value", 9),
        ("a --seed " + "9" * 5000, "prompt-flag-bad-value", 9),
        ("a --steps 0", "prompt-flag-bad-value", 10),
        ("a --steps 1.5", "prompt-flag-bad-value", 10),
        ("a --iw -1", "prompt-flag-bad-value", 7),
        ("a --iw 1e999", "prompt-flag-bad-value", 7),
        ("a --iw nan", "prompt-flag-bad-value", 7),
        ("a --iw 0,5", "prompt-flag-bad-value", 7),
        ("a --model ../x", "prompt-flag-bad-value", 10),
        ("a --start", "prompt-flag-without-value", 2),
        ("a --start nowhere", "prompt-flag-bad-value", 10),
        ("a --noise x", "prompt-flag-bad-value", 10),
        ("a --noise 7:0", "prompt-flag-bad-value", 10),
        ("a --noise 7:1e999", "prompt-flag-bad-value", 10),
        ("a --noise 1,2,3,4,5,6,7,8,9", "prompt-flag-bad-value", 10),
        ("a --patience 0", "prompt-flag-bad-value", 13),
        ("a --tile 2", "prompt-text-after-flags", 9),
        ("a --letters off", "prompt-text-after-flags", 12),
        ("a --seed 7 in snow", "prompt-text-after-flags", 11),
        ("a --no x | b", "prompt-text-after-flags", 9),
        ("a\u200b\u200b:nan", "prompt-not-finite", 4),
        ("\\{ {x, y:1e999}", "prompt-not-finite", 9),
    ],
)
def test_a_fault_has_its_place_and_its_words(text, message_id, place):
    """The words exist in every language, and need no variable that the error lacks."""
    error = fault(text)
    assert (error.message_id, error.place, error.text) == (message_id, place, text)
    for locale in LOCALES:
        words = texts_for(locale).get(error.message_id, **error.arguments)
        assert len(words) > 20
        assert len(words) < 400
    assert "^" in error.caret()


def test_a_long_prompt_is_told_its_length():
    assert fault("a" * 6000).arguments == {"length": 6000, "limit": 2000}


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("sed", "seed"),
        ("step", "steps"),
        ("aspct", "aspect"),
        ("modell", "model"),
        ("xyz", "none"),
        ("стиль", "none"),
    ],
)
def test_an_unknown_flag_is_told_the_nearest(typed, nearest):
    arguments = fault(f"a --{typed} 7").arguments
    assert (arguments["flag"], arguments["nearest"]) == (typed, nearest)
    assert "--ar, --size, --seed" in arguments["known"]


def test_too_many_permutations_are_counted_before_any_is_made():
    assert fault("{a,b,c}{1,2,3}").arguments == {"count": 9, "limit": 8}
    assert fault("{a,b}" * 999).arguments == {"count": 1_000_000, "limit": 8}
    assert len(parse("{a,b,c}{1,2,3}", limit=9)) == 9


def test_the_page_about_prompts_shows_the_true_error():
    page = (Path(__file__).parents[2] / "docs/prompts.md").read_text(encoding="utf-8")
    error = fault("a red car --sed 7")
    assert f"```\n{error.caret()}\n{texts_for('en-US').get(error.message_id, **error.arguments)}\n```" in page


def test_a_gap_is_told_with_its_bounds():
    assert fault("a @0-40% | b @60.5-100%").arguments == {"start": "40", "end": "60.5"}
