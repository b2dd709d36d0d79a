"""Which vectors point the way a query does: exact, over all pictures of a guild, in one product of a matrix.

Vectors are kept in the database as float16 and here as float32, for which BLAS has a product: 200,000 vectors
of 512 numbers take 400 MB and some 40 ms. What is kept is bounded; the guild that was not asked for longest
goes first.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]  # [D], of unit length

GROWTH = 1.25  #: room for vectors to come, when a matrix must be made anew


@dataclass(frozen=True, slots=True)
class Found:
    """A picture's id and its cosine to the query, -1..1."""

    id: int
    cosine: float


def unpack(data: bytes) -> Vector:
    """A vector as the database has it: little-endian float16."""
    return np.frombuffer(data, "<f2").astype(np.float32)


class Space:
    """Vectors that may be compared, each with its picture's id and a group (a channel) that it belongs to."""

    def __init__(self, dimensions: int, capacity: int = 0) -> None:
        self.dimensions = dimensions
        self._count = 0
        self._matrix = np.empty((capacity, dimensions), np.float32)
        self._ids = np.empty(capacity, np.int64)
        self._groups = np.empty(capacity, np.int32)  # each by its number
        self._numbers: dict[int, int] = {}
        self._places: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._places)

    @property
    def size_bytes(self) -> int:
        """The memory that it takes, about."""
        return self._matrix.nbytes + 150 * len(self._ids)

    def add(self, id_: int, group: int, vector: Vector) -> None:
        """Add a picture, or put it in another place. Raises ValueError for a vector of another length."""
        if vector.shape != (self.dimensions,):
            raise ValueError(f"a vector of {vector.shape} among those of {self.dimensions}")
        place = self._places.get(id_)
        if place is None:
            self._make_room()
            place = self._places[id_] = self._count
        self._matrix[place], self._ids[place], self._groups[place] = vector, id_, self._number(group)
        self._count = max(self._count, place + 1)

    def extend(self, ids: Sequence[int], groups: Sequence[int], packed: bytes) -> None:
        """Add many that are not there yet, from the bytes of their vectors one after another."""
        count, end = self._count, self._count + len(ids)
        self._make_room(len(ids))
        self._matrix[count:end] = np.frombuffer(packed, "<f2").reshape(len(ids), self.dimensions)
        self._ids[count:end], self._groups[count:end] = ids, list(map(self._number, groups))
        self._places.update(zip(ids, range(count, end), strict=True))
        self._count = end

    def remove(self, id_: int) -> None:
        """Forget a picture, if it is there: the last one takes its place."""
        place = self._places.pop(id_, None)
        if place is None:
            return
        self._count -= 1
        last = self._count
        if place != last:
            self._matrix[place] = self._matrix[last]
            self._ids[place], self._groups[place] = self._ids[last], self._groups[last]
            self._places[int(self._ids[place])] = place

    def vector(self, id_: int) -> Vector | None:
        """A picture's own vector."""
        place = self._places.get(id_)
        return None if place is None else self._matrix[place].copy()

    def groups(self) -> frozenset[int]:
        """The groups that there are."""
        there = set(np.unique(self._groups[: self._count]).tolist())
        return frozenset(group for group, number in self._numbers.items() if number in there)

    def rank(self, query: Vector, groups: Collection[int] | None = None) -> Ranking:
        """All pictures, of these groups where they are given, to be read nearest first."""
        cosines = self._matrix[: self._count] @ query
        ids = self._ids[: self._count]
        if groups is None or self._numbers.keys() <= set(groups):
            return Ranking(ids.copy(), cosines)
        chosen = set(groups)
        table = np.array([group in chosen for group in self._numbers])
        wanted = np.flatnonzero(table[self._groups[: self._count]])
        return Ranking(ids[wanted], cosines[wanted])

    def _number(self, group: int) -> int:
        return self._numbers.setdefault(group, len(self._numbers))

    def _make_room(self, more: int = 1) -> None:
        if self._count + more <= len(self._ids):
            return
        capacity = max(16, int((self._count + more) * GROWTH))
        matrix = np.empty((capacity, self.dimensions), np.float32)
        ids, groups = np.empty(capacity, np.int64), np.empty(capacity, np.int32)
        matrix[: self._count] = self._matrix[: self._count]
        ids[: self._count], groups[: self._count] = self._ids[: self._count], self._groups[: self._count]
        self._matrix, self._ids, self._groups = matrix, ids, groups


@dataclass(frozen=True, slots=True)
class Ranking:
    """Pictures and their cosines. Only as much is put into order as is read."""

    ids: NDArray[np.int64]
    cosines: NDArray[np.float32]

    def __iter__(self) -> Iterator[Found]:
        done, count = 0, 64
        while done < len(self.ids):
            for place in self._nearest(count)[done:]:
                yield Found(int(self.ids[place]), float(self.cosines[place]))
            done, count = count, count * 8

    def _nearest(self, count: int) -> NDArray[np.int64]:
        """Places of the nearest so many, nearest first; of equals the newest (the highest id) first."""
        if count >= len(self.ids):
            places = np.arange(len(self.ids))
        else:
            least = np.partition(self.cosines, -count)[-count]
            places = np.flatnonzero(self.cosines >= least)
        order = np.lexsort((self.ids[places], self.cosines[places]))[::-1]
        nearest: NDArray[np.int64] = places[order][:count]
        return nearest


class Spaces:
    """The spaces in memory, by a key of the caller's; `limit_bytes` at most, but always the latest."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._kept: OrderedDict[Hashable, Space] = OrderedDict()

    def get(self, key: Hashable) -> Space | None:
        """The space, if it is there."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def put(self, key: Hashable, space: Space) -> None:
        """Keep a space, and let others go for it."""
        self._kept[key] = space
        self._kept.move_to_end(key)
        self.fit()

    def fit(self) -> None:
        """Let go what does not fit (any more)."""
        while (
            len(self._kept) > 1 and sum(space.size_bytes for space in self._kept.values()) > self._limit_bytes
        ):
            self._kept.popitem(last=False)

    def _size_bytes(self) -> int:
        return sum(space.size_bytes for space in self._kept.values())

    def clear(self) -> None:
        """Let all go."""
        self._kept.clear()


def fuse(*rankings: Sequence[int], constant: int = 60) -> list[int]:
    """One order out of several, by reciprocal ranks (Cormack et al., 2009); of equals the first met first."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for place, id_ in enumerate(ranking):
            scores[id_] = scores.get(id_, 0.0) + 1 / (constant + place + 1)
    return sorted(scores, key=lambda id_: -scores[id_])
