"""Muon, against its definition and against torch's own where that is at hand."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from generation.training.muon import Muon, orthogonal


@pytest.mark.parametrize("shape", [(24, 24), (16, 48), (48, 16)])
def test_singular_values_come_near_to_one_and_the_directions_stay(shape):
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    found = orthogonal(matrix)
    u, _, v = torch.linalg.svd(matrix, full_matrices=False)
    inner = u.mT @ found @ v.mT
    assert inner.diagonal().min() > 0.5
    assert inner.diagonal().max() < 1.3
    assert (inner - inner.diagonal().diag()).abs().max() < 0.03  # rounded, where bfloat16 is fast


def test_a_matrix_without_a_gradient_stays_and_a_gradient_of_nothing_is_no_fault():
    still, zero = nn.Parameter(torch.ones(3, 4)), nn.Parameter(torch.ones(3, 4))
    zero.grad = torch.zeros(3, 4)
    Muon([still, zero], 0.1, weight_decay=0.5).step()
    assert torch.equal(still, torch.ones(3, 4))
    assert torch.allclose(zero, torch.full((3, 4), 0.95))


def steps(optimizer, matrix, count: int = 4) -> torch.Tensor:
    generator = torch.Generator().manual_seed(2)
    for _ in range(count):
        matrix.grad = torch.randn(matrix.shape, generator=generator)
        optimizer.step()
    found: torch.Tensor = matrix.detach()
    return found


@pytest.mark.skipif(not hasattr(torch.optim, "Muon"), reason="torch has a Muon since 2.9")
@pytest.mark.parametrize("shape", [(20, 60), (60, 20)])
def test_it_steps_as_torchs_own(shape):
    mine, theirs = (nn.Parameter(torch.ones(shape)) for _ in range(2))
    found = steps(Muon([mine], 1e-2, 0.1), mine)
    wanted = steps(torch.optim.Muon([theirs], 1e-2, 0.1, adjust_lr_fn="match_rms_adamw"), theirs)
    assert (found - wanted).norm() < 0.02 * (wanted - 1).norm()  # torch rounds to bfloat16 on the way


def test_a_convolution_is_stepped_as_the_matrix_of_its_outputs():
    kernel = nn.Parameter(torch.ones(6, 4, 3, 3).contiguous(memory_format=torch.channels_last))
    matrix = nn.Parameter(torch.ones(6, 36))
    found = steps(Muon([kernel], 1e-2, 0.1), kernel)
    wanted = steps(Muon([matrix], 1e-2, 0.1), matrix)
    assert found.shape == kernel.shape
    assert torch.allclose(found.flatten(1), wanted, atol=1e-3)
