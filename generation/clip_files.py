"""The CLIPs of a model: which of its files they are, what each is for, and what it reads.

Standard library only. `generation.described` reads whole models.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final

from generation.languages import reads

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

WEIGHTS: Final = "clip.safetensors"
VOCABULARY: Final = "bpe.txt"
_MOST_WEIGHT: Final = 1000.0


@dataclass(frozen=True, slots=True)
class ClipFile:
    """A CLIP of a model."""

    file: str = WEIGHTS  #: its weights, among the model's files
    vocabulary: str = VOCABULARY  #: of its tokenizer, among the model's files
    weight: float = 1.0  #: how strongly it guides, beside the others'; 0: it only ranks and answers questions
    ranks: bool = True  #: whether drafts, candidates and scores may be judged by it
    languages: tuple[str, ...] = ()  #: what it reads, as in `generation.languages`; empty: any


def ranker(clips: Iterable[ClipFile], asked: Collection[str] | None = None) -> ClipFile | None:
    """The first CLIP that ranks and reads all these languages, else the first that ranks, if there is one."""
    ranking = [clip for clip in clips if clip.ranks]
    reading = [clip for clip in ranking if asked is not None and reads(clip.languages, asked)]
    return next(iter((*reading, *ranking)), None)


def guides(clips: Iterable[ClipFile], asked: Collection[str]) -> dict[ClipFile, float]:
    """The CLIPs that guide a prompt in these languages, and the share of each: all shares sum to 1.

    Those that do not read the prompt stay out of it, unless there would be none left.
    """
    guiding = [clip for clip in clips if clip.weight > 0]
    chosen = [clip for clip in guiding if reads(clip.languages, asked)] or guiding
    total = sum(clip.weight for clip in chosen)
    return {clip: clip.weight / total for clip in chosen}


def as_told(clip: ClipFile, table: Mapping[str, Any]) -> ClipFile:
    """The CLIP, changed by what a table says of it. Raises `ValueError`."""
    known = {field.name for field in fields(ClipFile)}
    told = {name: value for name, value in table.items() if name != "name"}
    unknown = sorted(set(told) - known)
    if unknown:
        raise ValueError(f"clip: there is no {unknown[0]!r}; there are name, {', '.join(sorted(known))}")
    weight, ranks = told.get("weight", clip.weight), told.get("ranks", clip.ranks)
    if type(weight) not in (int, float) or not 0 <= weight <= _MOST_WEIGHT:
        raise ValueError(f"clip: weight must be a number from 0 to {_MOST_WEIGHT:g}")
    if type(ranks) is not bool:
        raise ValueError("clip: ranks must be true or false")
    languages = read_languages(told, clip.languages)
    return replace(clip, weight=float(weight), ranks=ranks, languages=languages)


def read_languages(table: Mapping[str, Any], otherwise: tuple[str, ...] = ()) -> tuple[str, ...]:
    """What `languages` says, such as ("en", "ru"). Raises `ValueError`."""
    languages = table.get("languages", list(otherwise))
    if not isinstance(languages, list) or not all(isinstance(language, str) for language in languages):
        raise ValueError('languages must be a list such as ["en", "ru"]')
    return tuple(languages)
