"""Who may see what, as a pure decision."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from bot.visibility import Sight, sees


@dataclass(frozen=True)
class Picture:
    guild_id: int = 1
    place_id: int = 5
    channel_id: int = 5
    member_id: int = 9
    private: bool = False
    hidden: bool = False


IDS = st.integers(0, 3)
PICTURES = st.builds(Picture, IDS, IDS, IDS, IDS, st.booleans(), st.booleans())
SIGHTS = st.builds(Sight, IDS, IDS, IDS, st.frozensets(IDS))


@given(PICTURES, SIGHTS)
def test_nothing_leaves_its_guild_or_a_closed_channel(picture: Picture, sight: Sight):
    if sees(sight, picture):
        assert picture.guild_id == sight.guild_id
        if picture.guild_id:
            assert picture.place_id in sight.places
        else:
            assert picture.member_id == sight.member_id


@given(PICTURES, SIGHTS)
def test_a_private_thread_shows_only_to_itself_and_to_the_author(picture: Picture, sight: Sight):
    if picture.member_id != sight.member_id and sees(sight, picture):
        assert not picture.hidden
        assert not picture.private or picture.channel_id == sight.channel_id


def test_whoever_may_read_the_channel_sees_it():
    sight = Sight(1, 2, 7, frozenset({5}))
    assert sees(sight, Picture())
    assert not sees(sight, Picture(place_id=6))
    assert not sees(sight, Picture(private=True))
    assert not sees(sight, Picture(hidden=True))
    assert sees(Sight(1, 9, 7, frozenset({5})), Picture(private=True, hidden=True))
    assert sees(Sight(1, 2, 8, frozenset({5})), Picture(channel_id=8, private=True))
