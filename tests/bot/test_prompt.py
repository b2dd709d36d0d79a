"""The prompt language: the documents' tables, and how each of its parts is read."""

from __future__ import annotations

import math
import re
from dataclasses import fields
from pathlib import Path

import pytest

from bot.manner import manner_of, with_manner
from bot.prompt import Flags, Prompt, format_prompt, parse
from bot.spans import format_span
from generation.protocol import Manner, Noise, Phrase

ROOT = Path(__file__).parents[2]


def number(value):
    return f"{value:g}"


def told(prompt):
    """A prompt in the words of the documents' right column."""
    parts = []
    for phrase in prompt.phrases:
        weight = "" if phrase.weight == 1 and phrase.stop == -math.inf else f" {number(phrase.weight)}"
        stop = "" if phrase.stop == -math.inf else f" stop {number(phrase.stop)}"
        parts.append(f"`{phrase.text}`{weight}{stop}{format_span(phrase)}")
    flags = format_prompt(Prompt((Phrase("x"),), prompt.flags))[1:]
    return ", ".join(parts) + flags.replace(" --", ", --")


def table_rows():
    """The rows below every heading `you type | Gala reads`, in the README and the page about prompts."""
    for name in ("README.md", "docs/prompts.md"):
        lines = iter((ROOT / name).read_text(encoding="utf-8").splitlines())
        for line in lines:
            if re.fullmatch(r"\| *you type *\| *Gala reads *\|", line, re.IGNORECASE):
                next(lines)
                for row in lines:
                    cells = re.fullmatch(r"\| *`(.*?)` *(?<!\\)\| *(.*?) *\|", row)
                    if cells is None:
                        break
                    yield pytest.param(
                        *(cell.replace("\\|", "|") for cell in cells.groups()), id=f"{name}:{cells[1]}"
                    )


@pytest.mark.parametrize(("typed", "reads"), list(table_rows()))
def test_the_documents_tell_the_truth(typed, reads):
    assert " and ".join(told(prompt) for prompt in parse(typed)) == reads


def test_the_page_about_prompts_has_enough_rows():
    assert len(list(table_rows())) >= 20


def phrases(text):
    (prompt,) = parse(text)
    return [(phrase.text, phrase.weight, phrase.stop) for phrase in prompt.phrases]


def plain(text):
    return [(text, 1.0, -math.inf)]


@pytest.mark.parametrize(
    "text",
    [
        "time 10:30",
        "aspect 16:9",
        "2.35:1 film",
        "film in 2.35:1",
        "https://example.org:8080/a:2",
        "see http://example.org:80",
        "a:b",
        "a: 50",
        "bread:naan",
        "info:infinite",
        "C:\\new",
        "well - then -- so",
        "-- 5",
        "cat--ar",
        "em — dash",
        "yes —really",
        "a, b, c",
        "🎨",
        "👩\u200d🚀",
        "❤️\u200d🔥",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "سلام دنیا",
        "می\u200cخواهم",
        "a · b",
        "Ⅷ:x",
        "a @0-40",
        "a @ 0-40%",
        "me@0-40%",
        "a @0-40% b",
        "a @0-40%.",
        "@home 5-10%",
    ],
)
def test_this_is_plain_text(text):
    assert phrases(text) == plain(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("desert:50", ("desert", 50.0, -math.inf)),
        ("пустыня:50", ("пустыня", 50.0, -math.inf)),
        ("a:.5", ("a", 0.5, -math.inf)),
        ("a:5.", ("a", 5.0, -math.inf)),
        ("a:+2e-1", ("a", 0.2, -math.inf)),
        ("a :2", ("a", 2.0, -math.inf)),
        ("a:2 ", ("a", 2.0, -math.inf)),
        ("a:2:-0.3", ("a", 2.0, -0.3)),
        ("a:2:-inf", ("a", 2.0, -math.inf)),
        ("a::2:-0.3", ("a", 2.0, -0.3)),
        ("10:30:2", ("10:30", 2.0, -math.inf)),
        ("10:30:2:-1", ("10:30", 2.0, -1.0)),
        ("10:30::2", ("10:30", 2.0, -math.inf)),
        ("a:2::3", ("a:2", 3.0, -math.inf)),
        ("https\\://example.org:2", ("https://example.org", 2.0, -math.inf)),
    ],
)
def test_this_is_a_weight(text, expected):
    assert phrases(text) == [expected]


def test_a_minus_after_a_time_is_a_weight():
    assert phrases("10:30:-1 | sun")[0] == ("10:30", -1.0, -math.inf)


@pytest.mark.parametrize("text", ["a::2 b", "a::2, b", "a ::2 b", "a::2 | b", "a:: 2 b", "a::2b"])
def test_double_colons_split(text):
    assert len(phrases(text)) == 2


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a\n\tb\u3000c\u2028d", "a b c d"),
        ("a\x00b\x07c\x9fd", "abcd"),
        ("a\u202eb\u2066c\u200fd", "abcd"),
        ("a\u200bb\ufeffc\xadd\u2060e", "abcde"),
        ("a\ud800b", "ab"),
        ("a\u200db\u200d", "ab"),
        ("a\U000e0041b", "ab"),
        ("  a  ", "a"),
    ],
)
def test_what_cannot_be_seen_is_left_out(text, clean):
    assert phrases(text) == plain(clean)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a @0-100%", ("a", 1.0, 0, 100)),
        ("a:2:-1 @0-100%", ("a", 2.0, 0, 100)),
        ("a @0%-40% | b", ("a", 1.0, 0, 40)),
        ("a @0–33.33333% | b", ("a", 1.0, 0, 33.3333)),
        ("a:2 @5-40% | b", ("a", 2.0, 5, 40)),
        ("a @5-40%:2 | b", ("a", 2.0, 5, 40)),
        ("a @5-40%::2 b", ("a", 2.0, 5, 40)),
        ("a::2 @5-40% b", ("a", 2.0, 5, 40)),
        ("a:: @5-40% b", ("a", 1.0, 5, 40)),
        ("10:30 @5-40% | b", ("10:30", 1.0, 5, 40)),
        ("a \\@0-1% @5-40% | b", ("a @0-1%", 1.0, 5, 40)),
        ("a \\@5-40% | b", ("a @5-40%", 1.0, 0, 100)),
    ],
)
def test_this_is_a_span(text, expected):
    phrase = parse(text)[0].phrases[0]
    assert (phrase.text, phrase.weight, phrase.from_percent, phrase.to_percent) == expected


def test_spans_can_be_permuted():
    assert [p.phrases[0].to_percent for p in parse("a @0-{40, 60}% | b")] == [40, 60]


def test_flags_are_read():
    (prompt,) = parse(
        "a --AR 16:9 --size 256х128 --seed 0 --steps 300 --iw 0.5 --engine vqgan-clip --model my.1"
    )
    assert prompt.flags == Flags((16, 9), (256, 128), 0, 300, 0.5, engine="vqgan-clip", model="my.1")


def test_the_manner_is_read():
    (prompt,) = parse("a --tile --start Gradient --noise 7:0.5,9 --letters --patience 40")
    noises = (Noise(7, 0.5), Noise(9, 1.0))
    assert prompt.flags == Flags(start="gradient", tile=True, noise=noises, letters=True, patience=40)
    assert with_manner(Flags(), manner_of(prompt.flags)) == prompt.flags
    assert with_manner(Flags(), Manner()) == Flags()


def test_a_phones_dashes_and_a_second_name_are_understood():
    assert parse("a —aspect 2:1 –seed 3")[0].flags == Flags(ar=(2, 1), seed=3)


def test_no_weighs_minus_a_half():
    assert phrases("a:2 --no text, big blur,, 10:30 --seed 3") == [
        ("a", 2.0, -math.inf),
        ("text", -0.5, -math.inf),
        ("big blur", -0.5, -math.inf),
        ("10:30", -0.5, -math.inf),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{red, blue} car", ["red car", "blue car"]),
        ("{a,b}{1,2}", ["a1", "a2", "b1", "b2"]),
        ("{a {b, c}, d} e", ["a b e", "a c e", "d e"]),
        ("{ red } car", ["red car"]),
        ("dark{red, blue}", ["darkred", "darkblue"]),
        ("{red,} car", ["red car", "car"]),
        ("a{} b", ["a b"]),
        ("{a\\, b, c}", ["a, b", "c"]),
        ("{a\\}, b}", ["a\\}", "b"]),
        ("a, {b, c}", ["a, b", "a, c"]),
        ("a {--seed 1, :2}", ["a --seed 1", "a:2"]),
        ("{a | b:2, c}", ["a | b:2", "c"]),
        ("a --ar {1:1, 16:9}", ["a --ar 1:1", "a --ar 16:9"]),
    ],
)
def test_permutations(text, expected):
    assert [format_prompt(prompt) for prompt in parse(text)] == expected


def test_cancelling_weights_are_allowed_where_one_is_positive():
    assert [phrase.weight for phrase in parse("a:1 | b:-1")[0].phrases] == [1.0, -1.0]


def test_every_flag_is_in_the_page_about_prompts():
    page = (ROOT / "docs/prompts.md").read_text(encoding="utf-8")
    for flag in [*(field.name for field in fields(Flags)), "no"]:
        assert re.search(rf"^\| `--{flag}[ `]", page, re.MULTILINE), flag
