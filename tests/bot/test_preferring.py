"""What a member prefers, put into prompts."""

from __future__ import annotations

import pytest

from bot.errors import PromptError, UserError
from bot.preferring import FIELDS, put_in, read_typed
from bot.prompt import format_prompt, parse
from storage.preferences import Preference

ALL = Preference("ru", "other", "3:2", 40, 1.5, "text, blur")


def written(prompt, preference=ALL, without=()):
    found, passed = put_in(parse(prompt)[0], preference, lambda name, _: name not in without)
    assert parse(format_prompt(found)) == (found,)
    return format_prompt(found), passed


def test_a_prompt_that_says_nothing_gets_all_of_it():
    whole = "a cat | text:-0.5 | blur:-0.5 --ar 3:2 --steps 40 --iw 1.5 --model other"
    assert written("a cat") == (whole, ())


@pytest.mark.parametrize(
    ("prompt", "result"),
    [
        ("a cat --ar 1:2", "--ar 1:2 --steps 40 --iw 1.5 --model other"),
        ("a cat --size 64x32", "--size 64x32 --steps 40 --iw 1.5 --model other"),
        ("a cat --steps 7", "--ar 3:2 --steps 7 --iw 1.5 --model other"),
        ("a cat --iw 0", "--ar 3:2 --steps 40 --iw 0 --model other"),
        ("a cat --model third", "--ar 3:2 --iw 1.5 --model third"),
        ("a cat --model other", "--ar 3:2 --steps 40 --iw 1.5 --model other"),
        ("a cat --engine toy", "--ar 3:2 --steps 40 --iw 1.5 --engine toy"),
    ],
)
def test_what_a_prompt_says_itself_wins(prompt, result):
    assert written(prompt) == (f"a cat | text:-0.5 | blur:-0.5 {result}", ())


def test_a_prompt_with_something_unwanted_of_its_own_keeps_to_that():
    assert written("a cat --no dogs", Preference(unwanted="text")) == ("a cat | dogs:-0.5", ())
    assert written("a cat | dogs:-2", Preference(unwanted="text")) == ("a cat | dogs:-2", ())


@pytest.mark.parametrize("field", FIELDS)
def test_what_cannot_be_had_is_named_and_the_rest_is_there(field):
    text, passed = written("a cat", without={field})
    assert passed == (field,)
    kept = {
        "model": "--model",
        "shape": "--ar",
        "steps": "--steps",
        "init_weight": "--iw",
        "unwanted": "blur",
    }
    assert [name for name, part in kept.items() if part not in text] == [field]


def test_a_prompt_that_is_full_is_painted_without_what_is_unwanted():
    text, passed = written("a" * 1990, Preference(unwanted="text, blur and frames"))
    assert (text, passed) == ("a" * 1990, ("unwanted",))


def test_what_was_typed_is_read_as_flags_and_given_back():
    assert read_typed(" 16 : 9 ", "30", "0.25", "text,\n blur", max_steps=100) == {
        "shape": "16:9",
        "steps": 30,
        "init_weight": 0.25,
        "unwanted": "text, blur",
    }
    nothing = {"shape": None, "steps": None, "init_weight": None, "unwanted": None}
    assert read_typed("", " ", "", "", max_steps=100) == nothing


@pytest.mark.parametrize(
    ("typed", "error", "message_id"),
    [
        (("9x9", "", "", ""), UserError, "size-out-of-range"),
        (("1:20", "", "", ""), UserError, "size-out-of-range"),
        (("large", "", "", ""), PromptError, "prompt-flag-bad-value"),
        (("", "101", "", ""), UserError, "steps-too-many"),
        (("", "-1", "", ""), PromptError, "prompt-flag-bad-value"),
        (("", "", "heavy", ""), PromptError, "prompt-flag-bad-value"),
        (("", "", "", "a | b"), PromptError, "prompt-text-after-flags"),
        (("", "", "", "a {b"), PromptError, "prompt-unclosed-brace"),
        (("", "", "", "{a, b}"), PromptError, "prompt-too-many-permutations"),
        (("", "", "", "text --seed 7"), UserError, "preferences-other-flag"),
        (("", "7", "", "text --steps 8"), PromptError, "prompt-flag-twice"),
    ],
)
def test_what_cannot_be_read_is_told(typed, error, message_id):
    with pytest.raises(error) as raised:
        read_typed(*typed, max_steps=100)
    assert raised.value.message_id == message_id
