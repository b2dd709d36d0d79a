"""Our multilingual CLIP and its tokenizer against open_clip's, transformers' and tokenizers' own."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from generation.clip import MultilingualCLIP, build_clip
from generation.clip_config import CLIPTraits
from generation.tokenizer import tidy
from generation.unigram import Unigram
from tests.generation.reference.originals import original
from tests.generation.reference.test_clip_parity import TEXTS, close

SPECIALS = ("<s>", "<pad>", "</s>", "<unk>")
PAGES = (Path(__file__).parents[3] / "bot" / "locales").glob("*.ftl")
#: Clusters of several characters, compositions, removals, widths, unknown alphabets.
HARD = (
    "ёжик и\u0306 е\u0308 Й",
    "ｆｕｌｌ　ｗｉｄｔｈ ｱｲｳ ㍿ ①②",
    "zero\u200bwidth soft\u00adhyphen \ufeffmark",
    "नमस्ते दुनिया ก็ดี 각 한국어",
    "👩‍🚀👍🏽🇷🇺 ❤️",
    "ẛ̣ Å a\u0301\u0323 \u0301",
    "a \ud800 lone surrogate",
    "…—«»„“ № ½ Ⅷ ﬁ",
    "<s> </s> <pad> ▁ ▁▁a",
)


@pytest.fixture
def tower() -> nn.Module:
    """open_clip's text tower around transformers' XLM-RoBERTa, with large enough numbers everywhere."""
    transformers = original("transformers")
    sizes = {
        "vocab_size": 90,
        "hidden_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 96,
        "max_position_embeddings": 20,
        "type_vocab_size": 1,
        "layer_norm_eps": 1e-5,
    }
    config = transformers.XLMRobertaConfig(**sizes)
    torch.manual_seed(0)
    theirs: nn.Module = original("open_clip.hf_model").HFTextEncoder(
        "none", 48, config=config, pooler_type="mean_pooler", proj_type="mlp", pretrained=False
    )
    for parameter in theirs.parameters():
        nn.init.normal_(parameter, std=0.2)
    return theirs.eval()


def ours(tower: nn.Module) -> MultilingualCLIP:
    """Built from their names, with an image tower of OpenAI's beside it."""
    theirs = original("clip.model").CLIP(48, 32, 1, 64, 8, 12, 90, 64, 1, 1)
    state = {f"text.{n}": tensor for n, tensor in tower.state_dict().items() if ".pooler." not in n}
    state |= {n: t for n, t in theirs.state_dict().items() if n.startswith(("visual.", "logit_scale"))}
    model = build_clip(state, Path("theirs"), CLIPTraits(text_context=18))
    assert isinstance(model, MultilingualCLIP)
    return model


def test_texts_get_the_same_vectors_and_gradients(tower: nn.Module) -> None:
    """Of any length, padded or as long as the context."""
    model = ours(tower)
    tokens = torch.randint(4, 90, (5, 18))
    for row, length in zip(tokens, (18, 2, 3, 9, 17), strict=True):
        row[0], row[length - 1], row[length:] = 0, 2, 1
    mine, other = model.encode_text(tokens), tower(tokens)
    assert close(mine, other)
    weight = torch.randn_like(mine)
    (mine * weight).sum().backward()
    (other * weight).sum().backward()
    words = "transformer.embeddings.word_embeddings.weight"
    assert close(model.text.get_parameter(words).grad, tower.get_parameter(words).grad)


@pytest.fixture(scope="module")
def trained() -> tuple[list[tuple[str, float]], bytes]:
    """A small vocabulary that SentencePiece makes of our own texts, and its table of replacements."""
    sentencepiece = original("sentencepiece")
    lines = [line for page in PAGES for line in page.read_text(encoding="utf-8").splitlines() if line.strip()]
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_writer=written,
        vocab_size=1500,
        normalization_rule_name="nmt_nfkc",
        num_threads=1,
        minloglevel=2,
    )
    pieces = sentencepiece.SentencePieceProcessor(model_proto=written.getvalue())
    told = [(pieces.id_to_piece(i), pieces.get_score(i)) for i in range(3, pieces.get_piece_size())]
    (normalizer,) = fields(written.getvalue(), 3)
    (table,) = fields(normalizer, 2)
    return [*((special, 0.0) for special in SPECIALS), *told, ("<mask>", 0.0)], table


def fields(message: bytes, wanted: int) -> Iterator[bytes]:
    """The fields of bytes with that number, of a message of protobuf's."""
    place = 0

    def number() -> int:
        nonlocal place
        value = shift = 0
        while True:
            byte = message[place]
            place += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while place < len(message):
        key = number()
        kind = key & 7
        length = {0: 0, 1: 8, 5: 4}[kind] if kind != 2 else number()
        if kind == 0:
            number()
        if kind == 2 and key >> 3 == wanted:
            yield message[place : place + length]
        place += length


def test_the_tokenizer_gives_the_same_numbers(trained: tuple[Any, bytes], tmp_path: Path) -> None:
    """Through the file that `tokenizers` writes of it."""
    vocabulary, table = trained
    tokenizers = original("tokenizers")
    theirs = tokenizers.Tokenizer(tokenizers.models.Unigram(vocabulary, 3, False))
    theirs.normalizer = tokenizers.normalizers.Precompiled(table)
    spaces = tokenizers.pre_tokenizers
    theirs.pre_tokenizer = spaces.Sequence([spaces.WhitespaceSplit(), spaces.Metaspace("▁", "always")])
    theirs.add_special_tokens([*SPECIALS, "<mask>"])
    theirs.save(str(tmp_path / "tokenizer.json"))
    mine = Unigram.load(tmp_path / "tokenizer.json")
    assert len(mine) == len(vocabulary)
    assert (mine.start, mine.pad, mine.end, mine.unknown) == (0, 1, 2, 3)
    for text in (*TEXTS, *HARD[:-1]):
        plain = tidy(text).encode("utf-8", "replace").decode()
        assert mine.encode(text) == theirs.encode(plain, add_special_tokens=False).ids, text
    assert not set(mine.encode(HARD[-1])) & {0, 1, 2, len(vocabulary) - 1}
