"""The optimiser against torch's own."""

from __future__ import annotations

import pytest
import torch

from generation.optimisers import Adam, cosine

BETAS = (0.9, 0.999)


@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_steps_are_those_of_torch(decay):
    z = torch.rand(2, 3, generator=torch.Generator().manual_seed(0))
    mine, theirs = z.clone(), z.clone().requires_grad_()
    adam = Adam.fresh(mine)
    reference = torch.optim.AdamW([theirs], lr=0.05, betas=BETAS, weight_decay=decay)
    for step in range(10):
        gradient = torch.randn(2, 3, generator=torch.Generator().manual_seed(step))
        mine.mul_(1 - 0.05 * decay)
        mine += 0.05 * adam.direction(gradient, BETAS)
        theirs.grad = gradient.clone()
        reference.step()
    assert torch.allclose(mine, theirs, atol=1e-6)


def test_the_rate_is_that_of_torch_s_warm_restarts():
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimiser, T_0=5)
    for step in range(15):
        assert cosine(step, 15, 3) == pytest.approx(schedule.get_last_lr()[0])
        optimiser.step()
        schedule.step()
    assert cosine(7, 15, 0) == 1.0
