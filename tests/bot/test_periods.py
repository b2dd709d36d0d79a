"""Calendar periods, over all that clocks do."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.periods import Window, window, zone_of
from storage.quotas import Period

PERIODS = [period for period in Period if period is not Period.NONE]
#: Leaps of an hour, of half an hour, over midnight, back over midnight, by a whole day, and none.
ZONES = ("Europe/Berlin", "Australia/Lord_Howe", "America/Havana", "Africa/Cairo", "America/St_Johns",
         "Pacific/Apia", "Asia/Kathmandu", "America/Nuuk", "UTC")  # fmt: skip
moments = st.floats(0, 2**31, allow_nan=False)


def at(text, zone, fold=0):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


@given(st.sampled_from(PERIODS), st.sampled_from(ZONES), moments)
def test_periods_follow_each_other_without_gap_or_overlap(period, name, moment):
    zone = ZoneInfo(name)
    now = window(period, moment, zone)
    assert now.start <= moment < now.end
    assert window(period, now.start, zone) == now
    assert window(period, now.end, zone).start == now.end
    assert window(period, now.start - 0.5, zone).end == now.start


def changes(name, year):
    """The seconds of a year at which the zone's offset changes."""
    zone, start = ZoneInfo(name), int(at(f"{year}-01-01", "UTC"))
    offsets = [datetime.fromtimestamp(start + 900 * n, zone).utcoffset() for n in range(366 * 96)]
    return [start + 900 * n for n in range(1, len(offsets)) if offsets[n] != offsets[n - 1]]


@pytest.mark.parametrize(
    ("name", "year"),
    [("Europe/Berlin", 2026), ("Australia/Lord_Howe", 2026), ("America/Havana", 2026), ("Africa/Cairo", 2026),
     ("America/St_Johns", 2000), ("Pacific/Apia", 2011), ("America/Nuuk", 2026)],
)  # fmt: skip
def test_so_they_do_around_every_change_of_the_clock(name, year):
    zone, found = ZoneInfo(name), changes(name, year)
    assert found
    for change in found:
        for period in PERIODS:
            edge = window(period, change - 26 * 3600.0, zone).start
            while edge < change + 26 * 3600:
                now = window(period, edge, zone)
                assert now.start == edge < now.end
                for part in (0.001, 0.02, 0.3, 0.5, 0.97):
                    assert window(period, edge + part * (now.end - edge), zone) == now
                edge = now.end


@pytest.mark.parametrize(
    ("period", "moment", "start", "end"),
    [
        (Period.HOUR, "2026-07-01T13:45", "2026-07-01T13:00", "2026-07-01T14:00"),
        (Period.DAY, "2026-07-01T13:45", "2026-07-01T00:00", "2026-07-02T00:00"),
        (Period.WEEK, "2026-07-01T13:45", "2026-06-29T00:00", "2026-07-06T00:00"),  # Monday to Monday
        (Period.MONTH, "2026-12-31T23:59", "2026-12-01T00:00", "2027-01-01T00:00"),
        (Period.MONTH, "2024-02-29T12:00", "2024-02-01T00:00", "2024-03-01T00:00"),
    ],
)
def test_they_are_those_of_the_calendar_on_the_wall(period, moment, start, end):
    for name in ("Europe/Berlin", "Asia/Kathmandu", "UTC"):
        expected = Window(at(start, name), at(end, name))
        assert window(period, at(moment, name), ZoneInfo(name)) == expected


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-05-05", 24)])
def test_a_day_has_the_hours_that_the_clock_gives_it(day, hours):
    now = window(Period.DAY, at(f"{day}T12:00", "Europe/Berlin"), ZoneInfo("Europe/Berlin"))
    assert now.end - now.start == hours * 3600


def test_an_hour_that_comes_twice_is_two_hours():
    first, second = (at("2026-10-25T02:30", "Europe/Berlin", fold) for fold in (0, 1))
    zone = ZoneInfo("Europe/Berlin")
    assert window(Period.HOUR, first, zone).end == window(Period.HOUR, second, zone).start == second - 1800
    assert second - first == 3600


def test_a_midnight_that_the_clock_leaps_over_is_at_the_leap():
    """In Cairo, 24 April 2026 begins at one o'clock."""
    now = window(Period.DAY, at("2026-04-24T12:00", "Africa/Cairo"), ZoneInfo("Africa/Cairo"))
    assert now.start == at("2026-04-24T01:00", "Africa/Cairo")
    assert now.end - now.start == 23 * 3600


@pytest.mark.parametrize("name", ["", "Nowhere/Land", "../etc/passwd", "Europe"])
def test_a_zone_that_is_no_more_is_utc(name):
    assert zone_of(name).key == "UTC"
    assert zone_of("Europe/Berlin").key == "Europe/Berlin"
