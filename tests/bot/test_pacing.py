"""When cards may be edited, over a clock that the test moves."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.pacing import Pacing


def test_a_card_with_news_is_taken_once():
    pacing = Pacing(1.0)
    pacing.mark("a", 1)
    assert pacing.take(0.0) == ["a"]
    assert pacing.take(100.0) == []


def test_a_card_keeps_its_distance():
    pacing = Pacing(0.0)
    pacing.mark("a", 1)
    pacing.take(0.0)
    pacing.mark("a", 1)
    assert pacing.take(0.5) == []  # still being edited
    pacing.done("a", due=2.0)
    assert pacing.take(1.9) == []
    assert pacing.next_due() == 2.0
    assert pacing.take(2.0) == ["a"]


def test_urgent_news_pass_over_the_card_s_distance_but_not_over_the_channel_s():
    pacing = Pacing(1.0)
    pacing.mark("a", 1)
    pacing.take(0.0)
    pacing.mark("a", 1, urgent=True)
    pacing.done("a", due=60.0)
    assert pacing.take(0.5) == []
    assert pacing.take(1.0) == ["a"]


def test_a_first_edit_can_be_put_off_unless_it_is_urgent():
    pacing = Pacing(0.0)
    pacing.mark("a", 1, first_due=2.0)
    assert pacing.take(1.0) == []
    pacing.mark("a", 1, first_due=9.0)
    assert pacing.next_due() == 2.0
    pacing.mark("a", 1, urgent=True)
    assert pacing.take(1.0) == ["a"]


def test_cards_of_one_channel_take_turns():
    pacing = Pacing(1.0)
    order = []
    for moment in range(9):
        for card in ("a", "b", "c"):
            pacing.mark(card, 1)
        for card in pacing.take(float(moment)):
            order.append(card)
            pacing.done(card, due=moment + 0.5)
    assert order == ["a", "b", "c"] * 3


def test_channels_do_not_wait_for_each_other():
    pacing = Pacing(5.0)
    pacing.mark("a", 1)
    pacing.mark("b", 2)
    assert pacing.take(0.0) == ["a", "b"]


def test_a_forgotten_card_is_not_taken_and_its_end_is_harmless():
    pacing = Pacing(1.0)
    pacing.mark("a", 1)
    pacing.take(0.0)
    pacing.forget("a")
    pacing.done("a", due=1.0)
    pacing.prune(10.0)
    assert pacing.next_due() is None
    assert pacing.take(100.0) == []


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.booleans(), st.floats(0.0, 3.0)), max_size=80),
    st.floats(0.0, 2.0),
    st.floats(0.0, 3.0),
)
def test_no_channel_and_no_card_is_ever_edited_too_often_and_none_starves(
    news, channel_interval_s, interval_s
):
    pacing = Pacing(channel_interval_s)
    now, edits, channels = 0.0, defaultdict(list), defaultdict(list)

    def edit_due() -> None:
        for card in pacing.take(now):
            edits[card].append(now)
            channels[ord(card) % 2].append(now)
            pacing.done(card, due=now + interval_s)

    for card, urgent, wait_s in news:
        pacing.mark(card, ord(card) % 2, urgent=urgent)
        edit_due()
        now += wait_s
    while (due := pacing.next_due()) is not None:
        now = max(now, due)
        edit_due()

    assert set(edits) == {card for card, _, _ in news}
    for moments in channels.values():
        assert all(b >= a + channel_interval_s for a, b in pairwise(moments))
    urgent_cards = {card for card, urgent, _ in news if urgent}
    for card in edits.keys() - urgent_cards:
        assert all(b >= a + interval_s for a, b in pairwise(edits[card]))
