"""Finds and reads the vocabulary of a CLIP's tokenizer, in any of the forms in which they are published."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from generation.clip_config import CLIPConfig
from generation.published import Source, published
from generation.roberta import PAD
from generation.tensors import ModelFileError
from generation.tokenizer import MAX_MERGES, Tokenizer
from generation.tokens import Vocabulary
from generation.unigram import Unigram
from generation.yttm import LowerCase

#: What a vocabulary is called in a CLIP's folder; none is called as a transformer's is.
MERGES, PIECES, UNIGRAM = "bpe.txt", "yttm.model", "tokenizer.json"
#: Looked for beside the weights, in this order; the first is what it is called where it is published.
NAMES = {
    MERGES: ("bpe_simple_vocab_16e6.txt.gz", "bpe.txt", "merges.txt", "tokenizer.json"),
    PIECES: ("bpe.model", PIECES),
    UNIGRAM: (UNIGRAM,),
}


def find_vocabulary(weights: Path, models_dir: Path, config: CLIPConfig) -> Path:
    """Beside the weights, in `models_dir`, or in a CLIP that is there already. Raises `ModelFileError`."""
    form = UNIGRAM if config.roberta is not None else PIECES if config.traits.text_end else MERGES
    beside = (weights.with_name(name) for name in NAMES[form])
    shared = (models_dir / NAMES[form][0], *sorted(models_dir.glob(f"*/{form}"))) if form != PIECES else ()
    found = next((path for path in (*beside, *shared) if path.is_file()), None)
    if found is None:
        wanted = _published(NAMES[form][0])
        raise ModelFileError(
            f"{weights.with_name(wanted.name)}: the tokenizer's vocabulary is missing "
            f"({wanted.size or wanted.about_bytes:,} bytes, from {wanted.urls[0]})"
        )
    return found


def _published(name: str) -> Source:
    """Where the vocabulary of that name comes from."""
    clips = (model for model in published().values() if model.kind == "clip")
    return next(model.files[-1] for model in clips if model.files[-1].name == name)


def load_vocabulary(path: Path, config: CLIPConfig) -> Vocabulary:
    """The vocabulary of a CLIP. Raises `ModelFileError` for one that belongs to another."""
    vocabulary = _read(path)
    if len(vocabulary) != config.vocab_size:
        raise ModelFileError(
            f"{path}: makes {len(vocabulary):,} tokens, but the CLIP knows {config.vocab_size:,}"
        )
    name, found, wanted = _told_by(vocabulary, config)
    if found != wanted:
        raise ModelFileError(f"{path}: its {name} token is {found}, but the CLIP's is {wanted}")
    return vocabulary


def keep_vocabulary(path: Path, config: CLIPConfig, folder: Path) -> Path:
    """Bring the vocabulary of a CLIP into its folder, in one of three forms. Raises `ModelFileError`."""
    vocabulary = load_vocabulary(path, config)
    if isinstance(vocabulary, Tokenizer):
        vocabulary.save(folder / MERGES)
        return folder / MERGES
    kept = folder / (PIECES if isinstance(vocabulary, LowerCase) else UNIGRAM)
    shutil.copyfile(path, kept)
    return kept


def _told_by(vocabulary: Vocabulary, config: CLIPConfig) -> tuple[str, int, int]:
    """The special token that the text tower looks for: its name, and its id here and there."""
    if config.roberta is not None:
        return "padding", vocabulary.pad, PAD
    return "end", vocabulary.end, config.traits.text_end or config.vocab_size - 1


def _read(path: Path) -> Vocabulary:
    if path.suffix == ".model":
        return LowerCase.load(path)
    if path.suffix == ".json":
        return Unigram.load(path) if _is_unigram(path) else Tokenizer(_json_merges(path))
    return Tokenizer.load(path)


def _is_unigram(path: Path) -> bool:
    """Whether a `tokenizer.json` is XLM-RoBERTa's kind; what cannot be read is told by who reads it."""
    try:
        return bool(json.loads(path.read_text(encoding="utf-8"))["model"].get("type") == "Unigram")
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return False


def _json_merges(path: Path) -> list[tuple[str, str]]:
    """The merges of a `tokenizer.json`: pairs, or strings with a space between."""
    try:
        lines: Iterable[str | list[str]] = json.loads(path.read_text(encoding="utf-8"))["model"]["merges"]
        pairs = [line.split(" ") if isinstance(line, str) else line for line in lines][:MAX_MERGES]
        return [(str(first), str(second)) for first, second in pairs]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelFileError(f"{path}: no merges of a byte-pair tokenizer in it ({error!r})") from error
