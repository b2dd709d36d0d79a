"""The fair queue, against a plain telling of its rules and against its promises."""

from __future__ import annotations

import functools
import time
from collections import Counter, defaultdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.queue import Entry, FairQueue

parties = st.integers(1, 4)
costs = st.integers(1, 50).map(float)


@st.composite
def entry_lists(draw, max_size=30):
    rows = draw(st.lists(st.tuples(parties, parties, costs), max_size=max_size))
    return [Entry(f"job{n}", guild, member, cost) for n, (guild, member, cost) in enumerate(rows)]


def filled(entries):
    queue = FairQueue()
    for entry in entries:
        queue.add(entry)
    return queue


def costs_at_most(cost, entry):
    return entry.cost <= cost


def drained(queue):
    taken = []
    while (entry := queue.take()) is not None:
        taken.append(entry)
    return taken


class PlainQueue:
    """The rules, one after the other, without any thought of speed."""

    def __init__(self):
        self.entries = []  # by arrival
        self.charges: Any = defaultdict(dict)  # "guilds" or a guild -> party -> charge

    def add(self, entry):
        for level, party, waiting in self.levels(entry):
            if party not in waiting:
                least = min((self.charges[level][other] for other in waiting), default=0.0)
                own = self.charges[level].get(party, least) if waiting else least
                self.charges[level][party] = max(own, least)
        self.entries.append(entry)

    def levels(self, entry):
        yield "guilds", entry.guild, {other.guild for other in self.entries}
        yield (
            entry.guild,
            entry.member,
            {other.member for other in self.entries if other.guild == entry.guild},
        )

    def take(self, fits=lambda entry: True):
        order = self.order()
        chosen = next((entry for entry in order if fits(entry)), None)
        if chosen is not None:
            self.charges["guilds"][chosen.guild] += chosen.cost
            self.charges[chosen.guild][chosen.member] += chosen.cost
            self.drop(chosen)
        return chosen

    def drop(self, entry):
        self.entries.remove(entry)
        for level, _, waiting in self.levels(entry):
            if not waiting:
                self.charges.pop(level, None)

    def order(self):
        left, order = list(self.entries), []
        charges = {level: dict(of) for level, of in self.charges.items()}
        while left:
            entry = self.next_of(left, charges)
            charges["guilds"][entry.guild] += entry.cost
            charges[entry.guild][entry.member] += entry.cost
            left.remove(entry)
            order.append(entry)
        return order

    @staticmethod
    def next_of(left, charges):
        heads = {}  # each guild's next entry
        for guild in {entry.guild for entry in left}:
            own = [entry for entry in left if entry.guild == guild]
            heads[guild] = min(own, key=lambda entry: (charges[entry.guild][entry.member], left.index(entry)))
        return min(heads.values(), key=lambda entry: (charges["guilds"][entry.guild], left.index(entry)))


operations = st.one_of(
    st.tuples(st.just("add"), parties, parties, costs),
    st.tuples(st.just("take"), st.none(), st.none(), st.none()),
    st.tuples(st.just("take small"), st.none(), st.none(), costs),
    st.tuples(st.just("remove"), st.integers(0, 60), st.none(), st.none()),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(operations, max_size=60))
def test_it_does_what_its_rules_say(steps):
    """Any mix of adds, takes, picky takes and removals gives what the plain telling gives."""
    queue, plain = FairQueue(), PlainQueue()
    for number, (kind, first, second, cost) in enumerate(steps):
        if kind == "add":
            entry = Entry(f"job{number}", first, second, cost)
            queue.add(entry)
            plain.add(entry)
        elif kind == "take":
            assert queue.take() == plain.take()
        elif kind == "take small":
            small = functools.partial(costs_at_most, cost)
            assert queue.take(small) == plain.take(small)
        else:
            found = next((entry for entry in plain.entries if entry.job == f"job{first}"), None)
            assert queue.remove(f"job{first}") is (found is not None)
            if found:
                plain.drop(found)
        assert list(queue.waiting()) == plain.order()
        assert len(queue) == len(plain.entries)


@given(entry_lists())
def test_every_entry_is_taken_exactly_once(entries):
    assert Counter(drained(filled(entries))) == Counter(entries)


@given(entry_lists())
def test_place_tells_the_take(entries):
    """The place is the number of takes that are needed, and asking changes nothing."""
    queue = filled(entries)
    places = {entry.job: queue.place(entry.job) for entry in entries}
    assert {entry.job: at for at, entry in enumerate(drained(queue), start=1)} == places


@given(entry_lists())
def test_a_members_own_entries_keep_their_order(entries):
    taken = drained(filled(entries))
    for who in {(entry.guild, entry.member) for entry in entries}:
        own = [entry for entry in entries if (entry.guild, entry.member) == who]
        assert [entry for entry in taken if (entry.guild, entry.member) == who] == own


@given(entry_lists())
def test_waiting_guilds_never_drift_apart(entries):
    """While two guilds both wait, what they have got differs by the cost of one picture at most."""
    queue = filled(entries)
    waiting, got = Counter(entry.guild for entry in entries), Counter[int]()
    most = max((entry.cost for entry in entries), default=0)
    while (entry := queue.take()) is not None:
        got[entry.guild] += entry.cost
        waiting[entry.guild] -= 1
        still = [got[guild] for guild, count in waiting.items() if count]
        assert not still or max(still) - min(still) <= most


@given(entry_lists(), st.integers(1, 4))
def test_waiting_members_of_a_guild_never_drift_apart(entries, guild):
    own = [entry for entry in entries if entry.guild == guild]
    queue = filled(own)
    waiting, got = Counter(entry.member for entry in own), Counter[int]()
    while (entry := queue.take()) is not None:
        got[entry.member] += entry.cost
        waiting[entry.member] -= 1
        still = [got[member] for member, count in waiting.items() if count]
        assert not still or max(still) - min(still) <= max(entry.cost for entry in own)


@given(st.integers(0, 39), st.booleans(), costs)
def test_forty_permutations_do_not_delay_anothers_first_picture(taken, same_guild, cost):
    """Whoever comes next, in the same guild or another, has one of the forty before them at most."""
    queue = filled([Entry(f"many{n}", 1, 1, 10.0) for n in range(40)])
    for _ in range(taken):
        queue.take()
    queue.add(Entry("first", 1 if same_guild else 2, 2, cost))
    assert queue.place("first") <= 2


@given(costs, costs, st.integers(1, 30))
def test_nobody_starves_behind_newcomers(own_cost, their_cost, guests):
    """An entry is taken although a new guild comes with every take."""
    queue = filled([Entry("old", 1, 1, own_cost)])
    taken = []
    for guest in range(guests):
        queue.add(Entry(f"guest{guest}", 10 + guest, 1, their_cost))
        entry = queue.take()
        assert entry is not None
        taken.append(entry.job)
    assert "old" in taken


def test_a_returning_guild_has_no_credit_for_its_idleness():
    queue = filled([Entry(f"busy{n}", 1, 1, 1.0) for n in range(20)])
    for _ in range(10):
        queue.take()
    for n in range(5):
        queue.add(Entry(f"back{n}", 2, 1, 1.0))
    assert [entry.guild for entry in drained(queue)[:6]] == [1, 2, 1, 2, 1, 2]


def test_a_debt_outlives_a_short_absence():
    """A guild that takes one dear picture at a time does not get ahead of one with cheap ones."""
    queue = filled([Entry(f"cheap{n}", 1, 1, 1.0) for n in range(30)])
    queue.add(Entry("dear0", 2, 1, 10.0))
    got = Counter[int]()
    for turn in range(1, 23):
        entry = queue.take()
        assert entry is not None
        got[entry.guild] += 1
        if entry.guild == 2:
            queue.add(Entry(f"dear{turn}", 2, 1, 10.0))
    assert got == {1: 20, 2: 2}


def test_the_idle_are_forgotten():
    """Thousands of guilds that came once leave nothing behind."""
    queue = filled([Entry("stays", 1, 1, 1.0), Entry("stays too", 1, 1, 1.0)])
    for guild in range(2, 2002):
        queue.add(Entry(f"guest{guild}", guild, 1, 1.0))
        queue.take(lambda entry, guild=guild: entry.guild == guild)
        queue.take(lambda entry: entry.guild == 1)
        queue.add(Entry(f"more{guild}", 1, 1, 1.0))
    assert len(queue) == 2
    assert len(queue._guilds) <= 2
    assert len(queue._members) == 1
    drained(queue)
    assert len(queue._guilds) == len(queue._members) == 0


def test_removal_is_free_of_charge():
    queue = filled([Entry("a", 1, 1, 9.0), Entry("b", 1, 1, 1.0), Entry("c", 2, 1, 1.0)])
    assert queue.remove("a")
    assert not queue.remove("a")
    assert "a" not in queue
    assert [entry.job for entry in drained(queue)] == ["b", "c"]


def test_take_skips_what_does_not_fit():
    queue = filled([Entry("large", 1, 1, 9.0), Entry("small", 1, 1, 1.0)])
    assert queue.take(lambda entry: entry.cost < 5) == Entry("small", 1, 1, 1.0)
    assert queue.take(lambda entry: False) is None
    assert queue.place("large") == 1


def test_an_empty_queue_gives_nothing():
    assert FairQueue().take() is None
    assert FairQueue().waiting() == ()


@pytest.mark.parametrize("cost", [0.0, -1.0, float("inf"), float("nan")])
def test_a_bad_cost_is_refused(cost):
    with pytest.raises(ValueError, match="cannot be queued"):
        FairQueue().add(Entry("a", 1, 1, cost))


def test_a_job_waits_once_only():
    with pytest.raises(ValueError, match="cannot be queued"):
        filled([Entry("a", 1, 1, 1.0), Entry("a", 2, 2, 2.0)])


def test_place_of_a_stranger_is_an_error():
    with pytest.raises(KeyError):
        FairQueue().place("nobody")


def test_ten_thousand_entries_are_no_burden():
    """Best of five, in the processor's time, so that a busy machine does not speak for the code."""
    entries = [Entry(f"job{n}", n % 100, n % 7, 1.0 + n % 13) for n in range(10_000)]
    queue = filled(entries)
    seconds = []
    for turn in range(5):
        queue.add(Entry(f"late{turn}", 5, 5, 1.0))
        start = time.thread_time()
        assert queue.place(f"late{turn}") > 0
        seconds.append(time.thread_time() - start)
    assert min(seconds) < 0.05
    assert len(drained(queue)) == 10_005
