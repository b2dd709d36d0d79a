"""The prompt language: the documents' tables, every kind of fault, and its laws for any input at all."""

from __future__ import annotations

import math
import re
import time
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bot.errors import PromptError
from bot.flags import MAX_NOISES, MAX_SEED, MAX_SIDE, MAX_STEPS
from bot.locales import LOCALES, texts_for
from bot.manner import manner_of, with_manner
from bot.permutations import read
from bot.prompt import MAX_LENGTH, MAX_PHRASES, Flags, Prompt, format_prompt, normalise, parse
from bot.spans import DECIMALS, WHOLE, format_span
from generation.protocol import Manner, Noise, Phrase, Start
from generation.schedule import gap

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


def test_the_page_about_prompts_shows_the_true_error():
    page = (ROOT / "docs/prompts.md").read_text(encoding="utf-8")
    error = fault("a red car --sed 7")
    assert f"```\n{error.caret()}\n{texts_for('en-US').get(error.message_id, **error.arguments)}\n```" in page


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


def test_a_gap_is_told_with_its_bounds():
    assert fault("a @0-40% | b @60.5-100%").arguments == {"start": "40", "end": "60.5"}


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


def test_cancelling_weights_are_allowed_where_one_is_positive():
    assert [phrase.weight for phrase in parse("a:1 | b:-1")[0].phrases] == [1.0, -1.0]


# Laws

finite = st.floats(allow_nan=False, allow_infinity=False)
languages = st.text("ab 1:2|{},-\\—.eE+@%\u200d👩🚀日مя", max_size=40)
anything = st.one_of(st.text(st.characters(codec=None), max_size=60), languages)


@st.composite
def clean_texts(draw):
    """Texts as they can stand in a phrase: cleaned, with single spaces."""
    text = draw(anything)
    cleaned = read(text.replace("\\", "")).words() if draw(st.booleans()) else read(text).words()
    assume(cleaned)
    return cleaned


percents = st.integers(0, 100 * 10**DECIMALS).map(lambda n: n / 10**DECIMALS)
spans = st.just(WHOLE) | st.tuples(percents, percents).filter(lambda span: span[0] < span[1])
phrase_values = st.builds(
    lambda text, weight, stop, span: Phrase(text, weight, stop, *span),
    clean_texts(),
    finite,
    st.one_of(st.just(-math.inf), finite),
    spans,
)
sides = st.integers(1, MAX_SIDE)
names = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")


noise_values = st.builds(Noise, st.integers(0, MAX_SEED), finite.filter(bool))


def maybe(strategy):
    return st.one_of(st.none(), strategy)


flag_values = st.builds(
    Flags,
    ar=maybe(st.tuples(sides, sides)),
    size=maybe(st.tuples(sides, sides)),
    seed=maybe(st.integers(0, MAX_SEED)),
    steps=maybe(st.integers(1, MAX_STEPS)),
    iw=maybe(st.floats(0, allow_nan=False, allow_infinity=False)),
    start=maybe(st.sampled_from(Start).map(str)),
    tile=maybe(st.just(True)),
    noise=maybe(st.lists(noise_values, min_size=1, max_size=MAX_NOISES).map(tuple)),
    letters=maybe(st.just(True)),
    patience=maybe(st.integers(1, MAX_STEPS)),
    engine=maybe(names),
    model=maybe(names),
    style=maybe(names),
)
prompt_values = st.builds(
    Prompt,
    st.lists(phrase_values, min_size=1, max_size=5)
    .filter(lambda these: gap([phrase for phrase in these if phrase.weight > 0]) is None)
    .map(tuple),
    flag_values,
)


@settings(max_examples=200, deadline=None)
@given(prompt_values)
def test_what_is_written_reads_back(prompt):
    assert parse(format_prompt(prompt)) == (prompt,)


def test_the_longest_prompt_reads_back():
    """As many parts and characters as there is room for, each character escaped, all numbers long."""
    text = "|{" * (MAX_LENGTH // MAX_PHRASES // 2)
    longest = Phrase(text, 1.2345678901234567e-300, -1.2345678901234567e-300)
    prompt = Prompt((longest,) * MAX_PHRASES, Flags((16384, 16384), model="m" * 64, engine="e" * 64))
    assert parse(format_prompt(prompt)) == (prompt,)


@settings(max_examples=500, deadline=None)
@given(anything)
@example("م\u200d|")
def test_any_input_is_read_or_refused_with_a_place(text):
    """And what was read can be written down and read again."""
    try:
        prompts = parse(text, limit=16)
    except PromptError as error:
        assert 0 <= error.place <= len(text)
        assert error.text == text
        for locale in LOCALES:
            assert texts_for(locale).get(error.message_id, **error.arguments)
    else:
        assert 1 <= len(prompts) <= 16
        for prompt in prompts:
            assert prompt.phrases
            assert parse(format_prompt(prompt)) == (prompt,)


@given(
    st.lists(
        st.sampled_from(
            ["--", "ar", " ", "seed", "7", ":", "::", "{", ",", "}", "|", "no", "\\", "x", "@0-7%", "@7-100%"]
        ),
        max_size=30,
    )
)
def test_any_mix_of_syntax_is_read_or_refused(tokens):
    try:
        prompts = parse("".join(tokens))
    except PromptError as error:
        assert error.caret().count("\n") == 1
    else:
        assert all(parse(format_prompt(prompt)) == (prompt,) for prompt in prompts)


@given(st.text(st.characters(codec=None), max_size=60))
def test_cleaning_is_idempotent(text):
    once = read(text.replace("\\", "/")).text
    assert read(once).text == once
    assert once.encode().decode() == once
    assert len(read(text).places) == len(read(text)) + 1


@given(st.lists(phrase_values, min_size=1, max_size=8))
def test_normal_weights_have_magnitudes_that_sum_to_one(these):
    assume(any(phrase.weight for phrase in these))
    normal = normalise(these)
    assert math.isclose(math.fsum(abs(phrase.weight) for phrase in normal), 1, rel_tol=1e-9)
    assert normalise(normal) == normal
    for before, after in zip(these, normal, strict=True):
        assert (after.text, after.stop) == (before.text, before.stop)
        assert after.weight * before.weight >= 0


def test_normalise_keeps_proportions():
    assert [phrase.weight for phrase in normalise([Phrase("a", 50), Phrase("b", -25)])] == [2 / 3, -1 / 3]
    assert [phrase.weight for phrase in normalise([Phrase("a", 1e308)] * 2)] == [0.5, 0.5]
    assert [phrase.weight for phrase in normalise([Phrase("a", 5e-324)] * 4)] == [0.25] * 4


def test_weights_that_are_all_zero_stay():
    assert normalise([Phrase("a", 0.0)]) == (Phrase("a", 0.0),)
    assert normalise([]) == ()


@pytest.mark.parametrize(
    "text",
    [
        "a" * 2000,
        "1" * 2000,
        ":1" * 1000,
        "a:" + "1" * 1998,
        "a::" * 660,
        "::1" * 660,
        "1:" * 1000,
        "-" * 2000,
        "--" + "a" * 1998,
        " --a" * 500,
        " —" * 1000,
        "\\" * 2000,
        "{" * 2000,
        "{,}" * 660,
        "," * 2000,
        "|" * 2000,
        " " * 2000,
        "\u200d" * 2000,
        "👩\u200d" * 1000,
        "a --no " + "x," * 990,
        "a:1e" + "9" * 1990,
        "a --seed " + "9" * 1990,
    ],
)
def test_two_thousand_characters_take_no_time(text):
    """Best of three, in the processor's time: no pattern runs away."""
    seconds = []
    for _ in range(3):
        start = time.thread_time()
        try:
            parse(text)
        except PromptError as error:
            error.caret()
        seconds.append(time.thread_time() - start)
    assert min(seconds) < 0.05


def test_time_grows_with_the_length_and_no_faster():
    """Five times the text takes at most fifteen times as long."""

    def seconds(text):
        times = []
        for _ in range(3):
            start = time.thread_time()
            with pytest.raises(PromptError):
                parse(text)
            times.append(time.thread_time() - start)
        return min(times)

    for unit in ("a:1 | ", "{a} ", "a::1 ", "\\:"):
        short, long = (unit * (size // len(unit)) for size in (1990, 9950))
        assert seconds(long + " --x") < 15 * seconds(short + " --x") + 0.005


def test_every_flag_is_in_the_page_about_prompts():
    page = (ROOT / "docs/prompts.md").read_text(encoding="utf-8")
    for flag in [*(field.name for field in fields(Flags)), "no"]:
        assert re.search(rf"^\| `--{flag}[ `]", page, re.MULTILINE), flag
