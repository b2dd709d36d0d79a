"""Where a picture goes: what is nearest decides, and what is left where a channel is closed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.order import ASTRAY, accepted
from bot.places import Habit, destination, fallback, habit_of
from storage.guilds import HERE, ChannelSettings, GuildSettings, Tidy
from tests.bot.dispatching import order
from tests.bot.samples import job

GUILD, THREAD, CHANNEL, CATEGORY, ELSEWHERE = 10, 23, 22, 21, 29
PLACES = (THREAD, CHANNEL, CATEGORY)
ART, SALON = 41, 42
CHOSEN_ID = st.none() | st.sampled_from([HERE, ART, SALON])


def said(**results):
    """What was said of places, by their names."""
    return {
        globals()[name]: ChannelSettings(GUILD, globals()[name], results_channel_id=value)
        for name, value in results.items()
    }


@pytest.mark.parametrize(
    ("guild", "channels", "expected"),
    [
        (None, {}, None),
        (ART, {}, ART),
        (ART, {"ELSEWHERE": SALON}, ART),
        (None, {"CATEGORY": SALON}, SALON),
        (ART, {"CATEGORY": SALON}, SALON),
        (ART, {"CATEGORY": SALON, "CHANNEL": ART}, ART),
        (ART, {"CATEGORY": SALON, "CHANNEL": HERE}, None),
        (ART, {"CATEGORY": HERE}, None),
        (ART, {"CHANNEL": HERE, "THREAD": SALON}, SALON),
        (ART, {"CHANNEL": None, "CATEGORY": SALON}, SALON),
    ],
)
def test_the_nearest_place_of_which_something_was_said_decides(guild, channels, expected):
    settings = GuildSettings(GUILD, results_channel_id=guild)
    assert habit_of(settings, said(**channels), PLACES).results_channel_id == expected


TIDY = st.none() | st.sampled_from(Tidy)


@given(TIDY, st.lists(st.tuples(TIDY, CHOSEN_ID), max_size=3))
def test_tidiness_and_results_are_inherited_each_by_itself(guild, nearest_first):
    settings = GuildSettings(GUILD, tidy=guild, results_channel_id=ART)
    channels = {
        key: ChannelSettings(GUILD, key, None, results, tidy)
        for key, (tidy, results) in enumerate(nearest_first, 20)
    }
    found = habit_of(settings, channels, list(channels))
    first_tidy = [tidy for tidy, _ in nearest_first if tidy is not None]
    first_results = [results for _, results in nearest_first if results is not None]
    assert found.tidy is ([*first_tidy, guild, Tidy.CARD] if guild else [*first_tidy, Tidy.CARD])[0]
    assert found.results_channel_id == ([*first_results, ART][0] or None)


@given(CHOSEN_ID, st.dictionaries(st.integers(20, 25), CHOSEN_ID), st.permutations([20, 21, 22]), CHOSEN_ID)
def test_what_is_said_further_up_counts_only_where_nothing_is_said_nearer(guild, values, places, nearer):
    settings = GuildSettings(GUILD, results_channel_id=guild)
    channels = {key: ChannelSettings(GUILD, key, None, value) for key, value in values.items()}
    before = habit_of(settings, channels, places)
    channels[99] = ChannelSettings(GUILD, 99, None, nearer)
    after = habit_of(settings, channels, (99, *places))
    assert after == (before if nearer is None else Habit(nearer or None))
    assert after.results_channel_id != HERE


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"channel_id": CHANNEL}, ART),
        ({"channel_id": THREAD, "place_id": CHANNEL}, ART),
        ({"channel_id": THREAD, "place_id": CHANNEL, "private": True}, None),
        ({"channel_id": ART}, None),
        ({"channel_id": THREAD, "place_id": ART}, None),
    ],
)
def test_a_picture_goes_to_the_chosen_channel_unless_it_is_there_or_private(where, expected):
    made = replace(order(), **where)
    assert destination(Habit(ART), made) == expected
    assert destination(Habit(), made) is None


@given(
    st.sampled_from([None, ART, SALON]),
    st.sampled_from([THREAD, CHANNEL, ART]),
    st.sampled_from([CHANNEL, ART, SALON]),
    st.booleans(),
)
def test_where_channels_close_every_other_one_is_tried_once(chosen, channel, place, private):
    """From the chosen one to where it was asked for, then to the thread's channel; it always ends."""
    place = channel if channel != THREAD else place
    made = replace(order(), channel_id=channel, place_id=place, private=private)
    made = replace(made, result_channel_id=destination(Habit(chosen), made))
    now, tried = accepted(made, None, 0.0), []
    for _ in range(5):
        tried.append(now.result_channel_id or now.channel_id)
        changes = fallback(now)
        if changes is None:
            break
        now = replace(now, **changes)
        assert now.detail == ASTRAY
    assert fallback(now) is None
    assert len(set(tried)) == len(tried)
    assert channel in tried
    assert (tried[-1] == place) or private
    if private:
        assert tried == [THREAD] if channel == THREAD else tried[-1] == channel


def test_an_old_row_that_names_no_place_is_left_to_the_member():
    assert fallback(job(place_id=0)) is None
