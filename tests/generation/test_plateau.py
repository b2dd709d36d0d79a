"""When nothing more happens."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from generation.plateau import Plateau


def ended(losses, patience):
    """The look at which it ends; None where it does not."""
    plateau = Plateau()
    return next((step for step, loss in enumerate(losses) if plateau.look(loss, step, patience)), None)


def test_a_falling_loss_never_ends_and_a_level_one_ends_after_the_patience():
    falling = [1 - 0.01 * step for step in range(60)]
    assert ended(falling, 5) is None
    assert ended([*falling[:20], *[falling[19]] * 30], 5) == 24


def test_a_gain_too_small_to_see_is_none():
    assert ended([1 - 1e-5 * step for step in range(60)], 10) == 10


def test_a_negative_loss_may_fall_on():
    assert ended([-0.5 - 0.01 * step for step in range(60)], 5) is None


def test_what_is_forgotten_counts_no_more():
    plateau = Plateau()
    plateau.look(0.1, 0, 5)
    plateau.forget(3)
    assert not plateau.look(0.9, 7, 5)
    assert (plateau.best, plateau.since) == (0.9, 7)


@given(st.lists(st.floats(-2, 2), max_size=60), st.integers(1, 20))
def test_it_never_ends_before_its_patience(losses, patience):
    end = ended(losses, patience)
    assert end is None or end >= patience
    assert ended([math.inf, *losses], patience) != 0
