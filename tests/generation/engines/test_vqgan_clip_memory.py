"""The memory of VQGAN+CLIP: each run has a plan that fits, and a smaller one where that runs out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from generation.engines.painting import Painting
from generation.engines.vqgan_clip import create
from generation.memory import Plan
from generation.protocol import Reason
from tests.generation.engines.toy_vqgan_clip import engine, models_dir
from tests.generation.toys import REQUEST, toy_settings

__all__ = ["engine", "models_dir"]  # the fixtures


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory."),
        RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: you tried"),
    ],
)
def test_running_out_of_memory_is_told_with_a_size_that_would_do(engine, monkeypatch, error):
    def exhausted(*_args: object) -> None:
        tried.append(run.plan)
        raise error

    tried: list[Plan] = []
    run, healthy = engine.begin(REQUEST, 0), engine.begin(REQUEST, 1)
    monkeypatch.setattr(run, "_gradient", exhausted)
    ((refused, refusal),) = engine.advance([run, healthy])
    assert refused is run
    assert tried == engine._footprint("toy").plans()
    assert refusal.reason is Reason.OUT_OF_MEMORY
    assert refusal.largest is not None
    assert refusal.largest[0] * refusal.largest[1] < REQUEST.width * REQUEST.height
    assert healthy.step == 1


@pytest.mark.parametrize("where", ["_gradient", "_paint", "_grow"])
def test_a_step_that_runs_out_of_memory_goes_on_by_a_smaller_plan(engine, monkeypatch, where):
    """To the picture of a run that was carried out by that plan, but for the last bits of one step."""
    request = replace(REQUEST, steps=8)
    frugal, short = engine.begin(request, 0), engine.begin(request, 0)
    frugal.plan = Plan(8)
    whole = getattr(short, where)
    calls = []

    def scarce(*arguments: object) -> object:
        calls.append(short.plan)
        if short.plan.at_once > 8:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return whole(*arguments)

    monkeypatch.setattr(short, where, scarce)
    for run in (frugal, short):
        while run.step < run.steps:
            assert engine.advance([run]) == []
    assert calls[:3] == [Plan(32), Plan(16), Plan(8)]
    assert short.plan == Plan(8)
    assert np.abs(engine.picture(frugal).astype(int) - engine.picture(short).astype(int)).mean() < 1


def test_every_plan_gives_the_gradient_of_all_cutouts_at_once(engine):
    expected = engine.begin(REQUEST, 0)._gradient()
    for plan in engine._footprint("toy").plans()[1:]:
        run = engine.begin(REQUEST, 0)
        run.plan = plan
        run.picture, run.excess = run._paint()
        for found, wanted in zip(run._gradient(), expected, strict=True):
            assert torch.allclose(found, wanted, rtol=1e-3, atol=1e-6), plan


def test_a_run_takes_the_fastest_plan_that_its_memory_allows(models_dir):
    footprint = create(toy_settings(models_dir))._footprint("toy")
    request = replace(REQUEST, width=512, height=512)
    for plan in (Plan(32), Plan(4, recompute=True)):
        budget = footprint.run_bytes(512, 512, plan)
        small = create(toy_settings(models_dir, memory_bytes=budget))
        run = small.begin(request, 0)
        assert isinstance(run, Painting)
        assert run.plan == plan
        assert small.memory(request) == budget


def test_a_run_has_its_lane_s_share_of_the_memory_if_that_will_do(models_dir):
    footprint = create(toy_settings(models_dir))._footprint("toy")
    whole, frugal = (footprint.run_bytes(512, 512, plan) for plan in (Plan(32), Plan(4, recompute=True)))
    request, settings = (
        replace(REQUEST, width=512, height=512),
        toy_settings(models_dir, memory_bytes=2 * frugal),
    )
    assert whole < 2 * frugal
    assert create(replace(settings, lanes=2)).memory(request) == frugal
    assert create(replace(settings, lanes=1)).memory(request) == whole


def test_a_resumed_run_keeps_to_its_plan(engine):
    run = engine.begin(REQUEST, 0)
    run.plan = Plan(5, recompute=True)
    assert engine.begin(replace(REQUEST, checkpoint=run.snapshot()), 0).plan == run.plan
