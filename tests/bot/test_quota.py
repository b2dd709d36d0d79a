"""The combination of rules, as the docs say it: the most generous of a member's roles counts, a rule for the
member alone takes the roles' place, and the ceilings of the channel, the guild and the host bind everybody.
"""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bot.quota
from bot.periods import Window
from bot.quota import Ask, Asker, Verdict, is_limit, judge, most_generous, stand, times_left
from storage.quotas import Grant, Kind, Period, Rule, Scope

GUILD, MEMBER, CHANNEL = 1, 3, 2
ROLES = (GUILD, 11, 12)  # everybody's, and two more
SPANS = {period: Window(0.0, end) for period, end in
         ((Period.HOUR, 10.0), (Period.DAY, 20.0), (Period.WEEK, 30.0), (Period.MONTH, 40.0))}  # fmt: skip
CEILINGS = (Scope.CHANNEL, Scope.GUILD, Scope.HOST_MEMBER, Scope.HOST_GUILD)
ASKER = Asker(GUILD, CHANNEL, MEMBER, ROLES)
ONE = Ask(seconds=2.0, pixels=100, steps=10, engine="a")


def rule(scope=Scope.ROLE, target=GUILD, kind=Kind.PICTURES, amount=10.0, period=Period.DAY, detail=""):
    period = period if kind in (Kind.PICTURES, Kind.SECONDS) else Period.NONE
    return Rule(GUILD, scope, target, kind, amount, period, detail)


def standing(rules, used=None, grants=(), asker=ASKER):
    """`used` by rule, or the same of all."""
    of = used if callable(used) else lambda rule: float(used or 0)
    return stand(
        rules, asker, {each: (of(each), SPANS[each.period]) for each in rules if is_limit(each)}, grants
    )


targets = st.one_of(
    st.tuples(st.just(Scope.ROLE), st.sampled_from(ROLES)),
    st.tuples(st.just(Scope.MEMBER), st.just(MEMBER)),
    st.tuples(st.sampled_from(CEILINGS), st.just(0)),
)
own_targets = st.one_of(
    st.tuples(st.just(Scope.ROLE), st.sampled_from(ROLES)), st.tuples(st.just(Scope.MEMBER), st.just(MEMBER))
)
details = st.sampled_from(["a", "b", "a,b"])


@st.composite
def rule_lists(draw, kinds=tuple(kind for kind in Kind if kind is not Kind.BOOSTERS), where=targets):
    made = {}
    for _ in range(draw(st.integers(0, 7))):
        scope, target = draw(where)
        one = rule(scope, target, draw(st.sampled_from(kinds)), float(draw(st.integers(0, 12))),
                   draw(st.sampled_from(list(SPANS))), draw(details))  # fmt: skip
        made[one.scope, one.target_id, one.kind, one.period] = one
    return tuple(made.values())


asks = st.builds(
    Ask,
    seconds=st.integers(0, 12).map(float),
    pixels=st.integers(1, 12),
    steps=st.integers(1, 12),
    engine=st.sampled_from(["a", "b", "c"]),
    waiting=st.integers(0, 12),
)
uses = st.dictionaries(st.tuples(st.sampled_from(Scope), st.sampled_from(list(SPANS))), st.integers(0, 12))


def of(use):
    """What was used by everybody a rule speaks of: of a member the same, whichever role asks."""
    return lambda each: float(
        use.get((Scope.MEMBER if each.scope is Scope.ROLE else each.scope, each.period), 0)
    )


def allowed_by(rules, use, ask):
    """The sentence, word by word, another way round than the code does it."""
    amounts = {Kind.PICTURES, Kind.SECONDS, Kind.EXEMPT}
    for matter in ({Kind.PIXELS}, {Kind.STEPS}, {Kind.ENGINES}, {Kind.WAITING}, amounts):
        mine = [each for each in rules if each.kind in matter]
        voices = [each for each in mine if each.scope is Scope.MEMBER] or [
            each for each in mine if each.scope is Scope.ROLE
        ]
        holders = {each.target_id for each in voices}
        if holders and not any(
            says_yes([each for each in voices if each.target_id == holder], use, ask) for holder in holders
        ):
            return False
        if not all(says_yes([each], use, ask) for each in mine if each.scope in CEILINGS):
            return False
    return True


def says_yes(rules, use, ask):
    if any(each.kind is Kind.EXEMPT for each in rules):
        return True
    fits = {
        Kind.PIXELS: lambda each: ask.pixels <= each.amount,
        Kind.STEPS: lambda each: ask.steps <= each.amount,
        Kind.ENGINES: lambda each: ask.engine in each.detail.split(","),
        Kind.WAITING: lambda each: ask.waiting < each.amount,
        Kind.PICTURES: lambda each: of(use)(each) + 1 <= each.amount,
        Kind.SECONDS: lambda each: of(use)(each) + ask.seconds <= each.amount,
    }
    return all(fits[each.kind](each) for each in rules)


# -- how rules combine -------------------------------------------------------------------------------------


@given(rule_lists(), uses, asks)
def test_rules_combine_as_the_sentence_says(rules, use, ask):
    verdict = judge(standing(rules, of(use)), ask)
    assert verdict.allowed == allowed_by(rules, use, ask)
    if not verdict.allowed:
        assert verdict.rule is not None


@given(rule_lists(where=st.tuples(st.just(Scope.ROLE), st.just(11))),
       rule_lists(where=st.tuples(st.just(Scope.ROLE), st.just(12))), uses, asks)  # fmt: skip
def test_one_more_role_never_takes_anything_away(first, second, use, ask):
    """As soon as the roles before it say anything of the matter."""
    same = {each.kind in bot.quota.AMOUNTS or each.kind for each in first}
    second = tuple(each for each in second if (each.kind in bot.quota.AMOUNTS or each.kind) in same)
    if judge(standing(first, of(use)), ask).allowed:
        assert judge(standing(first + second, of(use)), ask).allowed


@given(rule_lists(), st.sampled_from(CEILINGS), uses, asks)
def test_a_full_ceiling_binds_everybody(rules, scope, use, ask):
    full = rule(scope, 0, Kind.PICTURES, 12.0, Period.MONTH)
    others = tuple(each for each in rules if (each.scope, each.kind) != (scope, Kind.PICTURES))
    grants = (Grant(GUILD, MEMBER, Kind.PICTURES, 5, 0, 0.0),)
    assert not judge(standing((*others, full), of({**use, (scope, Period.MONTH): 12}), grants), ask).allowed


@given(rule_lists(), uses, asks, st.data())
def test_more_never_turns_a_yes_into_a_no(rules, use, ask, data):
    """A larger amount in one rule; and less use of anything."""
    if not judge(standing(rules, of(use)), ask).allowed:
        return
    if rules:
        raised = data.draw(st.sampled_from(rules))
        more = tuple(replace(each, amount=each.amount + 3) if each is raised else each for each in rules)
        assert judge(standing(more, of(use)), ask).allowed
    less = {key: value - 1 if value else 0 for key, value in use.items()}
    assert judge(standing(rules, of(less)), ask).allowed


@given(rule_lists(), uses, asks)
def test_a_no_says_when_it_becomes_a_yes(rules, use, ask):
    """At that moment, and not before, with every period that has ended by then empty."""
    verdict = judge(standing(rules, of(use)), ask)
    if verdict.allowed:
        return

    def later(moment):
        left = {key: value for key, value in use.items() if SPANS[key[1]].end > moment}
        return judge(standing(rules, of(left)), ask).allowed

    if verdict.until is None:
        assert not later(100.0)
    else:
        assert later(verdict.until)
        assert not later(verdict.until - 0.5)


@given(rule_lists(), uses, asks, st.lists(st.integers(1, 5), max_size=2))
def test_what_is_left_is_as_often_as_one_may_paint(rules, use, ask, amounts):
    """Painting on until it is refused."""
    grants = [Grant(GUILD, MEMBER, Kind.PICTURES, amount, 0, 0.0, id=n) for n, amount in enumerate(amounts)]
    rules = tuple(each for each in rules if each.kind in (Kind.PICTURES, Kind.EXEMPT))
    left, use, times = times_left(standing(rules, of(use), grants), ask), dict(use), 0
    many = 30  # more than rules (up to 12) and grants (up to 5 each) give together
    while times < many and (verdict := judge(standing(rules, of(use), grants), ask)).allowed:
        times += 1
        if verdict.grant is not None:
            grants = [replace(each, used=each.used + (each.id == verdict.grant.id)) for each in grants]
            grants = [each for each in grants if each.left > 0]
        scopes = {
            (Scope.MEMBER if r.scope is Scope.ROLE else r.scope, r.period) for r in rules if is_limit(r)
        }
        for scope, period in scopes:  # one painting counts once, however many rules look at it
            if not (verdict.grant and scope is Scope.MEMBER):
                use[scope, period] = use.get((scope, period), 0) + 1
    assert times == (many if left is None else left)


# -- examples ----------------------------------------------------------------------------------------------


def test_without_rules_everything_goes():
    assert judge(standing(()), ONE) == Verdict(True)
    assert times_left(standing(()), ONE) is None
    assert standing(()).most_running is None


def test_the_refusal_is_of_what_opens_last():
    hour, month = rule(period=Period.HOUR, amount=1.0), rule(Scope.GUILD, period=Period.MONTH, amount=1.0)
    verdict = judge(standing((hour, month), 1), ONE)
    assert (verdict.rule, verdict.until) == (month, SPANS[Period.MONTH].end)
    assert verdict.meter is not None
    assert verdict.meter.left == 0


def test_a_picture_that_is_too_much_for_the_limit_never_fits():
    verdict = judge(standing((rule(kind=Kind.SECONDS, amount=1.0),)), ONE)
    assert (verdict.allowed, verdict.until) == (False, None)


@pytest.mark.parametrize(("percent", "amount"), [(0, 3), (10, 4), (50, 5), (100, 6)])
def test_boosters_have_more_of_their_own_and_not_of_the_ceilings(percent, amount):
    rules = (
        rule(amount=3.0),
        rule(Scope.GUILD, amount=3.0),
        rule(Scope.GUILD, kind=Kind.BOOSTERS, amount=percent),
    )
    made = standing(rules, asker=replace(ASKER, booster=True))
    assert [meter.amount for allowance in made.own for meter in allowance.meters] == [amount]
    assert [meter.amount for meter in made.ceilings] == [3.0]
    assert standing(rules).own[0].meters[0].amount == 3.0


def test_grants_come_after_what_one_has_anyway_and_oldest_first():
    grants = [Grant(GUILD, MEMBER, Kind.PICTURES, 2, 0, 0.0, id=n) for n in (7, 8)]
    assert judge(standing((rule(amount=1.0),), 0, grants), ONE).grant is None
    assert judge(standing((rule(amount=1.0),), 1, grants), ONE).grant == grants[0]
    assert times_left(standing((rule(amount=1.0),), 1, grants), ONE) == 4


def test_engines_of_several_roles_are_put_together():
    rules = (rule(kind=Kind.ENGINES, detail="a"), rule(target=11, kind=Kind.ENGINES, detail="b"))
    refused = judge(standing(rules), replace(ONE, engine="c"))
    assert refused.rule is not None
    assert most_generous(rules).detail == refused.rule.detail == "a,b"


def test_places_side_by_side_are_the_most_generous_roles_within_the_ceilings():
    rules = [rule(target=role, kind=Kind.RUNNING, amount=n) for role, n in ((11, 1.0), (12, 3.0))]
    assert standing(rules).most_running == 3
    assert standing([*rules, rule(Scope.GUILD, kind=Kind.RUNNING, amount=2.0)]).most_running == 2
    assert judge(standing(rules), ONE).allowed


def test_times_of_a_picture_that_costs_nothing_are_endless():
    assert times_left(standing((rule(kind=Kind.SECONDS, amount=1.0),)), replace(ONE, seconds=0.0)) is None
    assert math.isinf(standing((rule(Scope.GUILD, kind=Kind.SECONDS),)).ceilings[0].times(Ask(0.0)))
