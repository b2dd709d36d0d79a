"""Which languages a prompt asks of its reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.languages import ENGLISH, OTHER, RUSSIAN, languages_of, reads


@pytest.mark.parametrize(
    ("texts", "asked"),
    [
        (["a red house"], ("en",)),
        (["A Red House"], ("en",)),
        (["VQGAN"], ("en",)),
        (["un château sur l'eau"], ("en",)),  # Latin letters: no model here tells them apart
        (["красный дом"], ("ru",)),
        (["Їжак у лісі"], ("ru",)),  # Cyrillic letters, likewise
        (["КРАСНЫЙ ДОМ, VQGAN, 4k"], ("ru",)),
        (["дом в стиле Unreal Engine", "Greg Rutkowski"], ("ru",)),
        (["кот", "text", "blur"], ("ru",)),  # as in: кот --no text, blur
        (["дом у реки, unreal engine"], ("ru",)),
        (["a cat", "дом"], ("en", "ru")),  # as in: a cat --no дом
        (["дом in a deep dark forest"], ("en", "ru")),
        (["a cat named Мурка in snow"], ("en", "ru")),
        (["猫"], (OTHER,)),
        (["a house like 家 and a tree"], ("en", OTHER)),
        (["дом и 家"], ("ru", OTHER)),
        (["7", "16:9 🚀 !?", ""], ()),
        ([], ()),
    ],
)
def test_letters_tell_the_languages(texts: list[str], asked: tuple[str, ...]) -> None:
    assert languages_of(texts) == asked


def test_other_forms_of_the_same_letters_are_the_same_language() -> None:
    """Full width, bold, and letters whose accents are characters of their own."""
    assert languages_of(["ａ ｈｏｕｓｅ", "𝐚 𝐡𝐨𝐮𝐬𝐞"]) == (ENGLISH,)
    assert languages_of(["троллеи\u0306бус"]) == (RUSSIAN,)


@given(st.lists(st.text()))
def test_any_text_has_its_languages_each_once_and_whatever_the_order(texts: list[str]) -> None:
    found = languages_of(texts)
    assert set(found) <= {ENGLISH, RUSSIAN, OTHER}
    assert found == tuple(sorted(set(found))) == languages_of(reversed(texts))


def test_who_names_no_language_reads_any() -> None:
    assert reads((), ("en", OTHER))
    assert reads(("en", "ru"), ("ru",))
    assert reads(("en",), ())
    assert not reads(("en",), ("en", "ru"))
