"""The line of a worker: fair turns, places, what is waited for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.line import Line, Place
from bot.speeds import Speeds
from storage.jobs import Job
from tests.bot.dispatching import Limits
from tests.storage.examples import a_job

STEP_S = 1 / (64 * 48)  # a speed at which one step of an example takes a second


def a_line(*jobs: Job) -> Line:
    line = Line(Limits())
    for job in jobs:
        line.add(job)
    return line


def test_jobs_are_taken_in_their_fair_order():
    jobs = [a_job(member_id=1), a_job(member_id=1), a_job(member_id=2)]
    line = a_line(*jobs)
    assert [line.take([a_job()]) for _ in range(4)] == [jobs[0], jobs[2], jobs[1], None]


def test_who_has_seen_a_crash_is_first_and_waits_until_nothing_runs():
    fresh, suspect = a_job(), a_job(crashes=1)
    line = a_line(fresh, suspect)
    assert [job.id for job in line.places(0.0, 1, Speeds())] == [suspect.id, fresh.id]
    assert line.take([a_job()]) is None
    assert line.take([]) == suspect
    assert line.take([a_job()]) == fresh


def test_a_removed_job_is_no_longer_in_line():
    fresh, suspect = a_job(), a_job(crashes=1)
    line = a_line(fresh, suspect)
    assert line.remove(fresh.id)
    assert line.remove(suspect.id)
    assert not line.remove(fresh.id)
    assert len(line) == 0
    assert line.take([]) is None


def test_the_wait_is_the_work_ahead_over_the_lanes_and_ones_own():
    jobs = [a_job(steps=10), a_job(steps=20), a_job(steps=30)]
    places = a_line(*jobs).places(60.0, 4, Speeds({"toy": (STEP_S,)}))
    assert [place.position for place in places.values()] == [1, 2, 3]
    waits = [round(place.wait_s or 0, 6) for place in places.values()]
    assert waits == [60 / 4 + 10, 70 / 4 + 20, 90 / 4 + 30]


def test_behind_a_job_of_unknown_speed_no_wait_is_promised():
    jobs = [a_job(), a_job(model="new"), a_job()]
    places = a_line(*jobs).places(0.0, 1, Speeds({"toy": (STEP_S,)}))
    assert [place.wait_s is None for place in places.values()] == [False, True, True]
    unknown = a_line(*jobs).places(None, 1, Speeds({"toy": (STEP_S,)}))
    assert all(place.wait_s is None for place in unknown.values())


def test_a_shrinking_wait_is_no_news():
    assert not Place(1, 5.0).differs(Place(1, 4.0))
    assert Place(1, None).differs(Place(1, 4.0))
    assert Place(2, 5.0).differs(Place(1, 5.0))


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3), st.booleans()), max_size=20))
def test_places_are_the_order_of_the_takes(parties):
    jobs = [a_job(guild_id=guild, member_id=member, crashes=crash) for guild, member, crash in parties]
    line = a_line(*jobs)
    foretold = [job.id for job in line.places(0.0, 1, Speeds())]
    taken = [job.id for job in iter(lambda: line.take([]), None)]
    assert taken == foretold
    assert len(taken) == len(jobs)


def test_a_member_has_no_more_running_than_their_rules_allow():
    """Others go past; when one is done, the next may start."""
    held = [a_job(member_id=1, most_running=1), a_job(member_id=1, most_running=1)]
    other = a_job(member_id=2)
    line = a_line(*held, other)
    first = line.take([])
    assert first == held[0]
    assert line.take([first]) == other
    assert line.take([first, other]) is None
    assert line.take([other]) == held[1]


def test_members_are_counted_by_guild():
    jobs = [a_job(), a_job(), a_job(guild_id=11), a_job(member_id=31)]
    assert a_line(*jobs).waiting(10, 30) == 2
    elsewhere = a_job(guild_id=11, most_running=1)
    assert a_line(elsewhere).take(jobs[:2]) == elsewhere


def test_a_paused_guilds_jobs_stay_where_they_are_and_others_go_past():
    """Also one that has seen a crash: it holds up nobody until its guild goes on."""
    held, suspect, other = a_job(), a_job(crashes=1), a_job(guild_id=11)
    line = a_line(held, suspect, other)
    line.pause(10, paused=True)
    places = line.places(0.0, 1, Speeds({"toy": (STEP_S,)}))
    assert places[suspect] == Place(1, None, held=True)
    assert places[held] == Place(2, None, held=True)
    assert places[other].position == 1 and places[other].wait_s is not None
    assert line.take([]) == other
    assert line.take([]) is None
    line.pause(10, paused=False)
    assert [line.take([]), line.take([])] == [suspect, held]


def test_a_guild_is_paused_from_the_start_where_it_was_when_the_bot_left():
    line = Line(Limits(), paused=[10])
    line.add(a_job())
    assert line.take([]) is None


def test_to_be_held_is_news():
    assert Place(1, None, held=True).differs(Place(1, None))
