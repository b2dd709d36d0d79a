"""Matrices of one byte a number."""

from __future__ import annotations

import torch

from generation.rounding import restore_matrices, round_matrices


def test_a_matrix_comes_back_within_half_a_step_of_its_rows_scale():
    torch.manual_seed(0)
    matrix = torch.randn(50, 30) * torch.logspace(-2, 2, 50)[:, None]
    state = {"m": matrix, "bias": torch.randn(7), "zero": torch.zeros(3, 4)}
    rounded = round_matrices(state)
    assert rounded["m"].dtype is torch.int8
    restored = restore_matrices(
        {name: t.half() if t.is_floating_point() else t for name, t in rounded.items()}
    )
    assert list(restored) == ["m", "bias", "zero"]
    step = matrix.abs().amax(1, keepdim=True) / 127
    assert bool(((restored["m"] - matrix).abs() <= 0.56 * step).all())
    assert torch.equal(restored["zero"], torch.zeros(3, 4))


def test_a_state_that_was_not_rounded_stays_as_it_is():
    state = {"a.weight": torch.randn(2, 2), "b.scale": torch.randn(2, 1)}
    assert restore_matrices(state).keys() == state.keys()
