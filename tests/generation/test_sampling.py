"""The sampler against its definition."""

from __future__ import annotations

import pytest
import torch

from generation.sampling import Sampling, sample


def definition(logits: torch.Tensor, sampling: Sampling) -> torch.Tensor:
    """Probabilities as the original's chain of filters gives them: temperature, top-k, top-p, softmax."""
    logits = logits / sampling.temperature
    smallest = logits.topk(min(sampling.top_k, len(logits))).values[-1]
    logits = logits.masked_fill(logits < smallest, -torch.inf)
    ordered, order = logits.sort(descending=True)
    before = ordered.softmax(-1).cumsum(-1).roll(1)
    before[0] = 0
    logits[order[before > sampling.top_p]] = -torch.inf
    return logits.softmax(-1)


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(1.0, 100, 0.9),
        Sampling(0.5, 7, 1.0),
        Sampling(2.0, 30, 0.3),
        Sampling(1.0, 1, 0.5),
        Sampling(1.0, 9, 0.0),
    ],
)
def test_many_draws_follow_the_defined_probabilities(sampling):
    generator = torch.Generator().manual_seed(0)
    logits = 2 * torch.randn(30, generator=generator)
    expected = definition(logits.double(), sampling)
    count = 20_000
    u = (torch.arange(count) + 0.5) / count
    drawn, logprob = sample(logits.expand(count, -1), u, sampling)
    found = torch.bincount(drawn, minlength=30) / count
    torch.testing.assert_close(found.double(), expected, rtol=0, atol=2 / count)
    whole = (logits / sampling.temperature).log_softmax(-1)
    torch.testing.assert_close(logprob, whole[drawn])


def test_the_ends_of_the_range_draw_a_token_that_is_allowed():
    sampling = Sampling(1.0, 5, 0.9)
    logits = torch.tensor([0.0, 5.0, 4.0, -9.0, 1.0, 2.0]).expand(2, -1)
    drawn, _ = sample(logits, torch.tensor([0.0, 1.0]), sampling)
    assert drawn[0] == 1
    assert definition(logits[0].double(), sampling)[drawn[1]] > 0
