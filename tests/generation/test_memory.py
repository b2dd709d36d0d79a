"""The reckoning of memory against what autograd really keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
import torch
from torch import Tensor, nn

from generation.clip import CLIP, CLIPConfig
from generation.clip_towers import fold_quick_gelus
from generation.fused import fold_batch_norms
from generation.memory import Footprint, Plan, decoder_values, image_values
from generation.vqgan import VQGAN, VQGANConfig
from tests.generation.toys import TOY_CLIP, TOY_VQGAN

VQGANS = [
    VQGANConfig(16, (1, 1, 2), 1, (), 64, 16, 16, 32, num_groups=8),
    VQGANConfig(8, (1, 2, 4), 2, (16,), 64, 16, 16, 32, num_groups=8),
]
CLIPS = [
    CLIPConfig(32, 64, (1, 1, 2, 1), 16, None, 12, 530, 32, 1),
    CLIPConfig(32, 64, (3,), 64, 8, 12, 530, 32, 1),
]


def values_kept(network: Callable[[Tensor], Tensor], x: Tensor, owner: nn.Module) -> float:
    """How many float32 numbers autograd keeps of a pass, the weights left out."""
    weights = {p.untyped_storage()._cdata for p in owner.parameters()}
    kept: dict[int, int] = {}
    alive: list[Tensor] = []

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in weights:
            kept[storage._cdata] = storage.nbytes()
        alive.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        network(x.requires_grad_())
    return sum(kept.values()) / 4


@pytest.mark.parametrize("config", VQGANS)
@pytest.mark.parametrize("recompute", [False, True])
def test_a_decoder_keeps_about_what_is_reckoned(config, recompute):
    model = VQGAN(config).requires_grad_(False)
    decode = partial(model.decode, recompute=recompute)
    kept = values_kept(decode, torch.randn(1, config.embed_dim, 5, 5), model) / (5 * config.factor) ** 2
    assert kept == pytest.approx(decoder_values(config, recompute=recompute), rel=0.25)


def test_no_plan_takes_more_than_the_one_before():
    footprint = Footprint(TOY_VQGAN, (TOY_CLIP,), cutouts=13, itemsize=4)
    plans = footprint.plans()
    assert plans[0] == Plan(13)
    assert plans[-1] == Plan(1, recompute=True)
    taken = [footprint.run_bytes(1024, 1024, plan) for plan in plans]
    assert taken == sorted(taken, reverse=True)
    assert taken[0] > taken[-1]
    many = replace(footprint, cutouts=4000)
    assert many.run_bytes(32, 32, Plan(4000)) > 1.5 * many.run_bytes(32, 32, Plan(2000))


def test_the_first_budget_that_allows_any_plan_decides():
    footprint = Footprint(TOY_VQGAN, (TOY_CLIP,), cutouts=16, itemsize=4)
    frugal, least = Plan(4, recompute=True), Plan(1, recompute=True)
    whole, small = (footprint.run_bytes(1024, 1024, plan) for plan in (Plan(16), frugal))
    assert footprint.plan(1024, 1024, small, whole) == frugal
    assert footprint.plan(1024, 1024, small - 1, whole) == Plan(16)
    assert footprint.plan(1024, 1024, 0) == least


@pytest.mark.parametrize("config", CLIPS)
def test_an_image_tower_keeps_about_what_is_reckoned(config):
    model = CLIP(config).eval().requires_grad_(False)
    fold_batch_norms(model.visual)
    fold_quick_gelus(model.visual)
    kept = values_kept(model.encode_image, torch.randn(2, 3, 64, 64), model)
    assert kept / 2 == pytest.approx(image_values(config), rel=0.3)


def test_the_largest_size_fits_and_the_next_does_not():
    footprint = Footprint(TOY_VQGAN, (TOY_CLIP,), cutouts=8, itemsize=4)
    for width, height in ((4096, 4096), (8192, 2048), (1024, 4096)):
        budget = footprint.run_bytes(width, height) // 7
        largest = footprint.largest(width, height, budget)
        assert largest[0] / largest[1] == pytest.approx(width / height, rel=0.02)
        assert all(side % TOY_VQGAN.factor == 0 for side in largest)
        least = footprint.plans()[-1]
        assert footprint.run_bytes(*largest, least) <= budget
        assert footprint.run_bytes(largest[0] + 8, largest[1] + 8, least) > budget


def test_nothing_fits_where_the_cutouts_alone_are_too_many():
    footprint = Footprint(TOY_VQGAN, (TOY_CLIP,), cutouts=1000, itemsize=4)
    assert footprint.largest(64, 64, 1000) == (0, 0)


def test_half_the_itemsize_takes_less():
    single = Footprint(TOY_VQGAN, (TOY_CLIP,), cutouts=8, itemsize=4)
    assert replace(single, itemsize=2).run_bytes(512, 512) < 0.8 * single.run_bytes(512, 512)
