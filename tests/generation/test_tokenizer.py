"""The byte-pair encoding; that it equals CLIP's own is in `reference/`."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.tensors import ModelFileError
from generation.tokenizer import Tokenizer, join_pair, split_words

MERGES = [("c", "a"), ("ca", "t</w>"), ("Ð", "º"), ("o", "o"), ("oo", "o</w>")]


@pytest.fixture
def tokenizer() -> Tokenizer:
    return Tokenizer(MERGES)


def test_the_vocabulary_is_bytes_bytes_at_a_words_end_merges_and_two_special_tokens(tokenizer):
    assert len(tokenizer) == 256 + 256 + 5 + 2
    assert (tokenizer.start, tokenizer.end) == (517, 518)
    assert tokenizer.encode("!") == [256]
    assert tokenizer.encode("ab") == [ord("a") - ord("!"), 256 + ord("b") - ord("!")]


def test_pairs_are_merged_in_the_order_in_which_they_were_learnt(tokenizer):
    assert tokenizer.encode("cat") == [513]
    assert tokenizer.encode("ca") == [ord("c") - ord("!"), 256 + ord("a") - ord("!")]
    assert tokenizer.encode("cats")[0] == 512
    assert tokenizer.encode("ooo") == [516]


def test_case_white_space_and_entities_do_not_matter(tokenizer):
    assert tokenizer.encode("  A\tCAT\n&amp;  dog ") == tokenizer.encode("a cat & dog")


def test_russian_words_are_whole_words_of_bytes(tokenizer):
    assert split_words("Кот и кит") == ["ÐºÐ¾ÑĤ", "Ð¸", "ÐºÐ¸ÑĤ"]
    assert tokenizer.encode("кот")[0] == 514


@given(st.text(max_size=60))
def test_any_text_is_encoded_and_decodes_to_its_words(text):
    tokenizer = Tokenizer(MERGES)
    ids = tokenizer.encode(text)
    assert all(0 <= i < tokenizer.start for i in ids)
    assert "".join(tokenizer.piece(i) for i in ids).replace("</w>", "") == "".join(split_words(text))


def test_special_tokens_spelt_out_are_ordinary_text(tokenizer):
    ids = tokenizer.encode("<|endoftext|> <|startoftext|>")
    assert tokenizer.end not in ids
    assert tokenizer.start not in ids


def test_a_batch_is_padded_with_zeros_and_what_is_too_long_keeps_its_end(tokenizer):
    tokens = tokenizer.tokenize(["", "cat", "cat cat cat cat"], 5)
    assert tokens.dtype == "int64"
    assert tokens.tolist() == [[517, 518, 0, 0, 0], [517, 513, 518, 0, 0], [517, 513, 513, 513, 518]]
    assert [tokenizer.is_cut(text, 5) for text in ("", "cat cat cat", "cat cat cat cat")] == [
        False,
        False,
        True,
    ]


def test_a_pair_is_joined_from_the_left_and_not_twice():
    assert join_pair(["a", "a", "a"], ("a", "a")) == ["aa", "a"]
    assert join_pair(["b", "a", "b", "a"], ("b", "a")) == ["ba", "ba"]
    assert join_pair([], ("a", "b")) == []


@pytest.mark.parametrize("name", ["bpe.txt", "bpe.txt.gz"])
def test_a_merges_file_may_be_plain_or_gzipped(tmp_path, tokenizer, name):
    tokenizer.save(tmp_path / "plain")
    data = (tmp_path / "plain").read_bytes()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    loaded = Tokenizer.load(tmp_path / name)
    assert loaded.merges == tokenizer.merges


@pytest.mark.parametrize(
    ("name", "data"), [("a.txt", b"one two three\n"), ("a.txt", b"\xff\xfe"), ("a.txt.gz", b"not gzip")]
)
def test_a_file_that_is_no_merges_file_is_refused(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ModelFileError, match=r"a\.txt"):
        Tokenizer.load(tmp_path / name)
    with pytest.raises(ModelFileError):
        Tokenizer.load(tmp_path / "absent")
