"""Recipes in files: what is written is read back, and a stranger's file is harmless."""

from __future__ import annotations

import json
import math
import struct
import tracemalloc
import zlib
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from generation.codec import decode_rgb, encode_png, shrink
from generation.protocol import Generate, Manner, Noise, Origin, Phrase, Recipe, Start, Turn
from generation.recipe_values import MAX_TARGETS, NamedTarget
from generation.recipes import (
    HEADER_END,
    KEYWORD,
    MAX_BYTES,
    FileRecipe,
    from_json,
    read_recipe,
    recipe_of,
    sign,
    to_json,
    xmp,
)

MADE = Recipe("0.1.0", "2.9.1", "cpu", "float32", 0, "0" * 64)
REQUEST = Generate("x", "vqgan-clip", "pocket", (Phrase("a red car"),), 64, 48, 20, 7)
RECIPE = recipe_of(REQUEST, 20, MADE)
NOISE = np.random.default_rng(1).integers(0, 256, (60, 80, 3), np.uint8)
PLAIN = encode_png(NOISE)

numbers = st.floats(allow_nan=False, allow_infinity=False)
phrases = st.builds(
    Phrase,
    st.text(st.characters(exclude_categories=()), max_size=40),
    numbers,
    st.just(-math.inf) | numbers,
    numbers,
    numbers,
)
words = st.text(st.characters(exclude_categories=("C", "Z")), max_size=30)
recipes = st.builds(
    FileRecipe,
    phrases=st.lists(phrases, min_size=1, max_size=6).map(tuple),
    engine=words,
    model=words,
    width=st.integers(1, 9999),
    height=st.integers(1, 9999),
    steps=st.integers(1, 10**6),
    done=st.integers(0, 10**6),
    seed=st.integers(0, 2**31),
    init_sha256=st.none() | words,
    init_weight=numbers,
    origin=st.none() | st.sampled_from(Origin),
    manner=st.builds(
        Manner,
        st.booleans(),
        st.none() | st.sampled_from(Start),
        st.booleans(),
        st.lists(st.builds(Noise, st.integers(0, 2**40), numbers), max_size=3).map(tuple),
        st.integers(0, 999),
    ),
    turns=st.lists(
        st.builds(
            Turn,
            st.integers(0, 999),
            st.lists(phrases, min_size=1, max_size=3).map(tuple),
            st.integers(1, 999),
        ),
        max_size=3,
    ).map(tuple),
    targets=st.lists(st.builds(NamedTarget, words, numbers, st.just(-math.inf) | numbers), max_size=3).map(
        tuple
    ),
    made=st.builds(Recipe, words, words, words, words, st.integers(0, 64), words),
)


@given(recipes)
def test_every_recipe_comes_back_from_a_png(recipe):
    assert read_recipe(sign(PLAIN, recipe)) == recipe


@settings(max_examples=40)
@given(recipes)
def test_every_recipe_comes_back_from_a_webp(recipe):
    buffer = BytesIO()
    Image.fromarray(NOISE).save(buffer, "WEBP", quality=50, xmp=xmp(recipe))
    assert read_recipe(buffer.getvalue()) == recipe


def test_the_pixels_stay_and_so_does_every_other_byte():
    signed = encode_png(NOISE, RECIPE)
    assert (decode_rgb(signed) == NOISE).all()
    assert signed[:HEADER_END] == PLAIN[:HEADER_END]
    assert signed.endswith(PLAIN[HEADER_END:])
    assert encode_png(NOISE, RECIPE) == signed


def test_other_programs_can_read_it():
    """Pillow, an independent reader, finds the text under its keyword."""
    image = Image.open(BytesIO(encode_png(NOISE, RECIPE)))
    assert json.loads(image.info[KEYWORD])["phrases"] == [{"text": "a red car", "weight": 1.0, "stop": None}]


def test_a_picture_made_smaller_for_an_upload_keeps_its_recipe():
    data, extension = shrink(encode_png(NOISE, RECIPE), 5000)
    assert extension == "webp"
    assert read_recipe(data) == RECIPE
    assert read_recipe(shrink(PLAIN, 5000)[0]) is None


def test_the_start_is_named_by_its_hash():
    recipe = recipe_of(Generate("x", "e", "m", (Phrase("a"),), 8, 8, 3, 1, init=b"abc"), 2, MADE)
    assert recipe.init_sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert recipe.done == 2


def test_an_attribute_says_the_same_as_an_element():
    """XMP may be written again by other programs, as an attribute."""
    line = to_json(RECIPE).replace('"', "&quot;")
    assert read_recipe(webp(f'<rdf:Description gala:recipe="{line}"/>'.encode())) == RECIPE


# -- strangers ---------------------------------------------------------------------------------------------


def itxt(body: bytes) -> bytes:
    chunk = struct.pack(">I", len(body)) + b"iTXt" + body + struct.pack(">I", zlib.crc32(b"iTXt" + body))
    return PLAIN[:HEADER_END] + chunk + PLAIN[HEADER_END:]


def webp(packet: bytes) -> bytes:
    chunk = b"XMP " + struct.pack("<I", len(packet)) + packet
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


def test_a_deflated_text_is_read():
    body = KEYWORD.encode() + b"\0\1\0\0\0" + zlib.compress(to_json(RECIPE).encode())
    assert read_recipe(itxt(body)) == RECIPE


def test_a_bomb_does_not_go_off():
    bomb = itxt(KEYWORD.encode() + b"\0\1\0\0\0" + zlib.compress(b" " * 50_000_000, 9))
    tracemalloc.start()
    assert read_recipe(bomb) is None
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000


LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><gala:recipe>&b;&b;</gala:recipe>'
JSON = to_json(RECIPE)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\0\0\0\0WEBP",
        PLAIN,
        PLAIN[:60],
        itxt(b"gala\0"),
        itxt(b"gala\0\1\0\0\0 not deflated"),
        itxt(b"gala\0\0\0\0\0\xff\xfe"),
        itxt(b"gala\0\0\0\0\0" + b"[" * 60_000),
        itxt(b"gala\0\0\0\0\0" + b"9" * 60_000),
        itxt(b"gala\0\0\0\0\0" + b"x" * 3 * MAX_BYTES),
        PLAIN[:8] + struct.pack(">I", 2**32 - 1) + b"iTXt" + b"gala\0",
        PLAIN[:8] + b"\0\0\0\0iTXt\0\0\0\0" * 50_000,
        webp(LAUGHS),
        webp(b"<gala:recipe>" * 20_000),
        webp(b'gala:recipe="' * 20_000),
        webp(b"<gala:recipe>\xff</gala:recipe>"),
    ],
)
def test_what_is_no_recipe_is_none(data):
    assert read_recipe(data) is None


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        ('"width":64', '"width":0'),
        ('"width":64', '"width":64.5'),
        ('"width":64', '"width":true'),
        ('"width":64', f'"width":{10**30}'),
        ('"seed":7', '"seed":-1'),
        ('"seed":7', '"sea":7'),
        ('"weight":1.0', '"weight":NaN'),
        ('"weight":1.0', '"weight":1e999'),
        ('"weight":1.0', '"weight":null'),
        ('"text":"a red car"', '"text":7'),
        ('"model":"pocket"', '"model":"a\\u202eb"'),
        ('"model":"pocket"', f'"model":"{"a" * 300}"'),
        ('"lane":0', '"lane":[]'),
    ],
)
def test_a_recipe_with_wrong_values_is_none(there, instead):
    assert there in JSON
    assert from_json(JSON.replace(there, instead)) is None


def test_a_span_is_told_where_there_is_one():
    assert "percent" not in JSON
    spanned = replace(RECIPE, phrases=(replace(RECIPE.phrases[0], to_percent=40.0),))
    assert '"from_percent":0.0,"to_percent":40.0' in to_json(spanned)
    assert from_json(to_json(spanned)) == spanned


def test_targets_are_told_where_there_are_any():
    assert "targets" not in JSON
    aimed = to_json(replace(RECIPE, targets=(NamedTarget("0" * 64, -0.5),)))
    assert '"targets":[{"sha256":"000' in aimed
    assert from_json(aimed.replace('"weight":-0.5', '"weight":null')) is None
    assert from_json(to_json(replace(RECIPE, targets=(NamedTarget("0", 1.0),) * (MAX_TARGETS + 1)))) is None


@given(st.binary(max_size=300))
def test_any_bytes_may_be_asked(data):
    for whole in (data, b"\x89PNG\r\n\x1a\n" + data, itxt(b"gala\0" + data), webp(data)):
        read_recipe(whole)
