"""Learns the merges of the byte-pair encoding from captions (Sennrich et al. 2016, on bytes as in CLIP)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from generation.tokenizer import join_pair, split_words, word_symbols
from generation.training.captions import ENGLISH, RUSSIAN, caption
from generation.training.scenes import draw_scene
from generation.training.words import Name, read_concepts

WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")


def learn_merges(texts: Iterable[str], count: int) -> list[tuple[str, str]]:
    """At most `count` merges, the most frequent pair first; ties go to the smaller pair."""
    frequency = Counter(word for text in texts for word in split_words(text))
    words = [(word_symbols(word), times) for word, times in sorted(frequency.items())]
    merges: list[tuple[str, str]] = []
    while len(merges) < count:
        pairs: Counter[tuple[str, str]] = Counter()
        for pieces, times in words:
            for pair in pairwise(pieces):
                pairs[pair] += times
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        words = [(join_pair(pieces, best) if best[0] in pieces else pieces, times) for pieces, times in words]
    return merges


def draw_captions(count: int, seed: int) -> list[str]:
    """Captions of random scenes, half of them Russian."""
    rng = np.random.default_rng(seed)
    concepts = read_concepts()
    scenes = (draw_scene(rng, len(concepts)) for _ in range(count // 2))
    return [
        caption(scene, concepts, language, rng).text for scene in scenes for language in (ENGLISH, RUSSIAN)
    ]


def read_words(captions: Iterable[str]) -> dict[str, object]:
    """What the model knows, as its `words.json` has it: the things' names, and every word of the captions."""
    names = [name for concept in read_concepts() for name in concept.names]
    chief = [concept.names[0] for concept in read_concepts()]
    words = {word for text in (*captions, *_forms(names)) for word in WORD.findall(_folded(text))}
    things = {"en": [name.english for name in chief], "ru": [_folded(name.russian) for name in chief]}
    return {"things": things, "words": sorted(words)}


def _forms(names: Iterable[Name]) -> Iterable[str]:
    for name in names:
        yield from (name.english, name.plural, name.russian, name.genitive, name.instrumental)


def _folded(text: str) -> str:
    return text.lower().replace("ё", "е")
