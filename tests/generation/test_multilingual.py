"""CLIPs that read more than English: XLM-RoBERTa's tower, ruCLIP's end token; parity is in `reference/`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from generation.clip import CLIPConfig, CLIPTraits, MultilingualCLIP, load_clip, save_clip
from generation.clip_config import RobertaSizes
from generation.tensors import ModelFileError
from generation.tokenizer import Tokenizer
from generation.vocabulary import load_vocabulary
from tests.generation import toy_files
from tests.generation.toy_languages import multilingual, multilingual_config, ruclip, save_unigram

TOKENS = torch.tensor([[0, 5, 6, 2, 1, 1], [0, 7, 2, 1, 1, 1], [0, 4, 5, 6, 7, 2]])


def test_all_sizes_are_read_from_the_shapes() -> None:
    config = multilingual_config(text_layers=3, embed_dim=24, roberta=RobertaSizes(90, 56, 72))
    state = multilingual(text_layers=3, embed_dim=24, roberta=RobertaSizes(90, 56, 72)).state_dict()
    assert CLIPConfig.infer(state, config.traits) == config
    assert config.text_heads == 2


def test_neither_padding_nor_neighbours_matter() -> None:
    """Bit by bit, so that a prompt's vector is the same in any company."""
    model = multilingual()
    together = model.encode_text(TOKENS)
    assert torch.equal(together[1:2], model.encode_text(TOKENS[1:2]))
    assert torch.equal(together[1:2], model.encode_text(torch.tensor([[0, 7, 2]])))
    assert not torch.allclose(together[0], together[1], atol=1e-2)


def test_every_token_and_its_place_matter() -> None:
    model = multilingual()
    texts = torch.tensor([[0, 5, 6, 7, 2], [0, 5, 7, 6, 2], [0, 9, 6, 7, 2], [0, 5, 6, 9, 2]])
    first, *others = model.encode_text(texts)
    assert all((first - other).abs().max() > 1e-2 for other in others)


def test_it_is_kept_and_read_again(tmp_path: Path) -> None:
    model = multilingual(traits=CLIPTraits("gelu", text_context=20), context_length=20)
    save_clip(model, tmp_path / "clip.safetensors", torch.float32)
    kept = load_clip(tmp_path / "clip.safetensors")
    assert isinstance(kept, MultilingualCLIP)
    assert kept.config == model.config
    assert torch.equal(kept.encode_text(TOKENS), model.encode_text(TOKENS))
    picture = torch.randn(1, 3, 32, 32)
    assert torch.equal(kept.encode_image(picture), model.encode_image(picture))


def test_more_tokens_than_positions_are_refused(tmp_path: Path) -> None:
    save_clip(multilingual(traits=CLIPTraits("gelu", text_context=79)), tmp_path / "clip.safetensors")
    with pytest.raises(ModelFileError, match="80 positions are too few for 79 tokens"):
        load_clip(tmp_path / "clip.safetensors")


def test_a_ruclip_reads_at_its_own_end_token(tmp_path: Path) -> None:
    """Id 3, below those of all pieces; what comes after it does not matter."""
    model = ruclip(tmp_path)
    vectors = model.encode_text(torch.tensor([[2, 12, 5, 3, 0, 0], [2, 12, 5, 3, 9, 4], [2, 12, 9, 3, 0, 0]]))
    torch.testing.assert_close(vectors[0], vectors[1])
    assert not torch.allclose(vectors[0], vectors[2], atol=1e-3)
    save_clip(model, tmp_path / "clip.safetensors", torch.float32)
    assert load_clip(tmp_path / "clip.safetensors").config.traits.text_end == 3


def test_a_ruclip_has_its_vocabulary(tmp_path: Path) -> None:
    """In lower case, between start and end."""
    config = ruclip(tmp_path).config
    vocabulary = load_vocabulary(tmp_path / "bpe.model", config)
    assert vocabulary.tokenize(["Кот ab"], 8).tolist() == [[2, 12, 8, 4, 5, 3, 0, 0]]


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (multilingual_config(vocab_size=99), "makes 15 tokens, but the CLIP knows 99"),
        (replace(toy_files.clip_config(), vocab_size=15), "its end token is 2, but the CLIP's is 14"),
    ],
)
def test_the_vocabulary_of_another_clip_is_refused(tmp_path: Path, config: CLIPConfig, words: str) -> None:
    path = save_unigram(tmp_path / "tokenizer.json")
    assert len(load_vocabulary(path, multilingual_config())) == 15
    with pytest.raises(ModelFileError, match=rf"tokenizer\.json: {words}"):
        load_vocabulary(path, config)


def test_merges_are_no_vocabulary_of_a_multilingual_clip(tmp_path: Path) -> None:
    Tokenizer(toy_files.MERGES).save(tmp_path / "bpe.txt")
    config = multilingual_config(vocab_size=toy_files.TOKENS)
    with pytest.raises(ModelFileError, match="its padding token is 0, but the CLIP's is 1"):
        load_vocabulary(tmp_path / "bpe.txt", config)


def test_a_bpe_model_without_an_end_is_refused(tmp_path: Path) -> None:
    config = ruclip(tmp_path).config
    path = tmp_path / "bpe.model"
    path.write_text(path.read_text().replace("1 0 2 3\n", "1 0 2 -1\n"))
    with pytest.raises(ModelFileError, match="has no start, no end or no padding"):
        load_vocabulary(path, config)
