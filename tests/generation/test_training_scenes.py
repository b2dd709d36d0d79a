"""The drawn scenes, their captions and the vocabulary."""

from __future__ import annotations

import numpy as np
import pytest

from generation.tokenizer import Tokenizer
from generation.training.batches import SIDES, Labels, draw_batch, foreign, near_miss, swapped
from generation.training.captions import Noun, caption, facts, with_preposition
from generation.training.grounds import DRAWERS, draw_pattern
from generation.training.scenes import FONT, Ground, Renderer, Scene, Sticker, draw_scene, recolour
from generation.training.vocabulary import draw_captions, learn_merges
from generation.training.words import COLOURS, PATTERNS, PLACES, TIMES, adjective, numeral, read_concepts

CONCEPTS = read_concepts()
needs_font = pytest.mark.skipif(not FONT.exists(), reason="Noto Color Emoji is not installed")


def name_of(english: str):
    return next(name for concept in CONCEPTS for name in concept.names if name.english == english)


def colour_of(english: str):
    return next(index for index, colour in enumerate(COLOURS) if colour.english == english)


def test_there_are_at_least_a_hundred_concepts_and_every_name_is_complete():
    assert len(CONCEPTS) >= 100
    assert len({concept.glyph for concept in CONCEPTS}) == len(CONCEPTS)
    for concept in CONCEPTS:
        for name in concept.names:
            assert name.gender in {"m", "f", "n"}
            assert all((name.english, name.plural, name.russian, name.genitive, name.instrumental))


def test_every_place_can_be_drawn_at_every_time():
    assert set(DRAWERS) == set(PLACES)
    for place, drawer in DRAWERS.items():
        looks = {drawer(32, np.random.default_rng(0), time).tobytes() for time in TIMES}
        assert len(looks) == (1 if place == "space" else 3)


@pytest.mark.parametrize("kind", [*PATTERNS, "plain"])
def test_a_pattern_shows_its_two_colours(kind):
    picture = np.asarray(draw_pattern(64, kind, (255, 0, 0), (0, 0, 255))).reshape(-1, 3)
    assert {tuple(pixel) for pixel in picture.tolist()} == {(255, 0, 0), (0, 0, 255)} - (
        {(0, 0, 255)} if kind == "plain" else set()
    )


def test_the_same_seed_draws_the_same_scene():
    scenes = [draw_scene(np.random.default_rng(5), len(CONCEPTS)) for _ in range(2)]
    assert scenes[0] == scenes[1]


@needs_font
def test_the_same_scene_gives_the_same_pixels_at_the_size_asked_for():
    scene = draw_scene(np.random.default_rng(3), len(CONCEPTS))
    first, second = (Renderer().render(scene, 48) for _ in range(2))
    assert first.shape == (48, 48, 3)
    assert np.array_equal(first, second)


@needs_font
def test_every_glyph_is_in_the_font():
    renderer = Renderer()
    for index in range(len(CONCEPTS)):
        assert np.asarray(renderer.glyph(index, None))[..., 3].mean() > 20


@needs_font
@pytest.mark.parametrize("colour", ["red", "green", "blue"])
def test_a_recoloured_glyph_has_its_colour(colour):
    rgb = COLOURS[colour_of(colour)].rgb
    pixels = np.asarray(recolour(Renderer().glyph(0, None), rgb)).reshape(-1, 4)
    assert pixels[pixels[:, 3] > 200, :3].mean(0).argmax() == int(np.argmax(rgb))


def test_claims_are_facts_for_thousands_of_captions():
    rng = np.random.default_rng(11)
    for _ in range(1000):
        scene = draw_scene(rng, len(CONCEPTS))
        for language in ("en", "ru"):
            told = caption(scene, CONCEPTS, language, rng)
            assert told.text.strip() == told.text != ""
            assert told.claims <= facts(scene, CONCEPTS)


def test_a_caption_names_what_it_claims():
    ground = Ground("place", "beach", "night")
    concept = next(i for i, c in enumerate(CONCEPTS) if c.names[0].english == "house")
    scene = Scene(ground, (Sticker(concept, colour_of("red"), 0.5, 0.5, 0.7),), "single")
    rng = np.random.default_rng(0)
    for _ in range(50):
        told = caption(scene, CONCEPTS, "en", rng)
        assert "house" in told.text
        assert ("red" in told.text) == ("colour 0" in told.claims)
        assert ("night" in told.text) == ("time night" in told.claims)


@pytest.mark.parametrize(
    ("english", "colour", "case", "expected"),
    [
        ("car", "red", "nominative", "красная машина"),
        ("house", "blue", "nominative", "синий дом"),
        ("apple", "green", "nominative", "зелёное яблоко"),
        ("rainbow", "blue", "instrumental", "синей радугой"),
        ("house", "white", "genitive", "белого дома"),
    ],
)
def test_russian_adjectives_agree_in_gender_and_case(english, colour, case, expected):
    assert Noun(name_of(english), colour_of(colour)).say("ru", case) == expected


@pytest.mark.parametrize(
    ("english", "count", "expected"),
    [("cat", 2, "две чёрные кошки"), ("house", 2, "два чёрных дома"), ("apple", 4, "четыре чёрных яблока")],
)
def test_russian_numerals_agree(english, count, expected):
    assert Noun(name_of(english), colour_of("black")).count("ru", count) == expected


def test_english_takes_the_right_article():
    assert Noun(name_of("apple"), None).say("en") == "an apple"
    assert Noun(name_of("apple"), colour_of("red")).say("en") == "a red apple"
    assert Noun(name_of("UFO"), None).say("en") == "a UFO"


def test_small_words_of_russian():
    assert with_preposition("слоном") == "рядом со слоном"
    assert with_preposition("собакой") == "рядом с собакой"
    assert numeral(2, "f") == "две"
    assert adjective(COLOURS[colour_of("blue")], "prepositional", "m") == "синем"


def test_a_near_miss_differs_from_its_scene():
    rng = np.random.default_rng(2)
    scenes = [draw_scene(rng, len(CONCEPTS), "under") for _ in range(40)]
    assert sum(near_miss(scene, len(CONCEPTS), rng) != scene for scene in scenes) >= 36


def test_swapped_things_stand_in_each_others_places():
    scenes = draw_batch(np.random.default_rng(3), len(CONCEPTS), 40, swaps=0.5)
    for scene, other in zip(scenes[:20:2], scenes[1:20:2], strict=True):
        assert swapped(scene) == other != scene
        assert [(s.x, s.y) for s in scene.stickers] == [(s.x, s.y) for s in other.stickers]
        assert [s.concept for s in scene.stickers] == [s.concept for s in reversed(other.stickers)]


def test_each_of_two_things_is_said_to_be_on_its_side():
    rng = np.random.default_rng(4)
    for relation, sides in (("under", ("below", "above")), ("left", ("left", "right"))):
        scene = draw_scene(rng, len(CONCEPTS), relation)
        expected = {f"{side} {s.concept}" for side, s in zip(sides, scene.stickers, strict=True)}
        assert expected <= facts(scene, CONCEPTS)
        assert not expected & facts(swapped(scene), CONCEPTS)
        told = [caption(scene, CONCEPTS, "ru", rng, 0.0) for _ in range(40)]
        claimed = [one.claims & expected for one in told]
        assert set(map(len, claimed)) == {0, 2}, "some captions tell the places, and then of both"


def test_labels_are_marked_in_their_columns():
    labels = Labels.of(5)
    marks = labels.mark([frozenset({"below 3", "above 0", "unheard of"}), frozenset()])
    below, above = (labels.columns(side) for side in SIDES[:2])
    assert marks[0, below].tolist() == [0, 0, 0, 1, 0]
    assert marks[0, above].tolist() == [1, 0, 0, 0, 0]
    assert marks.sum() == 2


def test_a_caption_that_fits_another_picture_is_found():
    rng = np.random.default_rng(0)
    concept = Sticker(3, None, 0.5, 0.5, 0.7)
    scenes = [Scene(Ground("plain", first=index), (concept,), "single") for index in (0, 1)]
    told = [caption(scene, CONCEPTS, "en", rng, 0.0) for scene in scenes]
    table = foreign(told, [facts(scene, CONCEPTS) for scene in scenes])
    assert table.tolist() == [[False, True], [True, False]]


def test_merges_are_learnt_in_the_order_of_their_frequency():
    merges = learn_merges(["low low low lower", "newest newest"], 4)
    assert merges[0] == ("l", "o")
    assert Tokenizer(merges).encode("low")[0] >= 512
    assert learn_merges(["a"], 5) == []


def test_learnt_merges_shorten_captions_of_both_languages():
    texts = draw_captions(400, 1)
    plain, learnt = Tokenizer([]), Tokenizer(learn_merges(texts, 200))
    assert sum(len(learnt.encode(t)) for t in texts) < 0.5 * sum(len(plain.encode(t)) for t in texts)
