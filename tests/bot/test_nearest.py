from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nearest import Found, Space, Spaces, fuse, unpack

AXES = np.eye(3, dtype=np.float32)
IDS = st.integers(1, 30)
MOVES = st.lists(st.tuples(st.sampled_from(["add", "remove"]), IDS, st.integers(0, 4), st.integers(0, 2**16)))


def vector(seed: int, dimensions: int = 6):
    drawn = np.random.default_rng(seed).standard_normal(dimensions).astype(np.float32)
    return drawn / np.linalg.norm(drawn)


@given(MOVES, st.integers(0, 2**16), st.none() | st.sets(st.integers(0, 4)))
def test_a_space_finds_what_a_plain_search_finds(moves, seed, groups):
    """Whatever was added, moved and removed before."""
    space, kept = Space(6), {}
    for move, id_, group, drawn in moves:
        if move == "add":
            space.add(id_, group, vector(drawn))
            kept[id_] = (group, vector(drawn))
        else:
            space.remove(id_)
            kept.pop(id_, None)
    query = vector(seed)
    wanted = {id_: float(v @ query) for id_, (g, v) in kept.items() if groups is None or g in groups}
    found = list(space.rank(query, groups))
    assert {each.id: each.cosine for each in found} == pytest.approx(wanted, abs=1e-5)
    assert [each.cosine for each in found] == sorted((each.cosine for each in found), reverse=True)
    assert len(space) == len(kept)
    assert space.groups() == {group for group, _ in kept.values()}
    for id_, (_, v) in kept.items():
        own = space.vector(id_)
        assert own is not None
        assert np.array_equal(own, v)


def test_many_are_added_at_once_as_one_by_one():
    space, other = Space(3), Space(3)
    vectors = np.stack([vector(number, 3) for number in range(50)]).astype("<f2")
    for start in (0, 20, 50):
        part = slice(start, max(start, {0: 20, 20: 50}.get(start, start)))
        numbers = list(range(50))[part]
        space.extend(numbers, [number % 2 for number in numbers], vectors[part].tobytes())
    for number in range(50):
        other.add(number, number % 2, unpack(vectors[number].tobytes()))
    query = vector(99, 3)
    assert list(space.rank(query, [1])) == list(other.rank(query, [1]))
    assert len(space) == 50


def test_a_long_ranking_is_in_order_to_its_end():
    space = Space(3)
    for id_ in range(2000):
        space.add(id_, 0, vector(id_, 3))
    found = list(space.rank(AXES[0]))
    assert sorted(each.id for each in found) == list(range(2000))
    assert [each.cosine for each in found] == sorted((each.cosine for each in found), reverse=True)


def test_of_equals_the_newest_comes_first_wherever_the_reading_pauses():
    space = Space(3)
    for id_ in range(200):
        space.add(id_, 0, AXES[id_ % 2])
    expected = [*range(198, -1, -2), *range(199, 0, -2)]
    assert [each.id for each in space.rank(AXES[0])] == expected


def test_a_vector_of_another_length_is_refused():
    space = Space(3)
    with pytest.raises(ValueError, match="among those of 3"):
        space.add(1, 0, np.ones(4, np.float32))
    assert list(space.rank(AXES[0])) == []


def test_a_ranking_stays_as_it_was_when_the_space_changes():
    space = Space(3)
    space.add(1, 0, AXES[0])
    space.add(2, 0, AXES[1])
    ranking = space.rank(AXES[0])
    space.remove(1)
    assert list(ranking) == [Found(1, 1.0), Found(2, 0.0)]


def test_vectors_come_back_from_half_precision():
    assert unpack(np.array([0.5, -1], "<f2").tobytes()).tolist() == [0.5, -1]


def test_memory_is_bounded_and_what_was_used_last_stays():
    one = Space(100, 1000)
    spaces = Spaces(2 * one.size_bytes)
    for key in "abc":
        spaces.put(key, Space(100, 1000))
        assert spaces.get("a") is not None or key == "c"
    assert spaces.get("a") is not None  # it was asked for
    assert spaces.get("b") is None
    spaces.put("huge", Space(100, 5000))
    assert spaces.get("huge") is not None
    assert spaces.get("a") is None
    spaces.clear()
    assert spaces.get("huge") is None


@given(st.lists(st.lists(IDS, unique=True), max_size=3))
def test_fusing_keeps_everything_once(rankings):
    fused = fuse(*rankings)
    assert sorted(fused) == sorted({id_ for ranking in rankings for id_ in ranking})


def test_what_both_find_comes_before_what_one_finds():
    assert fuse([1, 2, 3], [9, 3, 8])[0] == 3
    assert fuse([1, 2, 3]) == [1, 2, 3]
    assert fuse() == []
