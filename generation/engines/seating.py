"""Which run sits in which batch: lanes that lie together share one, if their runs are of equal width."""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakValueDictionary

from generation.decoding import Batch
from generation.engines.drafting import Draft


class Seats:
    """Batches live as long as a run sits in them, and a run keeps its slot for life."""

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._batches: WeakValueDictionary[tuple[str, tuple[int, int], int], Batch] = WeakValueDictionary()
        self._taken: WeakValueDictionary[tuple[int, int], Draft] = WeakValueDictionary()

    def find(
        self, name: str, width: tuple[int, int], lane: int, make: Callable[[int, int, int], Batch]
    ) -> tuple[Batch, int]:
        """The lane's batch and slot, for a model's run of so many branches and candidates.

        `make` gives a batch of so many slots, branches and candidates.
        """
        key, slot = (name, width, lane // self._slots), lane % self._slots
        batch = self._batches.get(key)
        if batch is None or (id(batch), slot) in self._taken:
            batch = make(self._slots, *width)
            self._batches[key] = batch
        return batch, slot

    def take(self, draft: Draft) -> Draft:
        """Note that the run sits where it does."""
        self._taken[id(draft.decoder), draft.slot] = draft
        return draft
