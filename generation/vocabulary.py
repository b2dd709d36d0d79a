"""Finds the merges that a CLIP's tokenizer needs, in any of the forms in which they are published."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from generation.published import published_vocabulary
from generation.tensors import ModelFileError
from generation.tokenizer import MAX_MERGES, Tokenizer

#: Looked for beside the weights, in this order.
NAMES = ("bpe_simple_vocab_16e6.txt.gz", "bpe.txt", "merges.txt", "tokenizer.json")


def find_vocabulary(weights: Path, models_dir: Path) -> Path:
    """Beside the weights, in `models_dir`, or in a CLIP that is there already. Raises `ModelFileError`."""
    beside = (weights.with_name(name) for name in NAMES)
    others = sorted(models_dir.glob("*/bpe.txt"))
    found = next((path for path in (*beside, models_dir / NAMES[0], *others) if path.is_file()), None)
    if found is None:
        wanted = published_vocabulary()
        raise ModelFileError(
            f"{weights.with_name(wanted.name)}: the tokenizer's merges are missing "
            f"({wanted.size:,} bytes, from {wanted.urls[0]})"
        )
    return found


def load_vocabulary(path: Path, size: int) -> Tokenizer:
    """The tokenizer, which must have `size` entries, as the CLIP's embedding has. Raises `ModelFileError`."""
    tokenizer = Tokenizer(_json_merges(path)) if path.suffix == ".json" else Tokenizer.load(path)
    if len(tokenizer) != size:
        raise ModelFileError(f"{path}: makes {len(tokenizer):,} tokens, but the CLIP knows {size:,}")
    return tokenizer


def _json_merges(path: Path) -> list[tuple[str, str]]:
    """The merges of a `tokenizer.json`: pairs, or strings with a space between."""
    try:
        lines: Iterable[str | list[str]] = json.loads(path.read_text(encoding="utf-8"))["model"]["merges"]
        pairs = [line.split(" ") if isinstance(line, str) else line for line in lines][:MAX_MERGES]
        return [(str(first), str(second)) for first, second in pairs]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelFileError(f"{path}: no merges of a byte-pair tokenizer in it ({error!r})") from error
