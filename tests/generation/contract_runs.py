"""The laws of a run: its bytes, its steps, its snapshots, and that it leaves all else as it was."""

from __future__ import annotations

import gc
import hashlib
import weakref
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from generation.engine import Engine, Refusal, Run
from generation.models import ModelError
from generation.protocol import Generate

Make = Callable[[], Engine]


def finish(engine: Engine, run: Run) -> NDArray[np.uint8]:
    """Advance to the end, alone."""
    while run.step < run.steps:
        assert engine.advance([run]) == []
    return engine.picture(run)


def the_same_request_gives_the_same_bytes(make: Make, request: Generate) -> None:
    first, second = make(), make()
    picture = finish(first, first.begin(request, 0))
    assert np.array_equal(picture, finish(second, second.begin(request, 0)))
    assert np.array_equal(picture, finish(first, first.begin(request, 0)))


def another_seed_gives_another_picture(make: Make, request: Generate) -> None:
    engine = make()
    picture = finish(engine, engine.begin(request, 0))
    other = finish(engine, engine.begin(replace(request, seed=request.seed + 1), 0))
    assert not np.array_equal(picture, other)


def neighbours_do_not_matter(make: Make, request: Generate) -> None:
    engine = make()
    alone = finish(engine, engine.begin(request, 0))
    run = engine.begin(request, 0)
    leaver = engine.begin(replace(request, job="leaver", seed=1, steps=request.steps * 2), 1)
    engine.advance([run, leaver])
    joiner = engine.begin(replace(request, job="joiner", seed=2), 2)
    while run.step < run.steps:
        group = [joiner, run] if run.step % 2 else [leaver, run, joiner]
        engine.advance([one for one in group if one.step < one.steps])
    assert np.array_equal(alone, engine.picture(run))


def the_size_is_as_asked_at_every_step(make: Make, request: Generate) -> None:
    engine = make()
    run = engine.begin(request, 0)
    for _ in range(request.steps):
        picture = engine.picture(run)
        assert picture.shape == (request.height, request.width, 3)
        assert picture.dtype == np.uint8
        engine.advance([run])


def steps_rise_one_by_one_and_the_picture_changes(make: Make, request: Generate) -> None:
    engine = make()
    run = engine.begin(request, 0)
    assert (run.step, run.steps, run.loss) == (0, request.steps, None)
    seen = {hashlib.sha256(engine.picture(run).tobytes()).digest()}
    for step in range(1, request.steps + 1):
        engine.advance([run])
        assert run.step == step
        seen.add(hashlib.sha256(engine.picture(run).tobytes()).digest())
    assert len(seen) > 1


def the_loss_is_known_after_a_step(make: Make, request: Generate) -> None:
    engine = make()
    run = engine.begin(request, 0)
    engine.advance([run])
    assert isinstance(run.loss, float)


def a_picture_can_be_kept_at_any_step(make: Make, request: Generate) -> None:
    engine = make()
    run = engine.begin(request, 0)
    for step in range(request.steps + 1):
        before = engine.picture(run)
        score = engine.score(run)
        assert score is None or -1 <= score <= 1
        assert engine.recipe(run).lane == 0
        assert np.array_equal(before, engine.picture(run))
        assert run.step == step
        if step < request.steps:
            engine.advance([run])
    other = make()
    assert np.array_equal(
        engine.picture(run), finish(other, other.begin(request, 0))
    )  # looking changed nothing


def a_snapshot_resumes_to_the_same_picture(make: Make, request: Generate) -> None:
    engine = make()
    run = engine.begin(request, 0)
    for step in range(request.steps + 1):
        resumed = make()
        other = resumed.begin(replace(request, checkpoint=engine.snapshot(run)), 0)
        assert other.step == step
        assert np.array_equal(engine.picture(run), resumed.picture(other))
        if step in (1, request.steps // 2):
            finished = finish(resumed, other)
        if step < request.steps:
            engine.advance([run])
    assert np.array_equal(engine.picture(run), finished)


def a_dropped_run_is_freed(make: Make, request: Generate) -> None:
    engine = make()
    run = engine.begin(request, 0)
    engine.advance([run])
    gone = weakref.ref(run)
    tensors = tensors_alive()
    del run
    gc.collect()
    assert gone() is None
    assert tensors_alive() < tensors


def tensors_alive() -> int:
    """How many tensors there are."""
    gc.collect()
    return sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects())


def torch_is_left_as_it_was(make: Make, request: Generate) -> None:
    before = _global_state()
    engine = make()
    run = engine.begin(request, 0)
    finish(engine, run)
    engine.score(run)
    assert _global_state() == before


def _global_state() -> tuple[object, ...]:
    return (
        torch.get_num_threads(),
        torch.get_default_dtype(),
        torch.is_grad_enabled(),
        torch.are_deterministic_algorithms_enabled(),
        torch.random.get_rng_state().numpy().tobytes(),
        repr(np.random.get_state()),
        torch.backends.cudnn.benchmark,
        torch.backends.cudnn.deterministic,
        torch.get_float32_matmul_precision(),
    )


def the_judge_sees_what_is_there_and_disturbs_no_run(make: Make, request: Generate) -> None:
    engine = make()
    alone = finish(engine, engine.begin(request, 0))
    run = engine.begin(request, 0)
    judge = engine.judge(request.model)
    pictures = [alone, alone[: request.height // 2], 255 - alone]
    while run.step < run.steps:
        seen, read = judge.see(pictures), judge.read(["a red car", "x" * 5000, "", "кот"])
        engine.advance([run])
    assert np.array_equal(alone, engine.picture(run))
    for vectors, count in ((seen, 3), (read, 4)):
        assert vectors.dtype == np.float32
        assert vectors.shape == (count, seen.shape[1])
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(count), abs=1e-4)
    assert np.abs(seen[0] - seen[2]).max() > 1e-3
    again = make().judge(request.model)
    assert np.allclose(again.see(pictures[:1]), seen[:1], atol=2e-2)
    assert again.clip_sha256 == judge.clip_sha256
    assert len(judge.clip_sha256) == 64
    with pytest.raises((Refusal, ModelError)):
        engine.judge("no such model")
