"""Lists in the few characters of a custom_id."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.listing import Listing, read_cursor, read_listing, write_cursor, write_listing
from storage.generations import Cursor, Order

IDS = st.integers(0, 2**63 - 1)
LISTINGS = st.builds(
    Listing,
    order=st.sampled_from(Order),
    member_id=st.none() | IDS,
    model=st.none() | st.from_regex(r"[\w.+-]{1,40}", fullmatch=True),
    loved=st.booleans(),
    album_id=st.none() | IDS,
    before=st.none() | st.integers(0, 10**11),
)
CURSORS = st.none() | st.builds(Cursor, IDS, st.integers(0, 10**6), st.booleans())


@given(LISTINGS, CURSORS)
def test_what_is_written_is_read(listing: Listing, cursor: Cursor | None):
    assert read_listing(write_listing(listing)) == listing
    assert read_cursor(write_cursor(cursor)) == cursor


@given(st.integers(0, 2**52), st.integers(0, 2**40), CURSORS)
def test_a_button_has_room_for_it(member: int, album: int, cursor: Cursor | None):
    """Discord's ids have 63 bits; a list narrows by member, or by album, or by model."""
    for listing in (
        Listing(member_id=member << 11, model="m" * 40, before=4_000_000_000),
        Listing(album_id=album, loved=True, before=4_000_000_000),
    ):
        assert len(f"gala:past:{write_listing(listing)}:{write_cursor(cursor)}") <= 100


@given(st.text(max_size=30))
def test_any_other_text_is_refused(text: str):
    with suppress(ValueError):
        found = read_listing(text)
        assert read_listing(write_listing(found)) == found
    with suppress(ValueError):
        cursor = read_cursor(text)
        assert read_cursor(write_cursor(cursor)) == cursor


def test_a_model_that_no_button_can_carry_is_refused():
    with pytest.raises(ValueError, match="no button"):
        write_listing(Listing(model="a,b"))
