"""The laws of the prompt language, for any input at all."""

from __future__ import annotations

import math
import time

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bot.errors import PromptError
from bot.flags import MAX_NOISES, MAX_SEED, MAX_SIDE, MAX_STEPS
from bot.locales import LOCALES, texts_for
from bot.permutations import read
from bot.prompt import MAX_LENGTH, MAX_PHRASES, Flags, Prompt, format_prompt, normalise, parse
from bot.spans import DECIMALS, WHOLE
from generation.protocol import Noise, Phrase, Start
from generation.schedule import gap

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
