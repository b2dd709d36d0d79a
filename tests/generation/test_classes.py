"""Names of ImageNet's classes in two languages."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from string import ascii_lowercase

import pytest

from generation import classes
from generation.classes import CLASSES, ClassNames, class_of

KNOWN = [
    (0, "tench", "линь"),
    (1, "goldfish", "золотая рыбка"),
    (9, "ostrich", "страус"),
    (22, "bald eagle", "белоголовый орлан"),
    (88, "macaw", "ара"),
    (107, "jellyfish", "медуза"),
    (130, "flamingo", "фламинго"),
    (145, "king penguin", "королевский пингвин"),
    (151, "chihuahua", "чихуахуа"),
    (162, "beagle", "бигль"),
    (207, "golden retriever", "золотистый ретривер"),
    (235, "german shepherd", "немецкая овчарка"),
    (250, "siberian husky", "сибирский хаски"),
    (254, "pug", "мопс"),
    (258, "samoyed", "самоед"),
    (277, "red fox", "рыжая лиса"),
    (281, "tabby", "полосатая кошка"),
    (282, "tiger cat", "тигровая кошка"),
    (285, "egyptian cat", "египетская кошка"),
    (291, "lion", "лев"),
    (292, "tiger", "тигр"),
    (309, "bee", "пчела"),
    (340, "zebra", "зебра"),
    (355, "llama", "лама"),
    (388, "giant panda", "большая панда"),
    (398, "abacus", "абак"),
    (404, "airliner", "авиалайнер"),
    (417, "balloon", "воздушный шар"),
    (437, "lighthouse", "маяк"),
    (463, "bucket", "ведро"),
    (471, "cannon", "пушка"),
    (483, "castle", "замок"),
    (508, "computer keyboard", "клавиатура"),
    (530, "digital clock", "электронные часы"),
    (555, "fire engine", "пожарная машина"),
    (569, "garbage truck", "мусоровоз"),
    (606, "iron", "утюг"),
    (620, "laptop", "ноутбук"),
    (671, "mountain bike", "горный велосипед"),
    (701, "parachute", "парашют"),
    (717, "pickup truck", "пикап"),
    (759, "camera", "фотоаппарат"),
    (779, "school bus", "школьный автобус"),
    (817, "sports car", "спортивная машина"),
    (847, "tank", "танк"),
    (859, "toaster", "тостер"),
    (879, "umbrella", "зонт"),
    (883, "vase", "ваза"),
    (920, "traffic light", "светофор"),
    (933, "cheeseburger", "чизбургер"),
    (949, "strawberry", "клубника"),
    (954, "banana", "банан"),
    (963, "pizza", "пицца"),
    (971, "bubble", "мыльный пузырь"),
    (980, "volcano", "вулкан"),
    (985, "daisy", "ромашка"),
    (999, "toilet paper", "туалетная бумага"),
]


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
        ("льву и тигру", 291),
        ("орла", 22),
        ("кота", 281),
        ("котла", 469),
        ("угря", 390),
        ("стая бабочек", 323),
        ("муравьи", 310),
        ("у самого озера", 975),
        ("левый берег", None),
        ("карта мира", None),
        ("китайский фонарь", None),
        ("wolves", 269),
        ("two foxes", 277),
        ("butterflies and bees", 323),
        ("geese", 99),
        ("a construction crane", 517),
        ("a crane", 134),
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


def test_every_class_has_names_in_both_languages_and_no_name_two_classes():
    rows = [
        line.split("|")
        for line in Path(classes.__file__).with_name("imagenet.txt").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    ]
    assert [int(number) for number, _, _ in rows] == list(range(CLASSES))
    for column in (1, 2):
        names = [name.strip().lower().replace("ё", "е") for row in rows for name in row[column].split(",")]
        assert all(names)
        assert [name for name, count in Counter(names).items() if count > 1] == []


def test_every_name_finds_its_own_class():
    names = ClassNames.load()
    for name, number in (*names.english.items(), *names.russian.items()):
        assert names.find(name) == number, name


def test_names_are_in_the_script_of_their_language():
    names = ClassNames.load()
    assert all(name.isascii() for name in names.english)
    assert not any(letter in name for name in names.russian for letter in ascii_lowercase)


@pytest.mark.parametrize("number, english, russian", KNOWN)
def test_numbers_are_those_that_all_networks_share(number, english, russian):
    assert class_of(english, CLASSES) == class_of(russian, CLASSES) == number


def test_other_classes_have_numbers_alone():
    assert class_of("3", 7) == 3
    assert class_of("7", 7) is None
    assert class_of("lion", 7) is None
