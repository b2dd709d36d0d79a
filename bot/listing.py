"""Which pictures a list shows, in the few characters that a button has room for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from storage.generations import Cursor, Filter, Order

DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
MODEL: Final = re.compile(r"[\w.+-]{1,40}")
ORDERS: Final = {"n": Order.NEWEST, "l": Order.LOVED}


@dataclass(frozen=True, slots=True)
class Listing:
    """A list as a member has asked for it. `loved`: by the member who looks; `before` is Unix time, whole."""

    order: Order = Order.NEWEST
    member_id: int | None = None
    model: str | None = None
    loved: bool = False
    album_id: int | None = None
    before: int | None = None

    def chosen(self, asker_id: int) -> Filter:
        """The rows of it, for who asks."""
        loved_by = asker_id if self.loved else None
        return Filter(self.member_id, self.model, loved_by, self.album_id, self.before)


def write_listing(listing: Listing) -> str:
    """At most 80 characters of letters, digits and `,.+-_`. Raises ValueError for a name that is unfit."""
    parts = [next(letter for letter, order in ORDERS.items() if order is listing.order)]
    numbers = {"m": listing.member_id, "a": listing.album_id, "b": listing.before}
    parts += [letter + write_number(number) for letter, number in numbers.items() if number is not None]
    parts += ["f"] if listing.loved else []
    if listing.model is not None:
        if not MODEL.fullmatch(listing.model):
            raise ValueError(f"a model's name that no button can carry: {listing.model!r}")
        parts.append("e" + listing.model)
    return ",".join(parts)


def read_listing(text: str) -> Listing:
    """What `write_listing` has written. Raises ValueError for anything else."""
    order, *parts = text.split(",")
    values = {part[:1]: part[1:] for part in parts}
    if order not in ORDERS or not values.keys() <= set("mabfe"):
        raise ValueError(f"not a list: {text!r}")
    member, album, before = (read_number(values[key]) if key in values else None for key in "mab")
    return Listing(ORDERS[order], member, values.get("e"), "f" in values, album, before)


def write_cursor(cursor: Cursor | None) -> str:
    """At most 24 characters."""
    if cursor is None:
        return ""
    return f"{write_number(cursor.id)}.{write_number(cursor.hearts)}.{'b' if cursor.back else 'f'}"


def read_cursor(text: str) -> Cursor | None:
    """What `write_cursor` has written. Raises ValueError for anything else."""
    if not text:
        return None
    place, hearts, way = text.split(".")
    return Cursor(read_number(place), read_number(hearts), way == "b")


def write_number(number: int) -> str:
    """A number that is not negative, in base 36."""
    digits = ""
    while number or not digits:
        number, digit = divmod(number, 36)
        digits = DIGITS[digit] + digits
    return digits


def read_number(text: str) -> int:
    """A number in base 36 of at most 64 bits. Raises ValueError."""
    number = int(text, 36)
    if not 0 <= number < 2**63:
        raise ValueError(f"out of range: {text!r}")
    return number
