"""The fair queue. Each guild is charged the cost of what it gets; the guild charged least is next, and in it
the member charged least; among equals, who came first.

Idleness earns no credit: whoever comes back starts at the least charge of those waiting, or at their own
where that is higher. When nobody waits, all is forgotten. A member's own entries keep their order.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

_Row: TypeAlias = (
    "tuple[float, int, Entry]"  # charge before the take, arrival (so no tie reaches the entry), entry
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A waiting job. `cost` is above zero, in any unit that is the same for all."""

    job: str
    guild: int
    member: int
    cost: float


class _Charges:
    """What each of several parties (the guilds, or one guild's members) was charged, while it matters."""

    def __init__(self) -> None:
        self._charges: dict[int, float] = {}
        self._waiting: Counter[int] = Counter()

    def __getitem__(self, party: int) -> float:
        return self._charges[party]

    def __contains__(self, party: object) -> bool:
        return party in self._charges

    def __len__(self) -> int:
        return len(self._charges)

    def enter(self, party: int) -> None:
        """Note one more entry of the party; who was not waiting starts no lower than the least charge."""
        if party not in self._waiting:
            least = min((self._charges[waiting] for waiting in self._waiting), default=0.0)
            self._charges[party] = max(self._charges.get(party, least), least)
        self._waiting[party] += 1

    def leave(self, party: int, cost: float) -> bool:
        """Take one entry off the party's and charge the cost; False when nobody waits any more."""
        self._charges[party] += cost
        self._waiting[party] -= 1
        if not self._waiting[party]:
            del self._waiting[party]
            self._forget()
        return bool(self._waiting)

    def _forget(self) -> None:
        """Drop the idle who would come back at the least charge anyway."""
        least = min((self._charges[waiting] for waiting in self._waiting), default=math.inf)
        self._charges = {
            party: charge
            for party, charge in self._charges.items()
            if party in self._waiting or least < charge
        }


class FairQueue:
    """Waiting jobs in the order in which they are to be taken."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}  # by arrival
        self._guilds = _Charges()
        self._members: dict[int, _Charges] = {}
        self._order: tuple[Entry, ...] | None = ()

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, job: object) -> bool:
        return job in self._entries

    def add(self, entry: Entry) -> None:
        """Put an entry into line. Raises ValueError for a job that waits already, and for a bad cost."""
        if entry.job in self._entries or not 0 < entry.cost < math.inf:
            raise ValueError(f"cannot be queued: {entry}")
        self._entries[entry.job] = entry
        self._guilds.enter(entry.guild)
        self._members.setdefault(entry.guild, _Charges()).enter(entry.member)
        self._order = None

    def take(self, fits: Callable[[Entry], bool] = lambda entry: True) -> Entry | None:
        """Take out the first entry that fits, and charge for it; None where none does."""
        order = self.waiting()
        found = next((index for index, entry in enumerate(order) if fits(entry)), None)
        if found is None:
            return None
        self._leave(order[found], order[found].cost)
        self._order = order[1:] if found == 0 else None
        return order[found]

    def remove(self, job: str) -> bool:
        """Take a job out without a charge; False where it does not wait."""
        if job not in self._entries:
            return False
        self._leave(self._entries[job], 0.0)
        self._order = None
        return True

    def place(self, job: str) -> int:
        """The number of takes that it needs, if nobody else comes: 1 is next. KeyError if not waiting."""
        return self.waiting().index(self._entries[job]) + 1

    def waiting(self) -> tuple[Entry, ...]:
        """All entries in the order of the takes to come, if nobody else comes."""
        if self._order is None:
            self._order = self._ordered()
        return self._order

    def _leave(self, entry: Entry, cost: float) -> None:
        del self._entries[entry.job]
        self._guilds.leave(entry.guild, cost)
        if not self._members[entry.guild].leave(entry.member, cost):
            del self._members[entry.guild]

    def _ordered(self) -> tuple[Entry, ...]:
        """Play the takes without taking: by members' charges in each guild, then by the guilds'."""
        rows = [(0.0, arrival, entry) for arrival, entry in enumerate(self._entries.values())]
        of_guilds = defaultdict(list)
        for row in rows:
            of_guilds[row[2].guild].append(row)
        merged: list[_Row] = []
        for guild, own in of_guilds.items():
            own = sorted(_charged(own, lambda entry: entry.member, self._members[guild]))
            merged += _charged(own, lambda entry: entry.guild, self._guilds)
        return tuple(entry for _, _, entry in sorted(merged))


def _charged(rows: list[_Row], party: Callable[[Entry], int], charges: _Charges) -> list[_Row]:
    """The rows, each with the charge at which its party will stand when all before it are taken."""
    running: dict[int, float] = {}
    charged = []
    for _, arrival, entry in rows:
        who = party(entry)
        charge = running[who] if who in running else charges[who]
        charged.append((charge, arrival, entry))
        running[who] = charge + entry.cost
    return charged
