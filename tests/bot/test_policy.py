"""Who may paint where: one verdict, and its reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy import Policy, Reason, Visitor, judge, refusal
from storage.guilds import Access, GuildSettings, LineState
from storage.suspensions import Suspension

GUILD, BEN, NOW = 10, 30, 1000.0
THREAD, CHANNEL, CATEGORY, ELSEWHERE = 23, 22, 21, 29
EVERYBODY, PAINTERS, TROLLS = GUILD, 41, 42
VISITOR = Visitor(GUILD, BEN, (THREAD, CHANNEL, CATEGORY), frozenset({EVERYBODY, PAINTERS}))
SPAM = Suspension(GUILD, BEN, NOW + 1, "spam", 99, 0.0)
YES, NO = Access.ALLOWED, Access.DENIED


def policy(line=LineState.OPEN, **what):
    return Policy(GuildSettings(GUILD, line=line), **what)


def reason(said, visitor=VISITOR, now=NOW):
    return judge(said, visitor, now).reason


def test_where_nothing_was_said_everybody_paints_everywhere():
    assert judge(policy(), VISITOR, NOW).allowed


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        ({CHANNEL: YES}, None),
        ({CATEGORY: YES}, None),
        ({THREAD: YES, CHANNEL: NO}, None),
        ({CHANNEL: YES, CATEGORY: NO}, None),
        ({ELSEWHERE: NO}, None),
        ({CHANNEL: NO}, Reason.PLACE_DENIED),
        ({CATEGORY: NO}, Reason.PLACE_DENIED),
        ({CHANNEL: NO, CATEGORY: YES}, Reason.PLACE_DENIED),
        ({THREAD: NO, CHANNEL: YES}, Reason.PLACE_DENIED),
        ({ELSEWHERE: YES}, Reason.PLACE_NOT_CHOSEN),
        ({ELSEWHERE: YES, CATEGORY: YES}, None),
    ],
)
def test_the_nearest_place_of_which_something_was_said_decides(channels, expected):
    assert reason(policy(channels=channels)) == expected


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ({PAINTERS: YES}, None),
        ({EVERYBODY: YES}, None),
        ({TROLLS: NO}, None),
        ({TROLLS: YES}, Reason.ROLE_NOT_CHOSEN),
        ({PAINTERS: NO}, Reason.ROLE_DENIED),
        ({EVERYBODY: NO, PAINTERS: YES}, Reason.ROLE_DENIED),
        ({PAINTERS: YES, TROLLS: NO}, None),
    ],
)
def test_a_role_that_may_not_is_stronger_and_one_of_the_chosen_is_needed(roles, expected):
    assert reason(policy(roles=roles)) == expected


def test_a_suspension_ends_by_itself():
    said = policy(suspension=SPAM)
    assert reason(said) is Reason.SUSPENDED
    assert reason(said, now=SPAM.until) is None


@pytest.mark.parametrize(
    ("line", "expected"), [(LineState.PAUSED, Reason.PAUSED), (LineState.DRAINING, Reason.DRAINING)]
)
def test_a_line_that_is_not_open_takes_nothing(line, expected):
    assert reason(policy(line)) is expected


ACCESS = st.dictionaries(st.integers(20, 45), st.sampled_from(Access), max_size=6)


@given(
    ACCESS,
    ACCESS,
    st.sampled_from(LineState),
    st.none() | st.just(SPAM),
    st.lists(st.integers(20, 25), max_size=3, unique=True),
    st.frozensets(st.integers(40, 45)),
)
def test_every_no_has_a_reason_that_is_true_and_words(channels, roles, line, suspension, places, held):
    said = policy(line, channels=channels, roles=roles, suspension=suspension)
    verdict = judge(said, Visitor(GUILD, BEN, tuple(places), held), NOW)
    nearest = next((channels[place] for place in places if place in channels), None)
    match verdict.reason:
        case None:
            assert line is LineState.OPEN and suspension is None and nearest is not NO
            assert NO not in {roles.get(role) for role in held}
        case Reason.PLACE_DENIED:
            assert nearest is NO
        case Reason.PLACE_NOT_CHOSEN:
            assert nearest is None and {channels[place] for place in verdict.named} == {YES}
        case Reason.ROLE_DENIED:
            assert roles[verdict.named[0]] is NO and verdict.named[0] in held
        case Reason.ROLE_NOT_CHOSEN:
            assert not set(verdict.named) & held and {roles[role] for role in verdict.named} == {YES}
        case _:
            assert suspension is not None or line is not LineState.OPEN
    if not verdict.allowed:
        assert refusal(verdict, "why").message_id == f"policy-{verdict.reason}"


@given(ACCESS, ACCESS, st.frozensets(st.integers(40, 45)))
def test_saying_no_to_more_never_lets_somebody_in(channels, roles, held):
    visitor = Visitor(GUILD, BEN, (22, 21), held)
    before = judge(policy(channels=channels, roles=roles), visitor, NOW)
    after = judge(policy(channels={**channels, 22: NO}, roles=roles), visitor, NOW)
    assert before.allowed >= after.allowed
