"""XLM-RoBERTa's vocabulary; that it equals the library's is in `reference/`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from generation.tensors import ModelFileError
from generation.unigram import Charsmap, Unigram
from tests.generation.toy_languages import PIECES, REPLACEMENTS, charsmap, save_unigram, unigram_tree

IDS = {piece: number for number, (piece, _) in enumerate(PIECES, 4)}


@pytest.fixture
def vocabulary(tmp_path: Path) -> Unigram:
    return Unigram.load(save_unigram(tmp_path / "tokenizer.json"))


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        ("  \t\n", []),
        ("кот", ["▁кот"]),  # -3 is more than the -5.5 of two pieces
        ("кто", ["▁", "к", "т", "о"]),
        ("коты", ["▁кот", 3]),
        ("котик", ["▁кот", "и", "к"]),
        ("cats", ["▁cat", "s"]),
        ("Cats", ["▁", 3, "s"]),  # nothing is put into lower case, and a run of unknown characters is one
        ("кот  cat", ["▁кот", "▁cat"]),
        ("кот\u3000cat", ["▁кот", "▁cat"]),  # the table makes it a space
        ("к\u00adо\u00adт", ["▁кот"]),  # and removes soft hyphens
        ("кот７", ["▁кот", "7"]),
        ("ки\u0306", ["▁", "к", 3]),  # two characters that are one, which is unknown
        ("<s>кот</s>", ["▁", 3, "s", 3, "к", "о", "т", 3, "s", 3]),  # special tokens are text
        ("&amp;cat", ["▁", 3]),
    ],
)
def test_a_text_becomes_the_likeliest_pieces(vocabulary: Unigram, text: str, pieces: list[Any]) -> None:
    assert vocabulary.encode(text) == [IDS.get(piece, piece) for piece in pieces]


def test_equal_sums_take_the_longer_piece_first() -> None:
    """As the library does: a later way must be better to win."""
    told = [("▁", -1.0), ("a", -1.0), ("b", -1.0), ("▁a", -2.0), ("ab", -2.0)]
    vocabulary = Unigram.parse(unigram_tree(told))
    assert vocabulary.encode("ab") == [4, 8]


def test_texts_get_start_and_end_and_padding(vocabulary: Unigram) -> None:
    assert vocabulary.tokenize(["кот", "cats cat cats"], 6).tolist() == [
        [0, IDS["▁кот"], 2, 1, 1, 1],
        [0, IDS["▁cat"], IDS["s"], IDS["▁cat"], IDS["▁cat"], 2],
    ]
    assert vocabulary.is_cut("cats cat cats", 6)
    assert not vocabulary.is_cut("cats cat s", 7)


def test_the_table_replaces_whole_clusters_and_leaves_the_rest() -> None:
    table = Charsmap(charsmap(REPLACEMENTS))
    assert table.apply("Й и\u0306 и ７\u3000\u00ad👩‍🚀") == "Й й и 7 👩‍🚀"


def changed(**model: Any) -> dict[str, Any]:
    return {"model": {**unigram_tree()["model"], **model}}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (changed(type="BPE"), "a BPE"),
        (changed(byte_fallback=True), "falls back on bytes"),
        (changed(vocab=[["a", -1.0]]), "KeyError"),
        (changed(vocab=[["<s>"]]), "not enough values"),
        ({"model": []}, "TypeError"),
        ({"normalizer": {"type": "NFKC"}}, "normalises texts in another way"),
        ({"normalizer": {"type": "Precompiled", "precompiled_charsmap": "AAEC"}}, "cut short"),
        ({"pre_tokenizer": {"type": "Metaspace"}}, "splits texts in another way"),
    ],
)
def test_another_vocabulary_is_refused(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ModelFileError, match=rf"tokenizer\.json: no unigram model .*{words}"):
        Unigram.load(save_unigram(tmp_path / "tokenizer.json", **changes))


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = save_unigram(tmp_path / "tokenizer.json")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ModelFileError, match="no unigram model"):
        Unigram.load(path)
    with pytest.raises(ModelFileError, match="no unigram model"):
        Unigram.load(tmp_path / "absent.json")


def test_what_newer_libraries_write_is_read_too(tmp_path: Path) -> None:
    """The table, and after it a replacement that changes nothing here."""
    table = unigram_tree()["normalizer"]
    both = {"type": "Sequence", "normalizers": [table, {"type": "Replace", "pattern": {"Regex": " {2,}"}}]}
    path = save_unigram(tmp_path / "tokenizer.json", normalizer=both)
    assert json.loads(path.read_text())["normalizer"]["type"] == "Sequence"
    assert Unigram.load(path).encode("кот\u3000 cat") == [IDS["▁кот"], IDS["▁cat"]]
