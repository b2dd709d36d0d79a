"""DALL-E mini's vocabulary: fixed vectors, worked out by hand from the merges and their order."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generation.english import ForeignText, plain
from generation.mini_text import MiniTexts
from generation.tensors import ModelFileError
from tests.generation.toy_mini import PIECES, write_pair

START, PAD, END, UNKNOWN = 0, 1, 2, 3
ID = {piece: id_ for id_, piece in enumerate(PIECES)}


def load(folder: Path, rows: int = len(PIECES)) -> MiniTexts:
    return MiniTexts.load(folder / "vocab_mini.json", folder / "merges_mini.txt", rows)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    write_pair(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        ("A cat", ["Ġa", "Ġcat"]),  # c a → ca before ca t → cat, and Ġ cat last
        ("  red   cat ", ["Ġ", "red", "Ġcat"]),
        ("car", ["Ġ", "ca", "r"]),
        ("acat", ["Ġa", "cat"]),  # rank 0 takes the word's begin away from what follows
        ("caca", ["Ġ", "ca", "ca"]),
        ("cat!", ["Ġcat", "<unk>"]),
        ("Cät\n“red”", ["Ġcat", "Ġ", "<unk>", "red", "<unk>"]),
    ],
)
def test_captions_become_the_pieces_that_the_merges_make(files: Path, text: str, pieces: list[str]) -> None:
    ids = [START, *(ID[piece] for piece in pieces), END]
    assert load(files).read(text, 9).tolist() == ids + [PAD] * (9 - len(ids))


def test_a_caption_that_is_too_long_keeps_its_end(files: Path) -> None:
    assert load(files).read("cat " * 9, 5).tolist() == [START, *[ID["Ġcat"]] * 3, END]


def test_a_piece_that_the_encoder_has_no_row_for_is_unknown_to_it(files: Path) -> None:
    """The published mini has one row less than pieces."""
    assert load(files, len(PIECES) - 1).read("red", 6).tolist() == [START, ID["Ġ"], UNKNOWN, END, PAD, PAD]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Café — “naïve”…", 'cafe - "naive"...'),
        ("1½ × 2²", "11/2 x 22"),
        ("a 🚀!", "a  rocket !"),
        ("a\u00a0b", "a b"),
        ("❤️", " heavy black heart "),
    ],
)
def test_what_has_a_plain_form_is_written_so(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("text", "letter"),
    [("красный cat", "к"), ("a cat, кот", "к"), ("猫", "猫"), ("ё", "е"), ("Ω", "Ω"), ("٣", "٣")],
)
def test_letters_of_other_alphabets_are_refused_and_named(files: Path, text: str, letter: str) -> None:
    with pytest.raises(ForeignText) as caught:
        load(files).read(text, 9)
    assert caught.value.letter == letter


@pytest.mark.parametrize("rows", [len(PIECES) - 2, len(PIECES) + 65])
def test_a_vocabulary_of_another_model_is_refused(files: Path, rows: int) -> None:
    with pytest.raises(ModelFileError, match=rf"has {len(PIECES)} pieces, and the transformer reads {rows}"):
        load(files, rows)


@pytest.mark.parametrize(
    ("vocabulary", "words"),
    [
        ("{", "not a readable vocabulary"),
        ("[1]", "not a readable vocabulary"),
        ('{"<s>": 0, "</s>": 2}', "it has no <unk>"),
        (json.dumps({**ID, "<pad>": 9}), "its <pad> is not 1"),
        (None, "not a readable vocabulary"),
    ],
)
def test_what_is_no_vocabulary_is_refused(files: Path, vocabulary: str | None, words: str) -> None:
    path = files / "vocab_mini.json"
    path.unlink() if vocabulary is None else path.write_text(vocabulary, encoding="utf-8")
    with pytest.raises(ModelFileError, match=words):
        load(files)


@pytest.mark.parametrize(
    ("merges", "words"),
    [
        ("Ġ a\nbroken\n", "not a readable list of merges"),
        (None, "not a readable list of merges"),
        ("x u\nu x\nca t\n", "makes pieces that vocab_mini.json does not have"),
    ],
)
def test_what_are_no_merges_is_refused(files: Path, merges: str | None, words: str) -> None:
    path = files / "merges_mini.txt"
    path.unlink() if merges is None else path.write_text(merges, encoding="utf-8")
    with pytest.raises(ModelFileError, match=words):
        load(files)
