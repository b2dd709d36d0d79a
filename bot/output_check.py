"""The output check: which of a guild's concepts a picture shows, as far as a CLIP can tell. Pure.

A bare cosine means another thing in every CLIP, so none is compared with a threshold. What is compared is a
*share*: the concept stands among neutral captions of all sorts, and a softmax over their cosines, with the
scale that the CLIP was trained with, says how much of the picture's meaning falls to it (zero-shot
classification as in Radford et al. 2021, section 3.1). Captions that name the concept itself do not compete.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.lexicon import FILLERS, is_cyrillic, same_stem, words_of
from storage.concepts import Action, Concept

#: The share from which on a concept counts as seen, if an admin names none; docs/admins.md says how it errs.
DEFAULT_THRESHOLD: Final = 0.2
MOST_CONCEPTS: Final = 20  #: of a guild
MAX_CHARACTERS: Final = 80  #: of a concept

SEVERITY: Final = tuple(Action)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a picture is posted: a thread and its channel, or the channel alone, nearest first."""

    channels: tuple[int, ...]
    age_restricted: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """How much of a picture is a concept's: its share 0..1 among the neutral captions, and its cosine."""

    concept: Concept
    share: float
    cosine: float


def share(cosine: float, neutral: Sequence[float], scale: float) -> float:
    """The softmax's part for the first among all cosines; 1 where it stands alone."""
    top = max([cosine, *neutral])
    own = math.exp(scale * (cosine - top))
    return own / (own + sum(math.exp(scale * (other - top)) for other in neutral))


def competes(caption: str, words: str) -> bool:
    """Whether a neutral caption says another thing than the concept, or less: "a man" beside "a bald man"."""
    own, other = ({word for word in words_of(text) if word not in FILLERS} for text in (words, caption))
    return not all(any(_alike(a, b) for b in other) for a in own)


def _alike(a: str, b: str) -> bool:
    if is_cyrillic(a):
        return same_stem(a, b)
    return a == b or a == f"{b}s" or b == f"{a}s"


def threshold_in(concept: Concept, place: Place) -> float | None:
    """From which share on the concept counts as seen there; None where it is not looked for."""
    own = dict(concept.channels)
    for channel_id in place.channels:
        if channel_id in own:
            return own[channel_id]
    return concept.restricted if place.age_restricted else concept.threshold


def looked_for(concepts: Iterable[Concept], places: Collection[Place]) -> list[Concept]:
    """The concepts that are looked for in one of the places."""
    return [
        concept for concept in concepts if any(threshold_in(concept, place) is not None for place in places)
    ]


def verdict(seen: Collection[Seen], places: Collection[Place]) -> Seen | None:
    """The concept that decides: of those over a place's threshold the most severe, then the surest."""
    over = [each for each in seen if any(is_over(each, place) for place in places)]
    return max(over, key=lambda each: (SEVERITY.index(each.concept.action), each.share), default=None)


def is_over(seen: Seen, place: Place) -> bool:
    """Whether a concept counts as seen there."""
    threshold = threshold_in(seen.concept, place)
    return threshold is not None and seen.share >= threshold


def read(
    concepts: Sequence[Concept], neutral: Sequence[str], cosines: Mapping[str, float], scale: float
) -> list[Seen]:
    """What a picture's cosines to the concepts' words and the neutral captions say."""
    return [
        Seen(
            concept,
            share(
                cosines[concept.words],
                [cosines[caption] for caption in neutral if competes(caption, concept.words)],
                scale,
            ),
            cosines[concept.words],
        )
        for concept in concepts
    ]
