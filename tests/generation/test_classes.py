"""Names of ImageNet's classes in two languages."""

from __future__ import annotations

import pytest

from generation.classes import CLASSES, ClassNames, class_of


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("207", 207),
        (" #0 ", 0),
        ("golden retriever", 207),
        ("a Red Panda at night", 387),
        ("a panda", 388),
        ("two lions", 291),
        ("красная панда", 387),
        ("красную панду в лесу", 387),
        ("Щенок, собака", 207),
        ("картина с белым медведем", 296),
        ("медведь", 294),
        ("ёж", None),
        ("орел", 22),
        ("вулкан", 980),
        ("1000", None),
        ("12345678", None),
        ("freedom", None),
        ("", None),
    ],
)
def test_a_text_names_a_class(text, number):
    assert class_of(text, CLASSES) == number


def test_every_name_finds_its_own_class_and_no_class_has_two_lines():
    names = ClassNames.load()
    for name, number in (*names.english.items(), *names.russian.items()):
        assert names.find(name) == number, name
        assert 0 <= number < CLASSES
    assert set(names.english.values()) == set(names.russian.values())


def test_other_classes_have_numbers_alone():
    assert class_of("3", 7) == 3
    assert class_of("7", 7) is None
    assert class_of("lion", 7) is None
