"""Learns the merges of the byte-pair encoding from captions (Sennrich et al. 2016, on bytes as in CLIP)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from generation.tokenizer import join_pair, split_words, word_symbols
from generation.training.captions import ENGLISH, RUSSIAN, caption
from generation.training.scenes import draw_scene
from generation.training.words import read_concepts


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
