"""Scenes: what a member writes, and the tokens that the original makes of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation import scenes
from generation.protocol import Phrase
from generation.scenes import (
    LISTS,
    Box,
    BoxError,
    Crop,
    SceneCode,
    examples,
    read_box,
    read_scene,
    things_of,
    things_read,
)

COCO, OPEN_IMAGES = (things_of(things) for things in LISTS)
WHOLE, QUARTER, LOWER, RIGHT = (0, 0, 1, 1), (0, 0, 0.5, 0.5), (0.25, 0.5, 0.75, 1), (0.5, 0, 1, 1)
BOXES = [
    Box(88, 0.1, 0.2, 0.6, 0.9),
    Box(76, 0.6, 0.0, 1.0, 0.8),
    Box(63, 0.0, 0.0, 1.0, 0.35, group=True),
    Box(0, 0.8, 0.55, 0.97, 1.0),
]
DOG, TREE, SKY, MAN = [88, 1629, 7253], [76, 53, 6479], [403, 0, 2879], [0, 4481, 8096]
NONE = 8191


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("dog 10 20 60 90", Box(88, 0.1, 0.2, 0.6, 0.9)),
        ("собаку 10, 20, 60, 90", Box(88, 0.1, 0.2, 0.6, 0.9)),
        ("Tree: 60% 0% 100% 80%", Box(76, 0.6, 0.0, 1.0, 0.8)),
        ("деревья 60 0 100 80.5", Box(76, 0.6, 0.0, 1.0, 0.805)),
        ("hot dog 0 0 10 10", Box(131, 0.0, 0.0, 0.1, 0.1)),
        ("a group of sheep 0 50 100 100", None),
        ("group of sheep 0 50 100 100", Box(94, 0.0, 0.5, 1.0, 1.0, group=True)),
        ("группа овец 0 50 100 100", Box(94, 0.0, 0.5, 1.0, 1.0, group=True)),
        ("толпа людей 0 50 100 100", Box(0, 0.0, 0.5, 1.0, 1.0, group=True)),
    ],
)
def test_a_part_is_a_name_and_four_numbers(text: str, box: Box | None) -> None:
    assert read_box(text, COCO) == (box or Box(94, 0.0, 0.5, 1.0, 1.0, group=True))


@pytest.mark.parametrize(
    ("text", "kind", "near"),
    [
        ("a red dog in the garden", "no-box", ()),
        ("dog 10 20 60", "no-box", ()),
        ("10 20 60 90", "no-box", ()),
        ("dog 10 20 60 120", "box-outside", ()),
        ("dog -10 20 60 100", "box-outside", ()),
        ("dog 60 20 10 100", "box-empty", ()),
        ("dog 10 20 60 20", "box-empty", ()),
        ("red dog 10 20 60 90", "box-unknown", None),
        ("girafe 0 0 10 10", "box-unknown", ("giraffe",)),
        ("жирав 0 0 10 10", "box-unknown", ("жираф",)),
        ("unicorn 0 0 10 10", "box-unknown", None),
    ],
)
def test_what_is_no_box_is_told_in_words(text: str, kind: str, near: tuple[str, ...] | None) -> None:
    with pytest.raises(BoxError) as caught:
        read_box(text, COCO)
    assert caught.value.kind == kind
    if near is not None:
        assert caught.value.near == near


def test_what_is_not_wanted_is_no_box_and_there_are_thirty_at_most() -> None:
    phrases = [Phrase("dog 0 0 50 50"), Phrase("text", -0.5)]
    assert read_scene(phrases, "coco") == [Box(88, 0.0, 0.0, 0.5, 0.5)]
    with pytest.raises(BoxError) as caught:
        read_scene([Phrase("dog 0 0 50 50")] * 31, "coco")
    assert caught.value.kind == "boxes-many"


@given(st.text(max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    try:
        box = read_box(text, COCO)
    except BoxError:
        return
    assert 0 <= box.left < box.right <= 1


@pytest.mark.parametrize(
    ("crop", "objects", "corners"),
    [
        (WHOLE, [DOG, TREE, SKY, MAN], [0, 8099]),
        (QUARTER, [DOG, SKY], [0, 4004]),
        (LOWER, [DOG, TREE], [3982, 8077]),
        (RIGHT, [DOG, TREE, SKY, MAN], [44, 8099]),
    ],
)
def test_boxes_become_the_original_s_tokens(crop: Crop, objects: list[list[int]], corners: list[int]) -> None:
    """Vectors of `ObjectsBoundingBoxConditionalBuilder(340, 6, 8192, ...)`, its shuffling left out."""
    code = SceneCode("open-images", 6, 8192)
    told = [token for thing in objects for token in thing]
    assert code.encode(BOXES, crop) == told + [NONE] * (18 - len(told)) + corners


@pytest.mark.parametrize(
    ("crop", "told"),
    [
        (QUARTER, [88, 3258, 8099, 403, 0, 5669]),
        (LOWER, [88, 0, 8099, 76, 62, 8099]),
        (RIGHT, [88, 1620, 7289, 76, 18, 6479, 403, 0, 2879, 0, 4463, 8094]),
    ],
)
def test_without_the_crop_boxes_are_measured_in_it(crop: Crop, told: list[int]) -> None:
    code = SceneCode("open-images", 6, 8192, crop=False)
    assert code.encode(BOXES, crop) == told + [NONE] * (18 - len(told))


@pytest.mark.parametrize(
    ("crop", "with_crop", "told"),
    [
        (WHOLE, True, [88, 4441, 76, 3311, 403, 1484, 0, 6289, *[NONE] * 4, 0, 8099]),
        (LOWER, True, [88, 4441, 76, 3311, *[NONE] * 8, 3982, 8077]),
        (LOWER, False, [88, 4004, 76, 4036, *[NONE] * 8]),
        (RIGHT, False, [88, 4454, 76, 3293, 403, 1484, 0, 6279, *[NONE] * 4]),
    ],
)
def test_middles_become_the_original_s_tokens(crop: Crop, with_crop: bool, told: list[int]) -> None:
    """Vectors of `ObjectsCenterPointsConditionalBuilder`."""
    assert SceneCode("open-images", 6, 8192, corners=False, crop=with_crop).encode(BOXES, crop) == told


def test_a_scene_has_the_published_length_and_groups_are_marked_where_they_were_seen() -> None:
    assert SceneCode("open-images", 30, 8192).length == 92
    assert SceneCode("coco", 30, 8192, groups=False).encode([BOXES[2]])[0] == 63
    assert SceneCode("open-images", 30, 8192).encode([BOXES[2]])[0] == 63 + LISTS["open-images"]
    assert len(SceneCode("coco", 2, 8192).encode(BOXES)) == 8  # the first two


@pytest.mark.parametrize("things", LISTS)
def test_every_thing_has_names_in_both_languages_and_no_name_two_things(things: str) -> None:
    path = Path(scenes.__file__).with_name(f"{things}.txt")
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [line.split("|") for line in lines if not line.startswith("#")]
    assert [int(number) for number, _, _ in rows] == list(range(LISTS[things]))
    for column in (1, 2):
        names = [name.strip().replace("ё", "е") for row in rows for name in row[column].split(",")]
        assert [name for name, count in Counter(names).items() if count > 1] == []
    known = things_of(things)
    for name, number in (*known.english.items(), *known.russian.items()):
        assert known.find(name, whole=True) == number
    assert len(examples(things)) == 6


@pytest.mark.parametrize(
    ("things", "name", "number"),
    [
        ("coco", "person", 0),
        ("coco", "traffic light", 1),
        ("coco", "bird", 66),
        ("coco", "dog", 88),
        ("coco", "car", 102),
        ("coco", "bus", 133),
        ("coco", "boat", 161),
        ("coco", "toothbrush", 162),
        ("open-images", "apple", 5),
        ("open-images", "person", 37),
        ("open-images", "cat", 74),
        ("open-images", "tree", 215),
        ("open-images", "dog", 253),
        ("open-images", "car", 327),
        ("open-images", "suitcase", 339),
    ],
)
def test_numbers_are_the_original_s(things: str, name: str, number: int) -> None:
    """The identifiers of the data sets sorted as texts, as `setup_category_id_and_number` does."""
    assert things_of(things).find(name, whole=True) == number


def test_a_description_names_its_list() -> None:
    assert things_read("scene-coco") == "coco"
    assert things_read("scene-open-images") == "open-images"
    assert things_read("scene") is things_read("class") is things_read("scene-cars") is None
