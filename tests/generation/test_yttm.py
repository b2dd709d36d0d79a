"""The reader of YouTokenToMe's files, on a vocabulary small enough to merge by hand."""

from __future__ import annotations

import pytest

from generation.tensors import ModelFileError
from generation.yttm import YTTM

#: a 4, b 5, c 6, д 7, ▁ 8; rules: ▁a→9, ab→10, bc→11, 9+11→12, aa→13; unknown 1, pad 0, start 2, end 3.
MODEL = """5 5
97 4
98 5
99 6
1076 7
9601 8
8 4 9
4 5 10
5 6 11
9 11 12
4 4 13
1 0 2 3
"""


@pytest.fixture
def model(tmp_path) -> YTTM:
    (tmp_path / "bpe.model").write_text(MODEL)
    return YTTM.load(tmp_path / "bpe.model")


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", []),
        ("  \t\n ", []),
        ("a", [9]),
        ("abc", [12]),  # ▁a first, then b and c, then both
        ("ab", [9, 5]),
        ("cab", [8, 6, 10]),
        ("caaa", [8, 6, 13, 4]),  # the leftmost pair first
        ("caaaa", [8, 6, 13, 13]),
        ("д a", [8, 7, 9]),
        ("a▁a", [9, 9]),
        ("xyz", [8, 1]),  # a run of unknown characters is one
        ("axyb", [9, 1, 5]),
        ("a\u00a0a", [9, 1, 4]),  # no space to this encoding
        ("a\u2003", [9, 1]),
        ("a\u0085b", [9, 1, 5]),
        ("a😀😀 b", [9, 1, 8, 5]),
    ],
)
def test_known_texts_have_known_ids(model, text, ids):
    assert model.encode(text) == ids


def test_the_specials_stand_in_the_files_own_order(model):
    assert (model.unknown, model.pad, model.start, model.end) == (1, 0, 2, 3)
    assert len(model) == 14


@pytest.mark.parametrize(
    "text", ["", "5", "5 5 97", MODEL[:-6], MODEL + "7", "x y", "-1 0 1 0 2 3", MODEL + "é"]
)
def test_what_is_no_such_file_is_refused_in_words(tmp_path, text):
    path = tmp_path / "bpe.model"
    path.write_text(text)
    with pytest.raises(ModelFileError, match=r"bpe\.model: not a readable YouTokenToMe model"):
        YTTM.load(path)


def test_a_missing_file_is_refused_in_words(tmp_path):
    with pytest.raises(ModelFileError, match="not a readable"):
        YTTM.load(tmp_path / "none")
