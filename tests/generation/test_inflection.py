"""Forms of one word, in two languages."""

from __future__ import annotations

import pytest

from generation.inflection import same_word


@pytest.mark.parametrize(
    ("known", "forms"),
    [
        ("fox", "fox foxes"),
        ("wolf", "wolf wolves wolfs"),
        ("butterfly", "butterflies"),
        ("goose", "geese"),
        ("лев", "лев льва льву львов львами"),
        ("орел", "орла орлы орлов"),
        ("кот", "кота коты котов котам"),
        ("кошка", "кошку кошек кошками кошкой"),
        ("угорь", "угря угри угрей"),
        ("муравей", "муравья муравьи муравьев"),
        ("ружье", "ружья ружей ружьем"),
        ("озеро", "озера озер озерами"),
        ("белый", "белая белого белым белые белой"),
        ("синий", "синяя синего синими"),
        ("морской", "морская морского морские"),
    ],
)
def test_forms_of_a_word_are_the_same(known: str, forms: str):
    assert [form for form in forms.split() if not same_word(form, known)] == []


@pytest.mark.parametrize(
    ("known", "others"),
    [
        ("fox", "box foxy foxing"),
        ("лев", "левый леса ливень"),
        ("рак", "ракета ракушка"),
        ("кит", "китай китайский"),
        ("кот", "котел который"),
        ("белый", "белка белизна"),
        ("орел", "орех"),
    ],
)
def test_other_words_are_not(known: str, others: str):
    assert [other for other in others.split() if same_word(other, known)] == []
