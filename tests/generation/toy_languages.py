"""Toy files of CLIPs that read more than English: `tokenizer.json` of XLM-RoBERTa, `bpe.model` of ruCLIP."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from generation.clip import CLIP, CLIPConfig, CLIPTraits, MultilingualCLIP
from generation.clip_config import RobertaSizes
from generation.yttm import YTTM

SPECIALS = ("<s>", "<pad>", "</s>", "<unk>")
PIECES = (
    ("▁", -4.0),
    ("▁кот", -3.0),
    ("▁ко", -2.5),
    ("т", -3.0),
    ("и", -3.5),
    ("к", -3.5),
    ("о", -3.5),
    ("▁cat", -2.0),
    ("s", -3.0),
    ("7", -3.0),
)
#: A space that is none, a letter of two characters, full width, a soft hyphen.
REPLACEMENTS = {"\u3000": " ", "и\u0306": "й", "７": "7", "\u00ad": ""}

#: a 4, b 5, к 6, о 7, ▁ 8, т 9; rules: ▁к→10, 10+о→11, 11+т→12; unknown 1, pad 0, start 2, end 3.
BPE_MODEL = "6 3\n97 4\n98 5\n1082 6\n1086 7\n9601 8\n1090 9\n8 6 10\n10 7 11\n11 9 12\n1 0 2 3\n"


def charsmap(replacements: Mapping[str, str]) -> bytes:
    """SentencePiece's table of them: each node of the trie has a block of 256 units of its own."""
    keys = {key.encode(): new.encode() for key, new in replacements.items()}
    texts = b"".join(new + b"\0" for new in keys.values())
    begins = np.cumsum([0, *(len(new) + 1 for new in keys.values())]).tolist()
    nodes = sorted({key[:n] for key in keys for n in range(len(key) + 1)}, key=len)
    block = {node: 256 * number for number, node in enumerate(nodes, 1)}
    units = np.zeros(256 * (len(nodes) + 1), "<u4")
    for node in nodes:
        place = block[node[:-1]] ^ node[-1] if node else 0
        units[place] = (place ^ block[node]) << 10 | (node in keys) << 8 | (node[-1] if node else 0)
    for key, begin in zip(keys, begins, strict=False):
        units[block[key]] = 1 << 31 | begin
    return units.nbytes.to_bytes(4, "little") + units.tobytes() + texts


def unigram_tree(pieces: Sequence[tuple[str, float]] = PIECES) -> dict[str, Any]:
    """What a published `tokenizer.json` says, as far as it is read; and some of the rest."""
    told = [*((special, 0.0) for special in SPECIALS), *pieces, ("<mask>", 0.0)]
    table = b64encode(charsmap(REPLACEMENTS)).decode()
    added = [(told.index((special, 0.0)), special) for special in (*SPECIALS, "<mask>")]
    return {
        "version": "1.0",
        "added_tokens": [{"id": id_, "content": content, "special": True} for id_, content in added],
        "normalizer": {"type": "Precompiled", "precompiled_charsmap": table},
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "WhitespaceSplit"},
                {"type": "Metaspace", "replacement": "▁", "add_prefix_space": True},
            ],
        },
        "model": {"type": "Unigram", "unk_id": 3, "vocab": told},
    }


def save_unigram(path: Path, **changes: Any) -> Path:
    path.write_text(json.dumps({**unigram_tree(), **changes}), encoding="utf-8")
    return path


def multilingual_config(**changes: Any) -> CLIPConfig:
    sizes: dict[str, Any] = {
        "embed_dim": 16,
        "image_resolution": 32,
        "vision_layers": (1,),
        "vision_width": 64,
        "vision_patch_size": 16,
        "context_length": 77,
        "vocab_size": len(SPECIALS) + len(PIECES) + 1,
        "text_width": 128,
        "text_layers": 2,
        "traits": CLIPTraits("gelu"),
        "roberta": RobertaSizes(80, 48, 40),
    }
    return CLIPConfig(**{**sizes, **changes})


def multilingual(**changes: Any) -> MultilingualCLIP:
    """Random weights, large enough for every token to matter."""
    config = multilingual_config(**changes)
    assert config.roberta is not None
    with torch.random.fork_rng():
        torch.manual_seed(3)
        model = MultilingualCLIP(config, config.roberta).eval()
        for parameter in model.text.parameters():
            nn.init.normal_(parameter, std=0.3)
    return model


def save_bpe_model(path: Path) -> Path:
    path.write_text(BPE_MODEL)
    return path


def ruclip(folder: Path, **changes: Any) -> CLIP:
    """A ruCLIP, for the vocabulary that it writes into the folder."""
    size = len(YTTM.load(save_bpe_model(folder / "bpe.model")))
    sizes = {"vocab_size": size, "traits": CLIPTraits(text_end=3), "context_length": 9, **changes}
    with torch.random.fork_rng():
        torch.manual_seed(4)
        return CLIP(CLIPConfig(**{**ruclip_sizes(), **sizes})).eval()


def ruclip_sizes() -> dict[str, Any]:
    return {
        "embed_dim": 16,
        "image_resolution": 32,
        "vision_layers": (2,),
        "vision_width": 64,
        "vision_patch_size": 16,
        "text_width": 64,
        "text_layers": 1,
    }


def write_ruclip_config(folder: Path, **changes: Any) -> None:
    """As it lies beside the weights of `ruclip`."""
    told = {
        "embed_dim": 16,
        "image_resolution": 32,
        "vision_layers": 2,
        "vision_width": 64,
        "vision_patch_size": 16,
        "context_length": 9,
        "vocab_size": 13,
        "transformer_width": 64,
        "transformer_heads": 1,
        "transformer_layers": 1,
    }
    (folder / "config.json").write_text(json.dumps({**told, **changes}))
